"""What a person meant by a figure in some unit of measure: targets and a unit's own account."""

import re
from decimal import Decimal

from django.utils.translation import gettext as _

from projects.reading import NUMBER, SCALES, Misread, plain

PLACES = 4
LARGEST = Decimal(10) ** 14  # the columns hold fourteen digits before the point
MONEY = "万元"


def read(text: str, unit_of_measure: str) -> Decimal | None:
    """The figure in this unit of measure (Chinese), from what people type: １２．５, 1,234.5, -3, 12%; 1.2亿元.

    Null where nothing was typed. Raises Misread. More than four decimals are refused, never rounded in silence.
    """
    typed = plain(text)
    if typed.endswith(unit_of_measure) and unit_of_measure != MONEY:
        typed = typed.removesuffix(unit_of_measure).strip()
    if not typed:
        return None
    found = NUMBER.fullmatch(re.sub(r"\s*(亿元|亿|万元|万|元)$", r"\1", typed) if unit_of_measure == MONEY else typed)
    if not found or not (found[2] or found[3]) or (found[4] and unit_of_measure != MONEY):
        raise Misread(
            _("Enter a number in %(unit)s, such as 1250.5; letters and other words can't be read as a figure.")
            % {"unit": unit_of_measure}
        )
    sign, whole, decimals, suffix = found.groups()
    digits = re.sub("[ ,]", "", whole or "0")
    if len(digits) > 16 or len(decimals or "") > 10:  # more would be rounded by the arithmetic itself
        raise Misread(_("This figure is too long."))
    value = Decimal(digits + (decimals or "")) * SCALES.get(suffix or "", Decimal(1))
    if value >= LARGEST:
        raise Misread(_("This figure is too long."))
    if value != value.quantize(Decimal(1).scaleb(-PLACES)):
        raise Misread(_("At most four decimals: round it yourself."))
    return -value if sign == "-" and value else value

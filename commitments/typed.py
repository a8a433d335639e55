"""What a person meant by a figure typed for an indicator, in its unit of measure."""

import re
from decimal import Decimal

from django.utils.translation import gettext as _

from commitments.models import Indicator, Pledge
from projects import reading
from projects.reading import Misread

NUMBER = re.compile(r"([+-]?)([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)?(\.[0-9]+)?")
PLACES = 4  # decimals that the column holds, with fourteen digits before them
DIGITS = 14


def figure(text: str, *, kind: str, units: tuple[str, ...] = ()) -> Decimal | None:
    """Money as １２．５ or 1.2亿 in 万元; all else as a number, behind which % or the unit of measure may stand.

    Null where nothing was typed. Raises Misread with what to type instead; more decimals than are kept are refused.
    """
    plain = reading.plain(text)
    if kind == Indicator.Kind.MONEY:
        if plain.startswith("-"):
            raise Misread(_("A target can't be below zero."))
        return reading.amount(text)
    return _number(plain, (*units, "%") if kind == Indicator.Kind.PERCENT else units)


def of_pledge(text: str, pledge: Pledge) -> Decimal | None:
    """A figure in the pledge's unit of measure, as `figure` reads it."""
    kind = pledge.indicator.kind if pledge.indicator else Indicator.Kind.NUMBER.value
    return figure(text, kind=kind, units=(pledge.unit_of_measure_zh, pledge.unit_of_measure_en))


def _number(plain: str, units: tuple[str, ...]) -> Decimal | None:
    typed = plain
    for unit in sorted(map(reading.plain, units), key=len, reverse=True):
        typed = typed.removesuffix(unit).strip() if unit else typed
    if not plain:
        return None
    found = NUMBER.fullmatch(typed)
    if not found or not (found[2] or found[3]):
        raise Misread(_("Enter a number such as 12.5; letters and other words can't be read as a figure."))
    sign, whole, decimals = found.groups()
    digits = (whole or "0").replace(",", "")
    if len(digits) > DIGITS:
        raise Misread(_("This figure is too long."))
    if len((decimals or "").rstrip("0")) > PLACES + 1:
        raise Misread(_("At most four decimals."))
    value = Decimal(digits + (decimals or ""))
    return -value if sign == "-" and value else value

"""A figure as people write it, understood in an indicator's unit of measure: full-width digits, 12%, 3.5亿."""

import re
from decimal import Decimal

from django.utils.translation import gettext as _

from commitments.models import Indicator
from portal.rounding import rounded
from projects.importing.mapping import simplified

PLACES = 4  # as readings and targets are kept
MOST = Decimal(10) ** 14
SCALES = {"万": Decimal(10_000), "亿": Decimal(100_000_000)}
WRITTEN = re.compile(r"([+-]?)(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)? ?(%|万|亿)?(.*)")


class NotUnderstood(ValueError):
    """What was written is no figure of this indicator; the text says how to mend it."""


def quantity(written: object, indicator: Indicator) -> Decimal:
    """The figure in the indicator's unit of measure, to four places.

    万 and 亿 count in the unit itself: of an indicator in 万元, 1.2亿 and 1.2亿元 are 12,000, and so is 12,000; 3万人次
    of one in 万人次 is 3. Raises NotUnderstood.
    """
    if isinstance(written, int | float) and not isinstance(written, bool):
        found = Decimal(f"{written:.15g}")
        if not found.is_finite():
            raise _no_number(written)
    else:
        found = _read(written, indicator)
    if abs(found) >= MOST:
        raise NotUnderstood(_("%(text)s is too large. Look at the unit of measure.") % {"text": written})
    return rounded(found, PLACES)


def plain(value: Decimal) -> str:
    """The figure as somebody would type it: 12.5000 as 12.5, 100 as 100."""
    return f"{value.normalize():f}"


def _read(written: object, indicator: Indicator) -> Decimal:
    parts = WRITTEN.fullmatch(simplified(written).replace("−", "-"))
    if parts is None:
        raise _no_number(written)
    sign, whole, fraction, suffix, rest = parts.groups()
    if rest and not re.fullmatch(r"\D+", rest):
        raise _no_number(written)
    number = Decimal(f"{sign}{whole.replace(',', '')}{fraction or ''}")
    if indicator.kind == Indicator.Kind.PERCENT:
        if suffix in SCALES or rest.strip():
            raise _other_unit(written, indicator)
        return number
    scale, base = _unit(indicator)
    if suffix == "%" or rest.strip() not in ("", base):
        raise _other_unit(written, indicator)
    if suffix is None:
        return number / scale if rest.strip() else number
    return number * SCALES[suffix] / scale


def _unit(indicator: Indicator) -> tuple[Decimal, str]:
    """How many of the plain unit one of the indicator's is, and the plain unit: 万元 is 10,000 of 元."""
    unit = simplified(indicator.unit_of_measure_zh)
    scale = SCALES.get(unit[:1], Decimal(1))
    return scale, unit if scale == 1 else unit[1:]


def _no_number(written: object) -> NotUnderstood:
    words = _(
        "“%(text)s” is not a number. Write digits alone, such as 12.5 or 1,234; 12%% and 3.2亿 are understood too."
    )
    return NotUnderstood(words % {"text": written})


def _other_unit(written: object, indicator: Indicator) -> NotUnderstood:
    words = _("“%(text)s” is in another unit of measure: this indicator is in %(unit)s. Convert the figure.")
    return NotUnderstood(words % {"text": written, "unit": indicator.unit_of_measure})

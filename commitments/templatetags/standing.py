"""How a standing is drawn: the length of a bar, for SVG attributes, which need no style; growth with its sign."""

from decimal import Decimal

from django import template
from django.utils.formats import number_format

from portal.models import Quarter, Unit
from portal.rounding import rounded
from projects.selection import Selection

register = template.Library()

# A bar is drawn up to 150% of the plan; the figure beside it says the rest.
LONGEST = 150


@register.filter
def bar(share: Decimal | None) -> int:
    """A share (0.25) as a length of a bar whose whole plan is 100 long: 25; null has no length."""
    return 0 if share is None else max(0, min(LONGEST, round(share * 100)))


@register.filter
def change(share: Decimal | None) -> str:
    """A growth (0.763) with its sign: +76.3%."""
    if share is None:
        return "—"
    printed = round(share * 100, 1)
    return f"{'+' if printed > 0 else ''}{number_format(printed, decimal_pos=1)}%"


@register.simple_tag
def lines_of(quarter: Quarter, unit: Unit) -> str:
    """The address of the lines of the unit's quarter, with all below it, open for `&measure=…`."""
    return Selection(quarter=quarter, units=(unit.code,)).lines


@register.filter
def score(points: Decimal | None) -> str:
    """Points with two decimals, 96.40; null is a dash, never 0."""
    return "—" if points is None else f"{rounded(points, 2):,f}"

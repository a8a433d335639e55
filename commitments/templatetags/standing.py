"""How a standing is drawn: bar, light, growth and coverage, the same on every page; growth with its sign.

A page has hundreds of them: made here they cost a tenth of an included template each.
"""

from decimal import Decimal

from django import template
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from commitments.models import PolicyLight
from portal.models import Quarter, Unit
from portal.rounding import rounded
from portal.templatetags.figures import percent
from projects.selection import Selection
from projects.standings import Coverage, Growth

register = template.Library()

# A bar is drawn up to 150% of the plan; the figure beside it says the rest.
LONGEST = 150


BAR = """<svg class="bar" viewBox="0 0 150 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">\
<rect class="bar-plan" x="0" y="2" width="100" height="6" />\
<rect class="bar-done" x="0" y="2" width="{}" height="6" />\
<rect class="bar-line" x="{}" y="0" width="1" height="10" /></svg>"""
LIGHT = '<span class="light light-{}"><span aria-hidden="true">{}</span> {}</span>'


def length(share: Decimal | None) -> int:
    """A share (0.25) as a length of a bar whose whole plan is 100 long: 25; null has no length."""
    return 0 if share is None else max(0, min(LONGEST, round(share * 100)))


@register.simple_tag
def bar(share: Decimal | None, baseline: Decimal | None) -> SafeString:
    """A completion rate as a bar, with a line where time-proportional progress stands. SVG attributes need no style."""
    return format_html(BAR, length(share), length(baseline))


@register.simple_tag
def light(shown: PolicyLight | None) -> SafeString:
    """A light with its word and its shape, never by colour alone; without one: not reported."""
    if shown is None:
        return format_html(LIGHT, "none", "○", _("not reported"))
    return format_html(LIGHT, shown.colour, shown.symbol, shown.name)


@register.simple_tag
def growth(of: Growth, lines: str) -> SafeString | str:
    """Year on year, opening its lines; or a word where the years can't be compared."""
    if of.rate is not None:
        return format_html('<a href="{}&amp;measure=growth">{}</a>', lines, change(of.rate))
    if of.is_not_comparable:
        return format_html('<span class="quiet in-words">{}</span>', _("not comparable"))
    return "—"


@register.simple_tag
def coverage(of: Coverage, lines: str) -> SafeString:
    """How many units have reported, and what share of the plan where some haven't; of one unit whether it has."""
    if not of.owing:
        return format_html('<span class="quiet">{}</span>', _("none owed"))
    if len(of.owing) == 1:
        measure, words = ("reported", _("reported")) if of.is_complete else ("missing", _("not reported"))
        return format_html('<a href="{}&amp;measure={}">{}</a>', lines, measure, words)
    reported = _("%(n)s of %(m)s units") % {"n": len(of.reported), "m": len(of.owing)}
    shown = format_html('<a href="{}&amp;measure=reported">{}</a>', lines, reported)
    if of.is_complete:
        return shown
    rest = _("%(share)s of the plan") % {"share": percent(of.share)}
    return shown + format_html(' <a class="missing" href="{}&amp;measure=missing">{}</a>', lines, rest)


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

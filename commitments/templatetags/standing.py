"""How a standing is drawn: bar, light, growth and coverage, the same on every page; growth with its sign.

A page has hundreds of them: made here they cost a tenth of an included template each.
"""

from decimal import Decimal
from functools import cache, lru_cache

from django import template
from django.urls import get_script_prefix, get_urlconf, reverse
from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from commitments.figures import Row
from commitments.models import PolicyLight
from portal.models import Quarter, Unit
from portal.rounding import rounded
from portal.templatetags.figures import count, money_large, percent, points
from projects.selection import Selection
from projects.standings import Coverage, Growth, Total

register = template.Library()

# A bar is drawn up to 150% of the plan; the figure beside it says the rest.
LONGEST = 150


BAR = """<svg class="bar" viewBox="0 0 150 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">\
<rect class="bar-plan" x="0" y="2" width="100" height="6" />\
<rect class="bar-done" x="0" y="2" width="{}" height="6" />\
<rect class="bar-line" x="{}" y="0" width="1" height="10" /></svg>"""
# The cells of a row of figures; labels are the words of their columns, where they stand beside them on a phone.
CELLS = """
<td class="number is-detail" data-label="{projects_label}"><a href="{lines}&amp;measure=projects">{projects}</a></td>
<td class="number is-detail" data-label="{planned_label}"><a href="{lines}&amp;measure=planned">{planned}</a></td>
<td class="number is-detail" data-label="{year_to_date_label}">\
<a href="{lines}&amp;measure=year_to_date">{year_to_date}</a></td>
<td class="number is-rate" data-label="{rate_label}"><a href="{lines}&amp;measure=completion_rate">{rate}</a> {bar}</td>
<td class="number is-gap" data-label="{gap_label}"><a href="{lines}&amp;measure=completion_rate">{gap}</a> {light}</td>
<td class="number is-detail" data-label="{growth_label}">{growth}</td>
<td class="number is-detail" data-label="{start_rate_label}">{start_rate}</td>
<td class="number is-reported" data-label="{reported_label}">{reported}</td>
"""
UNIT = """
<td class="number is-rank" data-label="{}">{}</td>
<th scope="row">{}</th>
"""
STARTED = """<a href="{}&amp;measure=start_rate">{}</a> \
<a class="quiet" href="{}&amp;measure=start_rate"><small>{} / {}</small></a>"""
GROWTH = '<a href="{}&amp;measure=growth">{}</a>'
LIGHT = '<span class="light light-{}"><span aria-hidden="true">{}</span> {}</span>'


def length(share: Decimal | None) -> int:
    """A share (0.25) as a length of a bar whose whole plan is 100 long: 25; null has no length."""
    return 0 if share is None else max(0, min(LONGEST, round(share * 100)))


@register.simple_tag
def bar(share: Decimal | None, baseline: Decimal | None) -> SafeString:
    """A completion rate as a bar, with a line where time-proportional progress stands. SVG attributes need no style."""
    return mark_safe(BAR.format(length(share), length(baseline)))  # noqa: S308 - two numbers


@register.simple_tag
def light(shown: PolicyLight | None) -> SafeString:
    """A light with its word and its shape, never by colour alone; without one: not reported."""
    if shown is None:
        return mark_safe(LIGHT.format("none", "○", escape(_("not reported"))))  # noqa: S308 - escaped
    return mark_safe(LIGHT.format(shown.colour, shown.symbol, escape(shown.name)))  # noqa: S308 - escaped


@register.simple_tag
def growth(of: Growth, lines: str) -> SafeString | str:
    """Year on year, opening its lines; or a word where the years can't be compared."""
    if of.rate is not None:
        return mark_safe(GROWTH.format(conditional_escape(lines), change(of.rate)))  # noqa: S308 - escaped
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


@register.simple_tag
def figure_cells(row: Row) -> SafeString:
    """A row's figures, each opening its lines, in the columns of components/_figure_head.html."""
    total, lines, shown = row.figures.total, escape(row.selection.lines), row.figures.light
    cells = CELLS.format_map(
        _labels(get_language())
        | {
            "lines": lines,
            "projects": count(total.projects),
            "planned": money_large(total.planned),
            "year_to_date": money_large(total.year_to_date),
            "rate": percent(total.completion_rate),
            "bar": bar(total.completion_rate, row.figures.baseline),
            "gap": points(row.figures.gap),
            "light": light(shown) if shown else "",
            "growth": growth(total.growth, lines),
            "start_rate": _start_rate(total, lines),
            "reported": coverage(total.coverage, lines),
        }
    )
    return mark_safe(cells)  # noqa: S308 - figures, and addresses and words that have been escaped


@register.simple_tag
def unit_cells(row: Row) -> SafeString:
    """Before its figures: the rank, and the unit's name, which opens its own dashboard, or that this is only itself."""
    words = _unit_words(get_language())
    name = escape(row.name)
    if row.selection.itself or row.unit is None:
        shown = f'{name} <small class="quiet">{words["itself"]}</small>'
    else:
        address = _address_of(get_urlconf(), get_script_prefix(), row.unit.code)
        shown = f'<a href="{address}?quarter={row.selection.quarter.label}">{name}</a>'
    rank = "—" if row.rank is None else row.rank
    return mark_safe(UNIT.format(words["rank"], rank, shown))  # noqa: S308 - escaped


@lru_cache(maxsize=8192)
def _address_of(_urlconf: str | None, _prefix: str, code: str) -> SafeString:
    """A table has a row for each of thousands of units."""
    return escape(reverse("unit_dashboard", args=[code]))


@cache
def _unit_words(_language: str | None) -> dict[str, str]:
    return {"rank": escape(_("Rank")), "itself": escape(_("itself"))}


@cache
def _labels(_language: str | None) -> dict[str, str]:
    words = {
        "projects": _("Projects"),
        "planned": _("Planned"),
        "year_to_date": _("Completed year to date"),
        "rate": _("Completion rate"),
        "gap": _("Gap (points)"),
        "growth": _("Year on year"),
        "start_rate": _("Start rate"),
        "reported": _("Reported"),
    }
    return {f"{name}_label": escape(word) for name, word in words.items()}


def _start_rate(total: Total, lines: SafeString) -> SafeString | str:
    if total.start_rate is not None:
        started = (percent(total.start_rate), lines, total.due_started, total.due_to_start)
        return mark_safe(STARTED.format(lines, *started))  # noqa: S308 - figures, and an escaped address
    if total.due_to_start == 0:
        return format_html('<small class="quiet">{}</small>', _("none due"))
    return "—"


@register.filter
def change(share: Decimal | None) -> str:
    """A growth (0.763) with its sign: +76.3%."""
    if share is None:
        return "—"
    printed = rounded(share * 100, 1)
    return f"{printed:+}%" if printed else "0.0%"


@register.simple_tag
def lines_of(quarter: Quarter, unit: Unit) -> str:
    """The address of the lines of the unit's quarter, with all below it, open for `&measure=…`."""
    return Selection(quarter=quarter, units=(unit.code,)).lines


@register.filter
def score(points: Decimal | None) -> str:
    """Points with two decimals, 96.40; null is a dash, never 0."""
    return "—" if points is None else f"{rounded(points, 2):,f}"

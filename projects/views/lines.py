"""The lines behind a figure: the projects that it counts, as they were accepted, and the sum that it is."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django_tables2 import RequestConfig

from portal import clock, exports
from portal.accounts import signed_in
from portal.lists import PER_PAGE
from portal.models import Quarter
from projects import fact_extract, facts
from projects.fact_table import ACCEPTED, FactTable, Names
from projects.facts import MEASURES, Fact, Measure
from projects.models import Mark
from projects.selection import Catalogue, Selection, Tree, opened_quarters
from projects.standings import Growth, Slice, Standings

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


@dataclass(frozen=True, kw_only=True)
class Made:
    """A figure made anew from its lines: the quarter's facts, which of them it takes, and its value."""

    quarter: Quarter
    all: list[Fact]
    taken: list[Fact]
    value: Decimal | None


@require_safe
def lines(request: HttpRequest) -> HttpResponseBase:
    """The facts of the selection in the address, within the person's reach."""
    measure = _measure(request)
    _opened, quarter = opened_quarters(request.GET.get("quarter", ""), on=clock.today())
    if quarter is None:
        raise Http404
    selection = Selection.from_query(request.GET, quarter)
    tree = Tree.reached_by(signed_in(request), on=clock.today(), codes=selection.units)
    catalogue = Catalogue.read()
    units, part = tree.chosen(selection), catalogue.slice(selection)
    compared = Standings.read(quarter, units).growth(units, part) if measure is MEASURES["growth"] else None
    names = Names.of(tree.reached, catalogue)
    kind = request.GET.get("export", "")
    if kind in exports.KINDS:
        whole = FactTable.of([], names)
        RequestConfig(request, paginate=False).configure(whole)
        counted = compared.units_now if compared else units
        found = fact_extract.extract(whole, measure, quarter, counted, part)
        return exports.answer(request, found, f"{measure.label}-{quarter.label}", kind)
    if compared:
        now, before = _both_years(quarter, compared, part)
    else:
        now, before = _made(quarter, facts.read(quarter, units, part), measure), None
    tables = {
        "table": FactTable.of(now.taken, names, without=_beside(measure)),
        "table_before": _others(before.taken, names, "before-", _beside(measure)) if before else None,
        "missing": _others(_left_out(now, measure), names, "missing-", (*ACCEPTED, *_beside(measure))),
    }
    for each in filter(None, tables.values()):
        RequestConfig(request, paginate={"per_page": PER_PAGE}).configure(each)
    shown = {
        "selection": selection,
        "measure": measure,
        "tree": tree,
        "words": catalogue.words(selection),
        "made": now,
        "before": before,
        "compared": compared,
        "growth": _growth(compared, now, before),
        **tables,
        "sums": _sums(now, measure),
        "marks_wait": Mark.objects.filter(unit__in=units, quarter=quarter).exists(),
        "query": _query(request),
    }
    return render(request, "projects/lines.html", shown)


def _measure(request: HttpRequest) -> Measure:
    try:
        return MEASURES[request.GET.get("measure") or "planned"]
    except KeyError:
        raise Http404 from None


def _made(quarter: Quarter, found: list[Fact], measure: Measure) -> Made:
    return Made(quarter=quarter, all=found, taken=measure.taken(found), value=measure.value(found))


def _both_years(quarter: Quarter, growth: Growth, part: Slice) -> tuple[Made, Made | None]:
    """Both years' lines of the units that the growth compares; the year before is null where it has no quarter."""
    measure = MEASURES["growth"]
    now = _made(quarter, facts.read(quarter, growth.units_now, part), measure)
    before = Quarter.objects.filter(year=quarter.year - 1, number=quarter.number).first()
    if before is None:
        return now, None
    return now, _made(before, facts.read(before, growth.units_before, part), measure)


def _growth(compared: Growth | None, now: Made, before: Made | None) -> Decimal | None:
    """The growth as the lines make it; null where it is not asked for, not comparable or nothing to divide by."""
    if compared is None or compared.is_not_comparable or now.value is None or before is None or not before.value:
        return None
    return now.value / before.value - 1


def _left_out(made: Made, measure: Measure) -> list[Fact]:
    """The projects that the figure would be about if their reports were accepted."""
    return [fact for fact in made.all if not measure.base.holds(fact)]


def _others(found: list[Fact], names: Names, prefix: str, without: tuple[str, ...]) -> FactTable | None:
    return FactTable.of(found, names, without=without, prefix=prefix) if found else None


def _beside(measure: Measure) -> tuple[str, ...]:
    """The columns of the register that a page leaves to the export, since the figure isn't about them."""
    wanted = {"large": "total_investment", "completed": "expected_output"}
    shown = {column for name, column in wanted.items() if measure is MEASURES[name]} | {measure.amount}
    return tuple(column for column in ("total_investment", "expected_output") if column not in shown)


def _sums(made: Made, measure: Measure) -> list[tuple["StrPromise", Decimal]]:
    """What a rate divides, above and below the line; nothing for a figure that is no rate."""
    if not measure.over:
        return []
    return [(MEASURES[column].label, facts.total(made.taken, column)) for column in (measure.amount, measure.over)]


def _query(request: HttpRequest) -> str:
    query = request.GET.copy()
    for name in ("page", "export"):
        query.pop(name, None)
    return query.urlencode()

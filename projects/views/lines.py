"""The lines behind a figure: the projects that it counts, as they were accepted, and the sum that it is."""

from collections.abc import Collection
from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django_tables2 import RequestConfig

from portal import clock, exports
from portal.accounts import signed_in
from portal.lists import Sized
from projects import fact_extract, opened
from projects.fact_table import ACCEPTED, FactTable, Names
from projects.facts import MEASURES, Fact, Measure
from projects.models import Mark
from projects.opened import Branches, Opened
from projects.recorded import Moment, NoMoment
from projects.selection import Catalogue, Selection, Tree, opened_quarters
from projects.standings import Slice


@require_safe
def lines(request: HttpRequest) -> HttpResponseBase:
    """The facts of the selection in the address, within the person's reach, as of now or of a moment in the past."""
    measure = _measure(request)
    _quarters, quarter = opened_quarters(request.GET.get("quarter", ""), on=clock.today())
    if quarter is None:
        raise Http404
    selection = Selection.from_query(request.GET, quarter)
    tree = Tree.reached_by(signed_in(request), on=clock.today(), codes=selection.units)
    catalogue = Catalogue.read()
    part = catalogue.slice(selection)
    now = clock.now()
    shown = {
        "selection": selection,
        "measure": measure,
        "measure_name": _name(request),
        "tree": tree,
        "words": catalogue.words(selection),
        "query": _query(request),
        "asked": [*selection.pairs, ("measure", _name(request))],
        "now": now,
    }
    try:
        selection = selection.but(as_of=Moment.read(request.GET.get("as_of", ""), now=now))
    except NoMoment as refusal:
        return render(request, "projects/lines.html", shown | {"refusal": str(refusal)}, status=400)
    names = Names.of(list(tree.reached), catalogue, known_at=selection.as_of.at if selection.as_of else now)
    if request.GET.get("export", "") in exports.KINDS:
        return _file(request, measure, selection, tree.chosen(selection), part, names)
    shown["selection"] = selection
    if opened.is_too_much(selection, tree):
        shown["branches"] = Branches.read(selection, tree, part, _name(request))
    else:
        shown |= _page(request, Opened.read(selection, tree.chosen(selection), part, measure), names)
    if not selection.as_of:
        shown["marks_wait"] = Mark.objects.filter(unit__in=tree.chosen(selection), quarter=quarter).exists()
    return render(request, "projects/lines.html", shown)


def _name(request: HttpRequest) -> str:
    return request.GET.get("measure") or "planned"


def _measure(request: HttpRequest) -> Measure:
    try:
        return MEASURES[_name(request)]
    except KeyError:
        raise Http404 from None


def _query(request: HttpRequest) -> str:
    query = request.GET.copy()
    for name in ("page", "export"):
        query.pop(name, None)
    return query.urlencode()


def _file(
    request: HttpRequest, measure: Measure, selection: Selection, units: Collection[int], part: Slice, names: Names
) -> HttpResponseBase:
    moment = f"-{selection.as_of.at:%Y-%m-%d}" if selection.as_of else ""
    name, kind = f"{measure.label}-{selection.quarter.label}{moment}", request.GET["export"]
    if selection.as_of:
        # Nothing of the past is added up ahead: of a country's lines it takes minutes until the first is known.
        rows = fact_extract.about(selection, units, part)
        if page := exports.by_a_worker(request, name, kind, rows=rows, streams=False):
            return page
    table = FactTable([])
    RequestConfig(request, paginate=False).configure(table)
    found = fact_extract.extract(table, measure, selection, units, part, known_at=names.known_at)
    return exports.answer(request, found, name, kind)


def _page(request: HttpRequest, figure: Opened, names: Names) -> dict[str, Any]:
    beside = ("known_at", *_beside(figure.measure))
    tables = {
        "table": FactTable.of(figure.now.taken, names, without=beside),
        "table_before": _others(figure.before.taken, names, "before-", beside) if figure.before else None,
        "missing": _others(figure.left_out, names, "missing-", (*ACCEPTED, *beside)),
    }
    for each in filter(None, tables.values()):
        RequestConfig(request, paginate={"paginator_class": Sized}).configure(each)
    return {
        "made": figure.now,
        "before": figure.before,
        "compared": figure.compared,
        "growth": figure.growth,
        "divided": figure.divided,
        **tables,
    }


def _others(found: list[Fact], names: Names, prefix: str, without: tuple[str, ...]) -> FactTable | None:
    return FactTable.of(found, names, without=without, prefix=prefix) if found else None


def _beside(measure: Measure) -> tuple[str, ...]:
    """The columns of the register that a page leaves to the export, since the figure isn't about them."""
    wanted = {"large": "total_investment", "completed": "expected_output"}
    shown = {column for name, column in wanted.items() if measure is MEASURES[name]} | {measure.amount}
    return tuple(column for column in ("total_investment", "expected_output") if column not in shown)

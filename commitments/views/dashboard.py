"""The dashboard of a quarter: of all that the person reaches, or of one unit with everything below it."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from commitments.board import Board
from commitments.unit_table import UnitTable
from portal import clock, exports
from portal.accounts import signed_in
from portal.models import Quarter, Unit
from portal.revisits import revisited
from projects import kept_sums
from projects.models import Mark
from projects.selection import Tree, opened_with_marks


def _topics(request: HttpRequest, *_code: object, **_named: object) -> set[str] | None:
    """What a dashboard is made of: the cells of its quarter and of a year before, the lists, the policy, the letters.

    Besides the quarters that it names, which are read before the revision. Null while marks wait: then it tells so,
    until they are drained.
    """
    opened, quarter, marks_wait = _quarters(request)
    if request.GET.get("export") or marks_wait:
        return None
    cells = kept_sums.topics(quarter) if quarter else set()
    named = " ".join(f"{each.pk}:{each.label}" for each in opened)
    return {"catalogue", "policy", "letters", *cells, f"quarters {named}"}


@require_safe
@revisited(_topics)
def dashboard(request: HttpRequest) -> HttpResponseBase:
    """Of the topmost units that the person reaches."""
    tree = Tree.reached_by(signed_in(request), on=clock.today())
    if not tree.tops:
        raise PermissionDenied
    return _page(request, tree)


@require_safe
@revisited(_topics)
def unit_dashboard(request: HttpRequest, code: str) -> HttpResponseBase:
    """Of one unit within the person's reach."""
    return _page(request, Tree.reached_by(signed_in(request), on=clock.today(), codes=[code]))


def _page(request: HttpRequest, tree: Tree) -> HttpResponseBase:
    opened, quarter, marks_wait = _quarters(request)
    if quarter is None:
        return render(request, "commitments/dashboard.html", {"tree": tree, "quarters": opened})
    board = Board.read(quarter, tree)
    comparisons = board.units()
    kind = request.GET.get("export", "")
    if kind in exports.KINDS:
        return exports.download(UnitTable.of(comparisons), f"{_('Dashboard')}-{quarter.label}", kind)
    shown = {
        "tree": tree,
        "quarters": opened,
        "quarter": quarter,
        "selection": board.selection,
        "figures": board.headline(),
        "comparisons": comparisons,
        "lists": board.lists(),
        "categories": board.categories(),
        "chains": board.chains(),
        "marks_wait": marks_wait and _mark_waits_here(quarter, tree),
    }
    return render(request, "commitments/dashboard.html", shown)


def _mark_waits_here(quarter: Quarter, tree: Tree) -> bool:
    return Mark.objects.filter(unit__in=Unit.objects.within(*tree.tops), quarter=quarter).exists()


def _quarters(request: HttpRequest) -> tuple[list[Quarter], Quarter | None, bool]:
    """Those opened, the one asked for, and whether marks wait in it; read once for a page and its tag."""
    if "quarters" not in request.__dict__:
        request.__dict__["quarters"] = opened_with_marks(request.GET.get("quarter", ""), on=clock.today())
    found: tuple[list[Quarter], Quarter | None, bool] = request.__dict__["quarters"]
    return found

"""The page for the meeting: a year's project investment situation, as it stands at the end of its latest quarter."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from commitments.board import Board
from commitments.situation import sentences
from portal import clock
from portal.accounts import signed_in
from projects.selection import Tree, opened_quarters


@require_safe
def situation(request: HttpRequest) -> HttpResponse:
    """Of the topmost units that the person reaches; `year` names the year, else the latest that has opened."""
    tree = Tree.reached_by(signed_in(request), on=clock.today())
    if not tree.tops:
        raise PermissionDenied
    opened, latest = opened_quarters("", on=clock.today())
    year = request.GET.get("year") or (str(latest.year) if latest else "")
    quarter = next((each for each in opened if str(each.year) == year), None)
    if quarter is None and latest:
        raise Http404
    board = Board.read(quarter, tree) if quarter else None
    shown = {
        "tree": tree,
        "years": sorted({each.year for each in opened}, reverse=True),
        "quarter": quarter,
        "selection": board.selection if board else None,
        "sentences": sentences(board) if board else [],
        "computed_at": board.headline().total.computed_at if board else None,
    }
    return render(request, "commitments/situation.html", shown)

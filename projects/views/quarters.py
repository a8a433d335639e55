"""What a unit's people have to report: their quarters, and of one quarter the list of tasks."""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from portal import clock
from portal.accounts import signed_in
from portal.models import Quarter, Unit
from portal.roles import UNIT_PEOPLE
from projects.duty import State, duties
from projects.models import Report, Workbook
from projects.views import desk as desks
from projects.views import unchanged

RECENT = 8  # quarters: this year and the last


def quarter_tasks_home(request: HttpRequest) -> HttpResponse:
    """The person's units by quarter, what asks something of them first."""
    today = clock.today()
    units = list(Unit.objects.reached_by(signed_in(request), UNIT_PEOPLE, on=today))
    found = [
        duty
        for duty in duties(units, _quarters(units), on=today)
        if duty.reports or duty.state not in (State.NOTHING_OWED, State.NOT_OPEN) or duty.expected
    ]
    owing = sorted((duty for duty in found if duty.owes), key=lambda duty: (duty.due_on, duty.unit.code))
    others = [duty for duty in found if not duty.owes]
    return render(request, "projects/quarter_tasks_home.html", {"owing": owing, "others": others, "units": units})


def _quarters(units: Sequence[Unit]) -> list[Quarter]:
    """The recent quarters, the next one, and any older one whose report is still open."""
    today = clock.today()
    recent = list(Quarter.objects.opened(on=today).order_by("-year", "-number")[:RECENT])
    following = Quarter.objects.filter(opens_on__gt=today).order_by("year", "number")[:1]
    unfinished = Quarter.objects.filter(pk__in=Report.objects.open().filter(unit__in=units).values("quarter"))
    return list({quarter.pk: quarter for quarter in [*recent, *following, *unfinished]}.values())


def quarter_tasks(request: HttpRequest, label: str, code: str) -> HttpResponse:
    """Each project with its status, the due date and what is left; for readers, only what has been submitted."""
    desk = desks.at(request, label, code)
    context: dict[str, object] = {"desk": desk, "duty": desk.duty, "seen": desk.newest_seen}
    if desk.is_own and (desk.duty.owes or desk.duty.draft):
        checked = desk.draft()
        remarks = desk.remarks()
        only_left = request.GET.get("show") == "left"
        shown = [line for line in checked.lines if not only_left or line.status != "complete"]
        context |= {
            "checked": checked,
            "rows": [(line, remarks.of(line.line.project_id)) for line in shown],
            "remarks": remarks,
            "only_left": only_left,
            "untouched": checked.untouched,
            "workbooks": Workbook.objects.open().filter(unit=desk.unit, quarter=desk.quarter).defer("content")[:3],
            "undo": unchanged.undoable(request, checked.report),
        }
    return render(request, "projects/quarter_tasks.html", context)

"""What a unit's people have to report: their quarters, and of one quarter the list of tasks."""

from collections.abc import Mapping, Sequence

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from portal import clock
from portal.accounts import signed_in
from portal.models import Quarter, Unit
from portal.roles import UNIT_PEOPLE
from projects import drafting
from projects.duty import State, duties
from projects.forms import clean_text
from projects.lifecycle import StepRefused
from projects.models import Report
from projects.typed import ANSWER, is_answer
from projects.views import desk as desks
from projects.views import unchanged
from projects.views.desk import Desk

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
    return _tasks(request, desks.at(request, label, code))


def _tasks(
    request: HttpRequest, desk: Desk, *, said: Mapping[int, str] | None = None, refusal: str = "", status: int = 200
) -> HttpResponse:
    """The list of tasks; `said` are answers that could not be kept, and `refusal` is why."""
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
            "answers": [(thread, (said or {}).get(thread.pk, thread.answer)) for thread in remarks.on_report],
            "refusal": refusal,
            "only_left": only_left,
            "untouched": checked.untouched,
            "undo": unchanged.undoable(request, checked.report),
        }
    return render(request, "projects/quarter_tasks.html", context, status=status)


def report_answer(request: HttpRequest, label: str, code: str) -> HttpResponse:
    """What the unit says to remarks on the report as a whole; it is kept in the draft and handed in with it."""
    if request.method != "POST":
        return redirect("quarter_tasks", label, code)
    desk = desks.own(request, label, code)
    if not desk.may_prepare:
        raise PermissionDenied
    if desk.duty.draft is None:
        messages.error(request, _("There is no draft to answer in."))
        return redirect("quarter_tasks", label, code)
    said, shown = (_by_thread(request, prefix) for prefix in (ANSWER, "shown:"))
    try:
        drafting.answer(desk.duty.draft, said, shown, by=signed_in(request), at=clock.now())
    except StepRefused as refusal:
        return _tasks(request, desk, said=said, refusal=str(refusal), status=409)
    messages.success(request, _("Your answer is saved. It is sent with the report."))
    return redirect("quarter_tasks", label, code)


def _by_thread(request: HttpRequest, prefix: str) -> dict[int, str]:
    """The posted texts whose names begin so, by the id of the thread."""
    names = {name: name.removeprefix(prefix) for name in request.POST if name.startswith(prefix)}
    return {int(pk): str(clean_text(request.POST[name])) for name, pk in names.items() if is_answer(ANSWER + pk)}

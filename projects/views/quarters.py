"""What a unit's people have to report: their quarters, and of one quarter the list of tasks."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from portal import clock
from portal.accounts import signed_in
from portal.models import ExtensionRequest, Unit
from portal.roles import UNIT_PEOPLE
from projects import extensions
from projects.duty import of_people, owing
from projects.lifecycle import StepRefused
from projects.views import desk as desks
from projects.views import unchanged
from projects.views.extensions import AskForm


def quarter_tasks_home(request: HttpRequest) -> HttpResponse:
    """The person's units by quarter, what asks something of them first."""
    today = clock.today()
    units = list(Unit.objects.reached_by(signed_in(request), UNIT_PEOPLE, on=today))
    found = of_people(units, on=today)
    others = [duty for duty in found if not duty.owes]
    return render(
        request, "projects/quarter_tasks_home.html", {"owing": owing(found), "others": others, "units": units}
    )


def quarter_tasks(request: HttpRequest, label: str, code: str) -> HttpResponse:
    """Each project with its status, the due date and what is left; for readers, only what has been submitted."""
    return _page(request, desks.at(request, label, code))


def extension_ask(request: HttpRequest, label: str, code: str) -> HttpResponse:
    """Ask for more time; what can't be taken is said on the same page, with what was typed."""
    if request.method != "POST":
        return redirect("quarter_tasks", label, code)
    desk = desks.at(request, label, code)
    if not desk.may_prepare:
        raise PermissionDenied
    form = AskForm(desk.duty, request.POST)
    if form.is_valid():
        try:
            extensions.ask(desk.unit, desk.quarter, **form.cleaned_data, by=signed_in(request), at=clock.now())
        except StepRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Asked for. An administrator decides; the bell and an e-mail tell you."))
            return redirect("quarter_tasks", label, code)
    return _page(request, desk, asking=form)


def _page(request: HttpRequest, desk: desks.Desk, *, asking: AskForm | None = None) -> HttpResponse:
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
            "undo": unchanged.undoable(request, checked.report),
        }
    if desk.is_own:
        context |= _extensions(desk, asking)
    return render(request, "projects/quarter_tasks.html", context, status=422 if asking else 200)


def _extensions(desk: desks.Desk, asking: AskForm | None) -> dict[str, object]:
    """What was asked for this quarter, and the form to ask unless an answer is still due."""
    asked = ExtensionRequest.objects.filter(unit=desk.unit, quarter=desk.quarter)
    requests = list(asked.select_related("asked_by", "decided_by", "extension"))
    may_ask = desk.may_prepare and extensions.may_be_asked(desk.duty)
    if asking is None and may_ask and not any(each.state == ExtensionRequest.State.WAITING for each in requests):
        asking = AskForm(desk.duty)
    return {"extension_requests": requests, "asking": asking}

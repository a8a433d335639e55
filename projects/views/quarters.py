"""What a unit's people have to report: their quarters, and of one quarter the list of tasks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from portal import clock
from portal.accounts import signed_in
from portal.addresses import of_each
from portal.kept_plans import Kept
from portal.models import ExtensionRequest, Unit
from portal.replicas import connection
from portal.roles import UNIT_PEOPLE
from projects import drafting, extensions
from projects.check import CheckedLine
from projects.duty import of_people, owing
from projects.forms import clean_text
from projects.lifecycle import StepRefused
from projects.models import Workbook
from projects.models.workbook import OPEN
from projects.threads import Thread, Threads
from projects.typed import ANSWER, is_answer
from projects.views import desk as desks
from projects.views import unchanged
from projects.views.desk import Desk
from projects.views.extensions import AskForm

# Most often there is none of these: asked before any of them is read.
BESIDE = Kept(
    """
    SELECT EXISTS (SELECT FROM portal_extensionrequest WHERE unit_id = %(unit)s AND quarter_id = %(quarter)s),
           EXISTS (SELECT FROM projects_workbook
                   WHERE unit_id = %(unit)s AND quarter_id = %(quarter)s AND state = ANY (%(open)s)),
           EXISTS (SELECT FROM projects_report report JOIN projects_remark remark ON remark.report_id = report.id
                   WHERE report.unit_id = %(unit)s AND report.quarter_id = %(quarter)s)
    """,
    unit="bigint",
    quarter="bigint",
    open="text[]",
)


@dataclass(frozen=True)
class Task:
    """A line of the list with the remarks still open on it, and where it is filled in or said to be unchanged."""

    checked: CheckedLine
    remarks: list[Thread]
    form: str
    keep: str


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
    return _page(request, desk, asking=form, status=422)


def _page(
    request: HttpRequest,
    desk: Desk,
    *,
    said: Mapping[int, str] | None = None,
    refusal: str = "",
    asking: AskForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The list of tasks; `said` are answers that could not be kept, `refusal` is why; `asking` a form to be mended."""
    context: dict[str, object] = {"desk": desk, "duty": desk.duty, "seen": desk.newest_seen}
    is_asked, has_workbook, is_remarked = _beside(desk) if desk.is_own else (False, False, False)
    if desk.is_own and (desk.duty.owes or desk.duty.draft):
        checked = desk.draft()
        remarks = desk.remarks() if is_remarked else Threads()
        only_left = request.GET.get("show") == "left"
        shown = [line for line in checked.lines if not only_left or line.status != "complete"]
        context |= {
            "checked": checked,
            "tasks": _tasks(desk, shown, remarks),
            "remarks": remarks,
            "answers": [(thread, (said or {}).get(thread.pk, thread.answer)) for thread in remarks.on_report],
            "refusal": refusal,
            "only_left": only_left,
            "untouched": checked.untouched,
            "workbooks": _workbooks(desk) if has_workbook else [],
            "undo": unchanged.undoable(request, checked.report),
        }
    if desk.is_own:
        context |= _extensions(desk, asking, is_asked=is_asked)
    return render(request, "projects/quarter_tasks.html", context, status=status)


def _tasks(desk: Desk, lines: Iterable[CheckedLine], remarks: Threads) -> list[Task]:
    form, keep = (of_each(name, desk.quarter.label, desk.unit.code) for name in ("line_form", "line_keep"))
    tasks = []
    for each in lines:
        project = each.line.project
        tasks.append(Task(each, remarks.of(project.pk), form=form(project.code), keep=keep(project.code)))
    return tasks


def _beside(desk: Desk) -> tuple[bool, bool, bool]:
    """Whether more time was ever asked for, whether a workbook waits, and whether a reviewer ever remarked anything."""
    its = {"unit": desk.unit.pk, "quarter": desk.quarter.pk, "open": [state.value for state in OPEN]}
    with connection.cursor() as cursor:
        BESIDE.run(cursor, its)
        found: tuple[bool, bool, bool] = cursor.fetchone()
    return found


def _workbooks(desk: Desk) -> QuerySet[Workbook]:
    return Workbook.objects.open().filter(unit=desk.unit, quarter=desk.quarter).defer("content")[:3]


def _extensions(desk: Desk, asking: AskForm | None, *, is_asked: bool) -> dict[str, object]:
    """What was asked for this quarter, and the form to ask unless an answer is still due."""
    requests = _asked_before(desk) if is_asked else []
    may_ask = desk.may_prepare and extensions.may_be_asked(desk.duty)
    if asking is None and may_ask and not any(each.state == ExtensionRequest.State.WAITING for each in requests):
        asking = AskForm(desk.duty)
    return {"extension_requests": requests, "asking": asking}


def _asked_before(desk: Desk) -> list[ExtensionRequest]:
    asked = ExtensionRequest.objects.filter(unit=desk.unit, quarter=desk.quarter)
    return list(asked.prefetch_related("asked_by", "decided_by", "extension"))


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
        return _page(request, desk, said=said, refusal=str(refusal), status=409)
    messages.success(request, _("Your answer is saved. It is sent with the report."))
    return redirect("quarter_tasks", label, code)


def _by_thread(request: HttpRequest, prefix: str) -> dict[int, str]:
    """The posted texts whose names begin so, by the id of the thread."""
    names = {name: name.removeprefix(prefix) for name in request.POST if name.startswith(prefix)}
    return {int(pk): str(clean_text(request.POST[name])) for name, pk in names.items() if is_answer(ANSWER + pk)}

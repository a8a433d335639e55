"""A report as a whole: the check before it is submitted, its receipt afterwards, and the steps between."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from portal import clock, exports, roles
from portal.accounts import signed_in
from portal.printing import answers
from projects import check, evidence, lifecycle, printed_report
from projects.lifecycle import StepRefused
from projects.models import Report, ReportState
from projects.tables import LineTable
from projects.threads import Threads
from projects.views import desk as desks


def report_check(request: HttpRequest, label: str, code: str) -> HttpResponse:
    """All lines, totals and findings; the approver submits from here."""
    desk = desks.own(request, label, code)
    if not (desk.duty.owes or desk.duty.draft):
        return redirect("quarter_tasks", label, code)
    checked = desk.draft()
    only_look = request.GET.get("show") == "look"
    shown = [line for line in checked.lines if not only_look or line.findings or line.status != "complete"]
    seen = evidence.of_lines(line.line for line in shown)
    lines = [(line, seen.get(line.line.pk, [])) for line in shown]
    context = {"desk": desk, "checked": checked, "lines": lines, "only_look": only_look}
    return render(request, "projects/report_check.html", context)


def report_submit(request: HttpRequest, label: str, code: str) -> HttpResponse:
    if request.method != "POST":
        return redirect("report_check", label, code)
    desk = desks.own(request, label, code)
    if not desk.may_submit:
        raise PermissionDenied
    report = desk.duty.open
    if report is None:
        messages.error(request, _("There is no draft to submit."))
        return redirect("quarter_tasks", label, code)
    if not request.POST.get("signed"):
        messages.error(request, _("Not submitted: tick that you sign for these figures, then press the button again."))
        return redirect("report_check", label, code)
    try:
        lifecycle.submit(report, by=signed_in(request), at=clock.now(), seen=request.POST.get("seen", ""))
    except StepRefused as refusal:
        messages.error(request, str(refusal))
        is_draft = report.state == ReportState.DRAFT
        return redirect("report_check", label, code) if is_draft else redirect("report_detail", report.pk)
    return redirect("report_detail", report.pk)


def _visible(request: HttpRequest, pk: int) -> Report:
    visible = Report.objects.visible_to(signed_in(request), on=clock.today())
    return get_object_or_404(visible.select_related("unit", "quarter", "submitted_by", "reviewed_by"), pk=pk)


def report_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The receipt: who submitted what and when, what happens next, the lines as they were frozen, every step."""
    report = _visible(request, pk)
    if report.state == ReportState.DRAFT:
        return redirect("quarter_tasks", report.quarter.label, report.unit.code)
    held = roles.at(report.unit, signed_in(request), on=clock.today())
    revisions = Report.objects.visible_to(signed_in(request), on=clock.today()).filter(
        unit=report.unit, quarter=report.quarter
    )
    checked = check.report(report)
    seen = evidence.of_lines(line.line for line in checked.lines)
    context = {
        "report": report,
        "checked": checked,
        "lines": [(line, seen.get(line.line.pk, [])) for line in checked.lines],
        "restated": report.state in (ReportState.SUBMITTED, ReportState.ACCEPTED)
        and [line for line in checked.lines if line.is_restated],
        "threads": Threads.of_report(report).every,
        "steps": report.events.select_related("by"),
        "revisions": revisions.order_by("-revision"),
        "may_withdraw": held & roles.SUBMITTERS
        and report.state == ReportState.SUBMITTED
        and report.opened_at is None
        and report.submitted_by == signed_in(request),
        "may_correct": held & roles.PREPARERS and report.state == ReportState.ACCEPTED,
    }
    return render(request, "projects/report_detail.html", context)


def report_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    report = _visible(request, pk)
    if request.method != "POST":
        return redirect("report_detail", pk)
    _require(request, report, roles.SUBMITTERS)
    try:
        lifecycle.withdraw(report, by=signed_in(request), at=clock.now(), reason=request.POST.get("reason", ""))
    except StepRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("report_detail", pk)
    messages.success(request, _("Withdrawn. The draft is open again, with everything that was in it."))
    return redirect("quarter_tasks", report.quarter.label, report.unit.code)


def report_correct(request: HttpRequest, pk: int) -> HttpResponse:
    report = _visible(request, pk)
    if request.method != "POST":
        return redirect("report_detail", pk)
    _require(request, report, roles.PREPARERS)
    try:
        lifecycle.correct(report, by=signed_in(request), at=clock.now(), reason=request.POST.get("reason", ""))
    except StepRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("report_detail", pk)
    messages.success(request, _("The correction is open. The accepted report counts until the correction is accepted."))
    return redirect("quarter_tasks", report.quarter.label, report.unit.code)


def _require(request: HttpRequest, report: Report, allowed: frozenset[str]) -> None:
    if not roles.at(report.unit, signed_in(request), on=clock.today()) & allowed:
        raise PermissionDenied


def report_export(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The lines as CSV or XLSX, in the unit they were typed in."""
    report = _visible(request, pk)
    kind = request.GET.get("export", "")
    if kind not in exports.KINDS:
        raise Http404
    table = LineTable(check.report(report).lines)
    return exports.download(table, f"{report.unit.name}-{report.quarter.label}-{report.revision}", kind)


def report_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The submitted report on paper, in the language of the page."""
    report = _visible(request, pk)
    if report.state == ReportState.DRAFT:
        raise Http404
    return answers.answer(printed_report.printed(check.report(report)), f"{report.unit.name}-{report.receipt}", "pdf")

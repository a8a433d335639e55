"""The review of one report in the admin site: read it, then accept it or return it with remarks.

Opening the page notes, once and for somebody who may decide only, that the review has begun: from then on the report
can't be withdrawn under the reviewer's eyes. It is the look itself that counts, so a GET notes it; a second one
changes nothing.
"""

from datetime import datetime

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from portal import clock
from portal.accounts import signed_in
from portal.models import Unit, User
from portal.roles import REVIEWERS
from projects import lifecycle
from projects.models import Report, ReportState
from projects.review import ReviewedReport
from projects.views import queue
from projects.views.review_form import ReviewForm, Talk


def report_review(request: HttpRequest, object_id: int) -> HttpResponse:
    user, today = signed_in(request), clock.today()
    seen = Report.objects.visible_to(user, on=today).handed_in().select_related("unit", "quarter")
    report = get_object_or_404(seen, pk=object_id)
    if request.method == "POST":
        return _decide(request, report, user)
    if report.opened_at is None and _may_decide(report, user):
        report = lifecycle.open_review(report, by=user, at=clock.now())
    return _page(request, report, user)


def _may_decide(report: Report, user: User) -> bool:
    return Report.objects.reviewable_by(user, on=clock.today()).filter(pk=report.pk).exists()


def _may_review(report: Report, user: User) -> bool:
    return Unit.objects.reached_by(user, REVIEWERS, on=clock.today()).filter(pk=report.unit_id).exists()


def _accept(report: Report, form: ReviewForm, *, by: User, at: datetime) -> str:
    if form.notes:
        raise lifecycle.StepRefused(
            _("Remarks on lines only go with a return: return the report, or empty them to accept it.")
        )
    lifecycle.accept(report, by=by, at=at, reason=form.remark, ticked=form.ticks)
    return _("You accepted the report of %(unit)s for %(quarter)s; it counts from now on.")


def _return(report: Report, form: ReviewForm, *, by: User, at: datetime) -> str:
    lifecycle.send_back(report, by=by, at=at, remark=form.remark, notes=form.notes, settled=form.settled)
    return _("You returned the report of %(unit)s for %(quarter)s with your remarks.")


STEPS = {"accept": (_accept, ReportState.ACCEPTED), "return": (_return, ReportState.RETURNED)}


def _decide(request: HttpRequest, report: Report, user: User) -> HttpResponse:
    """Take the step of the button that was pressed; whatever stands in its way is said with the typed text kept."""
    if not _may_review(report, user):
        raise PermissionDenied
    form = ReviewForm.of(ReviewedReport.of(report), request.POST)
    if "more" in request.POST:
        return _page(request, report, user, form=form)
    if request.POST.get("step") not in STEPS:
        raise SuspiciousOperation("a review has no such step")
    if not form.is_valid:
        return _page(request, report, user, form=form, refused=_("A remark can't be taken as it is."), status=422)
    step, state = STEPS[request.POST["step"]]
    place = queue.place(request, report, user)
    try:
        done = step(report, form, by=user, at=clock.now())
    except lifecycle.StepTaken:
        report.refresh_from_db()
        if report.state != state or report.reviewed_by != user:
            return _page(request, report, user, form=form, refused=_who_decided(report), status=409)
        return redirect(place.onward)  # a double click
    except lifecycle.StepRefused as refused:
        return _page(request, report, user, form=form, refused=str(refused), status=422)
    messages.success(request, f"{done % {'unit': report.unit.name, 'quarter': report.quarter.name}} {place.what_next}")
    return redirect(place.onward)


def _who_decided(report: Report) -> str:
    if report.reviewed_at is None:
        return _("This report was withdrawn in the meantime. Your remarks were not sent; they still stand below.")
    return _(
        "%(who)s decided on this report at %(time)s: it is %(state)s."
        " Your remarks were not sent; they still stand below."
    ) % {
        "who": report.reviewed_by,
        "time": f"{report.reviewed_at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}",
        "state": report.get_state_display(),
    }


def _page(
    request: HttpRequest,
    report: Report,
    user: User,
    *,
    form: ReviewForm | None = None,
    refused: str = "",
    status: int = 200,
) -> HttpResponse:
    reviewed = ReviewedReport.of(report)
    may_decide = _may_decide(report, user)
    if form is None and may_decide:
        form = ReviewForm.of(reviewed)
    context = {
        **admin.site.each_context(request),
        "title": _("Review"),
        "reviewed": reviewed,
        "report": report,
        "rows": [
            (
                row,
                form.slots[row.line.pk] if form else [],
                [Talk.of(thread, row.line, form) for thread in row.threads],
            )
            for row in reviewed.lines
        ],
        "talks": [Talk.of(thread, None, form) for thread in reviewed.threads.on_report],
        "form": form,
        "refused": refused,
        "may_decide": may_decide,
        "is_own": user.pk in report.preparer_ids or user == report.submitted_by,
        "place": queue.place(request, report, user),
        "uses_keys": user.uses_keys,
    }
    return render(request, "projects/report_review.html", context, status=status)


def report_keys(request: HttpRequest) -> HttpResponse:
    """Turn the single keys of the review on or off, for this person and wherever they sign in."""
    back = request.POST.get("back", "")
    place = back if url_has_allowed_host_and_scheme(back, {request.get_host()}) else "admin:projects_report_changelist"
    if request.method == "POST":
        user = signed_in(request)
        user.uses_keys = request.POST.get("keys") == "on"
        user.save(update_fields=["uses_keys"])
        messages.success(request, _("Single keys are on.") if user.uses_keys else _("Single keys are off."))
    return redirect(place)

"""Accepting several reports in the admin: the preview of what was selected, and what came of each once confirmed."""

from time import monotonic

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from portal import clock
from portal.accounts import signed_in
from portal.roles import REVIEWERS
from projects import batch
from projects.batch import Result
from projects.models import Report

MOST = 200  # reports at once
AT_ONCE = 6  # seconds that one request takes at most before the next one goes on


def preview(request: HttpRequest, selected: QuerySet[Report], *, filters: str) -> HttpResponse:
    """Which of the selected reports will be accepted, and which not and why. Nothing is done yet."""
    reports = list(selected.select_related("unit", "quarter", "opened_by")[: MOST + 1])
    found = batch.candidates(reports[:MOST], by=signed_in(request), at=clock.now())
    context = {
        "title": _("Accept several reports"),
        "clean": [each for each in found if each.is_clean],
        "others": [each for each in found if not each.is_clean],
        "most": MOST if len(reports) > MOST else 0,
    }
    return _page(request, "admin/projects/report/accept_preview.html", context, filters=filters)


def reports_accept(request: HttpRequest) -> HttpResponse:
    """Accept what was confirmed, each report in a transaction of its own, and tell of each what came of it.

    What takes longer than a request should is gone on with in the next one, which the page sends by itself: whatever
    is done already gives the same result again.
    """
    user, today = signed_in(request), clock.today()
    if request.method != "POST":
        return redirect("admin:projects_report_changelist")
    if not user.roles(on=today) & REVIEWERS:
        raise PermissionDenied
    receipts = dict(_confirmed(request))
    seen = Report.objects.visible_to(user, on=today).handed_in().filter(pk__in=receipts)
    reports = seen.select_related("unit", "quarter", "reviewed_by").order_by("submitted_at", "pk")
    found = batch.candidates(reports, by=user, at=clock.now())
    began, outcomes = monotonic(), []
    for each in found:
        if monotonic() - began > AT_ONCE:
            break
        outcomes.append(batch.accept(each, receipt=receipts[each.report.pk], by=user, at=clock.now()))
    context = {
        "title": _("What came of it"),
        "accepted": [each for each in outcomes if each.result == Result.ACCEPTED],
        "left": [each for each in outcomes if each.result == Result.LEFT],
        "refused": [each for each in outcomes if each.result == Result.REFUSED],
        "missing": len(receipts) - len(found),
        "done": len(outcomes),
        "left_over": len(found) - len(outcomes),
        "confirmed": [f"{pk}:{receipt}" for pk, receipt in receipts.items()],
    }
    return _page(request, "admin/projects/report/accept_result.html", context, filters=request.POST.get("filters", ""))


def _confirmed(request: HttpRequest) -> list[tuple[int, str]]:
    """The reports that were confirmed, each with the receipt that was shown; crooked ones are none."""
    pairs = [text.partition(":") for text in request.POST.getlist("report")]
    found = [(int(pk), receipt) for pk, _colon, receipt in pairs if pk.isascii() and pk.isdecimal() and len(pk) < 19]
    return found[:MOST]


def _page(request: HttpRequest, template: str, context: dict[str, object], *, filters: str) -> HttpResponse:
    queue = reverse("admin:projects_report_changelist")
    more = {"queue": f"{queue}?{filters}" if filters else queue, "filters": filters, "opts": Report._meta}
    return render(request, template, {**admin.site.each_context(request), **context, **more})

"""“Nothing changed” for one line or all untouched ones, and its undo, which lasts as long as nobody changed them."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal import clock
from portal.accounts import signed_in
from projects import drafting
from projects import unchanged as verbs
from projects.lifecycle import StepRefused
from projects.models import Project, Report, ReportLine
from projects.unchanged import Kept
from projects.views import desk as desks
from projects.views.desk import Desk

UNDO = "unchanged"  # what this person marked last, in their session: {"report": id, "lines": {line id: version}, …}


def line_keep(request: HttpRequest, label: str, code: str, project_code: str) -> HttpResponse:
    """No change: one click, and back to where it was clicked; by GET, after a sign-in in between, to the list."""
    if request.method != "POST":
        return redirect("quarter_tasks", label, code)
    desk = _desk(request, label, code)
    say_of(request, desk, project_code)
    return _back(request, desk, project_code)


def lines_keep(request: HttpRequest, label: str, code: str) -> HttpResponse:
    """The same for every line that nobody has touched."""
    if request.method != "POST":
        return redirect("quarter_tasks", label, code)
    desk = _desk(request, label, code)
    say_of_untouched(request, desk)
    return _back(request, desk)


def lines_keep_undo(request: HttpRequest, label: str, code: str) -> HttpResponse:
    if request.method != "POST":
        return redirect("quarter_tasks", label, code)
    desk = _desk(request, label, code)
    take_back(request, desk)
    return _back(request, desk)


def say_of(request: HttpRequest, desk: Desk, project_code: str) -> None:
    """Mark one line as unchanged, and say what came of it."""
    by, now = signed_in(request), clock.now()
    project = get_object_or_404(Project, code=project_code)
    if desk.draft().find(project) is None:
        raise Http404
    try:
        report = drafting.begin(desk.unit, desk.quarter, by=by, at=now)
        line = get_object_or_404(report.lines.select_related("project", "report__quarter"), project=project)
        kept = verbs.keep(line, by=by, at=now)
    except StepRefused as refusal:
        messages.error(request, str(refusal))
        return
    messages.success(request, _("%(project)s: marked as unchanged.") % {"project": project.name})
    _remember(request, report, kept)


def say_of_untouched(request: HttpRequest, desk: Desk) -> None:
    by, now = signed_in(request), clock.now()
    try:
        report = drafting.begin(desk.unit, desk.quarter, by=by, at=now)
        kept = verbs.keep_untouched(report, by=by, at=now)
    except StepRefused as refusal:
        messages.error(request, str(refusal))
        return
    count = len(kept.lines)
    if kept.lines:
        said = ngettext("%(count)s project marked as unchanged.", "%(count)s projects marked as unchanged.", count)
        messages.success(request, said % {"count": count})
        _remember(request, report, kept)
    if kept.without_last:
        left = _("Left to fill in, since no accepted report speaks of them yet: %(projects)s")
        messages.warning(request, left % {"projects": _named(kept.without_last)})


def take_back(request: HttpRequest, desk: Desk) -> None:
    """Undo what this person marked last, where it stands in this unit's open draft."""
    kept = request.session.pop(UNDO, None)
    report = desk.duty.draft
    if not kept or report is None or kept["report"] != report.pk:
        messages.error(request, _("There is nothing to undo any more."))
        return
    versions = {int(pk): version for pk, version in kept["lines"].items()}
    report.unit, report.quarter = desk.unit, desk.quarter
    try:
        undone = verbs.undo(report, versions, by=signed_in(request), at=clock.now())
    except StepRefused as refusal:
        messages.error(request, str(refusal))
        return
    count = len(undone.lines)
    said = ngettext("%(count)s project is as it was before.", "%(count)s projects are as they were before.", count)
    messages.success(request, said % {"count": count})
    if undone.changed_since:
        alone = _("Left alone, since somebody changed it since: %(projects)s")
        messages.warning(request, alone % {"projects": _named(undone.changed_since)})


def _named(lines: Sequence[ReportLine]) -> str:
    return "; ".join(line.project.name for line in lines)


def undoable(request: HttpRequest, report: Report) -> dict[str, Any] | None:
    """What could be undone in this draft: how many lines, marked when; null where nothing could."""
    kept = request.session.get(UNDO)
    if not kept or kept["report"] != report.pk:
        return None
    return {"count": len(kept["lines"]), "at": kept["at"]}


def _desk(request: HttpRequest, label: str, code: str) -> Desk:
    desk = desks.own(request, label, code)
    if not desk.may_prepare:
        raise PermissionDenied
    return desk


def _remember(request: HttpRequest, report: Report, kept: Kept) -> None:
    time = clock.now().astimezone(clock.SHANGHAI).strftime("%H:%M")
    request.session[UNDO] = {"report": report.pk, "lines": kept.versions, "at": time}


def _back(request: HttpRequest, desk: Desk, project_code: str = "") -> HttpResponseRedirect:
    """To the list, at the same place."""
    place = f"#{project_code}" if project_code else ""
    shown = "?show=left" if request.POST.get("show") == "left" else place
    return redirect(reverse("quarter_tasks", args=[desk.quarter.label, desk.unit.code]) + shown)

"""One project's line: shown, saved as typed, marked as unchanged. Nothing that was typed is ever lost."""

import json
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from portal import clock
from portal.accounts import signed_in
from portal.views import errors
from projects import drafting, entry, prefill
from projects.check import CheckedLine, CheckedReport
from projects.entry import Sent, Taken, Unreadable
from projects.forms import LineForm
from projects.lifecycle import StepRefused
from projects.models import Project
from projects.threads import Thread
from projects.views import autosave, grid, kept, line_evidence
from projects.views import desk as desks
from projects.views.desk import Desk
from projects.views.grid_rows import Row


@dataclass(frozen=True)
class Place:
    """A line on the desk of whoever asks."""

    desk: Desk
    project: Project
    report: CheckedReport
    checked: CheckedLine

    @property
    def address(self) -> tuple[str, str, str]:
        return self.desk.quarter.label, self.desk.unit.code, self.project.code

    @cached_property
    def threads(self) -> list[Thread]:
        """The reviewer's remarks on this line that are still open."""
        return self.desk.remarks().of(self.project.pk)

    def neighbour(self, step: int) -> Project | None:
        lines = self.report.lines
        place = lines.index(self.checked) + step
        return lines[place].line.project if 0 <= place < len(lines) else None


@login_not_required
def line_form(request: HttpRequest, label: str, code: str, project_code: str) -> HttpResponse:
    """The form of a line. Whoever isn't signed in any more is asked to, and finds what they posted in the form."""
    if not request.user.is_authenticated:
        return _sign_in_first(request)
    place = _place(request, label, code, project_code)
    if request.method == "POST":
        return _save(request, place)
    if not (place.desk.duty.owes or place.desk.duty.draft):
        return redirect("quarter_tasks", label, code)
    if kept.of(request):
        messages.warning(request, _("What you typed before you had to sign in is back in the form. Save it."))
        sent = Sent.read(kept.of(request))
        form = LineForm.again(sent.texts, place.checked, place.threads, version=sent.version)
        return _page(request, place, form, {"kept": True, "base": json.dumps(sent.base, ensure_ascii=False)})
    form = LineForm.of(place.checked, place.threads)
    form.show_findings()
    return _page(request, place, form)


def _sign_in_first(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        _keep(request)
        line_evidence.say_not_taken(request)
        messages.warning(request, _("You were signed out in the meantime. Sign in: what you typed is kept."))
    return redirect_to_login(request.get_full_path())


def _keep(request: HttpRequest) -> None:
    with suppress(Unreadable):
        kept.put(request, Sent.posted(request.POST.dict()).kept())


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose token is no longer good, as after signing in anew in another window: a line's texts are kept.

    Only what one of our own pages posted is; another site's form must not put words into a person's report.
    """
    place = request.resolver_match
    if place is not None and place.func in (autosave.line_autosave, line_evidence.line_evidence):
        return autosave.stale_token(request)
    ours = (f"{request.scheme}://{request.get_host()}", *settings.CSRF_TRUSTED_ORIGINS)
    keepers = {line_form: (_sign_in_first, _keep), grid.report_grid: (grid.sign_in_first, grid.keep)}
    if place is None or place.func not in keepers or request.headers.get("Origin") not in ours:
        return errors.stale_form(request, reason)
    sign_in_first, keep = keepers[place.func]
    if not request.user.is_authenticated:
        return sign_in_first(request)
    keep(request)
    line_evidence.say_not_taken(request)
    return redirect(request.path)


def _place(request: HttpRequest, label: str, code: str, project_code: str) -> Place:
    desk = desks.own(request, label, code)
    if request.method == "POST" and not desk.may_prepare:
        raise PermissionDenied
    project = get_object_or_404(Project, code=project_code)
    report = desk.draft()
    checked = report.find(project)
    if checked is None:
        raise Http404
    return Place(desk, project, report, checked)


def _save(request: HttpRequest, place: Place) -> HttpResponse:
    if "discard" in request.POST:
        kept.forget(request, request.path)
        return redirect("line_form", *place.address)
    try:
        sent = Sent.posted(request.POST.dict())
        if line_evidence.is_pressed(request) and not sent.is_changed:
            return _take_evidence(request, place)
        said, by, now = {place.project.code: sent}, signed_in(request), clock.now()
        entered = entry.begin_and_enter(said, place.desk.unit, place.desk.quarter, by=by, at=now)
    except Unreadable:
        raise Http404 from None
    except StepRefused as refusal:
        return _refused(request, place, str(refusal))
    if entered.missing:
        return _refused(request, place, _("The register no longer asks for this project in this quarter."))
    line = entered.saved[0].checked.line if entered.saved else entered.taken[0].checked.line
    line_evidence.tell(request, line_evidence.take(request, line))
    if entered.taken:
        return _taken(request, place, entered.taken[0])
    kept.forget(request, request.path)
    for text, meant in entered.saved[0].understood:
        messages.info(
            request, _("“%(text)s” was understood as %(meant)s (10,000 CNY).") % {"text": text, "meant": meant}
        )
    return _go_on(request, place)


def _take_evidence(request: HttpRequest, place: Place) -> HttpResponse:
    """Only the photos and documents, where nothing else was typed: nobody has confirmed the line by that."""
    report = drafting.begin(place.desk.unit, place.desk.quarter, by=signed_in(request), at=clock.now())
    line = get_object_or_404(report.lines.select_related("report"), project=place.project)
    line_evidence.tell(request, line_evidence.take(request, line))
    return _back_to_evidence(place)


def _back_to_evidence(place: Place) -> HttpResponse:
    return redirect(reverse("line_form", args=place.address) + "#evidence")


def _go_on(request: HttpRequest, place: Place) -> HttpResponse:
    """After saving: back to the form where something is wrong or was asked to stay, else to the next project."""
    fresh = _place(request, *place.address)
    status = fresh.checked.status
    if status == "has_errors":
        messages.error(request, _("Saved as you typed it. Something is not right yet: see the fields marked."))
    elif status == "in_progress":
        messages.warning(request, _("Saved. Something is still to be said: see the fields marked."))
    else:
        messages.success(request, _("%(project)s: saved and complete.") % {"project": place.project.name})
    if line_evidence.is_pressed(request):
        return _back_to_evidence(fresh)
    if "next" in request.POST and status == "complete":
        following = fresh.neighbour(1)
        if following:
            return redirect("line_form", fresh.desk.quarter.label, fresh.desk.unit.code, following.code)
        return redirect("quarter_tasks", fresh.desk.quarter.label, fresh.desk.unit.code)
    return redirect("line_form", *fresh.address)


def _refused(request: HttpRequest, place: Place, refusal: str) -> HttpResponse:
    """The form with what was typed, and why it wasn't saved."""
    line_evidence.say_not_taken(request)
    place = _place(request, *place.address)
    form = LineForm.again(request.POST.dict(), place.checked, place.threads)
    return _page(request, place, form, {"refusal": refusal}, status=409)


def _taken(request: HttpRequest, place: Place, taken: Taken) -> HttpResponse:
    """The form with what was typed, and above it both texts of each cell that somebody else has saved meanwhile."""
    place = _place(request, *place.address)
    form = LineForm.again(taken.texts, place.checked, place.threads)
    return _page(request, place, form, {"row": Row(checked=place.checked, taken=taken)}, status=409)


def _page(
    request: HttpRequest, place: Place, form: LineForm, extra: dict[str, object] | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "desk": place.desk,
        "checked": place.checked,
        "report": place.report,
        "line": place.checked.line,
        "project": place.project,
        "form": form,
        "base": Row(checked=place.checked).base,
        "person": signed_in(request),
        "sources": prefill.sources(place.checked.line, place.checked.last),
        "autosave": reverse("line_autosave", args=place.address[:2]) if place.desk.is_to_fill else "",
        "previous": place.neighbour(-1),
        "following": place.neighbour(1),
        "earlier_quarters": [(f"{place.desk.quarter.year}Q{n}", flow) for n, flow in place.checked.before.quarters],
        **line_evidence.context(place.checked),
        **(extra or {}),
    }
    return render(request, "projects/line_form.html", context, status=status)

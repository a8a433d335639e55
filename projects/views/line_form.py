"""One project's line: shown, saved as typed, marked as unchanged. Nothing that was typed is ever lost."""

from dataclasses import dataclass

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
from projects import lifecycle, unchanged
from projects.check import CheckedLine, CheckedReport
from projects.forms import LineForm, texts_of
from projects.lifecycle import LineTaken, StepRefused, Typed
from projects.models import Project, ReportLine
from projects.views import desk as desks
from projects.views.desk import Desk

KEPT = "kept_lines"  # texts posted when the session had ended, by address of their form
KEPT_FORMS = 5
KEPT_LENGTH = 5000


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
    kept = request.session.get(KEPT, {}).get(request.path)
    if kept:
        messages.warning(request, _("What you typed before you had to sign in is back in the form. Save it."))
        return _page(request, place, LineForm.again(kept, place.checked), {"kept": kept})
    form = LineForm.of(place.checked)
    form.show_findings()
    return _page(request, place, form)


def _sign_in_first(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        _keep(request)
        messages.warning(request, _("You were signed out in the meantime. Sign in: what you typed is kept."))
    return redirect_to_login(request.get_full_path())


def _keep(request: HttpRequest) -> None:
    texts = {name: text[:KEPT_LENGTH] for name, text in texts_of(request.POST.dict()).items()}
    others = {path: kept for path, kept in request.session.get(KEPT, {}).items() if path != request.path}
    request.session[KEPT] = dict([*others.items(), (request.path, texts)][-KEPT_FORMS:])


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose token is no longer good, as after signing in anew in another window: a line's texts are kept.

    Only what one of our own pages posted is; another site's form must not put words into a person's report.
    """
    ours = (f"{request.scheme}://{request.get_host()}", *settings.CSRF_TRUSTED_ORIGINS)
    place = request.resolver_match
    if place is None or place.func is not line_form or request.headers.get("Origin") not in ours:
        return errors.stale_form(request, reason)
    if not request.user.is_authenticated:
        return _sign_in_first(request)
    _keep(request)
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
        _forget(request)
        return redirect("line_form", *place.address)
    form = LineForm(request.POST.dict(), checked=place.checked)
    typed = form.typed()
    try:
        _write(request, place, typed, version=form.cleaned_data.get("version") or 0)
    except StepRefused as refusal:
        return _refused(request, place, refusal)
    _forget(request)
    for text, meant in form.understood():
        messages.info(
            request, _("“%(text)s” was understood as %(meant)s (10,000 CNY).") % {"text": text, "meant": meant}
        )
    return _go_on(request, place)


def _forget(request: HttpRequest) -> None:
    """Let go of what was kept for this form: it is saved now, or wasn't wanted."""
    kept = request.session.get(KEPT, {})
    if kept.pop(request.path, None):
        request.session[KEPT] = kept


def _write(request: HttpRequest, place: Place, typed: Typed, *, version: int) -> ReportLine:
    now = clock.now()
    report = lifecycle.begin(place.desk.unit, place.desk.quarter, by=signed_in(request), at=now)
    line = report.lines.filter(project=place.project).first()
    if line is None:
        raise StepRefused(_("The register no longer asks for this project in this quarter."))
    return lifecycle.save_line(line, typed, version=version, by=signed_in(request), at=now)


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
    if "next" in request.POST and status == "complete":
        following = fresh.neighbour(1)
        if following:
            return redirect("line_form", fresh.desk.quarter.label, fresh.desk.unit.code, following.code)
        return redirect("quarter_tasks", fresh.desk.quarter.label, fresh.desk.unit.code)
    return redirect("line_form", *fresh.address)


def _refused(request: HttpRequest, place: Place, refusal: StepRefused) -> HttpResponse:
    """The form with what was typed, why it wasn't saved, and beside it what a colleague has saved meanwhile."""
    place = _place(request, *place.address)
    form = LineForm.again(request.POST.dict(), place.checked)
    theirs = refusal.line if isinstance(refusal, LineTaken) else None
    shown = LineForm.of(place.checked)
    both = [name for name in texts_of(form.data) if name in shown.fields or name in form.fields]
    rows = [(form[name].label, _value(shown, name), _value(form, name)) for name in both] if theirs else []
    context = {"refusal": refusal, "theirs": [row for row in rows if row[1] != row[2]]}
    return _page(request, place, form, context, status=409)


def _value(form: LineForm, name: str) -> object:
    return form[name].value() if name in form.fields else ""


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
        "remarks": place.desk.remarks().of(place.project.pk),
        "previous": place.neighbour(-1),
        "following": place.neighbour(1),
        "earlier_quarters": [(f"{place.desk.quarter.year}Q{n}", flow) for n, flow in place.checked.before.quarters],
        **(extra or {}),
    }
    return render(request, "projects/line_form.html", context, status=status)


def line_keep(request: HttpRequest, label: str, code: str, project_code: str) -> HttpResponse:
    """No change: one click, and back to the same place of the list; by GET, after a sign-in in between, to the list."""
    if request.method != "POST":
        return redirect("quarter_tasks", label, code)
    place = _place(request, label, code, project_code)
    now = clock.now()
    try:
        report = lifecycle.begin(place.desk.unit, place.desk.quarter, by=signed_in(request), at=now)
        unchanged.keep(get_object_or_404(report.lines, project=place.project), by=signed_in(request), at=now)
    except StepRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("%(project)s: marked as unchanged.") % {"project": place.project.name})
    shown = "?show=left" if request.POST.get("show") == "left" else f"#{project_code}"
    return redirect(reverse("quarter_tasks", args=[label, code]) + shown)

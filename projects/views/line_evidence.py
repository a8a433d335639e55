"""Photos and documents in the form of a line: taken with the rest of the form, or one by one while one waits."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal import clock, uploads
from portal.accounts import signed_in
from projects import attaching, check, drafting
from projects.attaching import LARGEST, MOST
from projects.check import CheckedLine
from projects.lifecycle import StepRefused
from projects.models import Evidence, Project, ReportLine, Stage
from projects.models.evidence import LONGEST_CAPTION
from projects.views import autosave
from projects.views import desk as desks
from projects.views.grid_rows import Row

FILES = "evidence"
BUTTONS = ("evidence_upload", "evidence_remove", "evidence_put_back")
PURPOSE, CAPTION = "evidence_purpose", "evidence_caption"


@dataclass(frozen=True)
class Came:
    """What came of the photos and documents of a form, in words; and the evidence that is new."""

    new: list[Evidence] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def is_pressed(request: HttpRequest) -> bool:
    """Whether the form came by one of the buttons beside the photos."""
    return any(name in request.POST for name in BUTTONS)


def take(request: HttpRequest, line: ReportLine) -> Came:
    """Everything that a form says about the evidence of a draft's line; what is refused hinders nothing else."""
    came = Came()
    there = list(Evidence.objects.filter(line=line).select_related("file"))
    for each in there:
        each.line = line
        _describe(request, each, came)
    _remove_or_put_back(request, there, came)
    _attach(request, line, came)
    return came


def say_not_taken(request: HttpRequest) -> None:
    """Where a form could not be saved: a browser doesn't hand its files in again by itself."""
    if request.FILES.getlist(FILES):
        messages.error(request, _("The photos and documents were not added. Choose them again."))


def tell(request: HttpRequest, came: Came) -> None:
    for words in came.said:
        messages.success(request, words)
    for words in came.refused:
        messages.error(request, words)


def _describe(request: HttpRequest, found: Evidence, came: Came) -> None:
    purpose, caption = (request.POST.get(f"{name}_{found.key}") for name in (PURPOSE, CAPTION))
    if purpose is None or caption is None:
        return
    try:
        attaching.describe(found, purpose=purpose, caption=caption, by=signed_in(request), at=clock.now())
    except StepRefused as refusal:
        came.refused.append(str(refusal))


def _remove_or_put_back(request: HttpRequest, there: list[Evidence], came: Came) -> None:
    for button, step, words in (
        ("evidence_remove", attaching.remove, _("%(file)s was removed. It can be put back until you submit.")),
        ("evidence_put_back", attaching.put_back, _("%(file)s is back.")),
    ):
        for key in request.POST.getlist(button):
            found = next((each for each in there if str(each.key) == key), None)
            if found is None:
                raise Http404
            try:
                step(found, by=signed_in(request), at=clock.now())
                came.said.append(words % {"file": found})
            except StepRefused as refusal:
                came.refused.append(str(refusal))


def _attach(request: HttpRequest, line: ReportLine, came: Came) -> None:
    there = 0
    for posted in request.FILES.getlist(FILES):
        [file] = uploads.posted([posted], largest=LARGEST)
        try:
            found, is_new = attaching.attach(
                line, file, purpose=request.POST.get(PURPOSE, ""), by=signed_in(request), at=clock.now()
            )
        except StepRefused as refusal:
            came.refused.append(str(refusal))
            continue
        if is_new:
            came.new.append(found)
        there += not is_new
    if came.new:
        added = ngettext("%(count)s file added.", "%(count)s files added.", len(came.new)) % {"count": len(came.new)}
        came.said.append(added)
    if there:
        known = ngettext("%(count)s file stands here already.", "%(count)s files stand here already.", there) % {
            "count": there
        }
        came.said.append(known)


def suggested(checked: CheckedLine) -> str:
    """What a new photo most likely shows, by what the line says."""
    if check.facts(checked).is_first_started:
        return Evidence.Purpose.START
    return Evidence.Purpose.COMPLETION if checked.line.stage == Stage.COMPLETED else Evidence.Purpose.PROGRESS


def context(checked: CheckedLine) -> dict[str, object]:
    """What the form shows of photos and documents. One query, none for a line that no draft holds yet."""
    found: Iterable[Evidence] = (
        Evidence.objects.filter(line=checked.line).select_related("file") if checked.line.pk else ()
    )
    everything = list(found)
    kept = [each for each in everything if each.removed_at is None]
    return {
        "evidence": kept,
        "removed": [each for each in everything if each.removed_at is not None],
        "purposes": Evidence.Purpose.choices,
        "suggested": suggested(checked),
        "room": max(MOST - len(kept), 0),
        "most": MOST,
        "largest": LARGEST,
        "largest_megabytes": LARGEST // uploads.MEGABYTE,
        "longest_caption": LONGEST_CAPTION,
    }


@login_not_required
def line_evidence(request: HttpRequest, label: str, code: str, project_code: str) -> HttpResponse:
    """The same for a page that sends files one by one and shows how far they are; asked for by GET, the form."""
    if request.method != "POST":
        return redirect("line_form", label, code, project_code)
    if not request.user.is_authenticated:
        return autosave.signed_out()
    desk = desks.own(request, label, code)
    if not desk.may_prepare:
        raise PermissionDenied
    by, now = signed_in(request), clock.now()
    try:
        report = drafting.begin(desk.unit, desk.quarter, by=by, at=now)
        line = report.lines.select_related("report").filter(project__code=project_code).first()
        if line is None:
            raise Http404
        came = take(request, line)
    except StepRefused as refusal:
        return JsonResponse({"said": [], "refused": [str(refusal)]}, status=409)
    return _answer(request, desk, check.some_lines(report, [project_code])[0], came)


def _answer(request: HttpRequest, desk: desks.Desk, checked: CheckedLine, came: Came) -> JsonResponse:
    """What came of it, the list of photos and documents anew, and the parts of the form that speak of them."""
    shown = {"desk": desk, "project": Project(code=checked.line.project.code), **context(checked)}
    return JsonResponse(
        {
            "said": came.said,
            "refused": came.refused,
            "list": render_to_string("projects/_line_evidence_list.html", shown, request),
            "parts": autosave.form_parts(Row(checked=checked)),
        }
    )

"""The quarter as a workbook: taken along, handed in again, looked at before anything changes, and applied."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Count, Q, Sum
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import get_language, gettext_lazy, ngettext, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal import clock
from portal.accounts import signed_in
from portal.exports import XLSX
from portal.templatetags import figures
from projects import reading
from projects.importing.table import MAX_BYTES, Unreadable
from projects.lifecycle import StepRefused
from projects.models import Stage, Workbook, WorkbookRow
from projects.reading import Misread
from projects.validation import BY_CODE, EXPLANATION
from projects.views import desk as desks
from projects.views.desk import Desk
from projects.workbook import annotating, lifecycle, writing
from projects.workbook.cells import AMOUNTS
from projects.workbook.layout import BY_NAME
from projects.workbook.reading import draft

SHOWN = 100  # rows of each kind on the page; the annotated workbook has all of them
RECENT = 10
Outcome = WorkbookRow.Outcome


class UploadForm(forms.Form):
    workbook = forms.FileField(
        label=gettext_lazy("Filled workbook (.xlsx, at most 10 MB)"),
        allow_empty_file=True,  # the reader says what to do instead
        error_messages={"required": gettext_lazy("Choose the workbook that you have filled in.")},
    )

    def clean_workbook(self) -> "UploadedFile[bytes]":
        file: UploadedFile[bytes] = self.cleaned_data["workbook"]
        if (file.size or 0) > MAX_BYTES:
            raise forms.ValidationError(
                _("The file has %(size)s MB; at most %(most)s MB are read. Split it, or remove pictures.")
                % {"size": f"{(file.size or 0) / 1_000_000:.1f}", "most": MAX_BYTES // 1_000_000}
            )
        return file


@dataclass(frozen=True)
class Change:
    """A field of a line: what the portal says now, and what the workbook makes of it."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Line:
    """A row of the workbook as the page shows it."""

    row: WorkbookRow

    @property
    def changes(self) -> Iterator[Change]:
        for name, text in self.row.texts.items():
            before = self.row.base.get(name, "")
            if text != before:
                yield Change(_label(name), _word(name, before), _word(name, text))

    @property
    def faults(self) -> list[dict[str, Any]]:
        return self._findings("error")

    @property
    def asks(self) -> list[dict[str, Any]]:
        """What is still to be said: a field nobody has filled in, a sentence on a warning."""
        return [each for each in self.row.findings if each["missing"] or each["level"] == "warning"]

    @property
    def hints(self) -> list[dict[str, Any]]:
        return self._findings("hint")

    def _findings(self, level: str) -> list[dict[str, Any]]:
        return [each for each in self.row.findings if each["level"] == level and not each["missing"]]


def _label(name: str) -> str:
    if name in BY_NAME:
        return str(BY_NAME[name].field.label)
    code = name.removeprefix(EXPLANATION)
    return f"{_('Sentence for the reviewer')}: {BY_CODE[code].label}" if code in BY_CODE else name


def _word(name: str, text: str) -> str:
    """A stage by its word, an amount with separators, everything else as it is kept; nothing as a dash."""
    if name == "stage" and text in Stage.values:
        return str(Stage(text).label)
    if name in AMOUNTS and text:
        with suppress(Misread):
            return figures.amount(reading.amount(text))
    return text or "—"


def workbook_home(request: HttpRequest, label: str, code: str) -> HttpResponse:
    """Where the workbook is downloaded and uploaded; by POST a filled one comes in."""
    desk = desks.own(request, label, code)
    if request.method == "POST":
        return _upload(request, desk)
    if not (desk.duty.owes or desk.duty.draft):
        return redirect("quarter_tasks", label, code)
    return _home(request, desk, UploadForm())


def _home(request: HttpRequest, desk: Desk, form: UploadForm, status: int = 200) -> HttpResponse:
    recent = Workbook.objects.filter(unit=desk.unit, quarter=desk.quarter).select_related("uploaded_by")
    context = {"desk": desk, "form": form, "recent": recent.defer("content", "faults", "notes")[:RECENT]}
    return render(request, "projects/workbook_home.html", context, status=status)


def _upload(request: HttpRequest, desk: Desk) -> HttpResponse:
    if not desk.may_prepare:
        raise PermissionDenied
    if not desk.is_to_fill:
        return redirect("quarter_tasks", desk.quarter.label, desk.unit.code)
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _home(request, desk, form, status=422)
    file = form.cleaned_data["workbook"]
    workbook = lifecycle.upload(
        file.name or "",
        file.read(),
        desk.unit,
        desk.quarter,
        language=get_language() or "",
        by=signed_in(request),
        now=clock.now,
    )
    return redirect("workbook", desk.quarter.label, desk.unit.code, workbook.pk)


@require_safe
def workbook_file(request: HttpRequest, label: str, code: str) -> HttpResponse:
    """The workbook of the quarter, prefilled with what the draft holds."""
    desk = desks.own(request, label, code)
    if not (desk.duty.owes or desk.duty.draft):
        return redirect("quarter_tasks", label, code)
    content = writing.workbook(draft(Workbook(unit=desk.unit, quarter=desk.quarter)))
    name = _("%(unit)s %(quarter)s progress report") % {"unit": desk.unit.name, "quarter": desk.quarter.name}
    return _download(content, name)


def _download(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = content_disposition_header(True, f"{name}.xlsx")
    return response


def _found(desk: Desk, pk: int) -> Workbook:
    """Without its bytes, which may be many."""
    of_quarter = Workbook.objects.filter(unit=desk.unit, quarter=desk.quarter).defer("content")
    found = get_object_or_404(of_quarter.select_related("uploaded_by", "confirmed_by"), pk=pk)
    found.unit, found.quarter = desk.unit, desk.quarter
    return found


def workbook(request: HttpRequest, label: str, code: str, pk: int) -> HttpResponse:
    """How far a workbook is, what it would change and what is to be mended; by POST it is applied or put away."""
    desk = desks.own(request, label, code)
    found = _found(desk, pk)
    if request.method == "POST":
        return _decide(request, desk, found)
    if found.state == Workbook.State.READ and found.language != get_language() and desk.may_prepare:
        found = lifecycle.read_again(found, language=get_language() or "", now=clock.now)
    return _page(request, desk, found)


def _decide(request: HttpRequest, desk: Desk, found: Workbook) -> HttpResponse:
    if not desk.may_prepare:
        raise PermissionDenied
    if "abandon" in request.POST:
        lifecycle.abandon(found)
        messages.info(request, _("The workbook was put away. Nothing of it was applied."))
        return redirect("workbook_home", desk.quarter.label, desk.unit.code)
    take = [int(pk) for pk in request.POST.getlist("take") if pk.isascii() and pk.isdecimal() and len(pk) < 19]
    if "take_all" in request.POST:
        take = list(found.lines.filter(outcome=Outcome.CONFLICT).values_list("pk", flat=True))
    try:
        done = lifecycle.confirm(found, take=take, by=signed_in(request), now=clock.now)
    except StepRefused as refusal:
        return _page(request, desk, _found(desk, found.pk), refusal=str(refusal), status=409)
    if done.state != Workbook.State.APPLIED:
        return redirect("workbook", desk.quarter.label, desk.unit.code, done.pk)
    said = ngettext("%(count)s line changed by the workbook.", "%(count)s lines changed by the workbook.", done.changed)
    messages.success(request, said % {"count": done.changed})
    left = done.lines.filter(outcome__in=[Outcome.FAULTY, Outcome.CONFLICT]).count()
    if left:
        words = ngettext(
            "%(count)s row was left out: see “%(name)s” under “Workbook”.",
            "%(count)s rows were left out: see “%(name)s” under “Workbook”.",
            left,
        )
        messages.warning(request, words % {"count": left, "name": done.name})
    return redirect("quarter_tasks", desk.quarter.label, desk.unit.code)


def _page(request: HttpRequest, desk: Desk, found: Workbook, *, refusal: str = "", status: int = 200) -> HttpResponse:
    said = ~Q(findings=[])
    counts = found.lines.aggregate(
        **{str(name): Count("pk", filter=Q(outcome=name)) for name in Outcome.values},
        asking=Sum("asking", filter=_SOUND, default=0),
        lacking=Sum("lacking", filter=_SOUND, default=0),
        said=Count("pk", filter=said),
    )
    context = {
        "desk": desk,
        "workbook": found,
        "refusal": refusal,
        "form": UploadForm(),
        "counts": counts,
        "faulty": _lines(found, Q(outcome=Outcome.FAULTY)),
        "conflicts": _lines(found, Q(outcome=Outcome.CONFLICT)),
        "changed": _lines(found, Q(outcome__in=[Outcome.CHANGED, Outcome.APPLIED])),
        "asking": _lines(found, _SOUND & (Q(asking__gt=0) | Q(lacking__gt=0))),
        "shown": SHOWN,
        "may_confirm": desk.is_to_fill and found.state == Workbook.State.READ,
        "progress": progress_words(found),
        "has_annotations": found.state in (Workbook.State.READ, Workbook.State.APPLIED)
        and (counts["said"] or counts["conflict"] or found.faults),
    }
    return render(request, "projects/workbook.html", context, status=status)


_SOUND = ~Q(outcome=Outcome.FAULTY)


def _lines(found: Workbook, which: Q) -> list[Line]:
    return [Line(row) for row in found.lines.filter(which)[:SHOWN]]


@require_safe
def workbook_progress(request: HttpRequest, label: str, code: str, pk: int) -> JsonResponse:
    """How far the worker is: what the page's script asks for while one waits."""
    found = _found(desks.own(request, label, code), pk)
    return JsonResponse({"busy": found.is_busy, "done": found.done, "rows": found.rows, "words": progress_words(found)})


def progress_words(found: Workbook) -> str:
    if not found.rows:
        return _("Waiting for its turn.")
    if found.state == Workbook.State.APPLYING:
        return _("%(done)s of %(rows)s rows applied") % {"done": found.done, "rows": found.rows}
    return _("%(done)s of %(rows)s rows read") % {"done": found.done, "rows": found.rows}


@require_safe
def workbook_annotated(request: HttpRequest, label: str, code: str, pk: int) -> HttpResponse:
    """The uploaded workbook with everything to be mended written beside it."""
    desk = desks.own(request, label, code)
    found = _found(desk, pk)
    if not found.content:
        raise Http404
    try:
        with override(found.language):
            content = annotating.annotated(found)
    except Unreadable as unreadable:
        messages.error(request, str(unreadable))
        return redirect(reverse("workbook", args=[label, code, pk]))
    name = found.name.rpartition(".")[0] or found.name
    return _download(content, _("%(name)s with notes") % {"name": name})

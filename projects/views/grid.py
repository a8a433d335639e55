"""The table of a unit's quarter: every project in one row. It is saved while one types, or by its one button."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal import clock
from portal.accounts import signed_in
from projects import entry
from projects.check import CheckedLine, CheckedReport
from projects.entry import Entered, Sent, Unreadable
from projects.lifecycle import StepRefused
from projects.prefill import Source
from projects.threads import Thread
from projects.views import desk as desks
from projects.views import kept, unchanged
from projects.views.desk import Desk
from projects.views.grid_rows import COLUMNS, Row

NAMED = 20  # findings that the summary names; the rows below have all of them


@dataclass(frozen=True)
class Came:
    """What a posted table came to: by project code, what was sent, and what `entry` made of it."""

    sent: dict[str, Sent]
    entered: Entered | None = None
    refusal: str = ""

    def row(self, line: CheckedLine, threads: list[Thread]) -> Row:
        code = line.line.project.code
        taken = {each.checked.line.project.code: each for each in self.entered.taken} if self.entered else {}
        if code in taken:
            return Row(checked=line, taken=taken[code], threads=threads)
        unsaved = self.sent.get(code) if self.refusal else None
        return Row(checked=line, threads=threads, unsaved=unsaved)


@login_not_required
def report_grid(request: HttpRequest, label: str, code: str) -> HttpResponse:
    """The table; posted, all rows that were changed are saved at once, and those that can't be are shown again.

    Whoever isn't signed in any more is asked to, and finds what they posted in the table.
    """
    if not request.user.is_authenticated:
        return sign_in_first(request)
    desk = desks.own(request, label, code)
    if request.method == "POST":
        return _save(request, desk)
    if not (desk.duty.owes or desk.duty.draft):
        return redirect("quarter_tasks", label, code)
    sent = {project: Sent.read(said) for project, said in kept.of(request).items()}
    back = _("What you typed before you had to sign in is back in the table. Save it.") if sent else ""
    return _page(request, desk, Came(sent, refusal=back))


def sign_in_first(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        keep(request)
        messages.warning(request, _("You were signed out in the meantime. Sign in: what you typed is kept."))
    return redirect_to_login(request.get_full_path())


def keep(request: HttpRequest) -> None:
    """Put the rows that were changed by, until they are saved."""
    with suppress(Unreadable):
        sent = {code: each for code, each in _posted(request.POST) if each.is_changed}
        kept.put(request, {code: {"version": s.version, "texts": s.texts, "base": s.base} for code, s in sent.items()})


def _save(request: HttpRequest, desk: Desk) -> HttpResponse:
    """What was typed, and then what the button says besides: nothing changed at a line, at all of them, or undo."""
    if not desk.may_prepare:
        raise PermissionDenied
    try:
        sent = {code: each for code, each in _posted(request.POST) if each.is_changed}
    except Unreadable:
        raise Http404 from None
    try:
        entered = _entered(request, desk, sent)
    except StepRefused as refusal:
        return _page(request, desk, Came(sent, refusal=str(refusal)), status=409)
    kept.forget(request, request.path)
    fresh = desks.own(request, desk.quarter.label, desk.unit.code)
    if entered and entered.taken:
        return _page(request, fresh, Came(sent, entered), status=409)
    place = _also(request, fresh)
    return redirect(reverse("report_grid", args=[desk.quarter.label, desk.unit.code]) + place)


def _entered(request: HttpRequest, desk: Desk, sent: dict[str, Sent]) -> Entered | None:
    """What came of the rows that were changed; null where none was."""
    if sent:
        entered = entry.begin_and_enter(sent, desk.unit, desk.quarter, by=signed_in(request), at=clock.now())
        _tell(request, entered)
        return entered
    if not {"keep", "keep_untouched", "undo"} & request.POST.keys():
        messages.info(request, _("Nothing was typed, so there was nothing to save."))
    return None


def _also(request: HttpRequest, desk: Desk) -> str:
    """Do what else the button says; gives the place on the page to go back to."""
    code = request.POST.get("keep", "")
    if code:
        unchanged.say_of(request, desk, code)
        return f"#line-{code}"
    if "keep_untouched" in request.POST:
        unchanged.say_of_untouched(request, desk)
    elif "undo" in request.POST:
        unchanged.take_back(request, desk)
    return ""


def _posted(posted: QueryDict) -> Sequence[tuple[str, Sent]]:
    """Every row of the table as it was posted, by project code."""
    rows: dict[str, dict[str, str]] = {}
    for name, text in posted.items():
        code, dash, field = name.rpartition("-")
        if dash:
            rows.setdefault(code, {})[field] = str(text)
    return [(code, Sent.posted(row)) for code, row in rows.items() if "base" in row]


def _tell(request: HttpRequest, entered: Entered) -> None:
    """What was saved, and what figures were taken for that were typed in another way."""
    count = len(entered.saved)
    if count:
        said = ngettext("%(count)s line saved.", "%(count)s lines saved.", count) % {"count": count}
        messages.success(request, said)
    for each in entered.saved:
        for text, meant in each.understood:
            messages.info(
                request,
                _("%(project)s: “%(text)s” was understood as %(meant)s (10,000 CNY).")
                % {"project": each.checked.line.project.name, "text": text, "meant": meant},
            )
        row = Row(checked=each.checked, idle=each.idle)
        for column in row.left_out:
            left_out = _("%(project)s: “%(column)s” was left out: it doesn't belong to the stage “%(stage)s”.")
            line = each.checked.line
            names = {"project": line.project.name, "column": column, "stage": line.get_stage_display()}
            messages.warning(request, left_out % names)
    if entered.missing:
        gone = _("The register no longer asks for this project in this quarter.")
        messages.warning(request, f"{', '.join(entered.missing)}: {gone}")


def _page(request: HttpRequest, desk: Desk, came: Came, status: int = 200) -> HttpResponse:
    report = desk.draft()
    remarks = desk.remarks()
    rows = [came.row(line, remarks.of(line.line.project_id)) for line in report.lines]
    person = signed_in(request)
    context = {
        "desk": desk,
        "report": report,
        "rows": rows,
        "columns": COLUMNS,
        "sources": Source,
        "refusal": came.refusal,
        "earlier": _sum(report),
        "taken": [row for row in rows if row.taken],
        "open": _open(rows),
        "untouched": report.untouched,
        "undo": unchanged.undoable(request, report.report),
        "autosave": reverse("line_autosave", args=[desk.quarter.label, desk.unit.code]) if desk.is_to_fill else "",
        "person": person,
    }
    return render(request, "projects/report_grid.html", context, status=status)


def _open(rows: Sequence[Row]) -> dict[str, Any]:
    """What still stands in the way of submitting: errors and warnings without a sentence, the first of them named."""
    found = [(row, said) for row in rows for said in row.said if said.finding.level == "error" or said.finding.is_open]
    return {"count": len(found), "named": found[:NAMED], "more": max(len(found) - NAMED, 0)}


def _sum(report: CheckedReport) -> Decimal | None:
    """What the quarters before sum up to over all projects, in 万元; null where that is known of none."""
    known = [line.earlier for line in report.lines if line.earlier is not None]
    return sum(known, Decimal()) if known else None

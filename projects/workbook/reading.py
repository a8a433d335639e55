"""Reading an uploaded workbook, a part at a time: what it would change is kept row by row, and nothing is changed yet.

Whoever reads, the page or a worker, goes on where the last part ended; so neither a crash nor two at once does harm.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import translation

from projects import check
from projects.importing.table import Unreadable
from projects.models import Report, ReportState, Workbook, WorkbookRow
from projects.workbook import judging, opening
from projects.workbook.identity import known
from projects.workbook.opening import Opened
from projects.workbook.rows import Register, Sheet, Told, told

AT_ONCE = 300  # rows that are read while the person waits
SMALL = 150_000  # bytes: a larger file is left to the worker without a look into it
PART = 200  # rows that are read, or applied, in one transaction


@dataclass(frozen=True)
class Begun:
    """A workbook opened for reading."""

    opened: Opened
    sheet: Sheet


def read(workbook: Workbook, *, now: Callable[[], datetime], most: int | None = None) -> Workbook:
    """Read what is still to be read. With `most`, a workbook of more rows is left to a worker.

    The rows are kept once they are read; the workbook then waits for its confirmation, or is said not to be readable.
    """
    with translation.override(workbook.language):
        begun = _begin(workbook, now=now)
        if begun is None or (most is not None and len(begun.sheet.rows) > most):
            return workbook
        while _read_part(workbook, begun, at=now()):
            pass
    return workbook


def _begin(workbook: Workbook, *, now: Callable[[], datetime]) -> Begun | None:
    """The workbook's rows, and how many they are put down; null where it can't be read or is no longer to be."""
    if workbook.state != Workbook.State.WAITING or workbook.content is None:
        return None
    try:
        opened = opening.opened(bytes(workbook.content), workbook.unit, workbook.quarter)
        sheet = told(opened, Register.read(workbook.unit, workbook.quarter))
    except Unreadable as unreadable:
        with transaction.atomic():
            if _held(workbook):
                workbook.state = Workbook.State.UNREADABLE
                workbook.faults = [{"row": 0, "column": "", "header": "", "text": "", "message": str(unreadable)}]
                workbook.save(update_fields=["state", "faults"])
        return None
    with transaction.atomic():
        if not _held(workbook):
            return None
        workbook.rows, workbook.absent, workbook.claimed_at = len(sheet.rows), sheet.absent, now()
        workbook.faults = [vars(fault) for fault in opened.faults]
        workbook.notes = [*opened.notes, *sheet.notes]
        workbook.save(update_fields=["rows", "absent", "claimed_at", "faults", "notes"])
    return Begun(opened, sheet)


def _held(workbook: Workbook) -> bool:
    """Lock it and bring it up to date; whether it is still to be read."""
    fresh = Workbook.objects.select_for_update(of=("self",)).only("state", "done", "unchanged").get(pk=workbook.pk)
    workbook.state, workbook.done, workbook.unchanged = fresh.state, fresh.done, fresh.unchanged
    return workbook.state == Workbook.State.WAITING


def _read_part(workbook: Workbook, begun: Begun, *, at: datetime) -> bool:
    """Read the next rows; false once there is nothing left to read."""
    with transaction.atomic():
        if not _held(workbook):
            return False
        rows = begun.sheet.rows[workbook.done : workbook.done + PART]
        kept = _judged(workbook, begun.opened, rows, at=at)
        WorkbookRow.objects.bulk_create(kept)
        workbook.done += len(rows)
        workbook.unchanged += len(rows) - len(kept)
        workbook.claimed_at = at
        if workbook.done >= workbook.rows:
            workbook.state = Workbook.State.READ
        workbook.save(update_fields=["done", "unchanged", "claimed_at", "state"])
        return workbook.state == Workbook.State.WAITING


def _judged(workbook: Workbook, opened: Opened, rows: Sequence[Told], *, at: datetime) -> list[WorkbookRow]:
    report = draft(workbook)
    lines = {each.line.project.code: each for each in check.report(report, codes=[row.code for row in rows]).lines}
    kept = []
    for each in rows:
        line = lines.get(each.code)
        before = known(opened.identity, each.code, report.revision)
        found = judging.judged(each, line, before, by=workbook.uploaded_by, at=at) if line else None
        row = judging.row(opened, each, found)
        if row is not None:
            row.workbook = workbook
            kept.append(row)
    return kept


def draft(workbook: Workbook) -> Report:
    """The open draft of the workbook's quarter, or what a first one would begin with, unsaved."""
    found = Report.objects.filter(unit=workbook.unit, quarter=workbook.quarter, state=ReportState.DRAFT).first()
    report = found or Report(unit=workbook.unit, quarter=workbook.quarter)
    report.unit, report.quarter = workbook.unit, workbook.quarter
    return report

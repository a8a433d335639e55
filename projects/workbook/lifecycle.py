"""The steps of a workbook that was handed in: uploaded, confirmed, applied, put away. Each is safe to take twice."""

import hashlib
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from portal import bulk, doorbell
from portal.models import Quarter, Unit, User
from projects import entry
from projects.drafting import LineTaken
from projects.entry import Entered, Sent
from projects.forms import texts_shown
from projects.lifecycle import StepRefused
from projects.models import Workbook, WorkbookRow
from projects.validation import Level
from projects.workbook import judging, reading

KEPT_DAYS = 30
QUIET = timedelta(minutes=2)  # a worker that has not moved a workbook on for so long is gone
# What marks a row whose line was saved by somebody else between the preview and its confirmation.
OVERTAKEN = {"code": "overtaken"}
State, Outcome = Workbook.State, WorkbookRow.Outcome


def upload(
    name: str, content: bytes, unit: Unit, quarter: Quarter, *, language: str, by: User, now: Callable[[], datetime]
) -> Workbook:
    """Keep a workbook; a small one is read at once, any other by a worker.

    The same file sent twice, by a double click, is one. What this person had uploaded here before is put away.
    """
    digest = hashlib.sha256(content).hexdigest()
    with transaction.atomic():
        Unit.objects.select_for_update(of=("self",), no_key=True).get(pk=unit.pk)
        own = Workbook.objects.open().filter(unit=unit, quarter=quarter, uploaded_by=by)
        again = own.filter(digest=digest, state__in=[State.WAITING, State.APPLYING], language=language).first()
        if again:
            return again
        own.filter(state__in=[State.WAITING, State.READ]).update(state=State.ABANDONED)
        workbook = Workbook.objects.create(
            unit=unit,
            quarter=quarter,
            name=name[-200:],
            content=content,
            digest=digest,
            language=language,
            uploaded_by=by,
            uploaded_at=now(),
        )
        doorbell.ring("projects.tasks.work_on_workbooks")
    return reading.read(workbook, now=now, most=reading.AT_ONCE) if len(content) <= reading.SMALL else workbook


def read_again(workbook: Workbook, *, language: str, now: Callable[[], datetime]) -> Workbook:
    """Read a small workbook anew, so that its faults are said in this language; a large one keeps its own."""
    with transaction.atomic():
        held = Workbook.objects.select_for_update(of=("self",)).get(pk=workbook.pk)
        if held.state != State.READ or held.rows > reading.AT_ONCE or held.changed:
            return workbook
        held.lines.all().delete()
        held.state, held.language, held.done, held.unchanged = State.WAITING, language, 0, 0
        held.save(update_fields=["state", "language", "done", "unchanged"])
        held.unit, held.quarter, held.uploaded_by = workbook.unit, workbook.quarter, workbook.uploaded_by
        return reading.read(held, now=now)


def confirm(workbook: Workbook, *, take: Collection[int], by: User, now: Callable[[], datetime]) -> Workbook:
    """Apply what is sound; of rows in conflict those whose ids are in `take`. A small one at once.

    A workbook that was confirmed or put away before stays as it is. Raises StepRefused where the report has been handed
    in meanwhile, or the quarter has closed.
    """
    with transaction.atomic():
        held = Workbook.objects.select_for_update(of=("self",)).defer("content").get(pk=workbook.pk)
        if held.state != State.READ:
            return held
        held.lines.filter(outcome=Outcome.CONFLICT, pk__in=take).update(outcome=Outcome.CHANGED)
        held.lines.filter(outcome=Outcome.CONFLICT, findings__contains=[OVERTAKEN]).update(findings=[])
        held.state, held.claimed_at, held.done = State.APPLYING, None, 0
        held.rows = held.lines.filter(outcome=Outcome.CHANGED).count()
        held.confirmed_by, held.confirmed_at = by, now()
        held.save(update_fields=["state", "claimed_at", "done", "rows", "confirmed_by", "confirmed_at"])
        held.unit, held.quarter, held.confirmed_by = workbook.unit, workbook.quarter, by
        if held.rows > reading.AT_ONCE:
            doorbell.ring("projects.tasks.work_on_workbooks")
            return held
        while _apply_part(held, at=now()):
            pass
        return held


def apply(workbook: Workbook, *, now: Callable[[], datetime]) -> None:
    """Apply what is confirmed, a part at a time; a worker calls it, as often as it likes."""
    with translation.override(workbook.language):
        try:
            while _apply_part(workbook, at=now()):
                pass
        except StepRefused as refusal:
            put_back(workbook, str(refusal))


def put_back(workbook: Workbook, refusal: str) -> None:
    """Whatever is not applied yet waits for a new confirmation, beside the reason."""
    faults = [{"row": 0, "column": "", "header": "", "text": "", "message": refusal}]
    Workbook.objects.filter(pk=workbook.pk, state=State.APPLYING).update(state=State.READ, faults=faults)


def _apply_part(workbook: Workbook, *, at: datetime) -> bool:
    """Write the next rows as the table of the quarter writes its own; false once there is nothing left to write."""
    with transaction.atomic():
        held = Workbook.objects.select_for_update(of=("self",)).only("state", "done", "changed").get(pk=workbook.pk)
        workbook.state, workbook.done, workbook.changed = held.state, held.done, held.changed
        if held.state != State.APPLYING:
            return False
        rows = {row.code: row for row in workbook.lines.filter(outcome=Outcome.CHANGED)[: reading.PART]}
        if rows:
            entered = _entered(workbook, {code: _sent(row) for code, row in rows.items()}, at=at)
            workbook.changed += _put_down(entered, rows)
            workbook.done += len(rows)
        if len(rows) < reading.PART:
            overtaken = workbook.lines.filter(outcome=Outcome.CONFLICT, findings__contains=[OVERTAKEN])
            workbook.state = State.READ if overtaken.exists() else State.APPLIED
        workbook.claimed_at = at
        workbook.save(update_fields=["state", "changed", "done", "claimed_at"])
        return workbook.state == State.APPLYING


def _entered(workbook: Workbook, sent: dict[str, Sent], *, at: datetime) -> Entered:
    """What came of these rows. Only the first part asks whether the draft has every line that the register asks for."""
    unit, quarter, by = workbook.unit, workbook.quarter, workbook.confirmed_by
    if by is None:
        raise ValueError("nobody has confirmed it")
    entered = None
    if workbook.done:
        entered = entry.enter(sent, unit_code=unit.code, year=quarter.year, number=quarter.number, by=by, at=at)
    return entered or entry.begin_and_enter(sent, unit, quarter, by=by, at=at)


def _sent(row: WorkbookRow) -> Sent:
    return Sent(version=row.version, texts=row.texts, base=row.base)


def _put_down(entered: Entered, rows: dict[str, WorkbookRow]) -> int:
    """Write at each row what came of it; gives how many lines were changed."""
    for saved in entered.saved:
        row, line = rows[saved.checked.line.project.code], saved.checked.line
        row.outcome, row.version = Outcome.APPLIED, line.version
    for taken in entered.taken:
        row = rows[taken.checked.line.project.code]
        row.outcome, row.version = Outcome.CONFLICT, taken.checked.line.version
        row.texts, row.base = taken.texts, texts_shown(taken.checked)
        row.findings = [judging.note(str(LineTaken(taken.checked.line)), **OVERTAKEN)]
    for code in entered.missing:
        rows[code].outcome = Outcome.FAULTY
        words = _("The register no longer asks for this project in this quarter.")
        rows[code].findings = [judging.note(words, level=Level.ERROR)]
    bulk.update(rows.values(), ["outcome", "version", "texts", "base", "findings"])
    return len(entered.saved)


def abandon(workbook: Workbook) -> None:
    """Put a workbook away that is not applied; nothing of it is, from then on."""
    Workbook.objects.filter(pk=workbook.pk, state__in=[State.WAITING, State.READ]).update(state=State.ABANDONED)


def work(*, now: Callable[[], datetime]) -> int:
    """Read and apply whatever waits for a worker; gives how many workbooks that were."""
    count = 0
    while True:
        with transaction.atomic():
            waiting = Workbook.objects.for_a_worker(quiet_since=now() - QUIET)
            workbook = waiting.select_for_update(of=("self",), skip_locked=True).first()
            if workbook is None:
                return count
            workbook.claimed_at = now()
            workbook.save(update_fields=["claimed_at"])
        if workbook.state == State.WAITING:
            reading.read(workbook, now=now)
        else:
            apply(workbook, now=now)
        count += 1


def forget(*, at: datetime) -> int:
    """Let go of what was uploaded thirty days ago and of what was read in it; that it was uploaded stays."""
    old = Workbook.objects.filter(uploaded_at__lt=at - timedelta(days=KEPT_DAYS), content__isnull=False)
    old = old.exclude(state=State.APPLYING)
    WorkbookRow.objects.filter(workbook__in=old).delete()
    old.filter(state__in=[State.WAITING, State.READ]).update(state=State.ABANDONED)
    return old.update(content=None, faults=[], notes=[])

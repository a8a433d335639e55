"""Files of plans that are too long for a page: read by a worker, confirmed by a person, imported by a worker."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from portal import alone, doorbell
from portal.models import User
from projects.importing import applying, content
from projects.importing.applying import Preview, Refused, Source
from projects.importing.table import Unreadable
from projects.models import ImportFile

logger = logging.getLogger(__name__)

SMALL = 500_000  # bytes, which a page reads while one waits
KEPT = 300  # problems and changes that are shown
LOCK = 0x696D7072  # whoever works on a file holds the lock of this number and its own
State = ImportFile.State


def source_of(sent: ImportFile) -> Source:
    is_here = "content" not in sent.get_deferred_fields()
    return Source(
        kind=sent.kind,
        name=sent.name,
        content=bytes(sent.content) if is_here else content.read(sent.pk),
        in_force_on=sent.in_force_on,
        reason=sent.reason,
        columns=sent.columns,
    )


def keep(sent: ImportFile) -> None:
    """Save a long file that was handed in, its content piece by piece, and have a worker read it."""
    held = bytes(sent.content)
    sent.content, sent.rows = b"", held.count(b"\n")
    with transaction.atomic():
        sent.save()
        content.keep(sent.pk, held)
        hand_over(sent)


def hand_over(sent: ImportFile) -> None:
    """Have a worker read the file, which has been saved or is read otherwise from now on."""
    sent.state, sent.language, sent.found = State.CHECKING, translation.get_language() or "", None
    sent.done, sent.tries = 0, 0
    sent.save(update_fields=["state", "language", "found", "rows", "done", "tries"])
    doorbell.ring("projects.tasks.work_on_imports")


def confirm(sent: ImportFile, *, by: User, seen: str) -> bool:
    """Have a worker import what was seen, a fingerprint; false where something else has happened to the file since."""
    with transaction.atomic():
        waiting = ImportFile.objects.filter(pk=sent.pk, state=State.CHECKED, applied_at=None)
        confirmed = waiting.update(state=State.APPLYING, confirmed_by=by, seen=seen, done=0, tries=0)
        doorbell.ring("projects.tasks.work_on_imports")
    return confirmed > 0


def work(*, now: Callable[[], datetime]) -> int:
    """Read and import whatever waits for a worker; gives how many files that were."""

    def work_on(pk: int) -> int:
        return _worked_on(ImportFile.objects.defer("content").get(pk=pk), now=now)

    fault = _("Reading was broken off several times. Split the file.")
    waiting = ImportFile.objects.for_a_worker()
    return alone.each(waiting, LOCK, work_on, state=State.UNREADABLE, found={"fault": fault})


def _worked_on(sent: ImportFile, *, now: Callable[[], datetime]) -> int:
    if sent.state not in (State.CHECKING, State.APPLYING):
        return 0
    with translation.override(sent.language):
        try:
            with transaction.atomic():
                _apply(sent, now=now) if sent.state == State.APPLYING else _check(sent)
        except Unreadable as unreadable:
            sent.state, sent.found = State.UNREADABLE, {"fault": str(unreadable)}
        except Refused as refused:
            sent.state, sent.found = State.CHECKED, {**kept(refused.preview), "is_stale": True}
        except IntegrityError:  # somebody changed the register at the same moment
            _check(sent)
            sent.found = {**(sent.found or {}), "is_stale": True}
    sent.save(update_fields=["state", "found", "applied_by", "applied_at", "outcome"])
    return 1


def _check(sent: ImportFile) -> None:
    found = applying.preview(source_of(sent), by=sent.uploaded_by, told=alone.Telling(sent))
    sent.state, sent.found = State.CHECKED, kept(found)


def _apply(sent: ImportFile, *, now: Callable[[], datetime]) -> None:
    found = applying.apply(source_of(sent), by=sent.confirmed_by, seen=sent.seen, told=alone.Telling(sent))
    record(sent, found, by=sent.confirmed_by, at=now())


def record(sent: ImportFile, found: Preview, *, by: User | None, at: datetime) -> None:
    """Note on the file that it was imported; the caller saves it."""
    sent.applied_by, sent.applied_at, sent.state = by, at, State.OPEN
    sent.outcome = _("%(new)s new, %(changed)s changed, %(unchanged)s unchanged") % {
        "new": found.comparison.new,
        "changed": found.comparison.changed,
        "unchanged": found.comparison.unchanged,
    }


def kept(found: Preview) -> dict[str, Any]:
    """What the page shows of a preview."""
    comparison = found.comparison
    return {
        "columns": [
            {"index": column.index, "place": column.place, "header": column.header, "choice": column.choice}
            for column in found.layout.columns
            if column.header
        ],
        "problems": [[each.row, each.column, each.message] for each in comparison.problems[:KEPT]],
        "problems_left": max(0, len(comparison.problems) - KEPT),
        "changes": [
            {"row": each.row, "subject": each.subject, "is_new": each.is_new, "details": each.details}
            for each in comparison.changes[:KEPT]
        ],
        "changes_left": max(0, comparison.new + comparison.changed - KEPT),
        "counts": {"new": comparison.new, "changed": comparison.changed, "unchanged": comparison.unchanged},
        "notes": comparison.notes,
        "fingerprint": comparison.fingerprint,
        "may_be_applied": found.may_be_applied,
    }

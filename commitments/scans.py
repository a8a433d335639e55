"""Scans of the paper letter: who adds them, and when (what they may hold decides commitments/attachments.py)."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from commitments.attachments import checked
from commitments.models import Attachment, LetterEvent, LetterState, LetterVersion
from commitments.steps import locked, record, require
from portal.models import User
from portal.roles import ADMINISTRATORS, UNIT_PEOPLE
from portal.uploads import File
from projects.lifecycle import StepRefused


def attach(version: LetterVersion, files: Sequence[File], *, by: User, at: datetime) -> list[Attachment]:
    """Add scans of the paper letter to a version that has been issued, all of them or none; gives those that are new.

    A file that the version has already is left out, so that a double click adds nothing. The unit's people and its
    administrators add. Raises StepRefused for what isn't a PDF, JPEG or PNG, is empty or too large.
    """
    scans = [checked(file, Attachment.Kind.SCAN) for file in files]
    if not scans:
        raise StepRefused(_("Choose a file first."))
    with transaction.atomic():
        version = locked(version, *(set(LetterState.values) - {LetterState.DRAFT}))
        require(by, UNIT_PEOPLE | ADMINISTRATORS, version.letter.unit, at=at)
        there = set(version.attachments.filter(entry=None).values_list("sha256", flat=True))
        new = {scan.sha256: scan for scan in scans if scan.sha256 not in there}
        for scan in new.values():
            scan.version, scan.added_by, scan.added_at = version, by, at
        added = Attachment.objects.bulk_create(new.values())
        if added:
            names = "; ".join(scan.name for scan in added)
            record(version, LetterEvent.Verb.ATTACH, by=by, at=at, reason=names)
        return added

"""Files beside a letter: what may be added, told by the content and never by the name, and adding them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath

import filetype
from django.db import transaction
from django.utils.translation import gettext as _

from commitments.models import Attachment, LetterEvent, LetterState, LetterVersion
from commitments.steps import locked, record, require
from portal.models import User
from portal.roles import ADMINISTRATORS, UNIT_PEOPLE
from projects.lifecycle import StepRefused

# By the type that the first bytes tell: the endings that a name may have; the first is given to one that has another.
KINDS = {
    "application/pdf": (".pdf",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
}
NAME_LENGTH = 200
MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class File:
    """What came with a form: the name it had there, and its bytes."""

    name: str
    content: bytes


def attach(version: LetterVersion, files: Sequence[File], *, by: User, at: datetime) -> list[Attachment]:
    """Add scans of the paper letter to a version that has been issued, all of them or none; gives those that are new.

    A file that the version has already is left out, so that a double click adds nothing. The unit's people and its
    administrators add. Raises StepRefused for what isn't a PDF, JPEG or PNG, is empty or too large.
    """
    scans = [_checked(file) for file in files]
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


def _checked(file: File) -> Attachment:
    """The scan to be; raises StepRefused with the file's name."""
    if not file.content:
        raise StepRefused(_("%(file)s is empty.") % {"file": file.name})
    if len(file.content) > Attachment.LARGEST:
        words = _("%(file)s is larger than %(most)s MB. Scan it at a lower resolution.")
        raise StepRefused(words % {"file": file.name, "most": Attachment.LARGEST // MEGABYTE})
    kind = filetype.guess_mime(file.content)
    if kind not in KINDS:
        raise StepRefused(_("%(file)s is no PDF, JPEG or PNG, whatever its name says.") % {"file": file.name})
    return Attachment(
        kind=Attachment.Kind.SCAN,
        name=_named(file.name, KINDS[kind]),
        content_type=kind,
        content=file.content,
        sha256=hashlib.sha256(file.content).hexdigest(),
    )


def _named(name: str, endings: Sequence[str]) -> str:
    """The name as it was given, with an ending that says what the file is: it opens as that and nothing else."""
    plain = "".join(sign for sign in PurePath(name).name if sign.isprintable()).strip() or "scan"
    if PurePath(plain).suffix.lower() not in endings:
        plain += endings[0]
    stem, ending = PurePath(plain).stem, PurePath(plain).suffix
    return stem[: NAME_LENGTH - len(ending)] + ending

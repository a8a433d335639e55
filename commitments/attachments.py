"""Which files are taken beside a letter, scans and evidence: PDF, JPEG or PNG by what they hold, not by their name."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath

import filetype
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from commitments.models import Attachment, LetterVersion, SettlementEntry
from portal.models import User
from projects.lifecycle import StepRefused

# By the type that the first bytes tell: the endings that a name may have; the first is given to one that has another.
KINDS = {
    "application/pdf": (".pdf",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
}
NAME_LENGTH = 200
MEGABYTE = 1024 * 1024


class FileRefused(StepRefused):
    """The file can't be taken; the text names it and says why, in the language of the person."""


@dataclass(frozen=True)
class File:
    """What came with a form: the name it had there, and its bytes."""

    name: str
    content: bytes


def posted(files: Iterable["UploadedFile[bytes]"]) -> list[File]:
    """The files of a form; of one that is too large only so much is read that it is found to be."""
    return [File(name=file.name or "", content=file.read(Attachment.LARGEST + 1)) for file in files]


def checked(file: File, kind: str) -> Attachment:
    """The attachment to be, not yet beside anything.

    Raises FileRefused for an empty file, one above Attachment.LARGEST, and for what isn't a PDF, JPEG or PNG inside.
    """
    if not file.content:
        raise FileRefused(_("%(file)s is empty.") % {"file": file.name})
    if len(file.content) > Attachment.LARGEST:
        words = _("%(file)s is larger than %(most)s MB. Scan it at a lower resolution.")
        raise FileRefused(words % {"file": file.name, "most": Attachment.LARGEST // MEGABYTE})
    content_type = filetype.guess_mime(file.content)
    if content_type not in KINDS:
        raise FileRefused(_("%(file)s is no PDF, JPEG or PNG, whatever its name says.") % {"file": file.name})
    return Attachment(
        kind=kind,
        name=_named(file.name, KINDS[content_type]),
        content_type=content_type,
        content=file.content,
        sha256=hashlib.sha256(file.content).hexdigest(),
    )


def taken(
    file: File, kind: str, *, version: LetterVersion, entry: SettlementEntry | None = None, by: User, at: datetime
) -> tuple[Attachment, bool]:
    """Keep a file beside a version of a letter, evidence beside its entry; and whether it is new there.

    The same content a second time, by a double click, is the first. Raises FileRefused as `checked` does.
    """
    found = checked(file, kind)
    there = Attachment.objects.filter(version=version, entry=entry, sha256=found.sha256).first()
    if there is not None:
        return there, False
    found.version, found.entry, found.added_by, found.added_at = version, entry, by, at
    found.save()
    return found, True


def _named(name: str, endings: Sequence[str]) -> str:
    """The name as it was given, with an ending that says what the file is, so that it opens as that."""
    last = PurePath(name.replace("\\", "/")).name
    plain = "".join(sign for sign in last if sign.isprintable()).strip() or "scan"
    if PurePath(plain).suffix.lower() not in endings:
        plain += endings[0]
    stem, ending = PurePath(plain).stem, PurePath(plain).suffix
    return stem[: NAME_LENGTH - len(ending)] + ending

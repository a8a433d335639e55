"""Which files are taken beside a letter, scans and evidence: PDF, JPEG or PNG by what they hold, not by their name."""

import hashlib
from collections.abc import Iterable
from datetime import datetime

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from commitments.models import Attachment, LetterVersion, SettlementEntry
from portal import uploads
from portal.models import User
from portal.uploads import ENDINGS, MEGABYTE, File
from projects.lifecycle import StepRefused


class FileRefused(StepRefused):
    """The file can't be taken; the text names it and says why, in the language of the person."""


def posted(files: Iterable["UploadedFile[bytes]"]) -> list[File]:
    """The files of a form; of one that is too large only so much is read that it is found to be."""
    return uploads.posted(files, largest=Attachment.LARGEST)


def checked(file: File, kind: str) -> Attachment:
    """The attachment to be, not yet beside anything.

    Raises FileRefused for an empty file, one above Attachment.LARGEST, and for what isn't a PDF, JPEG or PNG inside.
    """
    if not file.content:
        raise FileRefused(_("%(file)s is empty.") % {"file": file.name})
    if file.length > Attachment.LARGEST:
        words = _("%(file)s is larger than %(most)s MB. Scan it at a lower resolution.")
        raise FileRefused(words % {"file": file.name, "most": Attachment.LARGEST // MEGABYTE})
    if file.is_cut_off:
        raise FileRefused(uploads.too_much_at_once(file))
    content_type = uploads.kind_of(file.content)
    if content_type not in ENDINGS:
        raise FileRefused(_("%(file)s is no PDF, JPEG or PNG, whatever its name says.") % {"file": file.name})
    return Attachment(
        kind=kind,
        name=uploads.named(file.name, ENDINGS[content_type]),
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

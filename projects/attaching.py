"""Photos and documents put to the lines of a draft, described, taken off and put back. What is taken, and what isn't.

A start that is stated for the first time wants a photo or document; whoever has none to send says why in a sentence
(validation.start_without_evidence). Otherwise nobody has to send any.
"""

import hashlib
import logging
import re
from collections.abc import Callable
from datetime import datetime

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from portal import uploads
from portal.models import User
from portal.uploads import MEGABYTE, PDF, File
from projects import drafting
from projects.cleaning import Made, Unfit
from projects.cleaning.apart import made_anew
from projects.lifecycle import StepRefused
from projects.models import Evidence, ReportLine, StoredFile
from projects.models.evidence import LONGEST_CAPTION, kept_in

LARGEST = 20 * MEGABYTE  # of one file as it is sent
MOST = 12  # files at a line
MOST_TOGETHER = 300 * MEGABYTE  # of all files of a report, as they are kept
PHOTOS = ("image/jpeg", "image/png", "image/webp", "image/heic")
# What they are called once they are made anew: a photo is a JPEG then, whatever it was.
ENDINGS = {StoredFile.Kind.PHOTO: (".jpg", ".jpeg"), StoredFile.Kind.DOCUMENT: (".pdf",)}
OTHER_ENDINGS = re.compile(r"\.(png|webp|heic|heif)$", re.IGNORECASE)

Maker = Callable[[bytes, str], Made]

log = logging.getLogger(__name__)


class FileRefused(StepRefused):
    """The file can't be taken; the text names it, says why and how to go on, in the language of the person."""


def attach(
    line: ReportLine, file: File, *, purpose: str = "", by: User, at: datetime, make: Maker | None = None
) -> tuple[Evidence, bool]:
    """Make a file anew and put it to a draft's line; and whether it is new there.

    `make` is for files that nobody sent: they need no process of their own.
    The same file a second time, by a double click, is the first. Raises FileRefused for a file that can't be taken,
    StepRefused where the line has its number of files or the report can't be changed.
    """
    kind = _kind(file)
    sha256 = hashlib.sha256(file.content).hexdigest()
    with transaction.atomic():
        drafting.lock_draft(line.report, by=by, at=at)
        found = _again(line, file, sha256, by=by)
    if found:
        return found
    made = _made(file, kind, make or made_anew)  # takes a while, so nothing is locked meanwhile
    stored = _stored(file, made, kind=kind, sha256=sha256, by=by, at=at)
    with transaction.atomic():
        report = drafting.lock_draft(line.report, by=by, at=at)
        found = _again(line, file, sha256, by=by)
        if found:
            return found
        drafting.note_preparer(report, by)
        known = purpose if purpose in Evidence.Purpose.values else Evidence.Purpose.PROGRESS
        return Evidence.objects.create(line=line, file=stored, purpose=known, added_by=by, added_at=at), True


def describe(found: Evidence, *, purpose: str, caption: str, by: User, at: datetime) -> None:
    """Say what a photo or document of a draft shows. Raises StepRefused for a caption that is too long."""
    caption = " ".join(caption.replace("\x00", "").split())
    if len(caption) > LONGEST_CAPTION:
        words = _("The caption of %(file)s has %(length)s characters; %(longest)s fit.")
        raise StepRefused(words % {"file": found.file.name, "length": len(caption), "longest": LONGEST_CAPTION})
    if purpose not in Evidence.Purpose.values or (found.purpose, found.caption) == (purpose, caption):
        return
    with transaction.atomic():
        drafting.note_preparer(drafting.lock_draft(found.line.report, by=by, at=at), by)
        found.purpose, found.caption = purpose, caption
        found.save(update_fields=["purpose", "caption"])


def remove(found: Evidence, *, by: User, at: datetime) -> None:
    """Take a photo or document off a draft's line; it can be put back until the report is submitted."""
    with transaction.atomic():
        drafting.note_preparer(drafting.lock_draft(found.line.report, by=by, at=at), by)
        Evidence.objects.kept().filter(pk=found.pk).update(removed_by=by, removed_at=at)


def put_back(found: Evidence, *, by: User, at: datetime) -> None:
    """Undo `remove`. Raises StepRefused where the line has its number of files by now."""
    with transaction.atomic():
        report = drafting.lock_draft(found.line.report, by=by, at=at)
        if not Evidence.objects.kept().filter(pk=found.pk).exists():
            _refuse_more(found.line, File(name=found.file.name, content=b""))
            drafting.note_preparer(report, by)
            Evidence.objects.filter(pk=found.pk).update(removed_by=None, removed_at=None)


def _again(line: ReportLine, file: File, sha256: str, *, by: User) -> tuple[Evidence, bool] | None:
    """What the same file came to before at a line that is locked, put back where it was taken off; else null.

    Raises StepRefused where there is room for no other.
    """
    found = line.evidence.filter(file__sha256=sha256).order_by("-removed_at").last()
    if found is not None and found.removed_at is None:
        return found, False
    _refuse_more(line, file)
    if found is None:
        return None
    found.removed_by = found.removed_at = None
    found.save(update_fields=["removed_by", "removed_at"])
    return found, True


def _kind(file: File) -> StoredFile.Kind:
    """Whether it is a photo or a document, by what it holds; raises FileRefused for everything else."""
    name = {"file": file.name}
    if not file.length:
        raise FileRefused(_("%(file)s is empty. Choose the photo or document again.") % name)
    if file.length > LARGEST:
        words = _("%(file)s has %(size)s MB; at most %(most)s MB are taken. Send it smaller, or only a part of it.")
        raise FileRefused(words % {**name, "size": _megabytes(file.length), "most": LARGEST // MEGABYTE})
    if file.is_cut_off:
        raise FileRefused(uploads.too_much_at_once(file))
    content_type = uploads.kind_of(file.content)
    if content_type == PDF:
        return StoredFile.Kind.DOCUMENT
    if content_type in PHOTOS:
        return StoredFile.Kind.PHOTO
    if content_type == "image/gif":
        raise FileRefused(_("%(file)s is a GIF. Send a photo as JPEG or PNG.") % name)
    words = _(
        "%(file)s is neither a photo (JPEG, PNG, WebP, HEIC) nor a PDF, whatever its name says."
        " Save a text or table as PDF first."
    )
    raise FileRefused(words % name)


def _megabytes(size: int) -> str:
    return f"{size / MEGABYTE:.1f}"


def _refuse_more(line: ReportLine, file: File) -> None:
    if line.evidence.filter(removed_at=None).count() >= MOST:
        words = _("%(file)s was not added: this project has %(most)s photos and documents already. Remove one first.")
        raise StepRefused(words % {"file": file.name, "most": MOST})
    own = Q(evidence__line__report=line.report_id, evidence__removed_at=None)
    together = StoredFile.objects.filter(own).aggregate(size=Sum("size"))["size"] or 0
    if together > MOST_TOGETHER:
        words = _(
            "%(file)s was not added: the photos and documents of this report come to %(size)s MB already;"
            " at most %(most)s MB are kept. Remove some first."
        )
        raise StepRefused(words % {"file": file.name, "size": _megabytes(together), "most": MOST_TOGETHER // MEGABYTE})


def _made(file: File, kind: StoredFile.Kind, make: Maker) -> Made:
    try:
        return make(file.content, kind)
    except Unfit as unfit:
        raise FileRefused(_why(unfit) % {"file": file.name, **unfit.figures}) from unfit


def _why(unfit: Unfit) -> str:
    if unfit.reason == "too_many_pixels" and "width" in unfit.figures:
        return _(
            "%(file)s has %(width)s × %(height)s pixels; at most %(most)s million are taken."
            " Take the photo at the ordinary setting of the camera, or make it smaller."
        )
    return {
        "too_many_pixels": _("%(file)s has more than %(most)s million pixels. Make the photo smaller."),
        "moves": _("%(file)s is an animation. Send a still photo as JPEG or PNG."),
        "locked": _("%(file)s is locked with a password or against changes. Print it to a new PDF and send that one."),
        "too_many_pages": _(
            "%(file)s has %(pages)s pages; at most %(most)s are taken. Send only the pages that matter here."
        ),
        "too_heavy": _("%(file)s takes too much memory or time to open. Save it anew at a smaller size."),
    }.get(
        unfit.reason,
        _("%(file)s is damaged or was cut off on its way. Send it again; if that doesn't help, save it anew first."),
    )


def _stored(file: File, made: Made, *, kind: StoredFile.Kind, sha256: str, by: User, at: datetime) -> StoredFile:
    """The file written where files are kept, its row before it."""
    stored = StoredFile.objects.create(
        kind=kind,
        name=uploads.named(OTHER_ENDINGS.sub("", file.name), ENDINGS[kind], otherwise=kind),
        sha256=sha256,
        size=len(made.content) + len(made.thumbnail),
        width=made.width,
        height=made.height,
        pages=made.pages,
        uploaded_by=by,
        uploaded_at=at,
    )
    try:
        kept_in().save(stored.path, ContentFile(made.content))
        if stored.is_photo:
            kept_in().save(stored.thumbnail_path, ContentFile(made.thumbnail))
    except OSError as error:
        log.exception("%s could not be written", stored.path)
        words = _("%(file)s could not be kept: the server has no room for it. Tell the administrator, and try later.")
        raise StepRefused(words % {"file": file.name}) from error
    return stored

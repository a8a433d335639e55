"""Which files are taken beside a letter, scans and evidence: PDF, JPEG or PNG by what they hold, not by their name."""

import hashlib
from datetime import datetime
from pathlib import PurePath

import filetype
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from commitments.models import Attachment, LetterVersion, SettlementEntry
from portal.models import User
from projects.lifecycle import StepRefused

# What a file may hold, with the suffixes that say so; the first is given where the name has none of them.
TYPES = {"application/pdf": (".pdf",), "image/jpeg": (".jpg", ".jpeg"), "image/png": (".png",)}


class FileRefused(StepRefused):
    """The file can't be taken; the text says why, in the language of the person."""


def taken(
    file: UploadedFile | None,
    kind: str,
    *,
    version: LetterVersion,
    entry: SettlementEntry | None = None,
    by: User,
    at: datetime,
) -> Attachment:
    """Keep a file beside a version of a letter, evidence beside the entry it belongs to.

    The same content a second time, by a double click, is the first. Raises FileRefused for no file, an empty one, one
    above Attachment.LARGEST bytes, and for what isn't a PDF, JPEG or PNG inside.
    """
    if file is None:
        raise FileRefused(_("Choose a file."))
    name = _name(file)
    if not file.size:
        raise FileRefused(_("“%(name)s” is empty.") % {"name": name})
    if file.size > Attachment.LARGEST:
        megabytes = Attachment.LARGEST // (1024 * 1024)
        raise FileRefused(
            _("“%(name)s” is larger than %(size)s MB: scan it at a lower resolution, or split it.")
            % {"name": name, "size": megabytes}
        )
    content = file.read()
    content_type = filetype.guess_mime(content)
    if content_type not in TYPES:
        raise FileRefused(
            _("“%(name)s” is no PDF, JPEG or PNG inside, whatever its name says: save it as one of these.")
            % {"name": name}
        )
    found, _new = Attachment.objects.get_or_create(
        version=version,
        entry=entry,
        sha256=hashlib.sha256(content).hexdigest(),
        defaults={
            "kind": kind,
            "name": _with_suffix(name, content_type),
            "content_type": content_type,
            "content": content,
            "added_by": by,
            "added_at": at,
        },
    )
    return found


def _name(file: UploadedFile) -> str:
    """The file's name without folders and unprintable characters."""
    name = PurePath((file.name or "").replace("\\", "/")).name
    return "".join(character for character in name if character.isprintable()).strip() or _("file")


def _with_suffix(name: str, content_type: str) -> str:
    """The name with a suffix that says what is inside, so that it opens after a download; at most 200 characters."""
    suffixes = TYPES[content_type]
    if name.lower().endswith(suffixes):
        stem, suffix = name.rsplit(".", 1)
        return f"{stem[:194]}.{suffix}"
    return f"{name[:195]}{suffixes[0]}"

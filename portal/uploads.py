"""Files that people send: how much of one is taken in, what it is by what it holds, and a name to save it under."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

import filetype
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.urls import Resolver404, resolve
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

MEGABYTE = 1024 * 1024
# Of one file no more is written to the disk. The largest that any page takes is below it; a page says its own limit.
LARGEST = 24 * MEGABYTE
# Of all files of one form; what comes after it is read and let go, so that the words typed beside them are kept.
TOGETHER = 96 * MEGABYTE
# Where larger files are taken, by URL name: from whom, and how large.
LARGER = {"admin:projects_importfile_add": ("projects.add_importfile", 150_000_000)}
NAME_LENGTH = 200

# By the type that the first bytes tell: the endings that a name may have; the first is given to one that has another.
PDF = "application/pdf"
ENDINGS: Mapping[str, Sequence[str]] = {
    PDF: (".pdf",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
}

# How photos of phones begin that `filetype` takes for nothing or for a film.
HEIC = (b"heic", b"heix", b"heim", b"heis")


@dataclass(frozen=True)
class File:
    """What came with a form: the name it had there, and its bytes, of one that was cut off only the beginning.

    `size` is the size it had before, in bytes; null for that of the content.
    """

    name: str
    content: bytes
    size: int | None = None

    @property
    def length(self) -> int:
        return len(self.content) if self.size is None else self.size

    @property
    def is_cut_off(self) -> bool:
        return self.length > len(self.content)


class BoundedHandler(TemporaryFileUploadHandler):
    """Writes each file of a form to the disk up to LARGEST, all of them up to TOGETHER, and counts what it lets go.

    A file that was cut off has its whole size and only the beginning of its bytes: whoever takes it looks at the size.
    """

    kept = 0  # bytes written so far, of all files

    @cached_property
    def most(self) -> tuple[int, int]:
        """Bytes of one file and of all, at this address and for who sends them."""
        request = self.request
        try:
            permission, size = LARGER[resolve(request.path_info).view_name] if request else ("", 0)
        except (KeyError, Resolver404):
            return LARGEST, TOGETHER
        return (size, size) if request and request.user.has_perm(permission) else (LARGEST, TOGETHER)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        largest, together = self.most
        room = max(0, min(largest - start, together - self.kept))
        written = raw_data[:room]
        self.kept += len(written)
        super().receive_data_chunk(written, start)


def posted(files: Iterable["UploadedFile[bytes]"], *, largest: int) -> list[File]:
    """The files of a form; of one that is too large only so much is read that it is found to be."""
    return [File(name=file.name or "", content=file.read(largest + 1), size=file.size) for file in files]


def too_much_at_once(file: File) -> str:
    """What to say of a file that was let go because those before it were so many."""
    words = _("%(file)s was left out: the files sent at once pass %(most)s MB. Send it again by itself.")
    return words % {"file": file.name, "most": TOGETHER // MEGABYTE}


def kind_of(content: bytes) -> str:
    """The type that the content tells, such as image/png; empty where it is none we know."""
    if content[4:8] == b"ftyp" and content[8:12] in HEIC:
        return "image/heic"
    return str(filetype.guess_mime(content) or "")


def named(name: str, endings: Sequence[str], *, otherwise: str = "scan") -> str:
    """The name as it was given, with an ending that says what the file is, so that it opens as that."""
    last = PurePath(name.replace("\\", "/")).name
    plain = "".join(sign for sign in last if sign.isprintable()).strip() or otherwise
    if PurePath(plain).suffix.lower() not in endings:
        plain += endings[0]
    stem, ending = PurePath(plain).stem, PurePath(plain).suffix
    return stem[: NAME_LENGTH - len(ending)] + ending

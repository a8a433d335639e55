"""The type that documents are printed in: three files that npm brings, and which characters they hold.

宋 (Noto Serif SC regular) for the text, the same bold for titles and second headings, 黑 (Noto Sans SC medium) for
first headings and the heads of tables. The system's fonts are never looked at: a document looks the same everywhere.
"""

import struct
from collections.abc import Iterator
from functools import cache
from mmap import ACCESS_READ, mmap
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


@cache
def printable() -> frozenset[int]:
    """The code points that at least one of the fonts holds: where one lacks a character the next is asked."""
    return frozenset().union(*(_code_points(file) for file in files()))


def files() -> list[Path]:
    """The font files in settings.TYPE_FOLDERS. Raises ImproperlyConfigured where a folder has none."""
    found = [sorted(folder.glob("*.ttf")) for folder in settings.TYPE_FOLDERS]
    lacking = [str(folder) for folder, here in zip(settings.TYPE_FOLDERS, found, strict=True) if not here]
    if lacking:
        raise ImproperlyConfigured(f"no type to print with in {', '.join(lacking)}: run `make setup`")
    return [file for here in found for file in here]


def _code_points(file: Path) -> set[int]:
    """What the font's table `cmap` holds in its format 12, the one that reaches all of Unicode (OpenType, “cmap”)."""
    with file.open("rb") as opened, mmap(opened.fileno(), 0, access=ACCESS_READ) as font:
        return set(_groups(font))


def _groups(font: mmap) -> Iterator[int]:
    tables = struct.unpack_from(">H", font, 4)[0]
    records = (struct.unpack_from(">4sIII", font, 12 + 16 * number) for number in range(tables))
    cmap = next(offset for tag, _, offset, _ in records if tag == b"cmap")
    for number in range(struct.unpack_from(">H", font, cmap + 2)[0]):
        start = cmap + struct.unpack_from(">I", font, cmap + 8 + 8 * number)[0]
        if struct.unpack_from(">H", font, start)[0] == 12:
            for group in range(struct.unpack_from(">I", font, start + 12)[0]):
                first, last, _glyph = struct.unpack_from(">III", font, start + 16 + 12 * group)
                yield from range(first, last + 1)

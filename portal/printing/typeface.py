"""The type that documents are printed in: three files that npm brings, and which characters they hold.

宋 (Noto Serif SC regular) for the text, the same bold for titles and second headings, 黑 (Noto Sans SC medium) for
first headings and the heads of tables. The system's fonts are never looked at: a document looks the same everywhere.
"""

import struct
from functools import cache
from pathlib import Path

import typst
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

SPACES = {0x20, 0xA0, 0x3000}


@cache
def fonts() -> typst.Fonts:
    """The fonts, found once in a process. Raises ImproperlyConfigured where a file is missing."""
    files()
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=list(settings.TYPE_FOLDERS))


@cache
def printable() -> frozenset[int]:
    """The code points that at least one of the fonts holds: where one lacks a character the next is asked."""
    return frozenset().union(*(_code_points(file) for file in files()))


def files() -> list[Path]:
    """A font file of each folder of settings.TYPE_FOLDERS."""
    found = [sorted(folder.glob("*.ttf")) for folder in settings.TYPE_FOLDERS]
    lacking = [str(folder) for folder, here in zip(settings.TYPE_FOLDERS, found, strict=True) if not here]
    if lacking:
        raise ImproperlyConfigured(f"no type to print with in {', '.join(lacking)}: run `make setup`")
    return [file for here in found for file in here]


def _code_points(file: Path) -> set[int]:
    """What the font's table `cmap` holds in its format 12, the one that reaches all of Unicode (OpenType, “cmap”)."""
    font = file.read_bytes()
    tables = struct.unpack_from(">H", font, 4)[0]
    records = (struct.unpack_from(">4sIII", font, 12 + 16 * number) for number in range(tables))
    cmap = next(offset for tag, _, offset, _ in records if tag == b"cmap")
    points: set[int] = set()
    for number in range(struct.unpack_from(">H", font, cmap + 2)[0]):
        start = cmap + struct.unpack_from(">I", font, cmap + 8 + 8 * number)[0]
        if struct.unpack_from(">H", font, start)[0] == 12:
            for group in range(struct.unpack_from(">I", font, start + 12)[0]):
                first, last, _glyph = struct.unpack_from(">III", font, start + 16 + 12 * group)
                points.update(range(first, last + 1))
    return points

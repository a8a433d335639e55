"""Bands, grades and rank points as an official writes them in a scoring item, and what is meant by the text.

Full-width signs, Chinese commas and semicolons, per cent signs and 分 are understood: １００％：２０分、90:15；80:10.
"""

import re
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from django.utils.translation import gettext as _

from projects.reading import Misread, plain, written

NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
ENTRY = re.compile(rf"(?:({NUMBER})\s*:\s*)?({NUMBER})")


class Band(NamedTuple):
    """So many points for each step within this width, in the unit of the distance; null: without end."""

    width: Decimal | None
    points: Decimal


class Grade(NamedTuple):
    """From this line on so many points."""

    line: Decimal
    points: Decimal


@cache
def bands(text: str) -> tuple[Band, ...]:
    """`5:0.2, 5:0.1, 0.05`: successive bands outwards, the last with or without a width; none where nothing is written.

    Raises Misread.
    """
    found = tuple(Band(width, points) for width, points in _entries(text))
    if any(band.width is not None and band.width <= 0 for band in found):
        raise Misread(_("A band must be wider than zero."))
    if any(band.width is None for band in found[:-1]):
        raise Misread(_("Only the last band may have no width: before it write width:points, such as 5:0.2."))
    return found


@cache
def grades(text: str) -> tuple[Grade, ...]:
    """`100:20, 90:15, 80:10`: in any order, no line twice. Raises Misread."""
    entries = _entries(text)
    found = [Grade(line, points) for line, points in entries if line is not None]
    if len(found) < len(entries):
        raise Misread(_("Each grade needs its line and its points, such as 90:15."))
    if len({grade.line for grade in found}) < len(found):
        raise Misread(_("The same line stands there twice."))
    return tuple(found)


@cache
def rank_points(text: str) -> tuple[Decimal, ...]:
    """`20, 18, 16`: the points of the first place, the second and so on. Raises Misread."""
    entries = _entries(text)
    if any(line is not None for line, points in entries):
        raise Misread(_("Rank points are plain numbers, the first place first, such as 20, 18, 16."))
    return tuple(points for line, points in entries)


def written_entries(text: str) -> str:
    """The text as it is kept: half-width, one comma and one space between entries. Raises Misread."""
    return ", ".join(":".join(written(part) for part in entry if part is not None) for entry in _entries(text))


def _entries(text: str) -> list[tuple[Decimal | None, Decimal]]:
    typed = plain(text).replace("%", "").replace("分", "")
    parts = [part.strip() for part in re.split(r"[,;\n]", typed)]
    return [_entry(part) for part in parts if part]


def _entry(part: str) -> tuple[Decimal | None, Decimal]:
    found = ENTRY.fullmatch(part)
    if not found:
        raise Misread(_("“%(part)s” can't be read. Write entries such as 5:0.2 with commas between.") % {"part": part})
    line, points = found.groups()
    return (None if line is None else _number(line)), _number(points)


def _number(text: str) -> Decimal:
    value = Decimal(text)
    if abs(value) >= 10**14 or value != value.quantize(Decimal("0.0001")):
        raise Misread(_("“%(part)s” has more digits than can be kept: at most four decimals.") % {"part": text})
    return value + 0

"""What a paper is: plain data that the PDF and the Word file are both made of, and how wide its tables' columns are.

Every text is printed as it stands: `#`, `*`, `$` and `[` are only signs. A text may hold line breaks. What a shape
marks as not required, or gives as "" or [], is left out. `language` is "zh" or "en": it decides the size of type, the
line breaks and our few own words, and has nothing to do with the reader's language.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NotRequired, TypedDict
from unicodedata import east_asian_width

Side = Literal["left", "center", "right"]


class Table(TypedDict):
    """Rows as long as the head. Units of measure stand in the head, each figure is already printed as text."""

    head: list[str]
    rows: list[list[str]]
    caption: NotRequired[str]
    widths: NotRequired[list[float]]  # shares of the line; found from the texts where not given
    numeric: NotRequired[list[bool]]  # which columns are figures; found from the texts where not given


class Section(TypedDict):
    heading: NotRequired[str]  # with its number: "一、总体情况"
    level: NotRequired[int]  # 1 for 一、 (by default), 2 for （一）
    paragraphs: NotRequired[list[str]]
    tables: NotRequired[list[Table]]


class Signature(TypedDict):
    """Without a name and a time there is room to sign by hand."""

    party: str
    unit: str
    post: str
    name: NotRequired[str]
    at: NotRequired[str]


class Verify(TypedDict):
    """The address is also drawn as a QR code."""

    words: str
    address: str
    sha256: str


class Paper(TypedDict):
    language: Literal["zh", "en"]
    title: str
    number: NotRequired[str]  # also at the foot of every page
    dated: str  # when it was signed or published, ISO 8601 with a zone: the date in the file's metadata
    superseded: NotRequired[str]  # words in a red frame on top of every page: superseded by …, a draft
    notes: NotRequired[list[str]]


class Letter(Paper):
    to: NotRequired[str]  # with its colon
    paragraphs: NotRequired[list[str]]
    projects_heading: NotRequired[str]
    projects: NotRequired[Table]
    pledges_heading: NotRequired[str]
    pledges: NotRequired[Table]
    measures_heading: NotRequired[str]
    measures: NotRequired[list[str]]
    closing: NotRequired[list[str]]
    signatures: NotRequired[list[Signature]]
    verify: NotRequired[Verify]


class Bulletin(Paper):
    masthead: str
    issuer: NotRequired[str]
    date: NotRequired[str]
    sections: NotRequired[list[Section]]
    sha256: NotRequired[str]
    address: NotRequired[str]


class Sheet(Paper):
    """A settlement, a score sheet, a receipt."""

    subtitle: NotRequired[str]
    facts: NotRequired[list[list[str]]]  # pairs of name and value
    sections: NotRequired[list[Section]]
    signatures: NotRequired[list[Signature]]
    verify: NotRequired[Verify]
    sha256: NotRequired[str]
    address: NotRequired[str]


LINE = 156 / 25.4 * 72  # points: the text block of GB/T 9704
SIZES = (10.5, 9.0, 7.5)  # points: 五号, 小五, 六号; the first in which no figure or word would be broken
INSET = 3.5  # points, on either side of a cell's text
# All other widths are in ems, the width of a Chinese character.
LONGEST_WORD = 11.0  # a longer run of letters may be broken anywhere
COMFORTABLE = 18.0
SHORT = 6.0
FIGURE = re.compile(r"[-+−±]?[\d,]+(\.\d+)?\s?[%％‰]?")
ABSENT = {"", "-", "—", "——", "–", "/", "…"}
WORD = re.compile(r"[!-~\u00a0-\u024f]+")
PARTS = re.compile(r"\n|(?=[（(])")  # of a title: its unit of measure goes to the next line


@dataclass(frozen=True)
class Columns:
    """How a table's columns stand: size of type and inset in points, shares of the line (they add up to 1), sides."""

    size: float
    inset: float
    shares: tuple[float, ...]
    sides: tuple[Side, ...]
    numeric: tuple[bool, ...]
    tight: bool  # figures have to be broken; from about twelve columns of amounts on


def columns(table: Mapping[str, Any]) -> Columns:
    """How to set this table. Raises ValueError where a row isn't as long as the head."""
    head: Sequence[str] = table["head"]
    rows: Sequence[Sequence[str]] = table["rows"]
    for number, row in enumerate(rows, 1):
        if len(row) != len(head):
            raise ValueError(f"row {number} has {len(row)} cells under {len(head)} titles: {list(row)}")
    standing = [[row[place] for row in rows] for place in range(len(head))]
    given = table.get("numeric")
    numeric = tuple(map(bool, given)) if given else tuple(map(_figures, standing))
    sides = tuple(_side(place, cells, numeric[place]) for place, cells in enumerate(standing))
    floors = [_floor(title, cells) for title, cells in zip(head, standing, strict=True)]
    size = next((size for size in SIZES if sum(floors) <= _room(len(head), size)), SIZES[-1])
    if widths := table.get("widths"):
        shares = tuple(width / sum(widths) for width in widths)
    else:
        wishes = [_wish(title, cells, floor) for title, cells, floor in zip(head, standing, floors, strict=True)]
        texts = _widths(floors, wishes, _room(len(head), size))
        points = [text * size + 2 * INSET for text in texts]
        shares = tuple(width / sum(points) for width in points)
    return Columns(size, INSET, shares, sides, numeric, tight=sum(floors) > _room(len(head), size))


def moment(content: Mapping[str, Any]) -> datetime:
    """The document's date to the second, which the file's metadata must state. Raises ValueError without a zone."""
    dated = datetime.fromisoformat(content["dated"])
    if dated.tzinfo is None:
        raise ValueError(f"{content['dated']} has no zone")
    return dated.replace(microsecond=0)  # the metadata of a PDF takes no fractions


def ems(text: str) -> float:
    """About how wide the text is. Figures are set in digits half as wide as a Chinese character."""
    if FIGURE.fullmatch(text):
        return len(text) / 2
    return sum(1.0 if east_asian_width(sign) in "WFA" else 0.7 if sign.isupper() else 0.56 for sign in text)


def _room(columns: int, size: float) -> float:
    """Ems of text that stand side by side in a line of this many cells."""
    return (LINE - 2 * INSET * columns) / size


def _figures(cells: Sequence[str]) -> bool:
    said = [cell for cell in cells if cell.strip() not in ABSENT]
    return bool(said) and all(FIGURE.fullmatch(cell.strip()) for cell in said)


def _side(place: int, cells: Sequence[str], numeric: bool) -> Side:
    """Running numbers and short words stand in the middle, as officials set them; other figures under each other."""
    longest = max(map(ems, cells), default=0.0)
    if numeric and (place > 0 or longest > SHORT / 2):
        return "right"
    return "center" if longest <= SHORT else "left"


def _floor(title: str, cells: Sequence[str]) -> float:
    """The width below which a figure, a short word or a word of letters would be broken."""
    words = [ems(word) for text in (title, *cells) for word in WORD.findall(text)]
    short = [width for text in (*cells, *PARTS.split(title)) if (width := ems(text)) <= SHORT]
    return max(2.0, min(max(words, default=0.0), LONGEST_WORD), *short)


def _wish(title: str, cells: Sequence[str], floor: float) -> float:
    """The width in which no cell is broken, the title once; a very long text is broken all the same."""
    longest = max((ems(line) for cell in cells for line in cell.split("\n")), default=0.0)
    return max(floor, min(max(longest, ems(title) / 2), COMFORTABLE))


def _widths(floors: Sequence[float], wishes: Sequence[float], room: float) -> list[float]:
    """Wishes where there is room for them, else between floors and wishes, else floors."""
    if sum(wishes) <= room:
        return list(wishes)
    if sum(floors) >= room:
        return list(floors)
    part = (room - sum(floors)) / (sum(wishes) - sum(floors))
    return [floor + part * (wish - floor) for floor, wish in zip(floors, wishes, strict=True)]

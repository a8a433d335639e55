"""What a workbook says about itself on a sheet that people don't see: whose quarter it is, and the lines it began with.

A workbook that lost the sheet, copied into another, is still known by its title; its lines then count as unknown.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from projects.importing.table import Cell
from projects.workbook.layout import FORMAT

SHEET = "_concentric"
TITLE = re.compile(r"\[([^\[\]]{1,20}) · ([0-9]{4}Q[1-4])\]")
LONGEST = 32_000  # characters; a cell holds a little more


@dataclass(frozen=True)
class Known:
    """A line as the workbook began with it: its version, and its texts by field; no texts where they are not known."""

    version: int
    texts: Mapping[str, str] | None


@dataclass(frozen=True)
class Identity:
    """`lines` by project code; empty where the sheet is lost. Versions are those of one revision of the report."""

    unit: str
    quarter: str
    revision: int = 0
    format: int = FORMAT
    lines: Mapping[str, Known] = field(default_factory=dict)


def title(unit: str, quarter: str) -> str:
    """What the title says for machines, such as [430421 · 2022Q1]."""
    return f"[{unit} · {quarter}]"


def rows(identity: Identity) -> Iterator[list[str | int]]:
    """The hidden sheet, row by row."""
    yield ["concentric", identity.format, identity.unit, identity.quarter, identity.revision]
    for code, known in identity.lines.items():
        texts = {name: text for name, text in (known.texts or {}).items() if text}
        said = "" if known.texts is None else json.dumps(texts, ensure_ascii=False, separators=(",", ":"))
        yield [code, known.version, said if len(said) <= LONGEST else ""]


def read(sheet: Iterable[list[Cell]]) -> Identity | None:
    """From the rows of the hidden sheet; null where they are not what `rows` writes."""
    lines = iter(sheet)
    try:
        mark, made_as, unit, quarter, revision, *_rest = next(lines)
        if mark != "concentric":
            return None
        known = {_text(row[0]): _known(row) for row in lines}
        return Identity(_text(unit), _text(quarter), int(_text(revision)), int(_text(made_as)), known)
    except (StopIteration, ValueError, IndexError, AttributeError):
        return None


def from_title(sheet: Iterable[list[Cell]]) -> Identity | None:
    """From a title above the table; null where no cell is one."""
    for row in sheet:
        for cell in row:
            found = TITLE.search(cell) if isinstance(cell, str) else None
            if found:
                return Identity(found[1], found[2])
    return None


def known(identity: Identity | None, code: str, revision: int) -> Known | None:
    """The line of this project as the workbook began with it; versions of another revision say nothing."""
    found = identity.lines.get(code) if identity else None
    if found is None or identity is None or identity.revision == revision:
        return found
    return Known(-1, found.texts)


def _known(row: list[Cell]) -> Known:
    said = row[2] if len(row) > 2 else ""
    texts = json.loads(said) if isinstance(said, str) and said else None
    return Known(int(_text(row[1])), None if texts is None else {str(name): str(text) for name, text in texts.items()})


def _text(cell: Cell) -> str:
    return str(int(cell) if isinstance(cell, float) and cell.is_integer() else cell)

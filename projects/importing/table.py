"""What a file of the register is once it has been read: rows of cells, numbered as a spreadsheet numbers them."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

Cell = str | int | float | bool | date | datetime | time | timedelta | None

MAX_BYTES = 10_000_000
MAX_ROWS = 50_000
MAX_COLUMNS = 200
# Of annual plans as CSV, which are read without being kept.
MAX_PLAN_BYTES = 150_000_000
MAX_PLAN_ROWS = 1_200_000


class Unreadable(Exception):
    """The file can't be read at all; the text says what it is and what to send instead."""


@dataclass(frozen=True)
class Problem:
    """One thing to mend in a file: its row, its column as a spreadsheet letters it (with its header), and how."""

    row: int
    column: str
    message: str

    def __str__(self) -> str:
        return f"{self.row} · {self.column} · {self.message}" if self.column else f"{self.row} · {self.message}"


@dataclass(frozen=True)
class Table:
    """Rows that hold something, each with its number; problems are what the file itself hides (formulas, merged cells).

    Where a cell is blank it is an empty text or null.
    """

    rows: list[tuple[int, list[Cell]]]
    problems: list[Problem] = field(default_factory=list)


def letters(index: int) -> str:
    """The column as a spreadsheet names it: 0 is A, 26 is AA."""
    text = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        text = chr(65 + rest) + text
    return text


def is_blank(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())

"""A cell as a person would have typed it into the form: the form's own rules then decide what it means."""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal

from projects import reading
from projects.importing.table import Cell, is_blank
from projects.reading import Misread, written
from projects.workbook.layout import BY_NAME

AMOUNTS = ("flow", "year_to_date")
DAYS = ("started_on", "finished_on")
# What is added to a figure that stands under a header with another unit of measure; 万元 needs nothing.
SUFFIXES = {"10k_cny": "", "100m_cny": "亿", "cny": "元"}
HAS_UNIT = re.compile(r"(亿|万|元)\s*$")
# Days as numbers, from 1950 to 2100: what a spreadsheet keeps, counted from the end of 1899 (or 1904).
SERIAL = range(18_264, 73_416)
FIRST_DAY = date(1899, 12, 30)
SINCE_1904 = 1462


def text(name: str, cell: Cell, *, is_percent: bool = False, since_1904: bool = False, measure: str = "") -> str:
    """The cell's text in the field of this name, as `canonical` writes it; "" where it is blank."""
    if is_blank(cell) or cell is None:
        return ""
    said = _day(cell, since_1904=since_1904) if name in DAYS else _plain(cell, is_percent=is_percent)
    if name in AMOUNTS and not HAS_UNIT.search(said):
        said += SUFFIXES.get(measure, "")
    return canonical(name, said)


def canonical(name: str, said: str) -> str:
    """The same words for the same meaning, so that 12.50 and １２．５ don't differ; what can't be read stays."""
    said = said.strip()
    try:
        if name in AMOUNTS:
            return written(reading.amount(said))
        if name in DAYS:
            day = reading.day(said)
            return day.isoformat() if day else ""
        if name == "stage":
            return reading.stage(said)
    except Misread:
        pass
    return said


def _plain(cell: Cell, *, is_percent: bool) -> str:
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, int | float):
        figure = Decimal(f"{cell:.15g}")
        return f"{_fixed(figure * 100)}%" if is_percent else _fixed(figure)
    if isinstance(cell, datetime):
        return (cell.date() if _is_midnight(cell) else cell).isoformat()
    if isinstance(cell, str):
        return cell.replace("\r\n", "\n").replace("\r", "\n").replace("_x000D_", "").replace("\x00", "").strip()
    return str(cell)


def _day(cell: Cell, *, since_1904: bool) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    said = _plain(cell, is_percent=False)
    if not isinstance(cell, date) and said.isascii() and said.isdecimal() and int(said) in SERIAL:
        return (FIRST_DAY + timedelta(days=int(said) + SINCE_1904 * since_1904)).isoformat()
    return said


def _is_midnight(cell: datetime) -> bool:
    return (cell.hour, cell.minute, cell.second) == (0, 0, 0)


def _fixed(figure: Decimal) -> str:
    return f"{figure:f}".rstrip("0").rstrip(".") if "." in f"{figure:f}" else f"{figure:f}"


def shown(name: str, cell: Cell, *, is_percent: bool = False) -> str:
    """The cell as its person sees it, cut short, to be named in a fault."""
    said = "" if cell is None else _plain(cell, is_percent=is_percent and name in BY_NAME)
    return said if len(said) <= 60 else said[:60] + "…"

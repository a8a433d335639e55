"""The uploaded workbook given back: the person's own values where they stood, and beside them what is to be mended."""

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook as Book
from xlsxwriter.worksheet import Worksheet

from portal.extract import FORMULA
from projects.importing.table import Cell
from projects.models import Workbook, WorkbookRow
from projects.validation import Level
from projects.workbook import identity, opening, reading, writing
from projects.workbook.cells import DAYS
from projects.workbook.identity import Identity, Known
from projects.workbook.layout import BY_NAME, NOTE, SENTENCE
from projects.workbook.opening import Opened
from projects.workbook.rows import Register, told
from projects.workbook.writing import OPTIONS, Styles, put

COLOURS = {Level.ERROR: "#F8D7DA", Level.WARNING: "#FFF3CD"}
# Beside the colour, so that it isn't the colour alone.
SHAPES = {Level.ERROR: "■", Level.WARNING: "▲", Level.HINT: "○"}
MOST_COMMENTS = 1_000  # a spreadsheet draws each of them; the column of notes holds all
NOTE_WIDTH = 70
Marks = Mapping[tuple[int, int], tuple[str, str]]


@dataclass(frozen=True)
class Pen:
    """The formats of one workbook, made as they are asked for."""

    book: Book
    made: dict[tuple[str, str], Format]

    def format(self, look: str, colour: str) -> Format:
        """How a cell looks: head, day, percent, code or words, on this colour or none."""
        if (look, colour) not in self.made:
            kinds: dict[str, dict[str, object]] = {
                "head": {"bold": True, "bg_color": writing.HEAD},
                "day": {"num_format": "yyyy-mm-dd"},
                "percent": {"num_format": "0.##%"},
                "code": {"num_format": "@"},
                "harmless": {"quote_prefix": True},
            }
            base = {"text_wrap": True, "valign": "top", "border": 1, "border_color": writing.LINE, "locked": False}
            coloured = {"bg_color": colour} if colour else {}
            self.made[look, colour] = self.book.add_format({**base, **kinds.get(look, {}), **coloured})
        return self.made[look, colour]


def annotated(workbook: Workbook) -> bytes:
    """An XLSX in the workbook's own layout, to be mended and uploaded again. Raises Unreadable as the upload did."""
    opened = opening.opened(bytes(workbook.content or b""), workbook.unit, workbook.quarter)
    rows = {row.number: row for row in workbook.lines.all()}
    marks = _marks(workbook, rows.values())
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, OPTIONS) as book:
        sheet = book.add_worksheet(opened.sheet[:31])
        pen = Pen(book, {})
        _table(sheet, pen, opened, marks)
        _notes(sheet, pen, opened, rows)
        _comments(sheet, marks)
        _shape(sheet, workbook, opened)
        writing.instructions(book, Styles.of(book))
        writing.hidden(book, _identity(workbook, opened, rows.values()))
    return content.getvalue()


def _marks(workbook: Workbook, rows: Iterable[WorkbookRow]) -> dict[tuple[int, int], tuple[str, str]]:
    """By row and column, both from 0, the gravest level said there and all that is said."""
    said: dict[tuple[int, int], tuple[str, str]] = {}
    found: list[tuple[int, Mapping[str, Any]]] = []
    found += [(fault["row"], {**fault, "level": Level.ERROR}) for fault in workbook.faults]
    found += [(row.number, finding) for row in rows for finding in row.findings]
    for number, finding in found:
        if number and finding["column"]:
            place = (number - 1, opening.index(finding["column"]))
            level, words = said.get(place, (finding["level"], ""))
            said[place] = (level, f"{words}\n{finding['message']}".strip())
    return said


def _table(sheet: Worksheet, pen: Pen, opened: Opened, marks: Marks) -> None:
    days = {opened.places[name] for name in DAYS if name in opened.places}
    note = _note_column(opened)
    for number, cells in opened.table.rows:
        for index, cell in enumerate(cells):
            if index == note and number >= opened.layout.row:
                continue
            level = marks.get((number - 1, index), ("", ""))[0]
            look = _look(opened, number, index, cell, days)
            if cell not in ("", None) or level or look == "head":
                style = pen.format(look, COLOURS.get(Level(level), "") if level else "")
                put(sheet, number - 1, index, _kept(cell), style if number >= opened.layout.row else None)


def _look(opened: Opened, number: int, index: int, cell: Cell, days: set[int]) -> str:
    if number == opened.layout.row:
        return "head"
    if (number, index) in opened.percents:
        return "percent"
    if isinstance(cell, date) or index in days:
        return "day"
    if index == opened.places.get("code"):
        return "code"
    return "harmless" if isinstance(cell, str) and cell.startswith(FORMULA) else "words"


def _kept(cell: Cell) -> object:
    """The value as it can be written again; a time of day as text."""
    if isinstance(cell, bool):
        return str(cell).upper()
    if cell is None or isinstance(cell, int | float | str | date):
        return cell.replace(tzinfo=None) if isinstance(cell, datetime) else cell
    return str(cell)


def _note_column(opened: Opened) -> int:
    """Where the notes stand: where an earlier annotated workbook had them, else right of everything."""
    own = opened.layout.read(NOTE.name)
    return own.index if own else max((len(cells) for _number, cells in opened.table.rows), default=0)


def _notes(sheet: Worksheet, pen: Pen, opened: Opened, rows: Mapping[int, WorkbookRow]) -> None:
    index = _note_column(opened)
    sheet.set_column(index, index, NOTE_WIDTH)
    put(sheet, opened.layout.row - 1, index, str(NOTE.label), pen.format("head", ""))
    for number, row in rows.items():
        words = "\n".join(_words(row))
        if words:
            put(sheet, number - 1, index, words, pen.format("words", ""))


def _words(row: WorkbookRow) -> Iterable[str]:
    if row.outcome == WorkbookRow.Outcome.APPLIED:
        yield "● " + _("Applied in the portal.")
    if row.outcome == WorkbookRow.Outcome.CONFLICT:
        for name in row.texts:
            if row.texts[name] != row.base.get(name, ""):
                label = BY_NAME[name if name in BY_NAME else SENTENCE].field.label
                said = _("%(field)s was changed in the portal since the download. There it says: %(theirs)s")
                yield "▲ " + said % {"field": label, "theirs": row.base.get(name, "") or "—"}
    for finding in row.findings:
        place = f"{finding['column']} {finding['header']}: " if finding["column"] else ""
        shape = SHAPES[Level.HINT if finding["missing"] else Level(finding["level"])]
        yield f"{shape} {place}{finding['message']}"


def _comments(sheet: Worksheet, marks: Marks) -> None:
    for (row, index), (_level, words) in list(marks.items())[:MOST_COMMENTS]:
        sheet.write_comment(row, index, words[:1000], {"x_scale": 2})


def _shape(sheet: Worksheet, workbook: Workbook, opened: Opened) -> None:
    typed = {name: index for name, index in opened.places.items() if BY_NAME[name].is_typed}
    for name, index in opened.places.items():
        sheet.set_column(index, index, BY_NAME[name].width)
    last = max(number for number, _cells in opened.table.rows) - 1
    first = opened.layout.row
    columns = {index: BY_NAME[name] for name, index in typed.items()}
    writing.checks(sheet, workbook.quarter, columns, first, max(first, last))
    sheet.freeze_panes(first, 2)


def _identity(workbook: Workbook, opened: Opened, rows: Iterable[WorkbookRow]) -> Identity:
    """As it was uploaded; lines that were applied meanwhile are known by what the workbook says of them."""
    report = reading.draft(workbook)
    own = opened.identity or Identity(workbook.unit.code, workbook.quarter.label)
    lines = {code: identity.known(own, code, report.revision) for code in own.lines}
    known = {code: line for code, line in lines.items() if line is not None}
    applied = {row.code: row.version for row in rows if row.outcome == WorkbookRow.Outcome.APPLIED}
    if applied:
        for each in told(opened, Register.read(workbook.unit, workbook.quarter)).rows:
            if each.code in applied:
                before = known[each.code].texts if each.code in known else None
                texts = {**(before or {}), **each.texts, SENTENCE: each.sentence or ""}
                known[each.code] = Known(applied[each.code], texts)
    return replace(own, revision=report.revision, lines=known)

"""Workbooks as people send them: the downloaded one, filled in or broken by a change to its cells."""

import io
import zipfile
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

import xlsxwriter
from django.utils import translation
from python_calamine import CalamineWorkbook

from portal.models import Quarter, Unit, User
from projects.models import Report, ReportState, Workbook
from projects.workbook import lifecycle, writing
from projects.workbook.layout import COLUMNS

FIRST = 4  # the row of the first project, as spreadsheets count
LETTERS = {column.name: "ABCDEFGHIJKLM"[index] for index, column in enumerate(COLUMNS)}
Cells = list[list[Any]]


def downloaded(unit: Unit, quarter: Quarter, language: str = "en") -> bytes:
    report = Report.objects.filter(unit=unit, quarter=quarter, state=ReportState.DRAFT).first()
    report = report or Report(unit=unit, quarter=quarter)
    report.unit, report.quarter = unit, quarter
    with translation.override(language):
        return writing.workbook(report)


def sheets(content: bytes) -> dict[str, Cells]:
    """Every sheet by its name, with its cells from A1 on."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def made(sheets: Mapping[str, Cells], **options: Any) -> bytes:
    """A workbook of these sheets as a program that knows nothing of the portal would save it."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, "strings_to_formulas": False, **options}) as book:
        formats = {"day": book.add_format({"num_format": "yyyy/m/d"}), "percent": book.add_format({"num_format": "0%"})}
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for place, cells in enumerate(rows):
                for index, cell in enumerate(cells):
                    write(sheet, formats, place, index, cell)
    return content.getvalue()


def write(sheet: Any, formats: Mapping[str, Any], place: int, index: int, cell: Any) -> None:
    if isinstance(cell, tuple):  # ("percent", 1.2) or ("formula", "=1+1", 2)
        kind, value, *result = cell
        if kind == "formula":
            sheet.write_formula(place, index, value, None, *result)
        else:
            sheet.write_number(place, index, value, formats[kind])
    elif isinstance(cell, date | datetime):
        sheet.write_datetime(place, index, cell, formats["day"])
    elif isinstance(cell, str) and cell:
        sheet.write_string(place, index, cell)
    elif cell not in ("", None):
        sheet.write(place, index, cell)


def changed(content: bytes, cells: Mapping[str, Any]) -> bytes:
    """The workbook with these cells of its first sheet, by their place such as F4, saved by another program."""
    found = sheets(content)
    table = next(iter(found.values()))
    for place, cell in cells.items():
        row, index = int(place[1:]) - 1, ord(place[0]) - 65
        while len(table) <= row:
            table.append([""] * len(COLUMNS))
        table[row] += [""] * (index + 1 - len(table[row]))
        table[row][index] = cell
    return made(found)


def repacked(content: bytes, name: str, change: Callable[[str], str]) -> bytes:
    """The same archive with the text of one part changed."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for each in old.namelist():
            part = old.read(each)
            new.writestr(each, change(part.decode()) if each == name else part)
    return packed.getvalue()


def uploaded(content: bytes, unit: Unit, quarter: Quarter, *, by: User, at: datetime, language: str = "en") -> Workbook:
    with translation.override(language):
        return lifecycle.upload("filled.xlsx", content, unit, quarter, language=language, by=by, now=lambda: at)


def said(workbook: Workbook, *, is_whole: bool = True) -> list[tuple[int, str, str]]:
    """Row, column and words of everything to be mended, the workbook's own faults first; what is missing if asked."""
    own = [(each["row"], each["column"], each["message"]) for each in workbook.faults]
    return own + [
        (row.number, each["column"], each["message"])
        for row in workbook.lines.all()
        for each in row.findings
        if each["level"] == "error" and (is_whole or not each["missing"])
    ]

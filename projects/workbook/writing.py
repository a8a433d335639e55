"""The workbook of a unit's quarter as it is downloaded: what the draft holds, to be filled in without the portal."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook as Book
from xlsxwriter.worksheet import Worksheet

from portal.extract import FORMULA
from portal.models import Quarter, Unit
from projects import check
from projects.check import CheckedLine
from projects.models import Project, Report, Stage
from projects.models.line import LONGEST
from projects.workbook import identity
from projects.workbook.cells import AMOUNTS, DAYS
from projects.workbook.identity import Identity, Known
from projects.workbook.judging import shown
from projects.workbook.layout import COLUMNS, SENTENCE, Column

HEADER_ROW = 2  # counted from 0: a title and a line of advice stand above
GREY, LINE, HEAD, INPUT = "#EFEFEF", "#BFBFBF", "#DCE6F1", "#FFFFFF"
OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
PROTECTED = {
    "format_columns": True,
    "format_rows": True,
    "autofilter": True,
    "sort": True,
    "select_locked_cells": True,
    "select_unlocked_cells": True,
}
WORDS = ("progress", "obstacle", SENTENCE)
KEPT_IN_FILE = ("flow", "year_to_date", "stage", *DAYS, *WORDS)


@dataclass(frozen=True)
class Styles:
    """How the cells look. `plain` in the columns that are locked, `typed` in the others; amounts, days and words."""

    head: Format
    title: Format
    advice: Format
    plain: Mapping[str, Format]
    typed: Mapping[str, Format]
    harmless: Format

    @classmethod
    def of(cls, book: Book) -> "Styles":
        box = {"border": 1, "border_color": LINE, "valign": "top"}
        kinds: dict[str, dict[str, object]] = {
            "amount": {"num_format": "#,##0.00"},
            "day": {"num_format": "yyyy-mm-dd", "align": "left"},
            "words": {"text_wrap": True},
            "code": {"num_format": "@"},
        }
        locked = {**box, "bg_color": GREY, "font_color": "#404040"}
        free = {**box, "locked": False, "bg_color": INPUT}
        return cls(
            head=book.add_format({**box, "bold": True, "text_wrap": True, "bg_color": HEAD}),
            title=book.add_format({"bold": True, "font_size": 14}),
            advice=book.add_format({"font_color": "#404040"}),
            plain={kind: book.add_format({**locked, **look}) for kind, look in kinds.items()},
            typed={kind: book.add_format({**free, **look}) for kind, look in kinds.items()},
            harmless=book.add_format({**free, "text_wrap": True, "quote_prefix": True}),
        )

    def of_cell(self, column: Column, said: object) -> Format:
        if column.is_typed and isinstance(said, str) and said.startswith(FORMULA):
            return self.harmless
        return (self.typed if column.is_typed else self.plain)[_kind(column.name)]


def _kind(name: str) -> str:
    if name in (*AMOUNTS, "planned", "earlier"):
        return "amount"
    if name in DAYS:
        return "day"
    return "code" if name == "code" else "words"


def workbook(report: Report) -> bytes:
    """The XLSX of a draft, saved or not: a row a project in the order of their codes."""
    checked = check.report(report).lines
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, OPTIONS) as book:
        styles = Styles.of(book)
        sheet = book.add_worksheet(_("to fill in")[:31])
        head(sheet, report.unit, report.quarter, styles)
        lists = list_names(report.quarter, [line.line.project_id for line in checked])
        for place, line in enumerate(checked, start=HEADER_ROW + 1):
            for index, (column, said) in enumerate(zip(COLUMNS, row(line, lists), strict=True)):
                put(sheet, place, index, said, styles.of_cell(column, said))
        last = HEADER_ROW + max(1, len(checked))
        checks(sheet, report.quarter, dict(enumerate(COLUMNS)), HEADER_ROW + 1, last)
        finish(sheet, len(COLUMNS), last)
        instructions(book, styles)
        hidden(book, _identity(report, checked))
    return content.getvalue()


def row(checked: CheckedLine, lists: Mapping[int, str]) -> list[object]:
    """The cells of a line, in the order of the columns."""
    line, texts = checked.line, shown(checked)
    known: dict[str, object] = {
        "code": line.project.code,
        "name": line.project.name,
        "tier": lists.get(line.project_id, ""),
        "planned": checked.plan.planned_investment if checked.plan else None,
        "earlier": checked.earlier,
        "stage": str(Stage(texts["stage"]).label) if texts["stage"] in Stage.values else texts["stage"],
    }
    rejected = line.rejected or {}
    for name in (*AMOUNTS, *DAYS):
        known[name] = rejected[name] if name in rejected else getattr(line, name)
    return [known[column.name] if column.name in known else texts[column.name] for column in COLUMNS]


def list_names(quarter: Quarter, projects: Sequence[int]) -> dict[int, str]:
    """By project id, the lists it stands on at the quarter's end."""
    facts: Any = Project.objects.filter(pk__in=projects).with_facts(on=quarter.ends_on, year=quarter.year)
    return {fact.pk: " · ".join(filter(None, fact.list_names)) for fact in facts}


def head(sheet: Worksheet, unit: Unit, quarter: Quarter, styles: Styles) -> None:
    """Title, advice and headers; headers and everything grey are locked, without a password."""
    sheet.set_row(0, 24)
    words = _("Progress report: %(unit)s, %(quarter)s") % {"unit": unit.name, "quarter": quarter.name}
    sheet.write_string(0, 0, f"{words} {identity.title(unit.code, quarter.label)}", styles.title)
    sheet.write_string(
        1, 0, _("Fill in the white cells; grey ones are for reference. Money is in 10,000 CNY."), styles.advice
    )
    sheet.set_row(HEADER_ROW, 48)
    for index, column in enumerate(COLUMNS):
        sheet.set_column(index, index, column.width)
        sheet.write_string(HEADER_ROW, index, column.header, styles.head)


def put(sheet: Worksheet, row: int, index: int, said: object, style: Format | None) -> None:
    """A value in a cell: figures as numbers, days as days, and text as text whatever it begins with."""
    if isinstance(said, bool) or said is None or said == "":
        sheet.write_blank(row, index, None, style)
    elif isinstance(said, int | float | Decimal):
        sheet.write_number(row, index, float(said), style)
    elif isinstance(said, date):
        sheet.write_datetime(row, index, said, style)
    else:
        sheet.write_string(row, index, str(said), style)


def checks(sheet: Worksheet, quarter: Quarter, columns: Mapping[int, Column], first: int, last: int) -> None:
    """Drop-downs, and what a spreadsheet can check by itself, with a hint at each cell that is typed in."""
    for index, column in columns.items():
        if column.is_typed:
            hint = {"input_title": str(column.field.label)[:32], "input_message": str(column.hint)[:255]}
            sheet.data_validation(first, index, last, index, {**_check(column.name, quarter), **hint})


def _check(name: str, quarter: Quarter) -> dict[str, Any]:
    if name in AMOUNTS:
        refused = _("An amount in 10,000 CNY, such as 1250.5. Keep it nevertheless?")
        return {"validate": "decimal", "criteria": ">=", "value": 0, "error_type": "warning", "error_message": refused}
    if name in DAYS:
        refused = _("A day up to the quarter's last day, such as 2022-03-15. Keep it nevertheless?")
        limits = {"minimum": date(1950, 1, 1), "maximum": quarter.ends_on}
        return {"validate": "date", "criteria": "between", **limits, "error_type": "warning", "error_message": refused}
    if name == "stage":
        return {"validate": "list", "source": [str(label) for label in Stage.labels]}
    refused = _("At most %(longest)s characters fit.") % {"longest": LONGEST}
    return {"validate": "length", "criteria": "<=", "value": LONGEST, "error_message": refused}


def finish(sheet: Worksheet, columns: int, last: int) -> None:
    sheet.freeze_panes(HEADER_ROW + 1, 2)
    sheet.autofilter(HEADER_ROW, 0, last, columns - 1)
    sheet.protect("", PROTECTED)
    sheet.set_landscape()
    sheet.set_paper(8)  # A3
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(HEADER_ROW)


def instructions(book: Book, styles: Styles) -> None:
    """A sheet that says, in the person's language, how the workbook is filled in."""
    sheet = book.add_worksheet(_("how to fill in")[:31])
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 100)
    steps = (
        _("Fill in the white cells, one row a project. Rows you leave as they are change nothing in the portal."),
        _("You may sort, filter, hide or delete rows. Don't add projects: they come from the register."),
        _("Amounts are in 10,000 CNY; 1.2亿 or 35000元 are understood too. A percentage is no amount."),
        _("Save as .xlsx without a password and upload it on the page it came from. You see what would change first."),
        _("What somebody changes in the portal meanwhile is never replaced without asking you."),
    )
    sheet.write_string(0, 0, _("How to fill in this workbook"), styles.title)
    for place, step in enumerate(steps, start=1):
        sheet.write_string(place, 0, str(place), styles.advice)
        sheet.write_string(place, 1, step, styles.advice)
    for place, column in enumerate((each for each in COLUMNS if each.is_typed), start=len(steps) + 2):
        sheet.write_string(place, 0, column.header, styles.head)
        sheet.write_string(place, 1, str(column.hint), styles.advice)
    place = len(steps) + 3 + sum(column.is_typed for column in COLUMNS)
    sheet.write_string(place, 0, _("Stages"), styles.head)
    sheet.write_string(place, 1, ", ".join(str(label) for label in Stage.labels), styles.advice)
    sheet.protect("", {"select_locked_cells": True, "select_unlocked_cells": True})


def hidden(book: Book, own: Identity) -> None:
    """The sheet by which the portal knows the workbook again."""
    sheet = book.add_worksheet(identity.SHEET)
    for place, cells in enumerate(identity.rows(own)):
        for index, cell in enumerate(cells):
            put(sheet, place, index, cell, None)
    sheet.protect()
    sheet.very_hidden()


def _identity(report: Report, checked: Sequence[CheckedLine]) -> Identity:
    lines = {}
    for each in checked:
        texts = shown(each)
        lines[each.line.project.code] = Known(each.line.version, {name: texts[name] for name in KEPT_IN_FILE})
    return Identity(report.unit.code, report.quarter.label, report.revision, lines=lines)

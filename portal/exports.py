"""How a list becomes a file: CSV that Excel reads as Chinese, XLSX in constant memory, and no cell is a formula.

Short lists are made of their tables' values. What may be long says its cells as SQL (portal/extract.py): CSV streams
from the database, and an XLSX of more than AT_ONCE rows is made by a worker, on a page that says how far it is. So is
a CSV of which nothing can be sent before all is computed.
"""

import csv
import tempfile
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import translation
from django.utils.http import content_disposition_header
from django_tables2 import Table
from django_tables2.data import TableQuerysetData

from portal import prepared, xlsx
from portal.extract import BOM, FORMULA, LONGEST, Extract

KINDS = ("csv", "xlsx")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": XLSX}
CHUNK = 1000
AT_ONCE = 5_000  # rows of an XLSX for which nobody waits long


class _Echo:
    """A file that hands each row back instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def download(table: Table, name: str, kind: str) -> HttpResponseBase:
    """All rows of the table as a file of this name; kind is one of KINDS."""
    if isinstance(table.data, TableQuerysetData):
        table.data.data = table.data.data.iterator(chunk_size=CHUNK)
    return as_file(table.as_values(), name, kind)


def as_file(rows: Iterator[list[Any]], name: str, kind: str) -> HttpResponseBase:
    """These rows, titles first, as a file of this name; kind is one of KINDS."""
    return _csv(rows, name) if kind == "csv" else _xlsx(rows, name)


def answer(request: HttpRequest, extract: Extract, name: str, kind: str) -> HttpResponseBase:
    """All rows of a list that may be long as a file of this name; kind is one of KINDS."""
    if kind == "csv":
        return _attached(extract.csv(told=prepared.making(request)), name)
    if page := by_a_worker(request, name, kind, rows=extract.rows):
        return page
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it when it is sent
    xlsx.write(file, extract, told=prepared.making(request))
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX)


def by_a_worker(
    request: HttpRequest, name: str, kind: str, *, rows: int, streams: bool = True
) -> HttpResponseBase | None:
    """Where a file takes too long for a page: the page on which a worker makes it. Null where it is made at once.

    CSV is sent while it is made; not so where its first row is long in coming, which `streams` says.
    """
    if (kind == "csv" and streams) or rows <= AT_ONCE or prepared.making(request):
        return None
    return redirect("export", prepared.ask(request, name, rows=rows).key)


def plain(cell: Any) -> Any:
    """What a cell says: numbers and dates as they are, None as nothing, all else as text."""
    if cell is None or (isinstance(cell, int | float | Decimal | date) and not isinstance(cell, bool)):
        return cell
    return str(cell)


def harmless(cell: Any) -> Any:
    """The cell for CSV: text that a spreadsheet would run gets an apostrophe in front; real numbers stay numbers."""
    cell = plain(cell)
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def _csv(rows: Iterator[list[Any]], name: str) -> HttpResponseBase:
    rows = _in_language(translation.get_language() or "", rows)
    writer = csv.writer(_Echo())
    lines = (writer.writerow([harmless(cell) for cell in row]) for row in rows)
    return _attached(_begin_with(BOM, lines), name)


def _attached(blocks: Iterator[str] | Iterator[bytes], name: str) -> HttpResponseBase:
    response = StreamingHttpResponse(blocks, content_type=TYPES["csv"])
    response["Content-Disposition"] = content_disposition_header(True, f"{name}.csv")
    return response


def _in_language(language: str, rows: Iterator[list[Any]]) -> Iterator[list[Any]]:
    """The rows are made while they are sent, when the request's language may be another's already."""
    with translation.override(language):
        yield from rows


def _begin_with(first: str, lines: Iterator[str]) -> Iterator[str]:
    yield first
    yield from lines


def _xlsx(rows: Iterator[list[Any]], name: str) -> HttpResponseBase:
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it when it is sent
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as book:
        sheet = book.add_worksheet()
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        minute = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        sheet.freeze_panes(1, 0)
        for number, row in enumerate(rows):
            for column, raw in enumerate(row):
                cell = plain(raw)
                if number == 0:
                    sheet.set_column(column, column, xlsx.width(str(cell)))
                    sheet.write_string(0, column, str(cell), bold)
                elif isinstance(cell, datetime):
                    sheet.write_datetime(number, column, cell, minute)
                elif isinstance(cell, date):
                    sheet.write_datetime(number, column, cell, day)
                elif isinstance(cell, str):
                    sheet.write_string(number, column, cell[:LONGEST])
                elif cell is not None:
                    sheet.write_number(number, column, cell)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX)

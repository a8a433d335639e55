"""Cells written by the database say what the same values say in Python, in CSV and in XLSX, and none is a formula."""

import csv
import io
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.utils import translation
from python_calamine import CalamineWorkbook

from portal import exports, xlsx
from portal.extract import LONGEST, Cell, Choice, Day, Extract, Moment, Money, Number, Text, composed

TEXTS = [
    "plain",
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\tx",
    "\rx",
    "\nx",
    "＝1",
    "－1",
    'say "hi", twice',
    "两行\n文字",
    "a < b & c > d",
    "C:\\temp\\n",
    "\\.",
    " kept ",
    "_x0041_",
    "bell\x07",
    "x" * 40_000,
]


def extract(cells: Sequence[Cell], values: Sequence[Sequence[object]], types: Sequence[str]) -> Extract:
    """A list of these values: a row each, in columns a, b, c …"""
    names = "abcdefgh"[: len(types)]
    row = "({})".format(", ".join(f"%s::{kind}" for kind in types))
    given = ", ".join([row] * len(values))
    source = composed(
        f"SELECT * FROM (VALUES {given}) given ({', '.join(names)})", [value for row in values for value in row]
    )
    return Extract(titles=[f"title {name}" for name in names], cells=cells, source=source, rows=len(values))


def in_csv(found: Extract) -> list[list[str]]:
    text = b"".join(found.csv()).decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:], newline="")))[1:]


def in_xlsx(found: Extract) -> list[list[Any]]:
    file = io.BytesIO()
    assert xlsx.write(file, found) == found.rows
    return opened(file).get_sheet_by_index(0).to_python(skip_empty_area=False)[1:]


def opened(file: io.BytesIO) -> CalamineWorkbook:
    file.seek(0)
    return CalamineWorkbook.from_filelike(file)


def test_text_in_csv_is_as_harmless_as_in_a_short_list(db: None) -> None:
    rows = in_csv(extract([Text("a")], [[text] for text in TEXTS], ["text"]))
    assert [row[0] for row in rows] == [exports.harmless(text) for text in TEXTS]


def test_text_in_xlsx_is_the_text(db: None) -> None:
    rows = in_xlsx(extract([Text("a"), Text("a")], [[text] for text in TEXTS], ["text"]))
    # A control character can't stand in XML, and a carriage return is read as the end of a line.
    expected = [text.replace("\x07", "")[:LONGEST] for text in TEXTS]
    assert [row[0].replace("_x005F_x0041_", "_x0041_") for row in rows] == expected
    assert all(first == second for first, second in rows)


def test_xlsx_escapes_what_a_spreadsheet_program_would_decode(db: None) -> None:
    file = io.BytesIO()
    xlsx.write(file, extract([Text("a")], [["_x0041_"]], ["text"]))
    sheet = zipfile.ZipFile(file).read("xl/worksheets/sheet1.xml").decode()
    assert "_x005F_x0041_" in sheet


@pytest.mark.parametrize(("language", "amount"), [("zh-hans", "1234.50"), ("en", "12.3450")])
def test_numbers_days_moments_and_choices(db: None, language: str, amount: str) -> None:
    cells = [Number("a"), Money("b"), Day("c"), Moment("d"), Choice("e", {"x": "exes & <more>"})]
    values: list[list[object]] = [
        [7, "1234.50", date(2022, 3, 31), "2022-04-05T02:30:15.5Z", "x"],
        [None, None, None, None, None],
    ]
    found = extract(cells, values, ["bigint", "numeric(14, 2)", "date", "timestamptz", "text"])
    with translation.override(language):
        written, nothing = in_csv(found)
        assert written == ["7", amount, "2022-03-31", "2022-04-05 10:30:15", "exes & <more>"]
        assert nothing == ["", "", "", "", ""]
        cells_written, *_nothing = in_xlsx(found)
    assert cells_written[:3] == [7.0, float(amount), date(2022, 3, 31)]
    assert abs(cells_written[3] - datetime.fromisoformat("2022-04-05 10:30:15")).total_seconds() < 1
    assert cells_written[4] == "exes & <more>"


def test_rows_that_a_sheet_has_no_room_for_go_on_in_the_next(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "MOST_ROWS", 4)
    file = io.BytesIO()
    assert xlsx.write(file, extract([Number("a")], [[number] for number in range(7)], ["int"])) == 7
    book = opened(file)
    sheets = [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]
    assert [[row[0] for row in sheet] for sheet in sheets] == [
        ["title a", 0.0, 1.0, 2.0],
        ["title a", 3.0, 4.0, 5.0],
        ["title a", 6.0],
    ]


def test_every_part_of_the_workbook_is_xml(db: None) -> None:
    file = io.BytesIO()
    xlsx.write(file, extract([Text("a")], [["x"]], ["text"]))
    archive = zipfile.ZipFile(file)
    for name in archive.namelist():
        ElementTree.fromstring(archive.read(name))
    assert {"[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/styles.xml"} <= set(archive.namelist())


def test_a_file_is_written_by_one_query(db: None) -> None:
    found = extract([Number("a")], [[number] for number in range(300)], ["int"])
    assert len(in_csv(found)) == 300
    assert connection.is_usable()

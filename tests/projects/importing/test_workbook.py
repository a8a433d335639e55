"""XLSX: what is measured before it is parsed, and the cells that must not be taken for blank ones."""

import io
import zipfile
import zlib
from datetime import date
from typing import Any

import pytest
import xlsxwriter

from projects.importing import workbook
from projects.importing.reading import read
from projects.importing.table import Problem, Unreadable


def book(*rows: list[Any], **sheets: list[list[Any]]) -> bytes:
    """A workbook whose first sheet holds these rows, and further sheets."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, "default_date_format": "yyyy-mm-dd"}) as made:
        for name, lines in {"first": list(rows), **sheets}.items():
            sheet = made.add_worksheet(name)
            for number, cells in enumerate(lines):
                sheet.write_row(number, 0, cells)
    return content.getvalue()


def repacked(content: bytes, change: dict[str, bytes]) -> bytes:
    """The same archive with some parts replaced or added."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in dict.fromkeys([*old.namelist(), *change]):
            new.writestr(name, change[name] if name in change else old.read(name))
    return packed.getvalue()


def sheet(cells: str, rest: str = "") -> dict[str, bytes]:
    """A first sheet with this XML in its rows."""
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    xml = f'<?xml version="1.0"?><worksheet xmlns="{space}"><sheetData>{cells}</sheetData>{rest}</worksheet>'
    return {"xl/worksheets/sheet1.xml": xml.encode()}


def test_read_takes_the_first_sheet_with_its_kinds_of_cells() -> None:
    table = read("a.xlsx", book(["name", "total", "day"], ["甲", 63.524, date(2022, 1, 31)], second=[["other"]]))
    assert table.rows == [(1, ["name", "total", "day"]), (2, ["甲", 63.524, date(2022, 1, 31)])]
    assert table.problems == []


def test_read_keeps_the_numbers_of_rows_and_leaves_trailing_blank_ones_out() -> None:
    table = read("a.xlsx", book([], ["name"], [], ["甲"], [""], [" "], []))
    assert [number for number, _cells in table.rows] == [2, 4]


def test_formula_with_a_value_counts_and_without_one_is_a_problem() -> None:
    cells = (
        '<row r="1"><c r="A1" t="inlineStr"><is><t>name</t></is></c></row>'
        '<row r="2"><c r="A2"><f>1+1</f><v>2</v></c><c r="B2"><f>1+1</f><v></v></c><c r="C2"><f>A1</f></c></row>'
        '<row r="3"><c r="A3" t="str"><f>T(0)</f><v></v></c><c r="B3" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>'
    )
    table = read("a.xlsx", repacked(book(["x"]), sheet(cells)))
    assert table.rows[1][1][0] == 2
    assert [(problem.row, problem.column) for problem in table.problems] == [(2, "B"), (2, "C"), (3, "B")]


def test_merged_cells_are_a_problem_at_their_last_row() -> None:
    merged = sheet('<row r="1"><c r="A1"><v>1</v></c></row>', '<mergeCells><mergeCell ref="A1:B3"/></mergeCells>')
    [problem] = read("a.xlsx", repacked(book(["x"]), merged)).problems
    assert isinstance(problem, Problem)
    assert (problem.row, problem.column) == (3, "B")


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ('<row r="1048576"><c r="A1048576"><v>1</v></c></row>', "1048576"),
        ('<row r="1"><c r="XFD1"><v>1</v></c></row>', "XFD"),
        ('<row r="60000"><c><v>1</v></c></row>', "60000"),
        ('<row r="x"><c r="A1"/></row>', "损坏"),
        ("<row><c></row>", "损坏"),
    ],
)
def test_sheet_that_reaches_too_far_is_refused_before_it_is_parsed(cells: str, says: str) -> None:
    with pytest.raises(Unreadable, match=says):
        read("a.xlsx", repacked(book(["x"]), sheet(cells)))


def test_sheet_without_references_is_counted_by_its_rows() -> None:
    rows = "".join(f"<row><c><v>{number**3}</v></c></row>" for number in range(50_002))
    with pytest.raises(Unreadable, match="50002"):
        read("a.xlsx", repacked(book(["x"]), sheet(rows)))


def test_hundred_thousand_rows_are_refused() -> None:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"constant_memory": True}) as made:
        page = made.add_worksheet()
        for number in range(100_000):
            page.write_number(number, 0, number)
    with pytest.raises(Unreadable, match="5000"):
        read("a.xlsx", content.getvalue())


def test_zip_bomb_is_refused_by_what_it_unpacks_to() -> None:
    bomb = repacked(book(["x"]), {"xl/sharedStrings.xml": b" " * 60_000_000})
    assert len(bomb) < 200_000
    with pytest.raises(Unreadable, match="解压"):
        read("a.xlsx", bomb)


def test_many_parts_that_are_large_together_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MAX_UNPACKED", 5_000)
    with pytest.raises(Unreadable, match="解压"):
        read("a.xlsx", repacked(book(["x"]), {f"xl/{n}.xml": b"<a/>" * 500 for n in range(5)}))


def test_archive_with_too_many_entries_is_refused() -> None:
    with pytest.raises(Unreadable, match="文件过多"):
        read("a.xlsx", repacked(book(["x"]), {f"xl/{n}.xml": b"" for n in range(1_001)}))


def test_directory_that_lies_about_a_size_is_refused() -> None:
    content = repacked(book(["x"]), {"xl/sharedStrings.xml": b"y" * 5_000})
    true = zlib.crc32(b"y" * 5_000).to_bytes(4, "little")
    at = content.rindex(true)  # in the central directory: checksum, packed size, unpacked size
    lying = content[: at + 8] + (10).to_bytes(4, "little") + content[at + 12 :]
    with pytest.raises(Unreadable, match="损坏"):
        read("a.xlsx", lying)


def test_document_type_is_refused() -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><worksheet>&b;</worksheet>'
    for part in ("xl/worksheets/sheet1.xml", "xl/workbook.xml"):
        with pytest.raises(Unreadable, match="文档类型"):
            read("a.xlsx", repacked(book(["x"]), {part: bomb}))


@pytest.mark.parametrize("cut", [10, 200, -30])
def test_cut_file_is_refused(cut: int) -> None:
    with pytest.raises(Unreadable):
        read("a.xlsx", book(["x"], ["y"])[:cut])


def test_other_archives_are_refused() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("word/document.xml", "<a/>")
    with pytest.raises(Unreadable, match="其他类型"):
        read("a.xlsx", packed.getvalue())


def test_sheet_named_in_no_relation_is_refused() -> None:
    with pytest.raises(Unreadable, match="损坏"):
        read("a.xlsx", repacked(book(["x"]), {"xl/_rels/workbook.xml.rels": b"<Relationships/>"}))

"""Workbooks as they come back from other programs and other hands: read where they can be, else explained."""

from collections.abc import Callable
from typing import Any

import pytest

from projects import lifecycle as reports
from projects.models import ReportLine, Workbook
from projects.workbook import lifecycle
from tests import world
from tests.conftest import City
from tests.projects.workbook import books
from tests.projects.workbook.books import Cells, downloaded, made, repacked, sheets
from tests.world import at

DAY = at("2022-04-05")
SHEET = "xl/worksheets/sheet1.xml"


def said(workbook: Workbook) -> list[tuple[int, str, str]]:
    """What is wrong; a row that is only half filled in isn't."""
    return books.said(workbook, is_whole=False)


def upload(town: City, content: bytes) -> Workbook:
    return books.uploaded(content, town.county, town.quarter, by=town.staff, at=DAY)


def apply(town: City, content: bytes) -> dict[str, ReportLine]:
    """The lines of the draft once this workbook, which has no fault, was applied."""
    found = upload(town, content)
    assert said(found) == []
    lifecycle.confirm(found, take=(), by=town.staff, now=lambda: DAY)
    return {line.project.code: line for line in ReportLine.objects.select_related("project")}


def saved(town: City, change: Callable[[Cells], Any], language: str = "en", **options: Any) -> bytes:
    """The downloaded workbook, its table changed and saved by another program."""
    found = sheets(downloaded(town.county, town.quarter, language))
    name = next(iter(found))
    found[name] = change(found[name]) or found[name]
    return made(found, **options)


def fill(table: Cells) -> None:
    table[3][5], table[3][10] = 12.5, "封顶"


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_headers_are_known_in_either_language_and_any_order(town: City, language: str) -> None:
    def turned(table: Cells) -> Cells:
        fill(table)
        return [row[::-1] for row in table]

    assert apply(town, saved(town, turned, language))["A1"].flow == 12.5


def test_table_need_not_stand_on_the_first_sheet_or_below_its_title(town: City) -> None:
    found = sheets(downloaded(town.county, town.quarter))
    table = found.pop(next(iter(found)))
    fill(table)
    content = made({"notes": [["Project code", "remark"], ["A1", "x"]], **found, "mine": table[2:]})
    assert apply(town, content)["A1"].progress == "封顶"


def test_columns_and_rows_left_out_leave_the_portal_as_it_is(town: City) -> None:
    def cut(table: Cells) -> Cells:
        fill(table)
        return [[row[index] for index in (0, 5)] for row in table[2:4]]

    content = saved(town, cut)
    found = upload(town, content)
    assert found.absent == 1
    assert "Stage" in found.notes[0]
    lines = apply(town, content)
    assert (str(lines["A1"].flow), lines["A1"].stage, lines["A2"].edited_at) == ("12.50", "continuing", None)


@pytest.mark.parametrize(
    ("cell", "flow"),
    [
        ("１，２３４．５０", "1234.50"),
        ("1.2亿", "12000.00"),
        ("35万", "35.00"),
        ("35000元", "3.50"),
        (" 12 ", "12.00"),
        (0, "0.00"),
        (("formula", "=10+2.5", 12.5), "12.50"),
        (0.1 + 0.2, "0.30"),
    ],
)
def test_amounts_as_people_and_programs_write_them(town: City, cell: Any, flow: str) -> None:
    def put(table: Cells) -> None:
        table[3][5] = cell

    assert str(apply(town, saved(town, put))["A1"].flow) == flow


@pytest.mark.parametrize(("header", "flow"), [("本季完成（亿元）", "120000.00"), ("本季度完成投资(元)", "12.00")])
def test_unit_in_the_header_decides(town: City, header: str, flow: str) -> None:
    def put(table: Cells) -> None:
        table[2][5], table[3][5] = header, 12 if "亿" in header else 120_000

    assert str(apply(town, saved(town, put))["A1"].flow) == flow


@pytest.mark.parametrize("cell", [44635, "44635", "2022年3月15日", "2022/3/15", "２０２２．３．１５"])
def test_days_as_text_or_serial_numbers(town: City, cell: Any) -> None:
    def put(table: Cells) -> None:
        table[3][8] = cell

    assert str(apply(town, saved(town, put))["A1"].started_on) == "2022-03-15"


def test_days_of_a_workbook_that_counts_from_1904(town: City) -> None:
    def put(table: Cells) -> None:
        table[3][8], table[4][8] = 44635 - 1462, "2021-03-01"

    since_1904 = '<workbookPr date1904="1"'
    content = repacked(saved(town, put), "xl/workbook.xml", lambda text: text.replace("<workbookPr", since_1904))
    assert str(apply(town, content)["A1"].started_on) == "2022-03-15"


def test_totals_blank_rows_and_signatures_are_passed_over(town: City) -> None:
    def put(table: Cells) -> None:
        fill(table)
        table += [[""] * 13, ["合计", "", "", 4000, 0, 12.5], ["", "填表人：李"]]

    found = upload(town, saved(town, put))
    assert (said(found), len(found.notes)) == ([], 2)
    assert found.lines.count() == 1


def test_hidden_rows_are_read_and_said_to_be(town: City) -> None:
    content = repacked(saved(town, fill), SHEET, lambda text: text.replace('<row r="4"', '<row r="4" hidden="1"'))
    assert "hidden" in upload(town, content).notes[0]
    assert apply(town, content)["A1"].flow == 12.5


def test_merged_cells_are_a_fault_in_each_of_their_rows(town: City) -> None:
    merged = '</sheetData><mergeCells count="1"><mergeCell ref="F4:F5"/></mergeCells>'
    content = repacked(saved(town, fill), SHEET, lambda text: text.replace("</sheetData>", merged))
    assert [(row, column) for row, column, _words in said(upload(town, content))] == [(4, "F"), (5, "F")]


def test_formula_without_a_value_is_a_fault(town: City) -> None:
    def put(table: Cells) -> None:
        table[3][5] = ("formula", "=1+1", 2)

    content = repacked(saved(town, put), SHEET, lambda text: text.replace("</f><v>2</v>", "</f>"))
    [(row, column, words)] = said(upload(town, content))
    assert (row, column) == (4, "F")
    assert "no computed value" in words


def test_renamed_header_is_a_fault(town: City) -> None:
    def put(table: Cells) -> None:
        fill(table)
        table[2][5] = "money"

    [(row, column, words)] = [each for each in said(upload(town, saved(town, put))) if each[0] == 3]
    assert (row, column) == (3, "F")
    assert "Completed this quarter" in words


def test_workbook_that_lost_its_hidden_sheet_replaces_nothing_unasked(town: City) -> None:
    report = world.submitted(town.county, town.quarter, 5, by=town.staff, when=DAY)
    reports.withdraw(report, by=town.staff, at=DAY, reason="typing error")
    found = sheets(downloaded(town.county, town.quarter))
    table = next(iter(found.values()))
    table[3][5] = 99
    read = upload(town, made({"copy": table}))
    assert [(row.code, row.outcome) for row in read.lines.all()] == [("A1", "conflict")]
    assert "doesn't say when it was downloaded" in read.notes[-1]


def test_projects_are_known_by_name_where_the_codes_are_lost(town: City) -> None:
    def put(table: Cells) -> None:
        fill(table)
        table[3][0] = ""

    assert apply(town, saved(town, put))["A1"].flow == 12.5

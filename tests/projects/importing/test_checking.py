"""What the rows say and every way they can be wrong: pure functions, nothing asked of the database."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from projects.importing.checking import (
    Checked,
    Known,
    PlanEntry,
    ProjectEntry,
    check,
    check_projects,
    check_units,
    read_plan,
)
from projects.importing.mapping import Kind, lay_out
from projects.importing.table import Cell, Problem, Table
from projects.models import Stage

KNOWN = Known(
    units={"430405": 1, "珠晖区": 1, "430406": 2},
    categories={"industry": 3},
    chains={"salt": 4},
    lists={"municipal": 5, "provincial": 6},
    codes={"a1": 10},
    names={"旧项目": [10], "同名": [11, 12]},
)


def projects(*rows: list[Cell], headers: list[Cell] | None = None) -> Checked[ProjectEntry]:
    table = Table([(1, headers or ["name", "unit", "total_100m_cny", "tier", "stage", "planned_start_on"])])
    table.rows.extend((number, row) for number, row in enumerate(rows, start=2))
    return check_projects(table, lay_out(Kind.PROJECTS, table), KNOWN)


def plans(*rows: list[Cell]) -> Checked[PlanEntry]:
    headers: list[Cell] = [
        "code",
        "name",
        "year",
        "年度计划投资（万元）",
        "q1（万元）",
        "q2（万元）",
        "q3（万元）",
        "category",
    ]
    table = Table([(1, headers), *((number, row) for number, row in enumerate(rows, start=2))])
    return check(table, lay_out(Kind.PLANS, table), lambda row: read_plan(row, KNOWN))


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("5", "50000"),
        (5, "50000"),
        (63.524, "635240"),
        (0.1 + 0.2, "3000"),
        ("１２．５", "125000"),
        ("1，234.5", "12345000"),
        ("1,234.5", "12345000"),
        ("0", "0"),
        ("0.00000049", "0.00"),
    ],
)
def test_amount_is_converted_to_ten_thousands(cell: Cell, amount: str) -> None:
    checked = projects(["甲", "", cell])
    assert checked.problems == []
    assert checked.entries[0].total_investment == Decimal(amount)


@pytest.mark.parametrize("cell", ["", "  ", None, "—", "-", "未公布", "not published", "无"])
def test_amount_that_is_not_published_is_null_and_not_zero(cell: Cell) -> None:
    checked = projects(["甲", "", cell])
    assert checked.problems == []
    assert checked.entries[0].total_investment is None


@pytest.mark.parametrize(
    "cell",
    [
        "约10",
        "10多",
        "abc",
        "10亿",
        "1e400",
        "NaN",
        "Infinity",
        "-5",
        "5%",
        "1.2.3",
        "99999999999",
        True,
        date(2022, 1, 1),
    ],
)
def test_amount_that_is_none_is_a_problem_at_its_cell(cell: Cell) -> None:
    checked = projects(["甲", "", cell])
    assert checked.entries == []
    assert [(problem.row, problem.column) for problem in checked.problems] == [(2, "C total_100m_cny")]


@pytest.mark.parametrize(
    "cell",
    [
        "2022-03-01",
        "2022/3/1",
        "2022.3.1",
        "2022年3月1日",
        "２０２２－０３－０１",
        date(2022, 3, 1),
        datetime(2022, 3, 1),  # noqa: DTZ001 - as a workbook gives it
    ],
)
def test_day_is_read(cell: Cell) -> None:
    assert projects(["甲", "", "", "", "", cell]).entries[0].facts["planned_start_on"] == date(2022, 3, 1)


@pytest.mark.parametrize("cell", ["2022-02-30", "44562", 44562, "明年", "2022-03", "03/01/2022"])
def test_day_that_is_none_is_a_problem(cell: Cell) -> None:
    [problem] = projects(["甲", "", "", "", "", cell]).problems
    assert problem.column == "F planned_start_on"


def test_references_are_found_by_code_or_name_and_codes_may_be_numbers() -> None:
    checked = projects(["甲", "珠晖区"], ["乙", 430406.0], ["丙", "４３０４０５"], ["丁"])
    assert [entry.unit for entry in checked.entries] == [1, 2, 1, None]


def test_several_lists_are_separated_in_either_script() -> None:
    checked = projects(["甲", "", "", "municipal；provincial"], ["乙", "", "", "provincial、municipal, municipal"])
    assert [entry.lists for entry in checked.entries] == [(5, 6), (6, 5)]


def test_unknown_unit_list_and_stage_are_problems_all_at_once() -> None:
    checked = projects(["甲", "999", "x", "national", "sleeping"], ["", "430405"])
    places = sorted((problem.row, problem.column[0]) for problem in checked.problems)
    assert places == [(2, "B"), (2, "C"), (2, "D"), (2, "E"), (3, "A")]


@pytest.mark.parametrize("word", ["new_start", "newly_started", "新开工", "Newly Started", "新开"])
def test_stage_goes_by_several_words(word: str) -> None:
    assert projects(["甲", "", "", "", word]).entries[0].facts["stage"] == Stage.NEWLY_STARTED


def test_name_twice_in_a_file_names_the_other_row() -> None:
    [problem] = projects(["新（一）"], ["乙"], ["新(一)"]).problems
    assert (problem.row, problem.column) == (4, "A name")
    assert "第2行" in problem.message


def test_same_name_is_allowed_where_both_rows_have_codes() -> None:
    headers: list[Cell] = ["code", "name"]
    assert projects(["B1", "新"], ["B2", "新"], headers=headers).problems == []
    assert len(projects(["B1", "新"], ["", "新"], headers=headers).problems) == 1
    assert len(projects(["B1", "新"], ["b1", "别的"], headers=headers).problems) == 1


def test_project_is_known_by_code_else_by_name() -> None:
    headers: list[Cell] = ["code", "name"]
    found = projects(["A1", "改名"], ["", "旧项目"], ["B9", "新"], headers=headers)
    assert [entry.project for entry in found.entries] == [10, 10, None]
    other_code, several = projects(["B7", "旧项目"], ["", "同名"], headers=headers).problems
    assert "代码不同" in other_code.message
    assert "多个" in several.message


@pytest.mark.parametrize("code", ["A/1", "A 1", "A?1", "x" * 41])
def test_code_that_fits_no_address_is_a_problem(code: str) -> None:
    assert len(projects([code, "新"], headers=["code", "name"]).problems) == 1


def test_text_that_is_too_long_is_a_problem() -> None:
    [problem] = projects(["名" * 201]).problems
    assert "200" in problem.message


def test_text_with_a_control_character_is_a_problem() -> None:
    assert len(projects(["名\x07称"]).problems) == 1


def test_header_without_rows_is_a_problem() -> None:
    assert len(projects().problems) == 1


def test_problem_of_the_file_above_the_header_does_no_harm() -> None:
    table = Table(
        [(1, ["标题"]), (2, ["name", "unit"]), (3, ["甲", ""])], [Problem(1, "B", "merged"), Problem(3, "A", "formula")]
    )
    checked = check_projects(table, lay_out(Kind.PROJECTS, table), KNOWN)
    assert [problem.message for problem in checked.problems] == ["formula"]


def test_finish_before_start_is_a_problem() -> None:
    headers: list[Cell] = ["name", "planned_start_on", "planned_finish_on"]
    [problem] = projects(["甲", "2022-05-01", "2022-04-01"], headers=headers).problems
    assert problem.column == "C planned_finish_on"


def test_plan_is_read() -> None:
    [entry] = plans(["A1", "", "2022年", "1000", "100", "", "900", "industry"]).entries
    assert (entry.project, entry.year, entry.planned_investment) == (10, 2022, Decimal(1000))
    assert (entry.cumulative_q1, entry.cumulative_q2, entry.cumulative_q3) == (Decimal(100), None, Decimal(900))
    assert entry.category == 3


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (["", "", "2022", "1"], "A"),
        (["ZZ", "", "2022", "1"], "A"),
        (["", "没有", "2022", "1"], "B"),
        (["", "同名", "2022", "1"], "B"),
        (["A1", "", "22", "1"], "C"),
        (["A1", "", "", "1"], "C"),
        (["A1", "", "2022", ""], "D"),
        (["A1", "", "2022", "many"], "D"),
        (["A1", "", "2022", "100", "200"], "D"),
        (["A1", "", "2022", "100", "50", "40"], "F"),
        (["A1", "", "2022", "100", "", "", "", "unheard of"], "H"),
    ],
)
def test_plan_that_is_wrong_is_a_problem_at_its_cell(row: list[Cell], column: str) -> None:
    checked = plans(row)
    assert [(problem.row, problem.column[:1]) for problem in checked.problems] == [(2, column)]
    assert checked.entries == []


def test_units_need_a_code_a_kind_and_a_name() -> None:
    table = Table(
        [(1, ["代码", "类型", "名称"]), (2, ["1", "县", "甲县"]), (3, ["1", "moon", ""]), (4, ["", "", "乙"])]
    )
    checked = check_units(table, lay_out(Kind.UNITS, table))
    assert {(problem.row, problem.column[0]) for problem in checked.problems} == {
        (3, "A"),
        (3, "B"),
        (3, "C"),
        (4, "A"),
        (4, "B"),
    }
    assert [entry.kind for entry in checked.entries] == ["county"]

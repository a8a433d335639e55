"""Files of annual plans: read by whole statements, with the findings and values of the rules for a row."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from projects.importing import applying, plans, staging
from projects.importing.applying import Preview, Refused, Source
from projects.importing.cells import Row
from projects.importing.checking import Known, read_plan
from projects.importing.mapping import Kind, lay_out
from projects.importing.table import Cell, Problem, Table
from projects.models import AnnualPlan, Category, Chain, Mark, Project
from tests import world
from tests.conftest import City

pytestmark = pytest.mark.django_db
HEADERS = [
    "code",
    "name",
    "year",
    "年度计划投资（亿元）",
    "q1（万元）",
    "q2（万元）",
    "q3（万元）",
    "category",
    "chain",
    "content",
    "batch",
    "start_due_on",
    "finish_due_on",
    "in_force_on",
]
PLAIN = ["A1", "", "2023", "1", "", "", "", "industry", "", "", "", "", "", ""]

PLANNED = [
    "1",
    "0",
    "1.5",
    "１．５",
    "1,234.56",
    "1，234",
    "0.00005",
    "0.000045",
    "-",
    "未公布",
    "-1",
    "many",
    "1e3",
    "99999999.99",
    "100000000",
    "¥5",
    "5亿元",
    "+5",
    ".5",
    "5.",
    "NaN",
    "Infinity",
    "=1+1",
]
# A field and what may stand in it: plainly written, written otherwise, or wrong.
SAID = [
    ("code", ["A1", " A1 ", "a1", "Ａ１", "A1\t", "", "nowhere", "A 1", "x" * 41]),
    ("name", ["项目A1", "anything at all", "两  个", "bell\x07"]),
    ("year", ["2023", "2023年", "２０２３", "2023年度", "2023.0", "23", "", "2200", "year"]),
    ("planned", [*PLANNED, "", "1 000"]),
    ("q1", ["100", "１００", "-", "20000", "x", "-5", "0.005", "0.015"]),
    ("q2", ["50", "9999.994", "10000.01"]),
    ("q3", ["10000", "0"]),
    ("category", ["industry", "产业", "INDUSTRY", "ｉｎｄｕｓｔｒｙ", "unheard of", "-", ""]),
    ("chain", ["salt", "盐卤", "nothing", "无"]),
    ("content", ["厂房 一栋", "a  b", "bell\x07", "C:\\new", "x" * 4001, "“quoted”", "两\n行"]),
    ("batch", ["第一批", "y" * 61]),
    ("start_due_on", ["2023-03-31", "2023年3月31日", "2023/3/31", "２０２３-03-31", "31.3.2023", "-", "2023-02-30"]),
    ("finish_due_on", ["2023.12.01", "soon"]),
    ("in_force_on", ["2023-01-01", "2023年1月", "从前"]),
]
CASES = [(index, text) for index, (_name, texts) in enumerate(SAID) for text in texts]


def row_with(index: int, text: str) -> list[str]:
    row = [*PLAIN]
    row[index] = text
    if index == 1:
        row[0] = ""
    return row


def table_of(*rows: list[str]) -> Table:
    filled: list[tuple[int, list[Cell]]] = [(number, [*row]) for number, row in enumerate([HEADERS, *rows], start=1)]
    return Table(filled)


@pytest.fixture
def known(town: City) -> Known:
    Chain.objects.create(code="salt", name_zh="盐卤")
    world.make_category()
    return Known(
        categories=applying._named(Category),
        chains=applying._named(Chain),
        codes={"a1": town.project.pk, "a2": town.second.pk},
        names={"项目a1": [town.project.pk], "项目a2": [town.second.pk]},
    )


def read_as_rows(table: Table, known: Known) -> tuple[dict[int, tuple[object, ...]], list[Problem]]:
    """By the rules for a row alone."""
    layout, found, problems = lay_out(Kind.PLANS, table), {}, []
    for number, cells in table.rows[1:]:
        row = Row(number, cells, layout)
        entry = read_plan(row, known)
        problems += row.problems
        found[number] = staging._typed(entry, is_sound=not row.problems)
    return found, problems


def read_staged(table: Table) -> tuple[dict[int, tuple[object, ...]], list[Problem], int]:
    """As a file is read; and how many rows were not plainly written."""
    layout = lay_out(Kind.PLANS, table)
    staged = staging.stage(iter(table.rows), layout)
    sortings = Known(categories=applying._named(Category), chains=applying._named(Chain))
    staging.read_plain(staged, sortings)
    odd = list(staging.odd())
    projects = applying._projects_of(iter(odd))
    problems = staging.read_odd(staged, replace(sortings, **projects))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {staging.TYPED} FROM read_plan")
        return {row[0]: row for row in cursor.fetchall()}, problems, len(odd)


def test_every_cell_is_read_as_by_the_rules_for_a_row(known: Known) -> None:
    table = table_of(*(row_with(index, text) for index, text in CASES))
    expected, expected_problems = read_as_rows(table, known)
    found, problems, _odd = read_staged(table)
    for number, (index, text) in enumerate(CASES, start=2):
        sound = expected[number][-1]
        values = (found[number], expected[number]) if sound else (found[number][-1], sound)
        assert values[0] == values[1], (SAID[index][0], text)
    said = [(problem.row, problem.column, problem.message.strip()) for problem in problems]
    assert said == [(problem.row, problem.column, problem.message.strip()) for problem in expected_problems]


def test_what_is_plainly_written_is_read_by_the_database(known: Known, town: City) -> None:
    rows = [row_with(0, "A1"), row_with(1, "项目A2"), row_with(3, "1,234.56"), row_with(11, "2023年3月31日")]
    found, problems, odd = read_staged(table_of(*rows))
    assert (len(found), problems, odd) == (4, [], 0)
    assert [row[1] for row in found.values()] == [town.project.pk, town.second.pk, town.project.pk, town.project.pk]


def source(text: str, *, on: str = "2022-01-01", name: str = "plans.csv") -> Source:
    return Source(kind="plans", name=name, content=text.encode(), in_force_on=date.fromisoformat(on), reason="import")


def run(text: str, *, on: str = "2022-01-01") -> Preview:
    return applying.apply(source(text, on=on), by=None)


def problems(text: str) -> list[Problem]:
    with pytest.raises(Refused) as refused:
        run(text)
    return refused.value.preview.comparison.problems


HEAD = "code,year,planned_investment_10k_cny,category,in_force_on\n"


def test_a_row_that_says_what_another_says_is_refused_by_its_number(town: City) -> None:
    said = problems(HEAD + "A1,2023,1,industry,\nA2,2023,1,industry,\nA1,２０２３,2,industry,\n A1 ,2023,3,industry,\n")
    assert [(problem.row, problem.column) for problem in said] == [(4, "B year"), (5, "B year")]
    assert all("2" in problem.message for problem in said)


def test_versions_in_one_file_are_compared_in_the_order_of_the_file(town: City) -> None:
    found = run(
        HEAD
        + "A1,2023,100,industry,2023-01-01\nA1,2023,100,,2023-04-01\nA1,2023,200,,2023-07-01\n"
        + "A1,2023,300,,2023-10-01\n"
    ).comparison
    assert (found.new, found.changed, found.unchanged) == (1, 2, 1)
    versions = AnnualPlan.objects.filter(project=town.project, year=2023).order_by("in_force_on")
    assert list(versions.values_list("planned_investment", flat=True)) == [100, 200, 300]
    assert {version.category.code for version in versions} == {"industry"}
    assert [change.details for change in found.changes][1][0].endswith("100 → 200")


def test_more_versions_of_a_plan_than_a_file_takes_are_refused(town: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans, "MOST_VERSIONS", 2)
    said = problems(HEAD + "".join(f"A1,2023,{month},industry,2023-0{month}-01\n" for month in (1, 2, 3)))
    assert [problem.row for problem in said] == [4]


def test_changes_are_worded_with_what_was_there(town: City) -> None:
    Chain.objects.create(code="salt", name_zh="盐卤")
    head = "code,year,planned_investment_100m_cny,产业链,content,finish_due_on\n"
    found = run(head + "A1,2022,0.25,salt,厂房,2022-12-01\n", on="2022-06-01").comparison
    [change] = found.changes
    assert change.subject == "A1 · 项目A1 · 2022"
    said = " ".join(change.details)
    for words in ("1,000 → 2,500", "— → 盐卤", "— → 厂房", "— → 2022-12-01"):
        assert words in said


def test_rows_without_a_project_a_category_or_a_header_are_refused(town: City) -> None:
    Project.objects.create(code="N1", name_zh="没有类别")
    assert [problem.row for problem in problems(HEAD + "N1,2022,5,,\n")] == [2]
    assert [problem.row for problem in problems(HEAD)] == [1]
    assert [problem.row for problem in problems("code,year\nA1,2022\n")] == [1]


def test_history_and_marks_come_by_statement(town: City) -> None:
    Mark.objects.all().delete()
    event = AnnualPlan.pgh_event_model  # type: ignore[attr-defined]
    before = event.objects.count()
    run(HEAD + "A1,2023,1,industry,\nA2,2023,2,industry,\n")
    assert event.objects.count() == before + 2
    assert Mark.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_trigger WHERE tgrelid = 'projects_annualplan'::regclass"
            " AND NOT tgisinternal AND tgtype & 1 = 1"
        )
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize("count", [1, 3, 300])
@pytest.mark.parametrize(("amount", "queries"), [("7", 35), ("７", 36)])
def test_statements_do_not_hang_on_the_number_of_rows(
    town: City, count: int, amount: str, queries: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    Project.objects.bulk_create(Project(code=f"P{n}", name_zh=f"项目{n}") for n in range(count))
    text = HEAD + "".join(f"P{n},2023,{amount},产业,\n" for n in range(count))
    with django_assert_num_queries(queries):
        assert run(text).comparison.new == count


def test_a_file_goes_in_however_its_cells_are_quoted(town: City) -> None:
    head = "code,year,planned_investment_10k_cny,category,content\n"
    run(head + 'A1,2023,"1,000.5",industry,"a \\ b, ""c"""\n')
    plan = AnnualPlan.objects.get(project=town.project, year=2023)
    assert (plan.planned_investment, plan.content) == (Decimal("1000.50"), 'a \\ b, "c"')

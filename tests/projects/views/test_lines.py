"""The lines behind a figure: whose they are, which count, and that their sum is the cell's."""

from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from python_calamine import CalamineWorkbook

from portal.models import User
from projects import drafting, lifecycle, rollups
from projects.facts import MEASURES
from projects.models import AnnualPlan, Assignment, Cell, ListEntry
from tests import world
from tests.conftest import City
from tests.world import at

DAY = at("2022-04-05")


def signed_in(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


@pytest.fixture
def reported(town: City) -> City:
    """The county has completed 2 × 250 of 4,000 万元; the other county, with a plan of 6,000, is silent."""
    world.make_project("B1", town.other, planned=6000, lists=("provincial_key",), total=120_000)
    report = world.submitted(town.county, town.quarter, 250, by=town.staff, when=DAY)
    lifecycle.accept(report, by=town.reviewer, at=DAY)
    rollups.drain(at=DAY)
    return town


def test_lines_send_the_anonymous_to_sign_in(client: Client, db: None) -> None:
    assert client.get("/lines/")["Location"] == "/accounts/login/?next=/lines/"


@pytest.mark.parametrize(
    ("who", "query", "status"),
    [
        ("leader", "unit=430400", 200),
        ("leader", "unit=430421&unit=430422", 200),
        ("leader", "unit=nowhere", 404),
        ("staff", "", 200),
        ("staff", "unit=430421", 200),
        ("staff", "unit=430422", 404),
        ("staff", "unit=430400", 404),
        ("staff", "unit=430421&unit=430422", 404),
        ("leader", "quarter=1999Q1", 404),
        ("leader", "measure=wish", 404),
        ("leader", "list=nowhere", 404),
        ("leader", "tier=nowhere", 404),
        ("leader", "category=nowhere", 404),
        ("leader", "chain=nowhere", 404),
    ],
)
def test_lines_are_closed_to_strangers_and_unknown_words(reported: City, who: str, query: str, status: int) -> None:
    assert signed_in(getattr(reported, who)).get(f"/lines/?{query}").status_code == status


def test_lines_take_no_post(town: City) -> None:
    assert signed_in(town.leader).post("/lines/").status_code == 405


def test_lines_of_a_chain_within_a_list_are_not_found(reported: City) -> None:
    query = "chain=steel_tubes&list=municipal_key"
    assert signed_in(reported.leader).get(f"/lines/?{query}").status_code == 404


@pytest.mark.parametrize(
    ("measure", "value", "codes"),
    [
        ("planned", 10_000, ["A1", "A2", "B1"]),
        ("projects", 3, ["A1", "A2", "B1"]),
        ("year_to_date", 500, ["A1", "A2"]),
        ("flow", 500, ["A1", "A2"]),
        ("completion_rate", "0.125", ["A1", "A2"]),
        ("started", 2, ["A1", "A2"]),
        ("completed", 0, []),
        ("large", 1, ["B1"]),
        ("total_investment", 120_000, ["A1", "A2", "B1"]),
        ("reported", 4000, ["A1", "A2"]),
        ("missing", 6000, ["B1"]),
    ],
)
def test_lines_are_those_that_the_measure_counts(
    reported: City, measure: str, value: int | str, codes: list[str]
) -> None:
    shown = signed_in(reported.leader).get(f"/lines/?quarter=2022Q1&measure={measure}").context
    assert (shown["made"].value, [fact.code for fact in shown["made"].taken]) == (Decimal(value), codes)


def test_every_measure_of_a_unit_grain_cell_is_the_sum_of_its_lines(reported: City) -> None:
    client = signed_in(reported.leader)
    cell = Cell.objects.get(grain="unit", unit=reported.county)
    columns = set(MEASURES) & {field.name for field in Cell._meta.get_fields()}
    assert len(columns) >= 9
    for measure in columns:
        shown = client.get(f"/lines/?quarter=2022Q1&unit=430421&measure={measure}").context
        assert shown["made"].value == getattr(cell, measure), measure


def test_figure_without_a_report_is_not_reported_and_lists_what_is_missing(reported: City) -> None:
    response = signed_in(reported.leader).get("/lines/?unit=430422&measure=year_to_date")
    assert response.context["made"].value is None
    assert [row.record["code"] for row in response.context["missing"].rows] == ["B1"]
    assert "Not counted: no accepted report" in response.content.decode()


def test_lines_say_by_which_receipt_and_who_accepted(reported: City) -> None:
    page = signed_in(reported.leader).get("/lines/?measure=year_to_date").content.decode()
    for text in ("2022Q1-430421-1", "reviewer", "2022-04-05 10:00", "Unit 430421"):
        assert text in page


def test_lines_take_list_unit_and_plan_of_the_quarters_last_day(reported: City) -> None:
    """What happens in April leaves March alone."""
    ListEntry.objects.filter(project=reported.project).update(delisted_on=date(2022, 4, 1))
    Assignment.objects.create(project=reported.second, unit=reported.other, from_on=date(2022, 4, 1), reason="test")
    AnnualPlan.objects.create(
        project=reported.project,
        year=2022,
        in_force_on=date(2022, 4, 1),
        planned_investment=Decimal(9999),
        category=world.make_category("ecology"),
        reason="test",
    )
    client = signed_in(reported.leader)
    query = "quarter=2022Q1&unit=430421&list=municipal_key&category=industry&measure=planned"
    assert client.get(f"/lines/?{query}").context["made"].value == Decimal(4000)
    world.make_quarter("2022Q2")
    later = client.get("/lines/?quarter=2022Q2&unit=430421&measure=planned").context["made"]
    assert [(fact.code, fact.planned) for fact in later.taken] == [("A1", Decimal(9999))]


def test_growth_opens_both_years(reported: City) -> None:
    before = world.make_quarter("2021Q1")
    world.make_plan(reported.project, 2021, 800)
    report = world.submitted(reported.county, before, 200, by=reported.staff, when=at("2021-04-05"))
    world.accepted(report, by=reported.reviewer, when=at("2021-04-05"))
    rollups.drain(at=DAY)
    shown = signed_in(reported.leader).get("/lines/?quarter=2022Q1&measure=growth").context
    assert (shown["made"].value, shown["before"].value, shown["growth"]) == (500, 200, Decimal("1.5"))
    assert [fact.code for fact in shown["before"].taken] == ["A1"]


def test_lines_that_are_waiting_to_be_computed_say_so(reported: City) -> None:
    client = signed_in(reported.leader)
    assert "has changed just now" not in client.get("/lines/?quarter=2022Q1").content.decode()
    ListEntry.objects.filter(project=reported.project).update(delisted_on=date(2022, 3, 1))
    assert "has changed just now" in client.get("/lines/?quarter=2022Q1").content.decode()


@pytest.mark.parametrize("projects", [1, 3, 300])
def test_lines_cost_the_same_however_many(
    town: City, projects: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(projects):
        world.make_project(f"N{number:03}", town.other)
    client = signed_in(town.leader)
    with django_assert_num_queries(10):
        assert client.get("/lines/?measure=year_to_date").status_code == 200


def test_export_holds_every_line_as_numbers(reported: City) -> None:
    client = signed_in(reported.leader)
    response = client.get("/lines/?quarter=2022Q1&measure=planned&export=xlsx")
    sheet = CalamineWorkbook.from_filelike(BytesIO(b"".join(response.streaming_content))).get_sheet_by_index(0)  # type: ignore[attr-defined]
    head, *rows = sheet.to_python()
    planned = head.index("planned investment (CNY million)")
    assert [row[planned] for row in rows] == [10, 30, 60]
    csv = b"".join(client.get("/lines/?quarter=2022Q1&export=csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert csv.count("\n") == 4


def test_lines_in_chinese_name_everything_in_chinese(reported: City) -> None:
    client = signed_in(reported.leader)
    page = client.get("/lines/?measure=completion_rate", headers={"accept-language": "zh-hans"}).content.decode()
    for text in ("完成率", "责任单位", "年度计划投资（万元）", "未计入：报告尚未审核通过", "非统计数据"):
        assert text in page


def test_new_starts_are_the_projects_first_stated_as_started_this_year(town: City) -> None:
    report = drafting.begin(town.county, town.quarter, by=town.staff, at=DAY)
    for line in report.lines.select_related("project"):
        began = {"stage": "newly_started", "started_on": date(2022, 2, 1)} if line.project == town.project else {}
        world.fill(line, 10, by=town.staff, when=DAY, **began)
    world.accepted(lifecycle.submit(report, by=town.staff, at=DAY), by=town.reviewer, when=DAY)
    page = signed_in(town.leader).get("/lines/?quarter=2022Q1&unit=430400&measure=newly_started")
    assert [fact.code for fact in page.context["made"].taken] == ["A1"]
    assert page.context["made"].value == 1

"""The lines behind a figure: whose they are, which count, and that their sum is the cell's."""

import csv
from collections.abc import Iterator
from copy import deepcopy
from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries, DjangoDbBlocker
from python_calamine import CalamineWorkbook

from portal import exports, prepared
from portal.models import Extension, User
from projects import drafting, lifecycle, opened, rollups
from projects.facts import MEASURES
from projects.models import AnnualPlan, Assignment, Cell, ListEntry
from projects.standings import Slice, Standings
from tests import world
from tests.conftest import City
from tests.kept import kept
from tests.projects.history import stamp
from tests.world import at

DAY = at("2022-04-05")


def signed_in(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


@pytest.fixture(scope="module")
def standing_report(standing_town: City, django_db_blocker: DjangoDbBlocker) -> Iterator[City]:
    town = deepcopy(standing_town)
    with kept(django_db_blocker):
        world.make_project("B1", town.other, planned=6000, lists=("provincial_key",), total=120_000)
        report = world.submitted(town.county, town.quarter, 250, by=town.staff, when=DAY)
        lifecycle.accept(report, by=town.reviewer, at=DAY)
        rollups.drain(at=DAY)
        yield town


@pytest.fixture
def reported(standing_report: City, town: City) -> City:
    """The county has completed 2 × 250 of 4,000 万元; the other county, with a plan of 6,000, is silent."""
    return deepcopy(standing_report)


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


def test_growth_of_what_compared_units_have_in_one_year_only_opens_to_a_nought_in_the_other(reported: City) -> None:
    before = world.make_quarter("2021Q1")
    world.make_plan(reported.project, 2021, 800, category="ecology")
    report = world.submitted(reported.county, before, 200, by=reported.staff, when=at("2021-04-05"))
    world.accepted(report, by=reported.reviewer, when=at("2021-04-05"))
    rollups.drain(at=DAY)
    client = signed_in(reported.leader)
    for category, values, growth in (("ecology", (0, 200), -1), ("industry", (500, 0), None)):
        shown = client.get(f"/lines/?quarter=2022Q1&category={category}&measure=growth").context
        assert (shown["made"].value, shown["before"].value) == values
        units, part = [reported.county.pk], Slice(category=world.make_category(category).pk)
        assert shown["growth"] == growth == Standings.read(reported.quarter, units).growth(units, part).rate


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
    with django_assert_num_queries(11):
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


def test_start_rate_shows_what_it_divides(reported: City) -> None:
    AnnualPlan.objects.filter(project=reported.project).update(start_due_on=date(2022, 2, 1))
    rollups.drain(at=DAY)
    shown = signed_in(reported.leader).get("/lines/?quarter=2022Q1&measure=start_rate")
    assert [(str(label), figure) for label, figure, _is_money in shown.context["divided"]] == [
        ("Started", 1),
        ("Due to start by the quarter's end", 1),
    ]


@pytest.fixture
def corrected(reported: City) -> Iterator[City]:
    """The county's report of 2 × 250 was accepted on 5 April, and corrected to 2 × 200 on 3 May; today is 1 June."""
    administrator = {"granted_by": reported.administrator, "granted_at": at("2022-05-01"), "reason": "final accounts"}
    Extension.objects.create(unit=reported.county, quarter=reported.quarter, until=date(2022, 6, 1), **administrator)
    draft = lifecycle.correct(reported.county.report_set.get(), by=reported.staff, at=at("2022-05-02"), reason="audit")
    for line in draft.lines.all():
        world.fill(line, 200, by=reported.staff, when=at("2022-05-02"))
    again = lifecycle.submit(draft, by=reported.staff, at=at("2022-05-02"))
    world.accepted(again, by=reported.reviewer, when=at("2022-05-03"))
    stamp(at("2022-01-01"))
    with time_machine.travel(at("2022-06-01"), tick=False):
        yield reported


@pytest.mark.parametrize(
    ("moment", "value", "revision"),
    [
        ("", 400, 2),
        ("2022-06-01", 400, 2),
        ("2022-05-03", 400, 2),
        ("2022-05-02", 500, 1),
        ("2022-05-03T09:59", 500, 1),
    ],
)
def test_lines_as_known_on_a_day_are_those_accepted_by_its_end(
    corrected: City, moment: str, value: int, revision: int
) -> None:
    page = signed_in(corrected.leader).get(f"/lines/?quarter=2022Q1&measure=year_to_date&as_of={moment}")
    made = page.context["made"]
    assert (made.value, {fact.revision for fact in made.taken}) == (value, {revision})
    assert ("As known on 2022-" in page.content.decode()) == bool(moment)


def test_lines_before_the_acceptance_say_that_nothing_was_reported(corrected: City) -> None:
    page = signed_in(corrected.leader).get("/lines/?quarter=2022Q1&measure=completion_rate&as_of=2022-04-04")
    assert page.context["made"].value is None
    assert {row.record["code"] for row in page.context["missing"].rows} == {"A1", "A2", "B1"}


def test_lines_before_anything_was_recorded_say_that_nothing_was_known(corrected: City) -> None:
    client = signed_in(corrected.leader)
    words = "nothing was known yet"
    assert words in client.get("/lines/?quarter=2022Q1&measure=planned&as_of=1990-01-01").content.decode()
    assert words not in client.get("/lines/?quarter=2022Q1&measure=planned&as_of=2022-05-02").content.decode()
    assert words not in client.get("/lines/?quarter=2022Q1&measure=planned").content.decode()


@pytest.mark.parametrize("day", ["2022年5月2日", "2022/5/2", "２０２２-05-02", " 2022-05-02 "])
def test_day_of_the_past_is_read_as_people_type_it(corrected: City, day: str) -> None:
    page = signed_in(corrected.leader).get("/lines/", {"quarter": "2022Q1", "measure": "year_to_date", "as_of": day})
    assert page.context["made"].value == 500
    assert page.context["selection"].as_of.text == "2022-05-02"


def test_growth_as_known_on_a_day_compares_both_years_as_they_were(corrected: City) -> None:
    before = world.make_quarter("2021Q1")
    world.make_plan(corrected.project, 2021, 800)
    stamp(at("2022-01-01"))
    report = world.submitted(corrected.county, before, 100, by=corrected.staff, when=at("2021-04-05"))
    world.accepted(report, by=corrected.reviewer, when=at("2022-05-20"))
    rollups.drain(at=at("2022-05-20"))
    client = signed_in(corrected.leader)
    shown = client.get("/lines/?quarter=2022Q1&measure=growth&as_of=2022-05-25").context
    assert (shown["made"].value, shown["before"].value, shown["growth"]) == (400, 100, Decimal(3))
    shown = client.get("/lines/?quarter=2022Q1&measure=growth&as_of=2022-05-02").context
    assert (shown["made"].taken, shown["growth"]) == ([], None)


@pytest.mark.parametrize("moment", ["yesterday", "2022-06-02", "2022-02-30"])
def test_lines_as_of_no_day_or_a_day_to_come_say_how_to_write_one(corrected: City, moment: str) -> None:
    page = signed_in(corrected.leader).get(f"/lines/?quarter=2022Q1&unit=430421&list=municipal_key&as_of={moment}")
    assert page.status_code == 400
    text = page.content.decode()
    assert moment in text
    assert 'name="unit" value="430421"' in text
    assert 'name="list" value="municipal_key"' in text
    assert "Projects in this figure" not in text


def test_lines_say_as_of_when_and_lead_back_to_now(corrected: City) -> None:
    client = signed_in(corrected.leader)
    now = client.get("/lines/?quarter=2022Q1&unit=430421").content.decode()
    assert "As of 2022-06-01 10:00, Beijing time" in now
    then = client.get("/lines/?quarter=2022Q1&unit=430421&measure=flow&as_of=2022-05-02").content.decode()
    assert 'value="2022-05-02"' in then
    assert 'href="?quarter=2022Q1&amp;unit=430421&amp;measure=flow&amp;"' in then


@pytest.mark.parametrize(("moment", "known"), [("2022-05-02", "2022-05-02 23:59"), ("", "2022-06-01 10:00")])
def test_files_say_as_of_when_every_line_is_known(corrected: City, moment: str, known: str) -> None:
    response = signed_in(corrected.leader).get(f"/lines/?quarter=2022Q1&measure=flow&export=csv&as_of={moment}")
    head, *rows = csv.reader(b"".join(response.streaming_content).decode("utf-8-sig").splitlines())  # type: ignore[attr-defined]
    assert head[-1] == "as known at"
    assert {row[-1][:16] for row in rows} == {known}
    assert moment in response["Content-Disposition"]


def test_lines_as_of_a_day_in_chinese(corrected: City) -> None:
    client = signed_in(corrected.leader)
    page = client.get("/lines/?as_of=2022-05-02", headers={"accept-language": "zh-hans"}).content.decode()
    assert "截至2022-05-02" in page


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page lists one project at most."""
    monkeypatch.setattr(opened, "MOST", 1)


@pytest.mark.parametrize("part", ["", "&list=municipal_key", "&category=industry"])
@pytest.mark.parametrize(
    "measure", ["planned", "projects", "flow", "year_to_date", "completion_rate", "started", "large", "missing"]
)
def test_too_many_projects_are_told_of_by_unit_and_each_unit_opens_what_it_adds(
    reported: City, few: None, measure: str, part: str
) -> None:
    client = signed_in(reported.leader)
    world.make_project("C1", reported.city, planned=50)
    rollups.drain(at=DAY)
    whole = client.get(f"/lines/?quarter=2022Q1&unit=430400&measure={measure}{part}").context["branches"]
    assert [row.unit.code for row in whole.rows] == ["430421", "430422", "430400"]
    opened_there = [client.get(f"{row.selection.lines}&measure={measure}").context["made"] for row in whole.rows]
    assert [row.value or 0 for row in whole.rows] == [made.value or 0 for made in opened_there]
    if measure != "completion_rate":
        assert (whole.value or 0) == sum(made.value or 0 for made in opened_there)


def test_too_many_projects_of_a_chain_lead_to_the_units_that_may_have_them(reported: City, few: None) -> None:
    page = signed_in(reported.leader).get("/lines/?quarter=2022Q1&chain=steel_tubes&measure=growth")
    assert [(row.unit.code, row.value) for row in page.context["branches"].rows] == [("430421", None), ("430422", None)]
    assert page.content.decode().count("Open the lines") == 2  # a dash would say that nothing is reported


def test_too_many_projects_as_known_on_a_day_lead_to_the_units_as_of_that_day(corrected: City, few: None) -> None:
    client = signed_in(corrected.leader)
    rollups.drain(at=DAY)
    now = client.get("/lines/?quarter=2022Q1&measure=flow")
    assert now.context["branches"].value == 400
    assert "too many projects for one page" in now.content.decode()
    assert "Computed at" in now.content.decode()
    then = client.get("/lines/?quarter=2022Q1&measure=flow&as_of=2022-05-02")
    assert {row.value for row in then.context["branches"].rows} == {None}
    assert "— <small>" not in then.content.decode()
    assert "Open the lines" in then.content.decode()
    county = then.context["branches"].rows[0]
    assert client.get(f"{county.selection.lines}&measure=flow").context["made"].value == 500


def test_projects_of_a_unit_without_units_below_are_always_listed(reported: City, few: None) -> None:
    shown = signed_in(reported.leader).get("/lines/?quarter=2022Q1&unit=430421").context
    assert [fact.code for fact in shown["made"].taken] == ["A1", "A2"]


@pytest.mark.parametrize("units", [1, 30])
def test_too_many_projects_cost_the_same_queries_for_any_number_of_units(
    town: City, few: None, units: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(units):
        world.make_project(f"N{number:02}", world.make_unit(f"4304{number + 30}", town.city))
    rollups.drain(at=DAY)
    client = signed_in(town.leader)
    with django_assert_num_queries(14):
        assert client.get("/lines/?measure=year_to_date&unit=430400&list=municipal_key").status_code == 200


@pytest.mark.parametrize("measure", ["flow", "growth"])
def test_all_lines_of_the_past_are_made_into_a_file_while_one_goes_on(
    corrected: City, monkeypatch: pytest.MonkeyPatch, measure: str
) -> None:
    """Whoever asks for few gets them at once, whoever asks for many the same file by a worker."""
    rollups.drain(at=DAY)
    client = signed_in(corrected.leader)
    address = f"/lines/?quarter=2022Q1&measure={measure}&as_of=2022-05-02&export=csv"
    at_once = b"".join(client.get(address))
    monkeypatch.setattr(exports, "AT_ONCE", 1)
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(address)
    assert not [each for each in asked if "projects_reportlineevent" in each["sql"] or "concerned" in each["sql"]]
    place = answer["Location"]
    assert ".csv" in client.get(place).content.decode()
    assert prepared.work(now=lambda: at("2022-06-01")) == 1
    found = client.get(f"{place}file/")
    assert b"".join(found) == at_once
    assert found["Content-Type"].startswith("text/csv")
    assert ".csv" in found["Content-Disposition"]
    # What is known now streams, however much it is.
    assert client.get(address.replace("&as_of=2022-05-02", "")).status_code == 200

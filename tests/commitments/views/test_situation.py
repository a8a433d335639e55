"""The page for the meeting: sentences that follow the figures, and open the lines they are made of."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django.test import Client, override_settings
from django.utils.html import strip_tags

from portal import clock
from portal.models import Role, User
from projects import drafting, lifecycle, rollups
from projects.models import ListEntry, ProjectList, ReportLine, Stage, Valuation
from tests import world
from tests.commitments import links
from tests.conftest import City
from tests.world import at

DAY = at("2022-04-05")


def signed_in(user: User, language: str = "en") -> Client:
    client = Client(headers={"accept-language": language})
    client.force_login(user)
    return client


def said(client: Client, year: int = 2022) -> list[str]:
    shown = client.get(f"/situation/?year={year}").context["sentences"]
    return [strip_tags(sentence.text) for sentence in shown]


@pytest.fixture
def grown(town: City) -> City:
    """A year ago 100 of each; now 250 of 1,000 and 3,000 万元; one of both is industrial, large and completed."""
    before = world.make_quarter("2021Q1")
    for project in (town.project, town.second):
        world.make_plan(project, 2021, 800)
    town.second.annualplan_set.filter(year=2022).update(category=world.make_category("ecology"))
    Valuation.objects.create(
        project=town.project,
        from_on=date(2021, 1, 1),
        total_investment=Decimal(120_000),
        expected_annual_output=Decimal(7_200_000),
        reason="test",
    )
    group = ProjectList.objects.create(
        code="group_start_2022q1", name_zh="一季度集中开工", name_en="Group start of Q1", tier="municipal"
    )
    ListEntry.objects.create(project=town.project, list=group, listed_on=date(2022, 1, 4), reason="test")
    year_ago = world.submitted(town.county, before, 100, by=town.staff, when=at("2021-04-05"))
    world.accepted(year_ago, by=town.reviewer, when=at("2021-04-05"))
    report = drafting.begin(town.county, town.quarter, by=town.staff, at=DAY)
    for line in ReportLine.objects.filter(report=report):
        finished = {"stage": Stage.COMPLETED, "finished_on": date(2022, 3, 20)} if line.project == town.project else {}
        world.fill(line, 250, by=town.staff, when=DAY, **finished)
    lifecycle.submit(report, by=town.staff, at=DAY)
    report.refresh_from_db()
    world.accepted(report, by=town.reviewer, when=DAY)
    rollups.drain(at=DAY)
    return town


def test_situation_says_what_the_figures_say(grown: City) -> None:
    assert said(signed_in(grown.leader)) == [
        "2 projects with an annual planned investment of CNY 0.04 billion, CNY 0.005 billion completed to date, "
        "12.5% of the annual plan, 12.5 percentage points behind time-proportional progress (yellow light: behind), "
        "up 150.0% on the year before.",
        "Municipal key: 2 projects, 12.5% of the annual plan, up 150.0% on the year before, "
        "1 of them industrial (50%).",
        "1 industrial project with a total investment of at least CNY 1 billion.",
        "1 industrial project completed, with an expected added annual output of CNY 72 billion.",
        "Group start of Q1: 1 project with a total investment of CNY 1.2 billion.",
    ]


def test_situation_says_the_same_in_chinese(grown: City) -> None:
    sentences = said(signed_in(grown.leader, "zh-hans"))
    assert sentences[0] == (
        "共有项目2个，年度计划投资0.4亿元，累计完成投资0.05亿元，完成年度计划的12.5%，"
        "落后序时进度12.5个百分点（黄灯：滞后），同比增长150.0%。"
    )
    assert sentences[3] == "竣工投产产业项目1个，预计新增年产值720亿元。"
    assert not re.search(r"[A-Za-z]", "".join(sentences))


def test_situation_of_projects_by_top_500_companies_stays_comparable(grown: City) -> None:
    world_list = ProjectList.objects.get(code="top500_world")
    ListEntry.objects.create(project=grown.project, list=world_list, listed_on=date(2022, 1, 4), reason="test")
    rollups.drain(at=DAY)
    client = signed_in(grown.leader)
    sentences = said(client)
    assert "up 150.0% on the year before" in sentences[0]
    assert "Fortune Global 500: 1 project, 25.0% of the annual plan, 1 of them industrial (100%)." in sentences
    assert "世界500强项目1个" in "".join(said(signed_in(grown.leader, "zh-hans")))
    assert client.get("/dashboard/").status_code == 200


def test_every_figure_of_the_situation_is_what_its_lines_add_up_to(grown: City) -> None:
    client = signed_in(grown.leader)
    found = links.figures(client.get("/situation/?year=2022").content.decode())
    assert len(found) >= 10
    for address, shown in found:
        assert links.numbers(shown), address
        assert links.numbers(shown) <= links.made_of_its_lines(client, address, baseline=Decimal("0.25")), address


def test_situation_follows_a_fall_and_a_lead(grown: City) -> None:
    report = lifecycle.correct(
        grown.county.report_set.get(quarter=grown.quarter, state="accepted"), by=grown.staff, at=DAY, reason="typo"
    )
    for line in ReportLine.objects.filter(report=report):
        world.fill(line, 75 if line.project == grown.second else 0, by=grown.staff, when=DAY, stage=Stage.CONTINUING)
    lifecycle.submit(report, by=grown.staff, at=DAY)
    world.accepted(report, by=grown.reviewer, when=DAY)
    rollups.drain(at=DAY)
    first = said(signed_in(grown.leader))[0]
    assert "down 62.5% on the year before" in first
    assert "23.1 percentage points behind" in first


def test_situation_says_how_many_projects_the_year_before_had(grown: City) -> None:
    assert "then)" not in said(signed_in(grown.leader))[1]
    ListEntry.objects.filter(project=grown.second).update(delisted_on=date(2022, 1, 1))
    rollups.drain(at=DAY)
    assert (
        "1 project, 25.0% of the annual plan, up 25.0% on the year before (2 projects then)"
        in said(signed_in(grown.leader))[1]
    )
    assert "同比增长25.0%（上年项目2个）" in said(signed_in(grown.leader, "zh-hans"))[1]


def test_situation_says_when_nothing_was_completed(town: City) -> None:
    report = world.submitted(town.county, town.quarter, 250, by=town.staff, when=DAY)
    world.accepted(report, by=town.reviewer, when=DAY)
    rollups.drain(at=DAY)
    assert said(signed_in(town.leader))[-1] == "No industrial project completed yet."


def test_situation_says_when_nobody_has_reported(town: City) -> None:
    rollups.drain(at=DAY)
    sentences = said(signed_in(town.leader))
    assert sentences[0].endswith("no unit has an accepted report yet.")
    assert not any("completed" in sentence for sentence in sentences)


def test_situation_names_coverage_and_precision(grown: City) -> None:
    page = signed_in(grown.leader).get("/situation/").content.decode()
    assert "Covers 1 of 1 units, 100.0% of the plan" in page
    assert "rates to a tenth of a percent, shares to a whole percent" in page


def test_situation_of_a_year_that_has_no_quarter_is_not_found(town: City) -> None:
    client = signed_in(town.leader)
    assert client.get("/situation/?year=1999").status_code == 404
    assert client.get("/situation/?year=x").status_code == 404
    assert "no project here has a plan" in client.get("/situation/?year=2022").content.decode()


def test_situation_is_closed_to_who_holds_no_role_and_shows_a_county_its_own(grown: City, client: Client) -> None:
    assert client.get("/situation/").status_code == 302
    assert signed_in(world.make_person("nobody")).get("/situation/").status_code == 403
    assert signed_in(grown.leader).post("/situation/").status_code == 405
    world.make_project("B1", grown.other, planned=9000)
    rollups.drain(at=DAY)
    viewer = world.make_person("viewer", grown.county, Role.VIEWER)
    assert said(signed_in(viewer))[0].startswith("2 projects with an annual planned investment of CNY 0.04 billion")
    assert said(signed_in(grown.leader))[0].startswith("3 projects")


def test_assumed_plans_are_labelled_in_the_demonstration_only(grown: City) -> None:
    label = "the annual plans of 2022 are an assumption"
    client = signed_in(grown.leader)
    assert label not in client.get("/situation/?year=2022").content.decode()
    with override_settings(DEMO=True):
        assert label in client.get("/situation/?year=2022").content.decode()
        assert label not in client.get("/situation/?year=2021").content.decode()
    clock.forget()


def test_sentence_whose_units_have_not_all_reported_says_whose_plan_and_projects_it_compares(grown: City) -> None:
    world.make_project("B1", grown.other, planned=9000)
    rollups.drain(at=DAY)
    first = said(signed_in(grown.leader))[0]
    assert "12.5% of the annual plan of the units that have reported" in first
    assert "up 150.0% on the year before (in the units compared: 2 projects, 2 then)" in first

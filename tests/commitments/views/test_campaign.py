"""The campaign's page: targets and their standing for all who stand in it, lines for those who reach them."""

from datetime import date
from decimal import Decimal

import pytest
import time_machine
from django.test import Client
from django.utils.html import strip_tags
from pytest_django import DjangoAssertNumQueries

from commitments.campaign_standing import Phase, calendar
from commitments.models import Campaign, Indicator, Policy
from portal.models import Role
from projects import lifecycle, rollups
from tests import world
from tests.commitments.statistics import Bureau, make_bureau, make_reading
from tests.conftest import City
from tests.world import at, signed_in

DAY = at("2022-04-05")
PAGE = "/campaigns/430400/2022/"


@pytest.fixture(autouse=True)
def april() -> object:
    with time_machine.travel(at("2022-04-25")):
        yield


@pytest.fixture
def bureau(town: City) -> Bureau:
    return make_bureau(town)


@pytest.fixture
def campaign(town: City, bureau: Bureau) -> Campaign:
    """500 of 11,000 万元 completed; 250 were due by then. Visitors are read for the city."""
    made = Campaign.objects.create(
        unit=town.city,
        year=2022,
        name_zh="聚力中心化攻坚年",
        name_en="Year of the centre",
        launched_on=date(2022, 2, 7),
        sign_by=date(2022, 2, 28),
    )
    investment = Indicator.objects.get(code="investment")
    made.targets.create(indicator=investment, position=1, target=Decimal(11_000), target_q1=Decimal(250), is_over=True)
    made.targets.create(indicator=bureau.visitors, position=2, target=Decimal(400), target_q1=Decimal(100))
    made.targets.create(indicator=Indicator.objects.get(code="projects"), position=3, target=Decimal(320))
    world.make_project("B1", town.other, planned=6000)
    report = world.submitted(town.county, town.quarter, 250, by=town.staff, when=DAY)
    lifecycle.accept(report, by=town.reviewer, at=DAY)
    rollups.drain(at=DAY)
    return made


def cells(client: Client, address: str = PAGE) -> list[list[str]]:
    """The table of targets, as text."""
    page = client.get(address).content.decode()
    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    rows = body.split("<tr>")[1:]
    return [[" ".join(strip_tags(f"<td{cell}").split()) for cell in row.split("<td")[1:]] for row in rows]


def test_targets_stand_with_what_has_come_of_them_and_where_it_comes_from(
    town: City, bureau: Bureau, campaign: Campaign
) -> None:
    make_reading(bureau.visitors, town.city, town.quarter, "60", by=bureau.reviewer, source="一季度公报")
    found = cells(signed_in(town.leader))
    assert found[0] == [
        "Completed investment to be passed",
        "10,000 CNY",
        "11,000",
        "250",
        "500",
        "4.5%",
        "+2.3",
        "● on time",
        "on track",
        "accepted reports 1 of 2 units",
    ]
    assert found[1][1:9] == ["万人次", "400", "100", "60", "15.0%", "-10.0", "▲ behind", "behind"]
    assert found[1][9] == "read by Unit B-TJJ Q1 2022: 一季度公报, 2022-04-20"
    assert found[2][4] == "3"
    assert found[2][9] == "the register"


def test_reading_that_is_wanting_is_said_to_be_missing(town: City, campaign: Campaign) -> None:
    found = cells(signed_in(town.leader))[1]
    assert found[4] == "—"
    assert found[8] == "not reported"
    assert found[9] == "read by Unit B-TJJ not loaded yet: Q1"


def test_page_says_days_coverage_calendar_and_rules(town: City, campaign: Campaign) -> None:
    page = " ".join(strip_tags(signed_in(town.leader).get(PAGE).content.decode()).split())
    assert "2022-02-07" in page
    assert "2022-02-28" in page
    assert "1 of 2 units, 40.0% of the plan" in page
    assert "Q1 2022 2022-03-25 2022-04-10 2022-04-20 closed" in page
    assert "Q1 25.0% · Q2 50.0% · Q3 75.0% · Q4 100.0%" in page
    assert "▲ behind from 10 percentage points behind" in page
    assert "Counties and districts 2 units" in page
    assert "Bureaus 1 unit" in page


def test_page_is_in_chinese_too(town: City, campaign: Campaign) -> None:
    page = " ".join(strip_tags(signed_in(town.leader, "zh-hans").get(PAGE).content.decode()).split())
    assert "聚力中心化攻坚年" in page
    assert "落后10个百分点及以上" in page
    assert "单位B-TJJ填报 尚未录入：" in page


def test_county_sees_the_targets_of_its_city_and_no_link_to_lines(town: City, campaign: Campaign) -> None:
    leader, staff = signed_in(town.leader), signed_in(town.staff)
    assert cells(staff) == cells(leader)
    assert "/lines/?quarter=2022Q1&amp;unit=430400" in leader.get(PAGE).content.decode()
    assert "/lines/" not in staff.get(PAGE).content.decode()


def test_lines_behind_a_target_add_up_to_it(town: City, campaign: Campaign) -> None:
    client = signed_in(town.leader)
    [address] = {
        part.partition('"')[0].replace("&amp;", "&")
        for part in client.get(PAGE).content.decode().split('href="')[1:]
        if "measure=year_to_date" in part.partition('"')[0]
    }
    assert client.get(address).context["made"].value == Decimal(500)


def test_quarter_is_chosen_among_those_of_the_year_that_have_opened(town: City, campaign: Campaign) -> None:
    client = signed_in(town.leader)
    world.make_quarter("2022Q2")
    world.make_quarter("2021Q4")
    assert client.get(f"{PAGE}?quarter=2022Q1").context["quarter"] == town.quarter
    for label in ("2022Q2", "2021Q4", "soon"):
        assert client.get(f"{PAGE}?quarter={label}").status_code == 404


def test_campaign_of_a_year_that_has_not_begun_shows_its_targets_alone(town: City, campaign: Campaign) -> None:
    later = Campaign.objects.create(unit=town.city, year=2023, name_zh="明年")
    later.targets.create(indicator=Indicator.objects.get(code="investment"), target=Decimal(12_000))
    response = signed_in(town.leader).get("/campaigns/430400/2023/")
    page = " ".join(strip_tags(response.content.decode()).split())
    assert "No quarter of 2023 has opened yet" in page
    assert "Completed investment: 12,000 10,000 CNY" in page
    assert "The calendar has no quarter of 2023 yet." in page
    assert {each.year for each in response.context["years"]} == {2022, 2023}


def test_policy_of_the_campaign_itself_is_the_one_in_words(town: City, campaign: Campaign) -> None:
    own = Policy.objects.create(
        campaign=campaign,
        effective_on=date(2022, 1, 1),
        baseline_factor=Decimal("1.2"),
        lights_by="share",
        reason="own",
    )
    own.lights.create(name_zh="正常", name_en="fine", colour="green", shape="circle")
    own.lights.create(name_zh="滞后", name_en="slow", colour="yellow", shape="triangle", threshold=Decimal(80))
    page = " ".join(strip_tags(signed_in(town.leader).get(PAGE).content.decode()).split())
    assert "Q1 30.0%" in page
    assert "▲ slow below 80% of the time-proportional progress" in page


def test_home_leads_to_the_newest_campaign_that_one_stands_in(town: City, campaign: Campaign) -> None:
    assert signed_in(town.staff).get("/campaigns/")["Location"] == PAGE
    Campaign.objects.create(unit=town.other, year=2023, name_zh="别人的")
    assert signed_in(town.staff).get("/campaigns/")["Location"] == PAGE
    assert signed_in(town.stranger).get("/campaigns/")["Location"] == "/campaigns/430422/2023/"


def test_without_a_campaign_administrators_are_shown_where_to_make_one(town: City) -> None:
    page = signed_in(town.administrator).get("/campaigns/").content.decode()
    assert "There is no campaign yet" in page
    assert "/admin/commitments/campaign/add/" in page
    assert "/admin/commitments/campaign/add/" not in signed_in(town.staff).get("/campaigns/").content.decode()


@pytest.mark.parametrize(
    ("who", "status"), [("leader", 200), ("staff", 200), ("stranger", 200), ("elsewhere", 404), ("nobody", 404)]
)
def test_page_is_open_to_those_who_stand_in_the_campaign(town: City, campaign: Campaign, who: str, status: int) -> None:
    people = {
        "elsewhere": world.make_person("e", world.make_unit("430500", kind="city"), Role.LEADER),
        "nobody": world.make_person("n"),
    }
    client = signed_in(people.get(who) or getattr(town, who))
    assert client.get(PAGE).status_code == status
    assert client.get("/campaigns/430400/2020/").status_code == 404


def test_only_who_administers_the_campaign_is_led_to_change_it(town: City, campaign: Campaign) -> None:
    address = f"/admin/commitments/campaign/{campaign.pk}/change/"
    assert address in signed_in(town.administrator).get(PAGE).content.decode()
    assert address not in signed_in(town.leader).get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("day", "phase"),
    [
        ("2022-03-24", Phase.AHEAD),
        ("2022-03-25", Phase.OPEN),
        ("2022-04-10", Phase.OPEN),
        ("2022-04-11", Phase.LATE),
        ("2022-04-20", Phase.LATE),
        ("2022-04-21", Phase.CLOSED),
    ],
)
def test_calendar_says_where_a_quarter_stands(town: City, day: str, phase: Phase) -> None:
    assert [stage.phase for stage in calendar(2022, on=date.fromisoformat(day))] == [phase]


@pytest.mark.parametrize("count", [1, 3, 300])
def test_page_costs_the_same_number_of_queries(
    town: City, bureau: Bureau, campaign: Campaign, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        world.make_project(f"C{number}", world.make_unit(f"4304{number:05}", town.city))
    for number in range(min(count, 12)):
        code = f"x{number}"
        extra = Indicator.objects.create(
            code=code,
            name_zh=code,
            kind="number",
            unit_of_measure_zh="个",
            unit_of_measure_en="projects",
            source="derived",
            measure="newly_started",
            category=world.make_category(),
        )
        campaign.targets.create(indicator=extra, target=Decimal(9))
    rollups.drain(at=DAY)
    client = signed_in(town.leader)
    client.get(PAGE)
    with django_assert_num_queries(26):
        assert client.get(PAGE).status_code == 200

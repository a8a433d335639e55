"""The dashboard: whose figures it shows, that each opens lines that add up to it, and at what cost."""

import re
from collections.abc import Iterator
from copy import deepcopy
from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, DjangoDbBlocker
from python_calamine import CalamineWorkbook

from commitments.models import Policy
from portal.models import Role, Unit, User
from projects import rollups
from projects.models import AnnualPlan, Cell, ListEntry, Mark, ProjectList
from tests import world
from tests.commitments import links
from tests.commitments.cells import make_reported_units
from tests.conftest import City
from tests.kept import kept
from tests.world import at

DAY = at("2022-04-05")


def signed_in(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


@pytest.fixture(scope="module")
def standing_reported(standing_town: City, django_db_blocker: DjangoDbBlocker) -> Iterator[City]:
    town = deepcopy(standing_town)
    with kept(django_db_blocker):
        world.make_project("B1", town.other, planned=6000, lists=("municipal_key", "provincial_key"), total=120_000)
        report = world.submitted(town.county, town.quarter, 250, by=town.staff, when=DAY)
        world.accepted(report, by=town.reviewer, when=DAY)
        rollups.drain(at=DAY)
        yield town


@pytest.fixture
def reported(standing_reported: City, town: City) -> City:
    """The county has completed 2 × 250 of 4,000 万元; the other county, with a plan of 6,000, is silent."""
    return deepcopy(standing_reported)


def test_dashboard_sends_the_anonymous_to_sign_in(client: Client, db: None) -> None:
    response = client.get("/dashboard/")
    assert (response.status_code, response["Location"]) == (302, "/accounts/login/?next=/dashboard/")


def test_dashboard_is_closed_to_who_holds_no_role(db: None) -> None:
    assert signed_in(world.make_person("nobody")).get("/dashboard/").status_code == 403


def test_dashboard_takes_no_post(town: City) -> None:
    assert signed_in(town.leader).post("/dashboard/").status_code == 405


@pytest.mark.parametrize(
    ("who", "code", "status"),
    [
        ("leader", "430400", 200),
        ("leader", "430421", 200),
        ("staff", "430421", 200),
        ("staff", "430422", 404),
        ("staff", "430400", 404),
        ("reviewer", "430422", 200),
        ("leader", "nowhere", 404),
    ],
)
def test_unit_dashboard_is_a_stranger_to_other_units(town: City, who: str, code: str, status: int) -> None:
    assert signed_in(getattr(town, who)).get(f"/dashboard/{code}/").status_code == status


def test_dashboard_covers_the_units_that_have_reported(reported: City) -> None:
    shown = signed_in(reported.leader).get("/dashboard/?quarter=2022Q1").context
    figures = shown["figures"]
    assert (figures.total.planned, figures.total.year_to_date) == (Decimal(10_000), Decimal(500))
    assert figures.total.completion_rate == Decimal("0.125")
    assert (figures.baseline, figures.gap, figures.light.shape) == (Decimal("0.25"), Decimal("-0.125"), "triangle")
    assert (len(figures.total.coverage.reported), len(figures.total.coverage.owing)) == (1, 2)
    assert figures.total.coverage.share == Decimal("0.4")


def test_dashboard_says_it_in_words_in_both_languages(reported: City) -> None:
    client = signed_in(reported.leader)
    english = client.get("/dashboard/").content.decode()
    for text in ("12.5%", "-12.5", "▲</span> behind", "1 of 2 units", "40.0% of the plan", "Not official statistics"):
        assert text in english
    chinese = client.get("/dashboard/", headers={"accept-language": "zh-hans"}).content.decode()
    for text in ("12.5%", "▲</span> 滞后", "已报1/2家", "非统计数据", "亿元"):
        assert text in chinese


def test_dashboard_of_a_county_shows_no_figure_of_another(reported: City) -> None:
    page = signed_in(reported.staff).get("/dashboard/").content.decode()
    assert reported.county.name in page or reported.county.name_en in page
    assert reported.other.name_en not in page
    assert "unit=430422" not in page


def test_every_figure_of_the_dashboard_is_what_its_lines_add_up_to(reported: City) -> None:
    before = world.make_quarter("2021Q1")
    for code in ("A1", "A2"):
        project = AnnualPlan.objects.get(project__code=code).project
        world.make_plan(project, 2021, 800)
    report = world.submitted(reported.county, before, 200, by=reported.staff, when=at("2021-04-05"))
    world.accepted(report, by=reported.reviewer, when=at("2021-04-05"))
    rollups.drain(at=DAY)
    client = signed_in(reported.leader)
    found = links.figures(client.get("/dashboard/?quarter=2022Q1").content.decode())
    measures = {re.search(r"measure=(\w+)", address)[1] for address, _shown in found}  # type: ignore[index]
    assert measures >= {"planned", "year_to_date", "completion_rate", "growth", "flow", "started", "large", "missing"}
    assert len([shown for _address, shown in found if links.numbers(shown)]) > 20
    for address, shown in found:
        assert links.numbers(shown) <= links.made_of_its_lines(client, address, baseline=Decimal("0.25")), address
    assert "+25.0%" in {shown for _address, shown in found}


def test_unit_without_a_report_stands_below_without_a_rank(reported: City) -> None:
    (counties,) = signed_in(reported.leader).get("/dashboard/").context["comparisons"]
    assert counties.group.code == "counties"
    assert [(row.unit, row.rank) for row in counties.rows] == [(reported.county, 1), (reported.other, None)]


def test_dashboard_without_a_plan_says_so(db: None) -> None:
    unit = world.make_unit("X")
    client = signed_in(world.make_person("p", unit, Role.VIEWER))
    assert "No quarter has opened yet" in client.get("/dashboard/").content.decode()
    world.make_quarter("2022Q1")
    assert "no project here has a plan" in client.get("/dashboard/").content.decode()


def test_dashboard_of_a_quarter_that_is_not_in_the_calendar_is_not_found(town: City) -> None:
    client = signed_in(town.leader)
    assert client.get("/dashboard/?quarter=2031Q9").status_code == 404
    world.make_quarter("2099Q1")
    assert client.get("/dashboard/?quarter=2099Q1").status_code == 404


def test_figures_that_are_being_recomputed_say_so_to_everybody(reported: City) -> None:
    words = "Being recomputed"
    assert words not in signed_in(reported.leader).get("/dashboard/").content.decode()
    elsewhere = Mark.objects.create(unit=reported.county, quarter=world.make_quarter("2021Q4"))
    assert words not in signed_in(reported.leader).get("/dashboard/?quarter=2022Q1").content.decode()
    Mark.objects.filter(pk=elsewhere.pk).update(quarter=reported.quarter)
    assert words in signed_in(reported.leader).get("/dashboard/?quarter=2022Q1").content.decode()
    assert words not in signed_in(reported.leader).get("/dashboard/430422/?quarter=2022Q1").content.decode()


@pytest.mark.parametrize("units", [1, 3, 300])
def test_dashboard_costs_the_same_however_many_units(
    town: City, units: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_reported_units(units, town.city, town.quarter, at=DAY)
    client = signed_in(town.leader)
    client.get("/dashboard/")
    with django_assert_num_queries(8):  # nothing has changed
        assert client.get("/dashboard/").status_code == 200
    Cell.objects.filter(unit__code="U000").update(planned=7)
    with django_assert_num_queries(15):  # whose sums nobody has made again
        assert client.get("/dashboard/").status_code == 200


def test_units_of_different_kinds_are_never_in_one_table(reported: City) -> None:
    park = world.make_unit("P1", reported.city, kind=Unit.Kind.PARK)
    bureau = world.make_unit("D1", reported.city, kind=Unit.Kind.BUREAU)
    for number, unit in enumerate((park, bureau, reported.city)):
        world.make_project(f"C{number}", unit)
    rollups.drain(at=DAY)
    found = signed_in(reported.leader).get("/dashboard/").context["comparisons"]
    assert [(each.group.code, [row.unit.code for row in each.rows]) for each in found] == [
        ("cities", ["430400"]),
        ("counties", ["430421", "430422"]),
        ("parks", ["P1"]),
        ("bureaus", ["D1"]),
    ]


def test_units_of_no_group_are_listed_last_without_a_rank_and_keep_their_light(reported: City) -> None:
    Policy.objects.get().groups.filter(code="counties").update(kinds=["county_city"])
    client = signed_in(reported.leader)
    (last,) = client.get("/dashboard/").context["comparisons"]
    assert [(row.unit, row.rank) for row in last.rows] == [(reported.county, None), (reported.other, None)]
    english = client.get("/dashboard/").content.decode()
    assert "<h2>Not compared</h2>" in english
    lights = [row.figures.light and row.figures.light.shape for row in last.rows]
    assert lights == ["triangle", None]
    assert "不参与比较" in client.get("/dashboard/", headers={"accept-language": "zh-hans"}).content.decode()


@pytest.mark.parametrize(
    ("by", "threshold", "english", "chinese"),
    [("points", 12, "▲</span> behind", "▲</span> 滞后"), ("share", 50, "●</span> on time", "●</span> 正常")],
)
def test_light_of_the_dashboard_goes_by_points_or_by_share_as_the_policy_says(
    reported: City, by: str, threshold: int, english: str, chinese: str
) -> None:
    """12.5% of the plan at a baseline of 25%: 12.5 points behind, half of the baseline."""
    policy = Policy.objects.get()
    Policy.objects.update(lights_by=by)
    policy.lights.filter(shape="triangle").update(threshold=threshold)
    policy.lights.filter(shape="square").delete()
    client = signed_in(reported.leader)
    assert english in client.get("/dashboard/").content.decode()
    assert chinese in client.get("/dashboard/", headers={"accept-language": "zh-hans"}).content.decode()


def test_dashboard_of_several_units_adds_them_up_and_names_each(reported: City) -> None:
    person = world.make_person("two", reported.county, Role.VIEWER)
    person.membership_set.create(unit=reported.other, role=Role.VIEWER, valid_from=date(2020, 1, 1))
    shown = signed_in(person).get("/dashboard/").context
    assert shown["figures"].total.planned == Decimal(10_000)
    assert [row.unit for row in shown["comparisons"][0].rows] == [reported.county, reported.other]


def test_export_holds_the_table_of_units_as_numbers(reported: City) -> None:
    client = signed_in(reported.leader)
    response = client.get("/dashboard/?quarter=2022Q1&export=xlsx")
    rows = CalamineWorkbook.from_filelike(BytesIO(b"".join(response.streaming_content))).get_sheet_by_index(0)  # type: ignore[attr-defined]
    head, first, second = rows.to_python()
    county = dict(zip(head, first, strict=True))
    assert (county["code"], county["planned investment (CNY million)"], county["completion rate (%)"]) == (
        "430421", 40, 12.5,
    )  # fmt: skip
    assert (county["gap (percentage points)"], county["light"]) == (-12.5, "behind")
    assert dict(zip(head, second, strict=True))["completed year to date (CNY million)"] == ""
    csv = b"".join(client.get("/dashboard/?quarter=2022Q1&export=csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert csv.count("\n") == 3


def test_dashboard_carries_no_style_or_script_of_its_own(reported: City) -> None:
    page = signed_in(reported.leader).get(reverse("dashboard")).content.decode()
    assert not re.search(r"\sstyle=|<style|<script(?![^>]*src)|\son\w+=", page)


def test_growth_beside_a_register_without_this_years_tiers_says_so_and_a_list_keeps_its_own(reported: City) -> None:
    before = world.make_quarter("2021Q1")
    project = AnnualPlan.objects.get(project__code="A1").project
    world.make_plan(project, 2021, 800)
    report = world.submitted(reported.county, before, 200, by=reported.staff, when=at("2021-04-05"))
    world.accepted(report, by=reported.reviewer, when=at("2021-04-05"))
    rollups.drain(at=DAY)
    client = signed_in(reported.leader)
    address = "/dashboard/?quarter=2022Q1"
    assert client.get(address).context["figures"].total.growth.rate == Decimal("1.5")

    ListEntry.objects.filter(project__code="A2").update(list=ProjectList.objects.get(code="county_key"))
    rollups.drain(at=DAY)
    shown = client.get(address)
    page = shown.content.decode()
    assert shown.context["figures"].total.growth.is_not_comparable
    assert "not comparable" in page
    assert "the register held no project of some tiers that count now" in page
    rows = {row.selection.list: row.figures.total.growth.rate for row in shown.context["lists"]}
    assert (rows["municipal_key"], rows["county_key"]) == (Decimal("0.25"), None)
    lines = client.get("/lines/?quarter=2022Q1&measure=growth")
    assert (lines.context["growth"], "not comparable" in lines.content.decode()) == (None, True)
    assert "不可比" in client.get(address, headers={"accept-language": "zh-hans"}).content.decode()
    situation = client.get("/situation/?year=2022").content.decode()
    assert "not comparable with the year before, whose register held no project of some tiers" in situation
    exported = b"".join(client.get(f"{address}&export=csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert "150" not in exported

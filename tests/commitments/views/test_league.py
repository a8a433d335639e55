"""League tables and score sheets: open inside the campaign, closed outside; lines only within reach; at what cost."""

import re
from decimal import Decimal
from io import BytesIO

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from python_calamine import CalamineWorkbook

from commitments.league import League
from commitments.models import Campaign, Indicator, ScoringRuling
from portal.models import Quarter, Role, Unit, User
from projects import kept_sums
from tests import world
from tests.commitments.standings import DAY, make_campaign, make_item, make_units, stand
from tests.conftest import City

LEAGUE, SHEET = 27, 29


def signed_in(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def page(user: User, address: str, language: str = "en") -> str:
    client = Client(headers={"accept-language": language})
    client.force_login(user)
    answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


@pytest.fixture
def campaign(town: City) -> Campaign:
    return make_campaign(town.city)


@pytest.fixture
def two(town: City, campaign: Campaign) -> Quarter:
    """The second quarter: the counties have changed places since the first, and a park is silent."""
    make_item()
    second, park = world.make_quarter("2022Q2"), world.make_unit("P1", town.city, kind=Unit.Kind.PARK)
    for quarter, rates in ((town.quarter, ("20", "30")), (second, ("62.5", "35"))):
        stand(town.county, quarter, rates[0])
        stand(town.other, quarter, rates[1])
    stand(park, second, None)
    return second


def test_league_sends_the_anonymous_to_sign_in_and_is_closed_to_who_holds_no_role(client: Client, town: City) -> None:
    assert client.get("/league/").status_code == 302
    assert signed_in(world.make_person("nobody")).get("/league/").status_code == 403
    assert signed_in(town.leader).post("/league/").status_code == 405


def test_league_says_what_is_not_there_yet(town: City) -> None:
    assert "No league table yet" in page(town.leader, "/league/")
    assert "No campaign of 2022 holds your unit" in page(town.leader, "/league/?quarter=2022Q1")
    make_campaign(town.city)
    assert "Nothing to rank in Q1 2022" in page(town.leader, "/league/")
    assert "2022年第1季度" in page(town.leader, "/league/", "zh-hans")
    assert signed_in(town.leader).get("/league/?quarter=2031Q1").status_code == 404


def test_coverage_of_a_group_and_of_a_unit_opens_its_lines_within_reach(
    town: City, two: Quarter, monkeypatch: pytest.MonkeyPatch
) -> None:
    every, one = (
        f"/lines/?quarter=2022Q2&amp;unit=430421{other}&amp;measure=reported" for other in ("&amp;unit=430422", "")
    )
    text = signed_in(town.leader).get("/league/").content.decode()
    assert {every, one} <= set(re.findall(r'href="([^"]+)"', text))
    assert signed_in(town.leader).get(every.replace("&amp;", "&")).status_code == 200
    own = signed_in(town.staff).get("/league/").content.decode()  # whose reach is one county
    assert every not in own
    assert one in own
    monkeypatch.setattr("commitments.views.league.MOST_NAMED", 1)
    assert every not in signed_in(town.leader).get("/league/").content.decode()


def test_league_is_the_same_for_all_inside_the_campaign(town: City, two: Quarter) -> None:
    for person in (town.staff, town.stranger, town.leader, town.administrator):
        text = page(person, "/league/?quarter=2022Q2")
        for said in (
            "Counties and districts 2 of 2 units ranked · reports of 2 of 2 units accepted, 100.0% of the plan",
            "1 ↑ up 1 Unit 430421 62.50 62.5%",
            "2 ↓ down 1 Unit 430422 35.00 35.0%",
            "— — Unit P1 — — ○ not reported 0 of 1 units",
            "▲ behind",
            "Since Q1 2022",
        ):
            assert said in text, said


def test_league_in_chinese(town: City, two: Quarter) -> None:
    text = page(town.staff, "/league/?quarter=2022Q2", "zh-hans")
    for said in ("县市区", "2家单位中2家参加排名", "升1位", "降1位", "较2022年第1季度", "滞后", "未报", "得分 分"):
        assert said in text, said
    assert "新上榜" not in text


def test_unit_that_had_no_rank_before_is_new_and_the_first_quarter_says_why_it_has_no_change(
    town: City, two: Quarter
) -> None:
    late = make_units(town.city, 1)[0]
    stand(late, two, 90)
    assert "1 new Unit C000" in page(town.leader, "/league/?quarter=2022Q2")
    text = page(town.leader, "/league/?quarter=2022Q1")
    assert "The year begins here" in text
    assert "up 1" not in text


def test_lines_are_linked_only_within_reach(town: City, two: Quarter) -> None:
    whole = signed_in(town.leader).get("/league/?quarter=2022Q2").content.decode()
    assert "unit=430421&amp;measure" in whole
    assert "unit=430422&amp;measure" in whole
    own = signed_in(town.staff).get("/league/?quarter=2022Q2").content.decode()
    assert "unit=430421&amp;measure" in own
    assert "unit=430422&amp;measure" not in own
    assert "/league/430422/" in own


@pytest.mark.parametrize(
    ("code", "who", "status"),
    [
        ("430421", "staff", 200),
        ("430422", "staff", 200),
        ("430421", "stranger", 200),
        ("430421", "leader", 200),
        ("430400", "leader", 404),  # it runs the campaign
        ("nowhere", "leader", 404),
        ("430421", "outside", 404),
    ],
)
def test_score_sheet_is_open_inside_the_campaign(town: City, two: Quarter, code: str, who: str, status: int) -> None:
    outside = world.make_person("outside", world.make_unit("430500", kind=Unit.Kind.CITY), Role.LEADER)
    person = outside if who == "outside" else getattr(town, who)
    assert signed_in(person).get(f"/league/{code}/?quarter=2022Q2").status_code == status


def test_campaign_of_another_unit_is_not_found(town: City, two: Quarter) -> None:
    city = world.make_unit("430500", kind=Unit.Kind.CITY)
    make_campaign(city)
    assert signed_in(town.leader).get("/league/?quarter=2022Q2&campaign=430500").status_code == 404
    assert signed_in(town.leader).get("/league/430421/?quarter=2022Q2&campaign=430500").status_code == 404
    outside = world.make_person("outside", city, Role.LEADER)
    assert "Unit 430421" not in page(outside, "/league/?quarter=2022Q2")


def test_who_stands_in_two_campaigns_chooses(town: City, two: Quarter) -> None:
    make_campaign(town.county)
    street = world.make_unit("430421-1", town.county, kind=Unit.Kind.PARK)
    stand(street, two, 40)
    assert signed_in(town.staff).get("/league/?quarter=2022Q2").context["asked"].campaign.unit == town.city
    chosen = signed_in(town.staff).get("/league/?quarter=2022Q2&campaign=430421")
    assert [row.unit for table in chosen.context["league"].tables for row in table.rows] == [street]
    assert 'name="campaign"' in chosen.content.decode()
    assert 'name="campaign"' not in signed_in(town.stranger).get("/league/?quarter=2022Q2").content.decode()


def test_score_sheet_tells_how_each_point_came_about(town: City, two: Quarter) -> None:
    text = page(town.stranger, "/league/430421/?quarter=2022Q2")
    for said in ("Score 62.50 points", "Q1 2022: 20.00", "Rank 1 of 2", "Q1 2022: 2", "up 1", "Completion of the plan"):
        assert said in text, said
    shown = signed_in(town.stranger).get("/league/430421/?quarter=2022Q2").context
    (line,) = shown["lines"]
    assert (line.value, line.points.points, line.full, line.before) == ("62.5%", Decimal("62.50"), 100, Decimal(20))
    assert line.points.words in text
    assert "formula: share" in text
    chinese = page(town.stranger, "/league/430421/?quarter=2022Q2", "zh-hans")
    for said in ("评分表", "得分计算过程", "各项合计", "满分"):
        assert said in chinese, said


def test_score_sheet_links_lines_only_within_reach(town: City, two: Quarter) -> None:
    link = "/lines/?quarter=2022Q2&amp;unit=430421&amp;measure=completion_rate"
    assert link in signed_in(town.staff).get("/league/430421/?quarter=2022Q2").content.decode()
    assert link not in signed_in(town.stranger).get("/league/430421/?quarter=2022Q2").content.decode()


def test_lines_behind_a_value_open(town: City, two: Quarter) -> None:

    for indicator in Indicator.objects.filter(source="derived").exclude(code="completion_rate"):
        make_item(indicator.code, indicator.code)
    client = signed_in(town.leader)
    lines = client.get("/league/430421/?quarter=2022Q2").context["lines"]
    assert len(lines) > 5
    for line in lines:
        assert client.get(line.lines).status_code == 200, line.lines


def test_score_sheet_of_a_unit_without_a_rank_says_why(town: City, two: Quarter) -> None:
    assert "No accepted report of this quarter" in page(town.leader, "/league/P1/?quarter=2022Q2")
    assert "isn't listed in the league table" in page(town.leader, "/league/P1/?quarter=2022Q1").replace("&#x27;", "'")
    ScoringRuling.objects.create(
        campaign=Campaign.objects.get(), unit=town.county, kind="disqualified", from_quarter=town.quarter,
        reason="重大安全事故", made_by=town.administrator, made_at=DAY,
    )  # fmt: skip
    for address in ("/league/?quarter=2022Q2", "/league/430421/?quarter=2022Q2"):
        text = page(town.leader, address)
        assert "重大安全事故" in text
        assert "ut of the ranking" in text


def test_score_sheet_without_items_says_by_what_units_are_ranked(town: City, campaign: Campaign) -> None:
    stand(town.county, town.quarter, 30)
    assert "no scoring items for this group" in page(town.leader, "/league/430421/")
    text = page(town.leader, "/league/")
    assert "by completion rate" in text
    assert "Score" not in text


def test_export_holds_the_tables_as_numbers(town: City, two: Quarter) -> None:
    client = signed_in(town.leader)
    answer = client.get("/league/?quarter=2022Q2&export=xlsx")
    sheet = CalamineWorkbook.from_filelike(BytesIO(b"".join(answer.streaming_content))).get_sheet_by_index(0)  # type: ignore[attr-defined]
    head, first, _second, third = sheet.to_python()
    row = dict(zip(head, first, strict=True))
    asked = ("rank", "rank in the quarter before", "places gained", "score (points)", "completion rate (%)", "code")
    assert tuple(row[name] for name in asked) == (1, 2, 1, 62.5, 62.5, "430421")
    silent = dict(zip(head, third, strict=True))
    assert (silent["rank"], silent["score (points)"], silent["standing"]) == ("", "", "not reported")
    csv = b"".join(client.get("/league/?quarter=2022Q2&export=csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert csv.count("\n") == 4


@pytest.mark.parametrize("units", [1, 3, 300])
def test_league_and_score_sheet_cost_the_same_however_many_units(
    town: City, campaign: Campaign, units: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_item()
    second = world.make_quarter("2022Q2")
    Unit.objects.bulk_create(
        Unit(code=f"U{number:03}", kind="county", parent=town.city, name_zh=f"县{number}") for number in range(units)
    )
    for unit in Unit.objects.filter(code__startswith="U"):
        stand(unit, town.quarter, 20)
        stand(unit, second, 45)
    client = signed_in(town.leader)
    for quarter in (town.quarter, second):
        kept_sums.make(quarter)
    with django_assert_num_queries(LEAGUE):
        answer = client.get("/league/?quarter=2022Q2")
    assert answer.status_code == 200
    assert len(answer.content) < 120_000
    with django_assert_num_queries(SHEET):
        assert client.get("/league/U000/?quarter=2022Q2").status_code == 200


def test_each_group_has_pages_of_its_own_and_ranks_go_on_over_them(town: City, campaign: Campaign) -> None:
    Unit.objects.bulk_create(
        Unit(code=f"U{number:03}", kind="county", parent=town.city, name_zh=f"县{number}", name_en=f"County {number}")
        for number in range(120)
    )
    for number, unit in enumerate(Unit.objects.filter(code__startswith="U").order_by("code")):
        stand(unit, town.quarter, 500 - number)
    group = League.read(town.quarter, campaign).tables[0].group.code
    seen = []
    for number in (1, 2, 3):
        html = signed_in(town.leader).get(f"/league/?quarter=2022Q1&page-{group}={number}").content.decode()
        assert f"Page {number} of 3" in html
        seen += re.findall(r'is-rank" data-label="Rank">(\d+)<', html)
        if number == 2:
            following = re.findall(r'rel="next"\s+href="([^"]+)"', html)[0]
            assert "quarter=2022Q1" in following
            assert f"page-{group}=3" in following
    assert seen == [str(rank) for rank in range(1, 121)]


def test_pages_carry_no_style_or_script_of_their_own(town: City, two: Quarter) -> None:
    for address in ("/league/?quarter=2022Q2", "/league/430421/?quarter=2022Q2"):
        text = signed_in(town.leader).get(address).content.decode()
        assert not re.search(r"\sstyle=|<style|<script(?![^>]*src)|\son\w+=", text)

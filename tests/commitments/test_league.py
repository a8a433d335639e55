"""League tables: who is listed, who has a rank and which, beside the quarter before; in a fixed number of queries."""

import random
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commitments.league import League, Place, Row, counts_for
from commitments.models import Campaign, Indicator, Policy, PolicyGroup, Reading, Relief, ScoringItem, ScoringRuling
from commitments.yardstick import Yardstick
from portal.models import Quarter, Unit
from projects.standings import Standings
from tests import world
from tests.commitments import promises
from tests.commitments.standings import DAY, make_campaign, make_item, make_units, stand
from tests.conftest import City


def rows(league: League, code: str = "counties") -> list[Row]:
    return next((list(table.rows) for table in league.tables if table.group.code == code), [])


def told(league: League, code: str = "counties") -> list[tuple[str, int | None, str]]:
    return [(row.unit.code, row.rank, str(row.place)) for row in rows(league, code)]


@pytest.fixture
def second(town: City) -> Quarter:
    return world.make_quarter("2022Q2")


def test_units_are_ranked_by_completion_rate_where_nothing_is_scored(town: City) -> None:
    campaign, units = make_campaign(town.city), make_units(town.city, 5)
    for unit, rate in zip(units, (20, 30, 30, 10, None), strict=True):
        stand(unit, town.quarter, rate)
    league = League.read(town.quarter, campaign)
    assert told(league) == [
        ("C001", 1, "ranked"),
        ("C002", 1, "ranked"),
        ("C000", 3, "ranked"),
        ("C003", 4, "ranked"),
        ("C004", None, "not_reported"),
    ]
    (table,) = league.tables
    assert (table.is_scored, table.ranked, {row.sheet for row in table.rows}) == (False, 4, {None})
    assert (len(table.coverage.reported), len(table.coverage.owing)) == (4, 5)
    assert table.coverage.share == Decimal("0.8")
    assert [row.light.colour if row.light else None for row in table.rows] == [
        "green",
        "green",
        "green",
        "yellow",
        None,
    ]
    assert league.computed_at == DAY


def test_units_are_ranked_by_score_where_the_policy_has_items(town: City) -> None:
    make_item()
    make_item("parks", groups="parks", weight=Decimal(7))
    campaign, units = make_campaign(town.city), make_units(town.city, 3)
    for unit, rate in zip(units, ("20", "30.5", "30"), strict=True):
        stand(unit, town.quarter, rate)
    found = rows(League.read(town.quarter, campaign))
    assert [(row.unit.code, row.rank, row.score) for row in found] == [
        ("C001", 1, Decimal("30.50")),
        ("C002", 2, Decimal("30.00")),
        ("C000", 3, Decimal("20.00")),
    ]
    assert [points.item.code for points in found[0].sheet.items] == ["completion"]  # type: ignore[union-attr]


def test_groups_never_mix_and_who_runs_the_campaign_is_not_ranked(town: City) -> None:
    campaign = make_campaign(town.city)
    county, park = make_units(town.city, 1)[0], make_units(town.city, 1, Unit.Kind.PARK)[0]
    for unit in (town.city, county, park):
        stand(unit, town.quarter, 30)
    league = League.read(town.quarter, campaign)
    assert [(table.group.code, [row.unit for row in table.rows]) for table in league.tables] == [
        ("counties", [county]),
        ("parks", [park]),
    ]


def test_unit_counts_what_lies_below_and_a_unit_below_one_of_its_group_has_no_row(town: City) -> None:
    campaign, county = make_campaign(town.city), make_units(town.city, 1)[0]
    street = world.make_unit("C000-1", county)
    park = world.make_unit("P000", county, kind=Unit.Kind.PARK)
    stand(county, town.quarter, 10)
    stand(street, town.quarter, 30)
    stand(park, town.quarter, None)
    league = League.read(town.quarter, campaign)
    (row,) = rows(league)
    assert (row.unit, row.total.completion_rate, row.rank) == (county, Decimal("0.2"), 1)
    assert (len(row.total.coverage.reported), len(row.total.coverage.owing)) == (2, 3)
    assert told(league, "parks") == [("P000", None, "not_reported")]


def test_units_that_ended_before_the_quarters_last_day_are_not_listed(town: City, second: Quarter) -> None:
    campaign, units = make_campaign(town.city), make_units(town.city, 2)
    for quarter in (town.quarter, second):
        for unit in units:
            stand(unit, quarter, 50)
    Unit.objects.filter(pk=units[0].pk).update(valid_until=date(2022, 5, 31), successor=units[1])
    assert told(League.read(town.quarter, campaign)) == [("C000", 1, "ranked"), ("C001", 1, "ranked")]
    assert told(League.read(second, campaign)) == [("C001", 1, "ranked")]


def test_unit_that_owes_nothing_is_named_apart(town: City) -> None:
    campaign, units = make_campaign(town.city), make_units(town.city, 2)
    stand(units[0], town.quarter, 50)
    (table,) = League.read(town.quarter, campaign).tables
    assert [unit.code for unit in table.none_owed] == ["430421", "430422", "C001"]
    assert [row.unit for row in table.rows] == [units[0]]


def test_unit_whose_projects_are_all_completed_keeps_its_place(town: City) -> None:
    campaign, unit = make_campaign(town.city), make_units(town.city, 1)[0]
    stand(unit, town.quarter, 110, owed=0)
    assert told(League.read(town.quarter, campaign)) == [("C000", 1, "ranked")]


def test_unit_of_no_group_is_told_of_and_not_ranked(town: City) -> None:
    campaign, unit = make_campaign(town.city), make_units(town.city, 1)[0]
    stand(unit, town.quarter, 50)
    PolicyGroup.objects.filter(code="counties").update(kinds=[])
    league = League.read(town.quarter, campaign)
    assert (list(league.tables), list(league.ungrouped)) == ([], [unit])


def test_change_of_rank_is_beside_the_quarter_before_of_the_same_year(town: City, second: Quarter) -> None:
    campaign, units = make_campaign(town.city), make_units(town.city, 4)
    for unit, before, now in zip(units, (10, 20, 30, None), (60, 30, 40, 20), strict=True):
        stand(unit, town.quarter, before)
        stand(unit, second, now)
    league = League.read(second, campaign)
    assert [(row.unit.code, row.rank, row.rank_before, row.climbed) for row in rows(league)] == [
        ("C000", 1, 3, 2),
        ("C002", 2, 1, -1),
        ("C001", 3, 2, -1),
        ("C003", 4, None, None),
    ]
    assert league.previous is not None
    assert (league.previous.quarter, league.policy_has_changed) == (town.quarter, False)


def test_first_quarter_has_no_rank_to_compare_with(town: City) -> None:
    last_year, campaign = world.make_quarter("2021Q4"), make_campaign(town.city)
    unit = make_units(town.city, 1)[0]
    stand(unit, last_year, 90)
    stand(unit, town.quarter, 30)
    league = League.read(town.quarter, campaign)
    assert (league.previous, rows(league)[0].before) == (None, None)


def test_quarter_before_stays_judged_by_its_own_policy(town: City, second: Quarter) -> None:
    campaign, units = make_campaign(town.city), make_units(town.city, 2)
    for quarter in (town.quarter, second):
        stand(units[0], quarter, 60)
        stand(units[1], quarter, 50)
    policy = Policy.objects.create(effective_on=date(2022, 4, 1), reason="later")
    PolicyGroup.objects.create(policy=policy, code="counties", name_zh="县", kinds=["county"])
    league = League.read(second, campaign)
    assert league.policy_has_changed
    assert [row.rank_before for row in rows(league)] == [1, 2]


def test_another_policy_is_previewed_without_being_in_force(town: City) -> None:
    campaign, units = make_campaign(town.city), make_units(town.city, 2)
    for unit in units:
        stand(unit, town.quarter, 50)
    policy = Policy.objects.create(effective_on=date(2099, 1, 1), reason="later")
    apart = PolicyGroup.objects.create(policy=policy, code="apart", name_zh="单列", kinds=["county"])
    league = League.read(town.quarter, campaign, yardstick=Yardstick.of(policy, town.quarter))
    assert [table.group for table in league.tables] == [apart]


def ruling(
    town: City, campaign: Campaign, unit: Unit, kind: str, since: Quarter | None = None, **fields: object
) -> ScoringRuling:
    return ScoringRuling.objects.create(
        campaign=campaign, unit=unit, kind=kind, reason="重大事故", from_quarter=since or town.quarter,
        made_by=town.administrator, made_at=DAY, **fields,
    )  # fmt: skip


def test_disqualified_unit_stands_below_with_the_reason_while_the_ruling_lasts(town: City, second: Quarter) -> None:
    third, campaign, units = world.make_quarter("2022Q3"), make_campaign(town.city), make_units(town.city, 2)
    for quarter in (town.quarter, second, third):
        stand(units[0], quarter, 80)
        stand(units[1], quarter, 50)
    ruling(town, campaign, units[0], "disqualified", second, until_quarter=second)
    assert told(League.read(town.quarter, campaign))[0] == ("C000", 1, "ranked")
    league = League.read(second, campaign)
    assert told(league) == [("C001", 1, "ranked"), ("C000", None, "out")]
    assert rows(league)[1].reasons == ("重大事故",)
    assert told(League.read(third, campaign))[0] == ("C000", 1, "ranked")


def test_exempt_unit_gets_the_neutral_points_of_the_item(town: City) -> None:
    make_item(neutral=Decimal(88))
    campaign, units = make_campaign(town.city), make_units(town.city, 2)
    for unit in units:
        stand(unit, town.quarter, 50)
    ruling(town, campaign, units[1], "exempt", item_code="completion")
    found = rows(League.read(town.quarter, campaign))
    assert [(row.unit, row.score) for row in found] == [(units[1], Decimal(88)), (units[0], Decimal(50))]
    assert [len(row.rulings) for row in found] == [1, 0]


def test_item_measured_by_the_units_own_target_reads_it_from_the_letter_in_force(town: City) -> None:
    make_item("kept", "investment", reference="target", fixed=None)
    campaign, units = make_campaign(town.city), make_units(town.city, 3)
    pledges = {}
    for unit, target in zip(units[:2], (200, 800), strict=True):
        letter = promises.make_draft(campaign, unit)
        pledges[unit] = promises.promise(letter, "investment", 1000, target)
        promises.put_in_force(letter, by=town.administrator)
    promises.promise(promises.make_draft(campaign, units[2]), "investment", 1000, 500)
    for unit in units:
        stand(unit, town.quarter, 40)
    league = League.read(town.quarter, campaign)
    assert [(row.unit.code, row.score, str(row.place)) for row in rows(league)] == [
        ("C000", Decimal(200), "ranked"),
        ("C001", Decimal(50), "ranked"),
        ("C002", None, "incomplete"),  # its letter isn't in force
    ]
    Relief.objects.create(
        pledge=pledges[units[1]], kind="exempt", from_quarter=town.quarter, reason="洪涝", granted=True,
        asked_by=town.staff, asked_at=DAY, decided_by=town.administrator, decided_at=DAY,
    )  # fmt: skip
    excused = rows(League.read(town.quarter, campaign))[1]
    assert (excused.unit, excused.score) == (units[1], Decimal(100))


def test_veto_takes_a_unit_out_of_the_ranking(town: City) -> None:
    make_item()
    make_item("floor", formula="veto", fixed=Decimal(25), weight=Decimal(0), most=None, position=200)
    campaign, units = make_campaign(town.city), make_units(town.city, 2)
    stand(units[0], town.quarter, 20)
    stand(units[1], town.quarter, 30)
    league = League.read(town.quarter, campaign)
    assert told(league) == [("C001", 1, "ranked"), ("C000", None, "out")]
    assert "完成率得分" in rows(league)[1].reasons[0]


def test_ruling_of_another_campaign_does_not_count(town: City) -> None:
    campaign, unit = make_campaign(town.city), make_units(town.city, 1)[0]
    stand(unit, town.quarter, 50)
    ruling(town, make_campaign(town.county), unit, "disqualified")
    assert told(League.read(town.quarter, campaign)) == [("C000", 1, "ranked")]


def test_unit_without_a_reading_has_no_score_and_no_rank(town: City) -> None:
    bureau = world.make_unit("B1", town.city, kind=Unit.Kind.BUREAU)
    visitors = Indicator.objects.create(
        code="visitors", name_zh="接待游客", name_en="Visitors", kind="number", unit_of_measure_zh="万人次",
        unit_of_measure_en="10,000 visitors", source="readings", bureau=bureau,
    )  # fmt: skip
    make_item()
    make_item("visitors", "visitors", position=200)
    campaign, units = make_campaign(town.city), make_units(town.city, 3)
    stand(units[0], town.quarter, 50)
    stand(units[1], town.quarter, 70)
    stand(units[2], town.quarter, None)
    for unit in (units[0], units[2]):
        Reading.objects.create(
            indicator=visitors, unit=unit, quarter=town.quarter, value=90, source="公报",
            published_on=date(2022, 4, 2), loaded_by=town.administrator, loaded_at=DAY,
        )  # fmt: skip
    league = League.read(town.quarter, campaign)
    assert told(league) == [("C000", 1, "ranked"), ("C001", None, "incomplete"), ("C002", None, "not_reported")]
    assert rows(league)[1].reasons == ("完成率得分",)


def test_league_is_the_same_whatever_order_rows_come_in(town: City) -> None:
    make_item()
    campaign, units = make_campaign(town.city), make_units(town.city, 12)
    rates = [10, 10, 20, 20, 20, 30, 35, 35, 40, None, None, 50]
    for unit, rate in random.Random(7).sample(list(zip(units, rates, strict=True)), 12):
        stand(unit, town.quarter, rate)
    first = told(League.read(town.quarter, campaign))
    for seed in range(5):
        Unit.objects.filter(code__startswith="C").update(note=f"{seed}")  # moves the rows about in their table
        for unit in random.Random(seed).sample(units, 12):
            unit.cell_set.update(large=seed)
        assert told(League.read(town.quarter, campaign)) == first


def test_disqualified_unit_leaves_its_rank_to_the_next_where_nothing_is_scored(town: City) -> None:
    campaign, units = make_campaign(town.city), make_units(town.city, 4)
    for unit, rate in zip(units, (40, 30, 30, 10), strict=True):
        stand(unit, town.quarter, rate)
    ScoringRuling.objects.create(
        campaign=campaign, unit=units[0], kind="disqualified", from_quarter=town.quarter,
        reason="重大安全事故", made_by=town.administrator, made_at=DAY,
    )  # fmt: skip
    assert told(League.read(town.quarter, campaign)) == [
        ("C001", 1, "ranked"),
        ("C002", 1, "ranked"),
        ("C003", 3, "ranked"),
        ("C000", None, "out"),
    ]


def test_row_has_every_figure_of_its_unit_with_all_below_it(town: City) -> None:
    campaign, (unit,) = make_campaign(town.city), make_units(town.city, 1)
    below = world.make_unit("L", unit, kind=Unit.Kind.BUREAU)
    stand(unit, town.quarter, 20)
    stand(below, town.quarter, None)
    (row,) = rows(League.read(town.quarter, campaign))
    standings = Standings.read(town.quarter, [unit.pk, below.pk])
    total = standings.total([unit.pk, below.pk])
    assert (row.total.planned, row.total.started, row.total.computed_at) == (total.planned, 1, DAY)
    assert (row.rated.completion_rate, row.rated.coverage) == (total.completion_rate, total.coverage)


@pytest.mark.parametrize(
    ("groups", "counts"),
    [("", True), ("counties", True), ("parks, counties", True), ("parks，counties", True), ("parks", False)],
)
def test_item_counts_for_the_groups_that_it_names(groups: str, counts: bool) -> None:
    assert counts_for(ScoringItem(groups=groups), PolicyGroup(code="counties")) is counts


def test_league_costs_the_same_for_3_30_and_300_units(town: City, second: Quarter) -> None:
    make_item()
    campaign, asked = make_campaign(town.city), []
    for number in (3, 30, 300):
        have = Unit.objects.filter(code__startswith="C").count()
        Unit.objects.bulk_create(
            Unit(code=f"C{each:03}", kind="county", parent=town.city, name_zh="县") for each in range(have, number)
        )
        for unit in Unit.objects.filter(code__startswith="C", cell=None):
            stand(unit, town.quarter, 20)
            stand(unit, second, 50)
        League.read(second, campaign)  # whoever comes first adds up: more where all is new than where some is
        with CaptureQueriesContext(connection) as found:
            league = League.read(second, campaign)
        assert len(rows(league)) == number
        asked.append(len(found))
    assert len(set(asked)) == 1, asked


def test_every_place_has_its_words() -> None:
    assert all(place.label for place in Place)

"""Cells summed by the database: the same figures as adding cells up one by one, and lists of a tier that is new."""

import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from portal.models import Quarter, Unit
from projects.models import Cell, Chain, Grain, ProjectList
from projects.standings import Slice, Standings
from tests import world
from tests.projects.test_standings import cell

pytestmark = pytest.mark.django_db

TIERS = {
    "provincial_key": "provincial",
    "municipal_key": "municipal",
    "group_start": "municipal",
    "county_key": "county",
}


@pytest.fixture
def quarter() -> Quarter:
    for code, tier in TIERS.items():
        ProjectList.objects.get_or_create(code=code, defaults={"name_zh": code, "tier": tier})
    world.make_quarter("2021Q1")
    return world.make_quarter("2022Q1")


def put(
    unit: Unit, quarter: Quarter, *, lists: str = "provincial_key", category: str = "industry", **values: Any
) -> None:
    """A cell by lists and category, and the unit's own cell, which says the same."""
    made = world.make_category(category)
    its: dict[str, Any] = {"quarter_id": quarter.pk, "year": quarter.year}
    cell(unit.pk, **its, grain=Grain.CLASS, list_set=lists, category=made, **values).save()
    if not Cell.objects.filter(grain=Grain.UNIT, unit=unit, quarter=quarter).exists():
        cell(unit.pk, **its, **values).save()


def on(*lists: str, category: str = "") -> Slice:
    return Slice(lists=frozenset(lists) or None, category=world.make_category(category).pk if category else None)


def test_list_is_every_set_that_contains_it_and_a_unit_is_counted_once(quarter: Quarter) -> None:
    unit = world.make_unit("A")
    put(unit, quarter, lists="municipal_key,provincial_key", planned=100, done=10)
    put(unit, quarter, lists="provincial_key", planned=200, done=20)
    put(unit, quarter, lists="municipal_key", category="ecology", planned=400, done=40)
    put(unit, quarter, lists="", planned=800, done=80)
    found = Standings.read(quarter, [unit.pk])
    provincial = found.total({unit.pk}, on("provincial_key"))
    assert provincial.planned == Decimal(300)
    assert provincial.coverage.owing == {unit.pk}
    assert found.total({unit.pk}, on("municipal_key", "provincial_key")).planned == Decimal(700)
    assert found.total({unit.pk}, on("municipal_key", category="ecology")).planned == Decimal(400)
    assert found.total({unit.pk}, on(category="industry")).planned == Decimal(1100)
    assert found.total({unit.pk}, Slice(lists=frozenset())).projects == 0


def test_chain_reads_its_own_grain(quarter: Quarter) -> None:
    unit, chain = world.make_unit("A"), Chain.objects.create(code="c", name_zh="链")
    cell(unit.pk, quarter_id=quarter.pk, year=quarter.year, planned=900).save()
    cell(unit.pk, quarter_id=quarter.pk, year=quarter.year, planned=100, grain=Grain.CHAIN, chain_id=chain.pk).save()
    found = Standings.read(quarter, [unit.pk])
    assert found.total([unit.pk], Slice(chain=chain.pk)).planned == Decimal(100)
    assert found.total([unit.pk], Slice(chain=chain.pk + 1)).projects == 0


def test_growth_of_a_list_takes_each_year_as_it_stood(quarter: Quarter) -> None:
    """The second unit had nothing on the list a year ago, and its report counted then: that is a known nought."""
    before, first, second = Quarter.objects.get(year=2021), world.make_unit("A"), world.make_unit("B")
    put(first, quarter, done=150)
    put(first, before, done=100)
    put(second, quarter, done=50)
    put(second, before, lists="municipal_key", done=70)
    units = [first.pk, second.pk]
    growth = Standings.read(quarter, units).growth(units, on("provincial_key"))
    assert (growth.now, growth.before, growth.rate) == (Decimal(200), Decimal(100), Decimal(1))


def test_total_beside_a_register_that_lacked_a_tier_is_not_comparable_and_each_list_is(quarter: Quarter) -> None:
    before, unit = Quarter.objects.get(year=2021), world.make_unit("A")
    put(unit, before, done=100)
    put(unit, quarter, done=150)
    put(unit, quarter, lists="municipal_key", category="ecology", done=600)
    found = Standings.read(quarter, [unit.pk])
    for part in (Slice(), on(category="ecology")):
        assert found.growth([unit.pk], part).rate is None
    assert found.growth([unit.pk]).is_not_comparable
    assert found.growth([unit.pk], on("provincial_key")).rate == Decimal("0.5")
    assert found.growth([unit.pk], on(category="industry")).rate == Decimal("0.5")


@pytest.mark.parametrize("lists", ["group_start,municipal_key", "county_key,municipal_key", "group_start", ""])
def test_new_list_leaves_a_total_comparable_where_its_projects_are_of_a_tier_held_before(
    quarter: Quarter, lists: str
) -> None:
    before, unit = Quarter.objects.get(year=2021), world.make_unit("A")
    put(unit, before, lists="municipal_key", done=100)
    put(unit, quarter, lists=lists, done=150)
    assert Standings.read(quarter, [unit.pk]).growth([unit.pk]).rate == Decimal("0.5")


def test_tier_that_another_unit_held_a_year_before_is_none_new(quarter: Quarter) -> None:
    before, unit, other = Quarter.objects.get(year=2021), world.make_unit("A"), world.make_unit("B")
    put(unit, before, done=100)
    put(other, before, lists="municipal_key", done=100)
    put(unit, quarter, lists="municipal_key", done=150)
    assert Standings.read(quarter, [unit.pk]).growth([unit.pk]).rate == Decimal("0.5")


@pytest.mark.parametrize("lists", ["municipal_key,top500_world", "top500_china"])
def test_rank_of_a_company_is_no_tier_of_the_register(quarter: Quarter, lists: str) -> None:
    before, unit = Quarter.objects.get(year=2021), world.make_unit("A")
    put(unit, before, lists="municipal_key", done=100)
    put(unit, quarter, lists=lists, done=150)
    found = Standings.read(quarter, [unit.pk])
    assert found.growth([unit.pk]).rate == Decimal("0.5")
    assert found.growth([unit.pk], on(category="industry")).rate == Decimal("0.5")


def test_tier_stays_new_though_last_years_register_held_projects_of_ranked_companies(quarter: Quarter) -> None:
    before, unit = Quarter.objects.get(year=2021), world.make_unit("A")
    put(unit, before, lists="provincial_key,top500_world", done=100)
    put(unit, quarter, lists="municipal_key,top500_world", done=150)
    found = Standings.read(quarter, [unit.pk])
    assert found.growth([unit.pk]).is_not_comparable
    assert found.growth([unit.pk], on("top500_world")).rate == Decimal("0.5")


def random_cells(quarter: Quarter, units: list[Unit], dice: random.Random) -> list[Cell]:
    """A unit's cells are covered together or not at all, as rollups make them."""
    categories = [world.make_category(code).pk for code in ("industry", "ecology")]
    made = []
    for unit in units:
        reported = dice.random() < 0.7
        for lists in dice.sample(
            ["", "provincial_key", "municipal_key", "municipal_key,provincial_key"], dice.randint(1, 4)
        ):
            amounts = {"planned": dice.randint(0, 9999), "done": dice.randint(0, 9999)}
            made.append(
                cell(
                    unit.pk,
                    quarter_id=quarter.pk,
                    year=quarter.year,
                    grain=Grain.CLASS,
                    list_set=lists,
                    category_id=dice.choice(categories),
                    reported=reported,
                    **amounts,
                    lines_expected=dice.randint(1, 2),
                    due_to_start=dice.randint(0, 3),
                )
            )
        cell(unit.pk, quarter_id=quarter.pk, year=quarter.year, reported=reported).save()
    Cell.objects.bulk_create(made)
    return made


@pytest.mark.parametrize("seed", range(20))
def test_sums_are_what_adding_cell_by_cell_makes(quarter: Quarter, seed: int) -> None:
    dice = random.Random(seed)
    units = [world.make_unit(f"U{number}") for number in range(9)]
    now = random_cells(quarter, units, dice)
    before = random_cells(Quarter.objects.get(year=2021), units, dice)
    both = {c.unit_id for c in now if c.is_covered} & {c.unit_id for c in before if c.is_covered}
    asked = [unit.pk for unit in dice.sample(units, 7)]
    belongs: dict[Slice, Callable[[Cell], bool]] = {
        on("provincial_key"): lambda c: "provincial_key" in c.list_set,
        on("municipal_key", "provincial_key"): lambda c: bool(c.list_set),
        on("municipal_key", category="ecology"): lambda c: "municipal" in c.list_set and c.category_id == ecology,
        on(category="ecology"): lambda c: c.category_id == ecology,
    }
    ecology = world.make_category("ecology").pk
    found = Standings.read(quarter, asked)
    ahead = Standings.read(quarter, asked, ahead=[*belongs])
    for part, holds in belongs.items():
        assert ahead.total(asked, part) == found.total(asked, part)
        own = [c for c in now if c.unit_id in asked and holds(c)]
        covered = [c for c in own if c.is_covered]
        total = found.total(asked, part)
        assert (total.projects, total.planned) == (len(own), sum(c.planned for c in own))
        assert total.year_to_date == (sum(c.year_to_date or 0 for c in covered) if covered else None)
        assert total.due_to_start == (sum(c.due_to_start for c in covered) if covered else None)
        assert total.coverage.planned_covered == sum(c.planned for c in covered)
        assert total.coverage.owing == {c.unit_id for c in own}
        assert total.coverage.reported == {c.unit_id for c in covered}
        assert total.growth.now == sum(c.year_to_date or 0 for c in own if c.unit_id in both)
        past = [c for c in before if c.unit_id in both and c.unit_id in asked and holds(c)]
        assert (total.growth.before, total.growth.projects_before) == (
            sum(c.year_to_date or 0 for c in past),
            len(past),
        )


def test_parts_read_ahead_cost_no_query_for_any_set_of_units(
    quarter: Quarter, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    units = [world.make_unit(code) for code in "ABC"]
    for unit in units:
        put(unit, quarter, done=150)
    part = on(category="industry")
    found = Standings.read(quarter, [unit.pk for unit in units], ahead=[part])
    with django_assert_num_queries(0):
        assert [found.total([unit.pk], part).projects for unit in units] == [1, 1, 1]


def test_parts_of_some_units_are_read_once(quarter: Quarter, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    unit = world.make_unit("A")
    put(unit, quarter, done=150)
    parts = [on("provincial_key"), on("municipal_key"), on(category="industry")]
    found = Standings.read(quarter, [unit.pk])
    with django_assert_num_queries(1):
        assert [found.total([unit.pk], part).projects for part in parts] == [1, 0, 1]

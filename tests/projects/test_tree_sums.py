"""Units with everything below them, read from what is kept: the same as `Standings` says of them, cell by cell."""

import random
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from portal.models import Quarter, Unit
from projects.models import Cell, Grain, ProjectList
from projects.selection import Tree
from projects.standings import Coverage, Growth, HowMany, Standings, Total
from projects.tree_sums import rated, sums, wholes
from tests import world
from tests.projects.test_standings import cell

pytestmark = pytest.mark.django_db


@pytest.fixture
def quarter() -> Quarter:
    for code, tier in (("provincial_key", "provincial"), ("municipal_key", "municipal"), ("county_key", "county")):
        ProjectList.objects.get_or_create(code=code, defaults={"name_zh": code, "tier": tier})
    world.make_quarter("2021Q1")
    return world.make_quarter("2022Q1")


def put(unit: Unit, quarter: Quarter, *, lists: str = "provincial_key", **values: Any) -> None:
    """The unit's own cell, and one by these lists, which says the same."""
    its: dict[str, Any] = {"quarter_id": quarter.pk, "year": quarter.year}
    cell(unit.pk, **its, **values).save()
    category = world.make_category("industry")
    cell(unit.pk, **its, grain=Grain.CLASS, list_set=lists, category=category, **values).save()


def summed(quarter: Quarter, *units: Unit, itself: bool = False) -> Total:
    """Of these units with everything below them, as it is kept, once it has been compared with Standings."""
    tree = Tree(list(units), list(Unit.objects.all()))
    kept = sums(quarter, [unit.pk for unit in units], [])
    found = kept.itself[units[0].pk] if itself else kept.whole
    asked = frozenset(unit.pk for unit in units) if itself else tree.whole
    same(found, Standings.read(quarter, asked).total(asked))
    return found


def same(one: Total, other: Total) -> None:
    """Every figure, and those made of them; the units as how many they are."""
    assert told(one) == told(other)


def told(total: Total) -> dict[str, Any]:
    growth, coverage = total.growth, total.coverage
    made = (total.completion_rate, total.start_rate, coverage.share, coverage.is_complete, growth.rate)
    return {name: figure(value) for name, value in vars(total).items()} | {
        "made": (*made, growth.is_not_comparable),
    }


def figure(value: object) -> object:
    if isinstance(value, Coverage | Growth):
        return {name: figure(each) for name, each in vars(value).items()}
    number = len(value) if isinstance(value, frozenset | HowMany) else value
    return type(number), number


def by_rate(rates: dict[int, Decimal | None]) -> dict[int, int | None]:
    """One more than the number of higher rates; null without a rate."""
    known = [rate for rate in rates.values() if rate is not None]
    return {key: None if rate is None else 1 + sum(each > rate for each in known) for key, rate in rates.items()}


def test_units_count_with_all_below_them_and_by_themselves_where_that_is_asked(quarter: Quarter) -> None:
    top = world.make_unit("T")
    below = world.make_unit("B", parent=top)
    lowest = world.make_unit("L", parent=below)
    for unit, done in ((top, 1), (below, 20), (lowest, 300)):
        put(unit, quarter, planned=1000, done=done)
    assert summed(quarter, top).year_to_date == Decimal(321)
    assert summed(quarter, below).year_to_date == Decimal(320)
    assert summed(quarter, below, itself=True).year_to_date == Decimal(20)
    assert summed(quarter, lowest).year_to_date == Decimal(300)


def test_unit_below_another_that_is_asked_for_counts_once(quarter: Quarter) -> None:
    top = world.make_unit("T")
    below = world.make_unit("B", parent=top)
    put(below, quarter, planned=1000, done=20)
    assert summed(quarter, top, below).year_to_date == Decimal(20)


def test_unit_without_cells_has_nothing(quarter: Quarter) -> None:
    total = summed(quarter, world.make_unit("A"))
    assert (total.projects, total.year_to_date, total.completion_rate, total.computed_at) == (0, None, None, None)


def test_silent_unit_has_no_rate_and_a_reported_nought_is_nought(quarter: Quarter) -> None:
    silent, nought = world.make_unit("A"), world.make_unit("B")
    put(silent, quarter, planned=1000, reported=False)
    put(nought, quarter, planned=1000)
    assert summed(quarter, silent).completion_rate is None
    assert summed(quarter, nought).completion_rate == 0
    both = summed(quarter, silent, nought)
    assert (len(both.coverage.reported), len(both.coverage.owing), both.coverage.share) == (1, 2, Decimal("0.5"))


def test_merged_unit_is_compared_only_together_with_the_one_it_took_over(quarter: Quarter) -> None:
    before, heir = Quarter.objects.get(year=2021), world.make_unit("H")
    ended = world.make_unit("E", valid_until=date(2021, 8, 31), successor=heir)
    put(heir, quarter, done=300)
    put(heir, before, done=100)
    put(ended, before, done=100)
    assert summed(quarter, heir).growth.is_not_comparable
    assert summed(quarter, ended).growth.is_not_comparable
    assert summed(quarter, heir, ended).growth.rate == Decimal("0.5")


def test_family_is_not_compared_where_one_of_its_reports_is_missing(quarter: Quarter) -> None:
    before, heir = Quarter.objects.get(year=2021), world.make_unit("H")
    ended = world.make_unit("E", valid_until=date(2021, 8, 31), successor=heir)
    put(heir, quarter, done=300)
    put(heir, before, done=100)
    put(ended, before, reported=False)
    assert summed(quarter, heir, ended).growth.rate is None


def test_unit_taken_over_by_one_that_was_taken_over_itself_is_of_the_lasts_family(quarter: Quarter) -> None:
    before, last = Quarter.objects.get(year=2021), world.make_unit("L")
    middle = world.make_unit("M", valid_until=date(2021, 12, 31), successor=last)
    first = world.make_unit("F", valid_until=date(2021, 6, 30), successor=middle)
    put(last, quarter, done=300)
    for unit in (last, middle, first):
        put(unit, before, done=50)
    assert summed(quarter, last, middle, first).growth.rate == Decimal(1)
    assert summed(quarter, last, first).growth.rate is None


def test_total_beside_a_register_that_lacked_a_tier_is_not_comparable(quarter: Quarter) -> None:
    before, first, second = Quarter.objects.get(year=2021), world.make_unit("A"), world.make_unit("B")
    for unit, lists in ((first, "municipal_key"), (second, "provincial_key")):
        put(unit, quarter, lists=lists, done=150)
        put(unit, before, done=100)
    assert summed(quarter, first).growth.is_not_comparable
    assert summed(quarter, second).growth.rate == Decimal("0.5")
    assert summed(quarter, first, second).growth.is_not_comparable


def test_units_are_ranked_in_their_group_by_rate_and_equal_rates_share_a_rank(quarter: Quarter) -> None:
    units = [world.make_unit(code) for code in "ABCDEFG"]
    for unit, done in zip(units, (200, 300, 300, 100, None, 500, 700), strict=True):
        values: dict[str, Any] = {"reported": False} if done is None else {"done": done}
        put(unit, quarter, planned=1000, **values)
    groups = {unit.pk: 1 for unit in units[:5]} | {units[5].pk: 2}
    found = rated(quarter, [unit.pk for unit in units], groups)
    assert [found[unit.pk].rank for unit in units] == [3, 1, 1, 4, None, 1, None]


def random_tree(size: int, dice: random.Random, *, merged: int) -> list[Unit]:
    """Units below one root, some of which ended in 2021, most of them taken over by a later one."""
    units = [world.make_unit("U0")]
    units += [world.make_unit(f"U{number}", parent=dice.choice(units)) for number in range(1, size)]
    for unit in dice.sample(units[1:], merged):
        unit.valid_until = date(2021, dice.randint(1, 12), 28)
        unit.successor = dice.choice([each for each in units if each.pk > unit.pk] or [None])
        unit.save()
    return units


@pytest.mark.parametrize("seed", range(25))
def test_any_tree_has_the_figures_of_its_cells(quarter: Quarter, seed: int) -> None:
    dice = random.Random(seed)
    before = Quarter.objects.get(year=2021)
    units = random_tree(12, dice, merged=3)
    tiers = ["", "provincial_key", "municipal_key", "county_key,municipal_key"]
    for each, lists in ((quarter, tiers), (before, tiers[: dice.randint(1, 4)])):
        for unit in dice.sample(units, 9):
            amounts = {"planned": dice.randint(0, 3) * 100, "done": dice.randint(0, 5) * 10}
            counts = {name: dice.randint(0, 2) for name in ("lines_expected", "due_to_start", "projects", "large")}
            put(
                unit,
                each,
                lists=dice.choice(lists),
                reported=dice.random() < 0.7,
                **amounts,
                **counts,
                lines_reported=0,
            )
    tree = Tree(units[:1], units)
    asked = [unit.pk for unit in units]
    found, ranked = wholes(quarter, asked), rated(quarter, asked, dict.fromkeys(asked, 1))
    ranks = by_rate({key: found[key].completion_rate for key in asked})
    standings = Standings.read(quarter, [unit.pk for unit in units])
    for unit in units:
        total, one = found[unit.pk], ranked[unit.pk]
        same(total, standings.total(tree.below([unit])))
        assert (one.completion_rate, one.coverage) == (total.completion_rate, total.coverage)
        assert (one.growth_rate, one.rank) == (total.growth.rate, ranks.get(unit.pk))
    side_by_side = dice.sample(units, 3)
    same(sums(quarter, [unit.pk for unit in side_by_side], []).whole, standings.total(tree.below(side_by_side)))


def test_ranks_are_those_of_exact_rates_however_close(quarter: Quarter) -> None:
    """Apart in the nineteenth digit only, where 16 digits would be the same."""
    close = {"A": (10**13 - 1, 10**12), "B": (10**13, 10**12 + 1)}
    units = {code: world.make_unit(code) for code in close}
    for code, (done, planned) in close.items():
        put(units[code], quarter, planned=planned * 1000, done=done * 100)
    asked = [unit.pk for unit in units.values()]
    found = rated(quarter, asked, dict.fromkeys(asked, 1))
    ranks = by_rate({key: one.completion_rate for key, one in found.items()})
    assert sorted(rank or 0 for rank in ranks.values()) == [1, 2]
    assert {key: one.rank for key, one in found.items()} == ranks


def test_one_query_however_many_units(quarter: Quarter, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    units = [world.make_unit(code).pk for code in "ABCDEF"]
    wholes(quarter, units)
    for number in (1, 3, 6):
        with django_assert_num_queries(1):
            wholes(quarter, units[:number])
        with django_assert_num_queries(1):
            rated(quarter, units[:number], {})


def test_cells_of_other_quarters_and_units_leave_it(quarter: Quarter) -> None:
    unit, other = world.make_unit("A"), world.make_unit("B")
    put(unit, quarter, done=10)
    put(other, quarter, done=100)
    put(unit, world.make_quarter("2022Q2"), done=1000)
    assert summed(quarter, unit).year_to_date == Decimal(10)
    assert Cell.objects.filter(grain=Grain.UNIT).count() == 3

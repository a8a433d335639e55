"""Parts of a tree, read from what is kept: the same as `Standings` says of them, cell by cell."""

import random
from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from portal.models import Quarter, Unit
from projects import tree_sums
from projects.models import Category, Cell, Chain, Grain, ProjectList
from projects.selection import Tree
from projects.standings import WHOLE, Slice, Standings, Total
from tests import world
from tests.projects.test_standings import cell
from tests.projects.test_tree_sums import random_tree, same

pytestmark = pytest.mark.django_db

TIERS = {
    **dict.fromkeys(("provincial_key", "provincial_single"), "provincial"),
    "municipal_key": "municipal",
    "county_key": "county",
}
SETS = ["", "provincial_key", "municipal_key", "county_key,municipal_key", "municipal_key,top500_world"]


@pytest.fixture
def quarter() -> Quarter:
    for code, tier in (*TIERS.items(), ("top500_world", "top500")):
        ProjectList.objects.get_or_create(code=code, defaults={"name_zh": code, "tier": tier})
    world.make_quarter("2021Q1")
    return world.make_quarter("2022Q1")


def on(*lists: str, category: str = "") -> Slice:
    return Slice(lists=frozenset(lists) or None, category=world.make_category(category).pk if category else None)


def sums(quarter: Quarter, part: Slice, *tops: Unit) -> Total:
    """Of the part, by the statement, once it has been compared with Standings."""
    whole = Tree(list(tops), list(Unit.objects.all())).whole
    found = tree_sums.sums(quarter, [unit.pk for unit in tops], []).part(part)
    same(found, Standings.read(quarter, whole).total(whole, part))
    return found


def test_unit_counts_once_in_a_part_on_however_many_of_its_lists_it_has_projects(quarter: Quarter) -> None:
    unit, category = world.make_unit("A"), world.make_category("industry")
    for lists, planned in (("provincial_key,provincial_single", 100), ("provincial_key", 200), ("", 800)):
        cell(
            unit.pk, quarter_id=quarter.pk, year=2022, grain=Grain.CLASS, list_set=lists, category=category,
            planned=planned, done=10,
        ).save()  # fmt: skip
    cell(unit.pk, quarter_id=quarter.pk, year=2022, planned=1100, done=30).save()
    total = sums(quarter, on("provincial_key"), unit)
    assert (total.planned, len(total.coverage.owing)) == (Decimal(300), 1)
    assert sums(quarter, on("provincial_single"), unit).planned == Decimal(100)
    tier = sums(quarter, on("provincial_key", "provincial_single"), unit)
    assert (tier.planned, len(tier.coverage.owing)) == (Decimal(300), 1)
    assert sums(quarter, on(category="industry"), unit).planned == Decimal(1100)
    assert sums(quarter, Slice(lists=frozenset()), unit).projects == 0


def random_cells(quarter: Quarter, units: list[Unit], sets: list[str], dice: random.Random) -> None:
    """A unit's cells are covered together or not at all, as rollups make them."""
    categories = [world.make_category(code).pk for code in ("industry", "ecology")]
    chains = [Chain.objects.get_or_create(code=code, defaults={"name_zh": code})[0].pk for code in "ab"]
    made = []
    for unit in units:
        its: dict[str, Any] = {"quarter_id": quarter.pk, "year": quarter.year, "reported": dice.random() < 0.7}
        keys: list[dict[str, Any]] = [
            *({"grain": Grain.CLASS, "list_set": lists, "category_id": dice.choice(categories)} for lists in sets),
            *({"grain": Grain.CHAIN, "chain_id": chain} for chain in chains),
        ]
        for key in [{"grain": Grain.UNIT}, *dice.sample(keys, dice.randint(0, len(keys)))]:
            amounts: dict[str, Any] = {"planned": dice.randint(0, 9) * 100, "done": dice.randint(0, 9) * 10}
            counts: dict[str, Any] = {
                name: dice.randint(0, 2) for name in ("lines_expected", "due_to_start", "projects", "large")
            }
            made.append(cell(unit.pk, **its, **key, **amounts, **counts, lines_reported=0))
    Cell.objects.bulk_create(made)


def kept_parts() -> list[Slice]:
    """Every part that a page shows."""
    tiers = defaultdict(set)
    for each in ProjectList.objects.all():
        tiers[each.tier].add(each.code)
    lists = [frozenset({code}) for codes in tiers.values() for code in codes]
    industry = world.make_category("industry").pk
    return [
        *(Slice(lists=each) for each in [*lists, *map(frozenset, tiers.values()), frozenset[str]()]),
        *(Slice(lists=each, category=industry) for each in lists),
        *(Slice(category=each.pk) for each in Category.objects.all()),
        *(Slice(chain=each.pk) for each in Chain.objects.all()),
    ]


def compare(quarter: Quarter, tops: list[Unit], units: list[Unit]) -> None:
    """Whatever is read of these tops with what Standings says of them."""
    tree = Tree(tops, units)
    standings = Standings.read(quarter, tree.whole)
    found = tree_sums.sums(quarter, [unit.pk for unit in tops], [unit.pk for unit in tree.branches()])
    same(found.whole, standings.total(tree.whole))
    for part in [WHOLE, *kept_parts()]:
        same(found.part(part), standings.total(tree.whole, part))
    for unit in tree.branches():
        same(found.branches[unit.pk], standings.total(tree.below([unit])))
    for unit_id, total in found.itself.items():
        same(total, standings.total([unit_id]))


@pytest.mark.parametrize("seed", range(25))
def test_any_tree_has_the_parts_of_its_cells(quarter: Quarter, seed: int) -> None:
    dice = random.Random(seed)
    units = random_tree(10, dice, merged=2)
    random_cells(quarter, dice.sample(units, 8), SETS, dice)
    random_cells(Quarter.objects.get(year=2021), dice.sample(units, 8), SETS[: dice.randint(1, 5)], dice)
    for tops in (units[:1], dice.sample(units, 1), dice.sample(units, 2), dice.sample(units, 3)):
        compare(quarter, tops, units)


def test_one_query_however_many_parts_and_units(
    quarter: Quarter, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    top = world.make_unit("T")
    units = [world.make_unit(code, parent=top).pk for code in "ABC"]
    tree_sums.sums(quarter, [top.pk], units)
    parts = kept_parts()
    for number in (1, 3):
        with django_assert_num_queries(1):
            found = tree_sums.sums(quarter, [top.pk], units[:number])
            assert {found.part(part).projects for part in parts} == {0}

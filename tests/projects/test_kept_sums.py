"""Sums kept up the tree: whatever changes, they are those of the cells, and only what it reaches is made again."""

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import date

import pytest
from django.db import connection, transaction
from pytest_django import DjangoAssertNumQueries

from portal.models import Quarter, Unit
from projects import kept_sums, rollups, tasks, tree_sums
from projects.models import Cell, ChangedUnit, KeptQuarter, KeptSum, ProjectList
from projects.standings import HowMany
from tests import world
from tests.conftest import City
from tests.projects.test_parts_of_sums import SETS, compare, random_cells
from tests.projects.test_tree_sums import random_tree
from tests.world import at

DAY = at("2022-04-05")
pytestmark = pytest.mark.django_db


@pytest.fixture
def quarter() -> Quarter:
    world.make_quarter("2021Q1")
    return world.make_quarter("2022Q1")


@pytest.fixture
def accepted(town: City) -> City:
    world.make_project("O1", town.other, planned=700, lists=("provincial_key",), category="ecology", total=9000)
    report = world.submitted(town.county, town.quarter, 250, by=town.staff, when=DAY)
    world.accepted(report, by=town.reviewer, when=DAY)
    rollups.drain(at=DAY)
    return town


def year_to_date(quarter: Quarter, unit: Unit) -> object:
    return tree_sums.wholes(quarter, [unit.pk])[unit.pk].year_to_date


def made() -> set[int]:
    return set(KeptSum.objects.values_list("pk", flat=True))


def cells_change(quarter: Quarter, units: list[Unit], dice: random.Random) -> None:
    changed = dice.sample(units, dice.randint(1, 3))
    Cell.objects.filter(unit__in=changed, quarter=quarter).delete()
    random_cells(quarter, dice.sample(changed, dice.randint(0, len(changed))), SETS[: dice.randint(1, 5)], dice)


def cells_of_last_year_change(_quarter: Quarter, units: list[Unit], dice: random.Random) -> None:
    cells_change(Quarter.objects.get(year=2021), units, dice)


def unit_moves(_quarter: Quarter, units: list[Unit], dice: random.Random) -> None:
    """Never below itself: a unit comes after the one that it lies below."""
    number = dice.randint(1, len(units) - 1)
    units[number].parent = dice.choice(units[:number])
    units[number].save()


def unit_is_merged(_quarter: Quarter, units: list[Unit], dice: random.Random) -> None:
    number = dice.randint(1, len(units) - 2)
    units[number].valid_until, units[number].successor = date(2021, 9, 30), dice.choice(units[number + 1 :])
    units[number].save()


def unit_joins(_quarter: Quarter, units: list[Unit], dice: random.Random) -> None:
    units.append(world.make_unit(f"U{len(units)}", parent=dice.choice(units)))


def list_changes_its_tier(_quarter: Quarter, _units: list[Unit], dice: random.Random) -> None:
    its = dice.choice(ProjectList.objects.all())
    its.tier = dice.choice(["provincial", "municipal", "county"])
    its.save()


def list_joins(_quarter: Quarter, _units: list[Unit], dice: random.Random) -> None:
    code = f"list_{dice.randint(1, 1000)}"
    ProjectList.objects.get_or_create(code=code, defaults={"name_zh": code, "tier": "county"})


CHANGES: list[Callable[[Quarter, list[Unit], random.Random], None]] = [
    *(cells_change, cells_change, cells_of_last_year_change, unit_moves, unit_is_merged, unit_joins),
    *(list_changes_its_tier, list_joins),
]


@pytest.mark.parametrize("seed", range(15))
def test_whatever_changes_the_sums_are_those_of_the_cells(quarter: Quarter, seed: int) -> None:
    dice = random.Random(seed)
    units = random_tree(12, dice, merged=2)
    random_cells(quarter, dice.sample(units, 9), SETS, dice)
    random_cells(Quarter.objects.get(year=2021), dice.sample(units, 9), SETS[: dice.randint(1, 5)], dice)
    for _step in range(6):
        for change in dice.sample(CHANGES, dice.randint(1, 2)):
            change(quarter, units, dice)
        if dice.random() < 0.3:
            kept_sums.make_changed()
        compare(quarter, dice.choice([units[:1], dice.sample(units, 2)]), units)


def test_only_what_a_change_reaches_is_made_again(quarter: Quarter) -> None:
    top = world.make_unit("T")
    left, right = world.make_unit("L", parent=top), world.make_unit("R", parent=top)
    leaves = [world.make_unit(f"{side.code}{number}", parent=side) for side in (left, right) for number in (1, 2)]
    dice = random.Random(1)
    random_cells(quarter, [*leaves, right], SETS, dice)
    compare(quarter, [top], [top, left, right, *leaves])
    before = made()
    Cell.objects.filter(unit=leaves[0]).update(planned=7)
    compare(quarter, [top], [top, left, right, *leaves])
    again = KeptSum.objects.exclude(pk__in=before)
    assert set(again.values_list("unit", flat=True)) == {top.pk, left.pk, leaves[0].pk}
    assert KeptSum.objects.filter(pk__in=before).exists()


def test_nothing_is_made_where_nothing_has_changed(
    accepted: City, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    assert year_to_date(accepted.quarter, accepted.city) == 500
    before = made()
    with django_assert_num_queries(1):
        year_to_date(accepted.quarter, accepted.city)
    kept_sums.make_changed()
    assert made() == before


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE projects_cell SET planned = planned + 1",
        "DELETE FROM projects_cell",
        "UPDATE portal_unit SET parent_id = NULL",
        "UPDATE projects_projectlist SET tier = 'county'",
    ],
)
def test_what_they_are_made_of_makes_them_anew(accepted: City, statement: str) -> None:
    year_to_date(accepted.quarter, accepted.city)
    before = made()
    with connection.cursor() as cursor:
        cursor.execute(statement)
    year_to_date(accepted.quarter, accepted.city)
    assert made() != before


def test_another_quarters_cells_leave_them(accepted: City) -> None:
    later = world.make_quarter("2022Q2")
    rollups.drain(at=DAY)
    year_to_date(accepted.quarter, accepted.city)
    before = made()
    rollups.rebuild(at=DAY, quarter=later)
    year_to_date(accepted.quarter, accepted.city)
    assert made() == before


def test_worker_makes_them_after_the_cells_so_that_a_reader_need_not(
    accepted: City, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    year_to_date(accepted.quarter, accepted.city)
    world.make_project("O2", accepted.other, planned=300)
    tasks.drain()
    assert not ChangedUnit.objects.exists()
    with django_assert_num_queries(1):
        found = tree_sums.wholes(accepted.quarter, [accepted.city.pk])
    assert found[accepted.city.pk].planned == 5000


def test_change_that_is_undone_leaves_the_sums(accepted: City) -> None:
    year_to_date(accepted.quarter, accepted.city)
    with suppress(ZeroDivisionError), transaction.atomic():
        Cell.objects.update(year_to_date=1)
        assert year_to_date(accepted.quarter, accepted.city) == 2
        raise ZeroDivisionError
    assert year_to_date(accepted.quarter, accepted.city) == 500


def test_many_units_at_once_are_one_row(quarter: Quarter) -> None:
    units = [world.make_unit(f"U{number}") for number in range(101)]
    random_cells(quarter, units[:100], [], random.Random(1))
    assert ChangedUnit.objects.filter(unit=None).count() == 0
    ChangedUnit.objects.all().delete()
    random_cells(Quarter.objects.get(year=2021), units, [], random.Random(1))
    told: set[tuple[int | None, int]] = set(ChangedUnit.objects.values_list("unit", "quarter__year"))
    assert told == {(None, 2021), (None, 2022)}


def test_worker_makes_them_again_after_a_unit_has_moved(
    accepted: City, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    year_to_date(accepted.quarter, accepted.city)
    accepted.county.parent = accepted.other
    accepted.county.save()
    assert tasks.sum_up() == 1
    with django_assert_num_queries(1):
        assert year_to_date(accepted.quarter, accepted.other) == 500
    assert tasks.sum_up() == 0


def test_audit_has_everything_made_again(accepted: City) -> None:
    year_to_date(accepted.quarter, accepted.city)
    KeptSum.objects.update(year_to_date=3)
    assert year_to_date(accepted.quarter, accepted.city) == 3
    tasks.verify()
    assert list(KeptQuarter.objects.values_list("quarter", flat=True)) == [accepted.quarter.pk]
    assert year_to_date(accepted.quarter, accepted.city) == 500


def test_how_many_units_is_known_and_not_which() -> None:
    three = HowMany(3)
    assert (len(three), three == frozenset({1, 2, 3}), frozenset({1}) == three) == (3, True, False)
    with pytest.raises(TypeError):
        list(three)

"""Sums kept up the tree: whatever changes, they are those of the cells, and only what it reaches is made again."""

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from django.db import connection, transaction
from pytest_django import DjangoAssertNumQueries

from portal.models import Quarter, Unit
from projects import audit, kept_sums, rollups, tasks, tree_sums
from projects.kept_sums import Sum
from projects.models import Category, Cell, Chain, ChangedUnit, KeptSum, ProjectList, RollupAlarm
from projects.standings import HowMany
from tests import world
from tests.conftest import City
from tests.projects.test_parts_of_sums import SETS, compare, random_cells
from tests.projects.test_tree_sums import put, random_tree
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
    units.append(world.make_unit(f"V{units[-1].pk}", parent=dice.choice(units)))


def list_changes_its_tier(_quarter: Quarter, _units: list[Unit], dice: random.Random) -> None:
    its = dice.choice(ProjectList.objects.all())
    its.tier = dice.choice(["provincial", "municipal", "county"])
    its.save()


def unit_stands_alone_again(_quarter: Quarter, units: list[Unit], dice: random.Random) -> None:
    merged = [unit for unit in units if unit.successor]
    if merged:
        unit = dice.choice(merged)
        unit.valid_until, unit.successor = None, None
        unit.save()


def unit_ends_earlier(_quarter: Quarter, units: list[Unit], dice: random.Random) -> None:
    """So early that the year before knows its successor only."""
    merged = [unit for unit in units if unit.successor]
    if merged:
        unit = dice.choice(merged)
        unit.valid_until = date(2019, 9, 30)
        unit.save()


def unit_leaves(_quarter: Quarter, units: list[Unit], dice: random.Random) -> None:
    lowest = [unit for unit in units[1:] if not unit.children.exists() and not unit.predecessors.exists()]
    if lowest:
        unit = dice.choice(lowest)
        units.remove(unit)
        Unit.objects.filter(pk=unit.pk).delete()


def list_is_renamed(_quarter: Quarter, _units: list[Unit], dice: random.Random) -> None:
    its = dice.choice(ProjectList.objects.all())
    its.code = f"list_{dice.randint(1, 10**9)}"
    its.save()


def cells_follow_a_renamed_list(quarter: Quarter, _units: list[Unit], dice: random.Random) -> None:
    its = dice.choice(ProjectList.objects.all())
    old, its.code = its.code, f"list_{dice.randint(1, 10**9)}"
    its.save()
    Cell.objects.filter(list_set=old).update(list_set=its.code)


def sortings_change(_quarter: Quarter, _units: list[Unit], dice: random.Random) -> None:
    """A category joins, or a chain, or what is industrial is another category from now on."""
    match dice.randint(1, 3):
        case 1:
            Category.objects.get_or_create(code="new", defaults={"name_zh": "new"})
        case 2:
            Chain.objects.get_or_create(code="new", defaults={"name_zh": "new"})
        case 3:
            for old, new in (("industry", "other"), ("ecology", "industry"), ("other", "ecology")):
                Category.objects.filter(code=old).update(code=new)


def list_joins(_quarter: Quarter, _units: list[Unit], dice: random.Random) -> None:
    code = f"list_{dice.randint(1, 10**9)}"
    ProjectList.objects.get_or_create(code=code, defaults={"name_zh": code, "tier": "county"})


CHANGES: list[Callable[[Quarter, list[Unit], random.Random], None]] = [
    *(cells_change, cells_change, cells_of_last_year_change, unit_moves, unit_is_merged, unit_joins),
    *(unit_stands_alone_again, unit_ends_earlier, unit_leaves),
    *(list_changes_its_tier, list_is_renamed, cells_follow_a_renamed_list, list_joins, sortings_change),
]


def rows(quarter: Quarter) -> list[tuple[Any, ...]]:
    return sorted(KeptSum.objects.filter(quarter=quarter).values_list(*Sum._fields), key=repr)


def nothing_is_left_behind(quarter: Quarter) -> None:
    """Not even in a row that nobody asks for."""
    kept_sums.make(quarter)
    kept = rows(quarter)
    kept_sums.forget(quarter)
    kept_sums.make(quarter)
    assert kept == rows(quarter)


@pytest.mark.parametrize("seed", range(30))
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
        if dice.random() < 0.5:
            nothing_is_left_behind(quarter)
    nothing_is_left_behind(quarter)


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


@pytest.fixture
def branches(quarter: Quarter) -> dict[str, Unit]:
    """A city with three branches of two; all have cells on the municipal list, and one has them on the county's too."""
    units = {"T": world.make_unit("T")}
    for side in "ABC":
        units[side] = world.make_unit(side, parent=units["T"])
        units |= {f"{side}{number}": world.make_unit(f"{side}{number}", parent=units[side]) for number in (1, 2)}
    for code, unit in units.items():
        lists = "county_key,municipal_key" if code == "A1" else "municipal_key"
        put(unit, quarter, lists=lists, planned=100, done=10)
    return units


def made_again(quarter: Quarter, units: dict[str, Unit]) -> set[str]:
    """The units whose sums of their own are made again now; whatever is kept is right afterwards."""
    of_whole = KeptSum.objects.filter(part="")
    before = set(of_whole.values_list("pk", flat=True))
    compare(quarter, [units["T"]], list(Unit.objects.order_by("pk")))
    again = set(of_whole.exclude(pk__in=before).values_list("unit__code", flat=True))
    nothing_is_left_behind(quarter)
    return again


def test_only_the_branches_between_which_a_unit_moves_are_made_again(
    quarter: Quarter, branches: dict[str, Unit]
) -> None:
    made_again(quarter, branches)
    Unit.objects.filter(code="A1").update(parent=branches["B"])
    assert made_again(quarter, branches) == {"T", "A", "B", "A1"}
    Unit.objects.filter(code="B").update(parent=branches["C"])
    assert made_again(quarter, branches) == {"T", "B", "C"}
    Unit.objects.filter(code="B1").update(name_en="another name", located_in=branches["C"])
    assert made_again(quarter, branches) == set()


def test_only_the_branch_that_a_unit_joins_or_leaves_is_made_again(quarter: Quarter, branches: dict[str, Unit]) -> None:
    made_again(quarter, branches)
    joined = world.make_unit("C3", parent=branches["C"])
    assert made_again(quarter, branches) == {"T", "C", "C3"}
    joined.delete()
    assert made_again(quarter, branches) == {"T", "C"}
    assert not KeptSum.objects.filter(unit=joined.pk).exists()


def test_only_those_who_were_merged_are_made_again_with_all_above_them(
    quarter: Quarter, branches: dict[str, Unit]
) -> None:
    made_again(quarter, branches)
    Unit.objects.filter(code="A2").update(valid_until=date(2021, 9, 30), successor=branches["A1"])
    assert made_again(quarter, branches) == {"T", "A", "A1", "A2"}
    Unit.objects.filter(code="B2").update(valid_until=date(2021, 9, 30), successor=branches["A1"])
    assert made_again(quarter, branches) == {"T", "A", "A1", "A2", "B", "B2"}
    Unit.objects.filter(code="A2").update(valid_until=None, successor=None)
    assert made_again(quarter, branches) == {"T", "A", "A1", "A2", "B", "B2"}


def test_only_units_with_cells_on_a_changed_list_are_made_again(quarter: Quarter, branches: dict[str, Unit]) -> None:
    made_again(quarter, branches)
    ProjectList.objects.filter(code="county_key").update(tier="municipal")
    assert made_again(quarter, branches) == {"T", "A", "A1"}
    ProjectList.objects.filter(code="county_key").update(code="county_first")
    assert made_again(quarter, branches) == {"T", "A", "A1"}
    ProjectList.objects.filter(code="provincial_single").update(code="provincial_first")
    assert made_again(quarter, branches) == set()
    Cell.objects.filter(list_set="county_key,municipal_key").update(list_set="county_first,municipal_key")
    assert made_again(quarter, branches) == {"T", "A", "A1"}
    ProjectList.objects.create(code="new", name_zh="new", tier="municipal")
    assert made_again(quarter, branches) == set()


def test_quarter_that_becomes_another_one_is_no_longer_the_year_before(
    quarter: Quarter, branches: dict[str, Unit]
) -> None:
    """A unit that has no cells of this year's quarter has nothing of it that is recomputed."""
    before = Quarter.objects.get(year=2021)
    for code in ("A1", "C2"):
        put(branches[code], before, planned=100, done=7)
    Cell.objects.filter(unit=branches["A1"], quarter=quarter).delete()
    made_again(quarter, branches)
    Quarter.objects.filter(pk=before.pk).update(number=2)
    Cell.objects.filter(quarter=before).delete()
    made_again(quarter, branches)
    Quarter.objects.filter(pk=before.pk).update(announced_at=DAY)
    assert made_again(quarter, branches) == set()


def meanwhile(table: str, statement: str) -> None:
    """Have this done by another as soon as the maker of sums has written to the table, before its next statement."""
    with connection.cursor() as cursor:
        cursor.execute(f"""
            CREATE FUNCTION meanwhile() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {statement}; RETURN NULL; END $$;
            CREATE TRIGGER meanwhile AFTER INSERT OR UPDATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION meanwhile();
        """)


def never_more(table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER meanwhile ON {table}; DROP FUNCTION meanwhile()")


def test_unit_that_moves_there_and_back_while_sums_are_made_stands_in_the_right_ones(
    quarter: Quarter, branches: dict[str, Unit]
) -> None:
    """What the tree was when the maker looked, and what it is afterwards, is the same."""
    made_again(quarter, branches)
    move = "UPDATE portal_unit SET parent_id = {} WHERE code = 'A1' AND parent_id = {}"
    a, b = branches["A"].pk, branches["B"].pk
    meanwhile("projects_keptquarter", move.format(b, a))
    Unit.objects.filter(code="A2").update(parent=branches["C"])
    kept_sums.make(quarter)
    never_more("projects_keptquarter")
    Unit.objects.filter(code="A1").update(parent=branches["A"])
    made_again(quarter, branches)


def test_who_has_made_the_sums_reads_them_whatever_changes_meanwhile(accepted: City) -> None:
    meanwhile(
        "projects_keptsum",
        f"INSERT INTO projects_changedunit (unit_id, quarter_id) VALUES ({accepted.other.pk}, {accepted.quarter.pk})",
    )
    assert year_to_date(accepted.quarter, accepted.city) == 500
    assert ChangedUnit.objects.exists()


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


def test_audit_finds_a_sum_that_is_kept_wrong_and_repairs_it(accepted: City) -> None:
    year_to_date(accepted.quarter, accepted.city)
    KeptSum.objects.filter(unit=accepted.county).update(year_to_date=3)
    (found,) = audit.repair(at=DAY)
    assert (found.unit_id, found.quarter_id) == (accepted.county.pk, accepted.quarter.pk)
    assert found.found is not None
    assert found.expected is not None
    assert (found.found["part"], found.found["year_to_date"], found.expected["year_to_date"]) == ("", 3, 500)
    alarm = RollupAlarm.objects.get()
    assert (alarm.unit, alarm.quarter, alarm.found) == (accepted.county, accepted.quarter, found.found)
    assert year_to_date(accepted.quarter, accepted.county) == 500
    assert audit.repair(at=DAY) == []


def test_audit_tells_a_wrong_sum_once_and_not_of_those_above_that_are_right(accepted: City) -> None:
    """One that is missing, one that is there twice, and parts that nobody has cells of."""
    year_to_date(accepted.quarter, accepted.city)
    right = rows(accepted.quarter)
    KeptSum.objects.get(unit=accepted.county).delete()
    twice = KeptSum.objects.get(unit=accepted.other)
    KeptSum.objects.filter(unit=accepted.city, part="provincial_key||").update(part="county_key||")
    twice.pk = None
    twice.save()
    found = audit.repair(at=DAY, quarter=accepted.quarter)
    told = [
        (each.unit_id, each.found and each.found["part"], each.expected and each.expected["part"]) for each in found
    ]
    assert sorted(told, key=repr) == sorted(
        [
            (accepted.county.pk, None, ""),
            (accepted.other.pk, "", None),
            (accepted.city.pk, "county_key||", None),
            (accepted.city.pk, None, "provincial_key||"),
        ],
        key=repr,
    )
    assert rows(accepted.quarter) == right


def test_wrong_cell_is_no_wrong_sum(accepted: City) -> None:
    """The sums made of it are made again with it, and nothing that waits to be added up is an alarm."""
    year_to_date(accepted.quarter, accepted.city)
    Cell.objects.filter(unit=accepted.county, grain="unit").update(planned=1)
    year_to_date(accepted.quarter, accepted.city)
    assert [each.found and each.found.get("grain") for each in audit.repair(at=DAY)] == ["unit"]
    Cell.objects.filter(unit=accepted.county).update(computed_at=at("2022-04-06"))
    accepted.county.parent = accepted.other
    accepted.county.save()
    assert audit.repair(at=DAY) == []


def test_how_many_units_is_known_and_not_which() -> None:
    three = HowMany(3)
    assert (len(three), three == frozenset({1, 2, 3}), frozenset({1}) == three) == (3, True, False)
    with pytest.raises(TypeError):
        list(three)

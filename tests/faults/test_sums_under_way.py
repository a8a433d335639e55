"""Cells written, undone, added up and read by several at once: in the end every sum is that of its cells."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress

import pytest
from django.db import connection, connections, transaction

from portal.models import Quarter, Unit
from projects import audit, kept_sums, tree_sums
from projects.models import Cell, ChangedUnit, ProjectList
from tests import world
from tests.projects.test_parts_of_sums import SETS, compare, random_cells
from tests.world import at

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 25


class Undone(Exception):
    pass


def writes(quarter: Quarter, units: list[Unit], dice: random.Random) -> None:
    """One unit's cells, of this year or the last; every fourth time in vain."""
    with suppress(Undone), transaction.atomic():
        its = Cell.objects.filter(
            unit=dice.choice(units), quarter__number=quarter.number, quarter__year=2022 - dice.randint(0, 1)
        )
        its.update(planned=dice.randint(1, 99))
        if dice.random() < 0.25:
            raise Undone


def reshapes(_quarter: Quarter, units: list[Unit], dice: random.Random) -> None:
    """A unit moves there and back, a list comes and goes; every fourth time in vain."""
    with suppress(Undone), transaction.atomic():
        Unit.objects.filter(pk=dice.choice(units[3:]).pk).update(parent=dice.choice(units[:3]))
        ProjectList.objects.filter(code="county_key").update(tier=dice.choice(["county", "municipal"]))
        if dice.random() < 0.25:
            raise Undone


def adds_up(_quarter: Quarter, _units: list[Unit], _dice: random.Random) -> None:
    kept_sums.make_changed()


def audits(quarter: Quarter, _units: list[Unit], _dice: random.Random) -> None:
    """What changes meanwhile is not wrong."""
    assert audit.repair_sums(quarter, at=at("2022-04-05")) == []


def reads(quarter: Quarter, units: list[Unit], dice: random.Random) -> None:
    """As a page does, and as one that is part of something which is then undone."""
    with suppress(Undone), transaction.atomic():
        tree_sums.sums(quarter, [units[0].pk], [unit.pk for unit in units[1:3]])
        if dice.random() < 0.5:
            raise Undone


def test_whoever_comes_first_every_sum_is_that_of_its_cells() -> None:
    world.make_quarter("2021Q1")
    quarter = world.make_quarter("2022Q1")
    top = world.make_unit("T")
    sides = [world.make_unit(code, parent=top) for code in "LR"]
    units = [top, *sides, *(world.make_unit(f"{side.code}{each}", parent=side) for side in sides for each in range(3))]
    dice = random.Random(7)
    for each in Quarter.objects.all():
        random_cells(each, units, SETS, dice)

    def again_and_again(does: Callable[[Quarter, list[Unit], random.Random], None], seed: int) -> None:
        own = random.Random(seed)
        try:
            for _round in range(ROUNDS):
                does(quarter, units, own)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        todo = [
            pool.submit(again_and_again, *each)
            for each in zip((writes, writes, writes, reshapes, adds_up, audits, reads, reads), range(8), strict=True)
        ]
    for done in todo:
        done.result()
    units = list(Unit.objects.order_by("pk"))
    compare(quarter, [top], units)
    kept_sums.make_changed()
    assert not ChangedUnit.objects.exists()
    compare(quarter, sides, units)


def test_who_reads_waits_for_who_is_making_them_and_the_worker_leaves_the_quarter_to_it() -> None:
    world.make_quarter("2021Q1")
    quarter = world.make_quarter("2022Q1")
    top = world.make_unit("T")
    units = [top, *(world.make_unit(code, parent=top) for code in "LR")]
    random_cells(quarter, units[1:], SETS, random.Random(1))
    compare(quarter, [top], units)

    def other_changes_and_reads() -> int:
        try:
            Cell.objects.filter(unit=units[2]).update(planned=7)
            made = kept_sums.make_changed()
            tree_sums.sums(quarter, [top.pk], [])
            return made
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Cell.objects.filter(unit=units[1]).update(planned=5)
            tree_sums.sums(quarter, [top.pk], [])
            other = pool.submit(other_changes_and_reads)
            with pytest.raises(TimeoutError):
                other.result(timeout=1)
        assert other.result() == 0
    compare(quarter, [top], units)


@pytest.mark.parametrize(("is_part", "waits"), [(True, "on"), (False, "off")])
def test_commit_of_more_than_sums_waits_for_the_disk(*, is_part: bool, waits: str) -> None:
    """What somebody does who reads sums that aren't made yet, as who publishes a bulletin, outlasts a crash."""
    quarter = world.make_quarter("2022Q1")
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = on")  # the tests' PostgreSQL is set not to wait
        with transaction.atomic(), transaction.atomic() if is_part else nullcontext():
            kept_sums.make(quarter)
            cursor.execute("SHOW synchronous_commit")
            assert cursor.fetchone() == (waits,)
        cursor.execute("RESET synchronous_commit")

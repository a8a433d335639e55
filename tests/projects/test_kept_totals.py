"""Totals kept with their revision: the same as those summed, and never those of another state."""

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from commitments.board import Board
from portal.models import Unit
from projects import kept_totals, rollups
from projects.models import KeptTotals
from projects.selection import Tree
from projects.standings import HowMany, Standings, Total
from tests import world
from tests.conftest import City
from tests.world import at

DAY = at("2022-04-05")


@pytest.fixture
def accepted(town: City) -> City:
    world.make_project("O1", town.other, planned=700, lists=("provincial_key",), category="ecology", total=9000)
    report = world.submitted(town.county, town.quarter, 250, by=town.staff, when=DAY)
    world.accepted(report, by=town.reviewer, when=DAY)
    rollups.drain(at=DAY)
    return town


def board(town: City) -> Board:
    return Board.read(town.quarter, Tree([town.city], list(Unit.objects.all())))


def never() -> dict[str, Total]:
    raise AssertionError("summed although it was kept")


def test_kept_totals_are_those_summed(accepted: City) -> None:
    summed = board(accepted)
    assert KeptTotals.objects.count() == 1
    kept = board(accepted)
    assert dict(kept.kept) == dict(summed.kept)
    assert kept.headline() == summed.headline()
    assert kept.units() == summed.units()
    for rows in ("lists", "categories", "chains"):
        assert getattr(kept, rows)() == getattr(summed, rows)()
    whole = Standings.read(accepted.quarter, list(Unit.objects.values_list("pk", flat=True)))
    assert kept.headline().total == whole.total(kept.tree.whole)


def test_kept_totals_are_read_without_the_cells(
    accepted: City, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    made = board(accepted).kept
    with django_assert_num_queries(2):
        assert kept_totals.totals(accepted.quarter, [accepted.city.pk], never) == made


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
    board(accepted)
    with connection.cursor() as cursor:
        cursor.execute(statement)
    with pytest.raises(AssertionError, match="although it was kept"):
        kept_totals.totals(accepted.quarter, [accepted.city.pk], never)


def test_another_quarters_cells_leave_them(accepted: City) -> None:
    later = world.make_quarter("2022Q2")
    rollups.drain(at=DAY)
    board(accepted)
    rollups.rebuild(at=DAY, quarter=later)
    assert kept_totals.totals(accepted.quarter, [accepted.city.pk], never)


def test_very_many_tops_are_summed_each_time(accepted: City) -> None:
    tops = range(1_000_000, 1_000_200)
    assert kept_totals.totals(accepted.quarter, tops, dict) == {}
    assert not KeptTotals.objects.exists()


def test_how_many_units_is_known_and_not_which() -> None:
    three = HowMany(3)
    assert (len(three), three == frozenset({1, 2, 3}), frozenset({1}) == three) == (3, True, False)
    with pytest.raises(TypeError):
        list(three)

"""Units and quarters that join or leave while others are at work: nothing is missed, and nothing stays."""

from datetime import date

import pytest
from django.db import connection

from portal.models import Quarter, Unit
from portal.serve.places import APPLICATION
from projects import audit, kept_sums, rollups
from projects.models import AnnualPlan, Assignment, Cell, KeptSum, Mark
from tests import world
from tests.beside import at_the_same_moment
from tests.conftest import City
from tests.world import at

DAY = at("2022-04-05")


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db
def test_cells_of_a_quarter_that_left_the_calendar_leave_with_it_whoever_made_them_meanwhile(town: City) -> None:
    """By plain SQL, which leaves what the admin would delete, as a drainer does that was under way."""
    second = world.make_quarter("2022Q2")
    rollups.drain(at=DAY)
    assert Cell.objects.filter(quarter=second.pk).exists()
    run(f"DELETE FROM portal_quarter WHERE id = {second.pk}")
    rollups.drain(at=DAY)
    assert not Mark.objects.exists()
    assert not Cell.objects.filter(quarter=second.pk).exists()
    assert audit.differences() == []


@pytest.mark.django_db
def test_cells_of_a_unit_that_was_deleted_leave_with_it_whoever_made_them_meanwhile(town: City) -> None:
    unit = world.make_unit("430423", town.city)
    project = world.make_project("C1", unit)
    rollups.drain(at=DAY)
    assert Cell.objects.filter(unit=unit.pk).exists()
    Assignment.objects.filter(project=project).delete()
    Mark.objects.all().delete()  # as with the unit, which takes its marks along
    run(f"DELETE FROM portal_unit WHERE id = {unit.pk}")
    rollups.drain(at=DAY)
    assert not Cell.objects.filter(unit=unit.pk).exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("quarter_first", [True, False])
def test_unit_and_quarter_that_join_at_the_same_moment_know_of_each_other(town: City, *, quarter_first: bool) -> None:
    """The unit answers for a project in the same transaction."""

    def join() -> None:
        unit = world.make_unit("430423", town.city)
        Assignment.objects.create(project=town.project, unit=unit, from_on=date(2022, 1, 1), reason="test")

    def open_quarter() -> None:
        run(f"SET LOCAL ROLE {APPLICATION}")
        world.make_quarter("2022Q2")

    at_the_same_moment(*((open_quarter, join) if quarter_first else (join, open_quarter)))
    rollups.drain(at=DAY)
    assert audit.differences() == []
    assert Cell.objects.filter(unit__code="430423", quarter__number=2).exists()


@pytest.mark.django_db(transaction=True)
def test_sums_of_a_new_quarter_follow_cells_of_the_year_before_that_were_being_written_when_it_joined(
    town: City,
) -> None:
    """The unit has nothing this year, so that nothing but its cells of the year before says that it has changed."""
    before = world.make_quarter("2021Q2")
    world.make_plan(town.project, 2021, 1000)
    Unit.objects.filter(pk=town.county.pk).update(valid_until=date(2021, 12, 31), successor=town.other)
    rollups.drain(at=DAY)
    AnnualPlan.objects.filter(year=2022).delete()

    def write() -> None:
        Cell.objects.filter(unit=town.county, quarter=before).delete()

    def join() -> None:
        kept_sums.make(world.make_quarter("2022Q2"))

    at_the_same_moment(write, join)
    assert KeptSum.objects.get(quarter__number=2, quarter__year=2022, unit=town.county, part="").projects_before == 1
    assert audit.repair_sums(Quarter.objects.get(year=2022, number=2), at=DAY) == []

"""Cells lie in a partition a year, made when the year's first quarter joins the calendar, and never anywhere else."""

from concurrent.futures import ThreadPoolExecutor
from importlib import import_module

import pytest
from django.db import IntegrityError, connection, transaction

from portal.models import Quarter
from portal.serve.places import APPLICATION
from projects import audit, rollups
from projects.models import Cell
from tests import world
from tests.conftest import City
from tests.world import at

DAY = at("2022-04-05")
WHERE = "SELECT tableoid::regclass::text, count(*) FROM projects_cell GROUP BY 1 ORDER BY 1"
PARTITIONS = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'projects_cell'::regclass"


def asked(statement: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_quarter_of_a_new_year_brings_its_partition_though_the_portal_owns_nothing(town: City) -> None:
    rollups.drain(at=DAY)
    run(f"SET LOCAL ROLE {APPLICATION}")
    world.make_quarter("2031Q1")
    world.make_quarter("2031Q2")
    run("RESET ROLE")
    assert ("projects_cell_2031",) in asked(PARTITIONS)
    world.make_plan(town.project, 2031, 1000)
    rollups.drain(at=DAY)
    assert [table for table, _count in asked(WHERE)] == ["projects_cell_2022", "projects_cell_2031"]
    assert audit.differences() == []


def test_calendar_that_is_loaded_without_triggers_has_its_partitions(town: City) -> None:
    assert asked("SELECT tgenabled FROM pg_trigger WHERE tgname = 'projects_make_room'") == [("A",)]


def test_no_partition_takes_what_belongs_to_none(town: City) -> None:
    rollups.drain(at=DAY)
    [cell] = Cell.objects.filter(grain="unit")
    cell.pk, cell.year = None, 2099
    with pytest.raises(IntegrityError, match="no partition"), transaction.atomic():
        cell.save(force_insert=True)
    assert asked("SELECT partdefid FROM pg_partitioned_table WHERE partrelid = 'projects_cell'::regclass") == [(0,)]


def test_cell_in_another_years_partition_is_found_and_put_right(town: City) -> None:
    rollups.drain(at=DAY)
    Cell.objects.filter(grain="unit").update(year=2021)
    [wrong] = audit.repair(at=DAY)
    assert wrong.found
    assert wrong.expected
    assert (wrong.found["year"], wrong.expected["year"]) == (2021, 2022)
    assert audit.differences() == []
    assert {table for table, _count in asked(WHERE)} == {"projects_cell_2022"}


def test_second_cell_in_another_years_partition_is_found_and_taken_away(town: City) -> None:
    rollups.drain(at=DAY)
    [cell] = Cell.objects.filter(grain="unit")
    cell.pk, cell.year = None, 2021
    cell.save(force_insert=True)
    [wrong] = audit.repair(at=DAY)
    assert wrong.expected is None
    assert audit.differences() == []
    assert Cell.objects.get(grain="unit").year == 2022


def test_cells_follow_a_corrected_year_of_their_quarter(town: City) -> None:
    rollups.drain(at=DAY)
    before = Cell.objects.count()
    Quarter.objects.filter(pk=town.quarter.pk).update(year=2032)
    assert asked(WHERE) == [("projects_cell_2032", before)]


@pytest.mark.django_db(transaction=True)
def test_quarters_of_a_new_year_opened_at_the_same_moment_share_a_partition(transactional_db: None) -> None:
    def open_quarter(number: int) -> None:
        try:
            with transaction.atomic():
                world.make_quarter(f"2033Q{number}")
        finally:
            connection.close()

    try:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(open_quarter, (1, 2, 3, 4)))
        assert Quarter.objects.filter(year=2033).count() == 4
        assert asked(PARTITIONS).count(("projects_cell_2033",)) == 1
    finally:
        run("DROP TABLE IF EXISTS projects_cell_2033")


def test_database_with_cells_is_carried_over_and_back(town: City) -> None:
    migration = import_module("projects.migrations.0020_cells_by_year")
    run("DROP INDEX cell_by_lists, cell_of_units")  # which later migrations make
    world.make_quarter("2031Q1")
    world.make_plan(town.project, 2031, 1000)
    rollups.drain(at=DAY)
    columns = f"{rollups.COLUMNS}, id, computed_at"
    kept = asked(f"SELECT {columns} FROM projects_cell ORDER BY id")
    indexes = "SELECT indexdef FROM pg_indexes WHERE tablename = 'projects_cell' ORDER BY indexname"
    by_year = asked(indexes)
    run("SET CONSTRAINTS ALL IMMEDIATE")
    run(migration.WHOLE)
    assert asked(f"SELECT {columns} FROM projects_cell ORDER BY id") == kept
    assert asked("SELECT relkind FROM pg_class WHERE relname = 'projects_cell'") == [("r",)]
    run(migration.BY_YEAR)
    assert asked(f"SELECT {columns} FROM projects_cell ORDER BY id") == kept
    assert asked(indexes) == by_year
    assert len(asked(WHERE)) == 2
    rollups.rebuild(at=DAY)
    assert audit.differences() == []


def test_partition_that_was_lost_is_made_again_and_filled(town: City) -> None:
    rollups.drain(at=DAY)
    before = Cell.objects.count()
    run("DROP TABLE projects_cell_2022")
    run("SELECT projects_make_room(2022)")
    assert len(audit.repair(at=DAY)) == before > 0
    assert Cell.objects.count() == before
    assert audit.differences() == []

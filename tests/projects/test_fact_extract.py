"""The file of the lines behind a figure holds the rows, words and order that Python makes of the same facts."""

import csv
import io
from collections.abc import Iterator
from copy import deepcopy
from decimal import Decimal

import pytest
from django.utils import translation
from pytest_django import DjangoDbBlocker

from portal.models import Unit
from projects import fact_extract, lifecycle, rollups
from projects.fact_table import FactTable, Names
from projects.facts import MEASURES
from projects.models import Share
from projects.opened import Opened
from projects.selection import Catalogue, Selection
from projects.standings import Slice
from tests import world
from tests.conftest import City
from tests.kept import kept
from tests.world import at

DAY = at("2022-04-05")


def names() -> Names:
    return Names.of(list(Unit.objects.all()), Catalogue.read(), known_at=DAY)


@pytest.fixture(scope="module")
def standing_reported(standing_town: City, django_db_blocker: DjangoDbBlocker) -> Iterator[City]:
    town = deepcopy(standing_town)
    with kept(django_db_blocker):
        both = ("municipal_key", "provincial_key")
        world.make_project("B1", town.other, planned=6000, lists=both, total=120_000)
        world.make_project("C1", town.county, planned=70, lists=())
        Share.objects.create(
            project=town.project, unit=town.other, share="0.4", from_on=town.quarter.starts_on, reason=""
        )
        lifecycle.accept(
            world.submitted(town.county, town.quarter, 25, by=town.staff, when=DAY), by=town.reviewer, at=DAY
        )
        rollups.drain(at=DAY)
        yield town


@pytest.fixture
def reported(standing_reported: City, town: City) -> City:
    """One county has reported, the other is silent and has a share; projects on two lists, on none, and a large one."""
    return deepcopy(standing_reported)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("measure", MEASURES)
def test_the_file_says_what_the_table_says(reported: City, measure: str, language: str) -> None:
    units = set(Unit.objects.values_list("pk", flat=True))
    with translation.override(language):
        selection = Selection(quarter=reported.quarter)
        opened = Opened.read(selection, units, Slice(), MEASURES[measure])
        table = FactTable.of(opened.now.taken, names())
        made = fact_extract.extract(table, MEASURES[measure], selection, units, Slice(), known_at=DAY)
        rows = list(csv.reader(io.StringIO(b"".join(made.csv()).decode()[1:], newline="")))
        expected = [["" if cell is None else str(cell) for cell in row] for row in table.as_values()]
    assert rows[0] == expected[0]
    assert [_numbers(row) for row in rows[1:]] == [_numbers(row) for row in expected[1:]]


def _numbers(row: list[str]) -> list[object]:
    """Amounts as amounts: 12.50 and 12.5 are one; what a page shows as a dash is nothing."""
    return [Decimal(cell) if cell.replace(".", "", 1).isdigit() else cell.strip("—") for cell in row]


def test_the_file_is_sorted_as_the_table(reported: City) -> None:
    units = set(Unit.objects.values_list("pk", flat=True))
    table = FactTable([])
    table.order_by = "-planned"
    selection = Selection(quarter=reported.quarter)
    made = fact_extract.extract(table, MEASURES["planned"], selection, units, Slice(), known_at=DAY)
    titles, *rows = list(csv.reader(io.StringIO(b"".join(made.csv()).decode()[1:])))
    planned = [Decimal(row[titles.index(str(table.columns["planned"].header))]) for row in rows]
    assert planned == sorted(planned, reverse=True)
    assert (made.rows, len(rows)) == (4, 5)  # so many projects; a share is a row more

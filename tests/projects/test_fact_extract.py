"""The file of the lines behind a figure holds the rows, words and order that Python makes of the same facts."""

import csv
import io
from decimal import Decimal

import pytest
from django.utils import translation

from portal.models import Unit
from projects import fact_extract, facts, lifecycle, rollups
from projects.fact_table import FactTable, Names
from projects.facts import MEASURES
from projects.selection import Catalogue
from projects.standings import Slice
from tests import world
from tests.conftest import City
from tests.world import at

DAY = at("2022-04-05")


def names() -> Names:
    return Names.of(list(Unit.objects.all()), Catalogue.read())


@pytest.fixture
def reported(town: City) -> City:
    """One county has reported, the other is silent; one project is on two lists, one on none, one is large."""
    both = ("municipal_key", "provincial_key")
    world.make_project("B1", town.other, planned=6000, lists=both, total=120_000)
    world.make_project("C1", town.county, planned=70, lists=())
    lifecycle.accept(world.submitted(town.county, town.quarter, 25, by=town.staff, when=DAY), by=town.reviewer, at=DAY)
    rollups.drain(at=DAY)
    return town


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("measure", MEASURES)
def test_the_file_says_what_the_table_says(reported: City, measure: str, language: str) -> None:
    units = set(Unit.objects.values_list("pk", flat=True))
    with translation.override(language):
        found = facts.read(reported.quarter, units, Slice())
        table = FactTable.of(MEASURES[measure].taken(found), names())
        made = fact_extract.extract(table, MEASURES[measure], reported.quarter, units, Slice())
        rows = list(csv.reader(io.StringIO(b"".join(made.csv()).decode()[1:], newline="")))
        expected = [["" if cell is None else str(cell) for cell in row] for row in table.as_values()]
    assert rows[0] == expected[0]
    assert [_numbers(row) for row in rows[1:]] == [_numbers(row) for row in expected[1:]]


def _numbers(row: list[str]) -> list[object]:
    """Amounts as amounts: 12.50 and 12.5 are one; what a page shows as a dash is nothing."""
    return [Decimal(cell) if cell.replace(".", "", 1).isdigit() else cell.strip("—") for cell in row]


def test_the_file_is_sorted_as_the_table(reported: City) -> None:
    units = set(Unit.objects.values_list("pk", flat=True))
    table = FactTable.of([], names())
    table.order_by = "-planned"
    made = fact_extract.extract(table, MEASURES["planned"], reported.quarter, units, Slice())
    rows = list(csv.reader(io.StringIO(b"".join(made.csv()).decode()[1:])))[1:]
    planned = [Decimal(row[6]) for row in rows]
    assert planned == sorted(planned, reverse=True)
    assert made.rows == len(rows)

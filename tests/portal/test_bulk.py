"""Many rows changed by one statement, whatever kind of value they hold."""

import pytest
from pytest_django import DjangoAssertNumQueries

from portal import bulk
from projects import drafting
from projects.models import ReportLine
from tests.conftest import City
from tests.world import at

DAY = at("2022-04-05")


def test_every_kind_of_value_is_written(town: City, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    first, second = drafting.begin(town.county, town.quarter, by=town.staff, at=DAY).lines.order_by("pk")
    first.flow, first.progress, first.rejected, first.explanations = (
        12,
        "封顶 ' %s \\",
        {"flow": "about"},
        {"jump": "a"},
    )
    first.edited_by, first.edited_at, first.started_on, first.version = town.staff, DAY, None, 7
    second.version = 8
    names = [field.name for field in ReportLine._meta.concrete_fields if not field.primary_key]
    with django_assert_num_queries(1):
        bulk.update([first, second], names)
    kept = ReportLine.objects.in_bulk()
    for line in (first, second):
        for name in names:
            assert getattr(kept[line.pk], name) == getattr(line, name), name
    assert kept[second.pk].rejected is None


@pytest.mark.django_db
def test_nothing_to_write_asks_nothing(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        bulk.update([], ["version"])

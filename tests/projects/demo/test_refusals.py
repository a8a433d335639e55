"""Where no demo is built: among real projects, and outside demo mode."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from portal.clock import SHANGHAI
from portal.models import DemoStart
from projects.demo import building
from projects.models import Project
from tests import world
from tests.conftest import City

FIRST_START = datetime(2026, 11, 19, 15, 30, tzinfo=SHANGHAI)


def test_the_demo_refuses_a_database_with_projects_in_it_and_leaves_it_alone(settings: Settings, town: City) -> None:
    settings.DEMO = True
    with pytest.raises(building.InTheWay):
        building.begin(started_at=FIRST_START)
    assert Project.objects.count() == 2
    assert not DemoStart.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "begin",
    [
        lambda: world.make_unit("430421"),
        lambda: world.make_person("chief"),
        lambda: world.make_quarter("2022Q1"),
    ],
)
def test_starting_as_a_demo_is_refused_where_real_work_has_only_begun(
    settings: Settings, begin: Callable[[], object]
) -> None:
    settings.DEMO = True
    begin()
    with pytest.raises(CommandError, match="start with CONCENTRIC_DEMO=0"):
        call_command("prepare")
    assert not DemoStart.objects.exists()


@pytest.mark.django_db
def test_check_of_an_empty_database_or_of_a_demo_passes_and_writes_nothing(settings: Settings) -> None:
    settings.DEMO = True
    call_command("demo", check=True)
    assert not DemoStart.objects.exists()
    DemoStart.objects.create(started_at=FIRST_START)
    world.make_unit("430421")
    call_command("demo", check=True)


@pytest.mark.django_db
def test_the_demo_is_refused_outside_demo_mode(settings: Settings) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError, match="not in demo mode"):
        call_command("demo")
    assert not DemoStart.objects.exists()

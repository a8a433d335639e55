"""Where no demo is built: among real projects, and outside demo mode."""

from datetime import datetime

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from portal.clock import SHANGHAI
from portal.models import DemoStart
from projects.demo import building
from projects.models import Project
from tests.conftest import City

FIRST_START = datetime(2026, 11, 19, 15, 30, tzinfo=SHANGHAI)


def test_the_demo_refuses_a_database_with_projects_in_it_and_leaves_it_alone(settings: Settings, town: City) -> None:
    settings.DEMO = True
    with pytest.raises(building.InTheWay):
        building.build(started_at=FIRST_START)
    assert Project.objects.count() == 2
    assert not DemoStart.objects.exists()


@pytest.mark.django_db
def test_the_demo_is_refused_outside_demo_mode(settings: Settings) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError, match="not in demo mode"):
        call_command("demo")
    assert not DemoStart.objects.exists()

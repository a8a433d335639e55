"""The whole demo, built once for the tests of this folder."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from commitments.demo.building import build
from portal import clock
from portal.clock import SHANGHAI
from tests.kept import kept

FIRST_START = datetime(2026, 11, 19, 15, 30, tzinfo=SHANGHAI)


@pytest.fixture(scope="package")
def demo(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with override_settings(DEMO=True), kept(django_db_blocker):
        build(started_at=FIRST_START)
        yield
    clock.forget()

"""The whole demo, built once for the tests of a module and rolled back after them."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from django.db import transaction
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from commitments.demo.building import build
from portal import clock
from portal.clock import SHANGHAI

FIRST_START = datetime(2026, 11, 19, 15, 30, tzinfo=SHANGHAI)


@pytest.fixture(scope="package")
def demo(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock(), override_settings(DEMO=True), transaction.atomic():
        build(started_at=FIRST_START)
        yield
        transaction.set_rollback(True)
    clock.forget()

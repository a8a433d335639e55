"""Rows that several tests begin with, made once and rolled back after the last of them.

Each test runs in a savepoint of its own inside. None of them may commit: `transactional_db` empties the tables.

Where not all tests of a file begin with the rows, the fixture that makes them is named `standing_…`, on top of
`standing_town` of tests/conftest.py or not: it puts those that do behind those that don't. Each test takes a copy of
what was made.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from pytest_django import DjangoDbBlocker


@contextmanager
def kept(blocker: DjangoDbBlocker) -> Iterator[None]:
    with blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)

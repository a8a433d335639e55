"""Rows that several tests begin with, made once and rolled back after the last of them.

Each test runs in a savepoint of its own inside. None of them may commit: `transactional_db` empties the tables.
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

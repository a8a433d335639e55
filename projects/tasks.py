"""Celery's doorbells for the rollups: the marks in the database are the work."""

from celery import shared_task
from django.db import transaction

from portal import clock
from projects import rollups


@shared_task
def drain() -> int:
    """Recompute what is marked. Rung after a change, and by beat for what a lost ring left."""
    return rollups.drain(at=clock.now())


@shared_task
def audit() -> int:
    """The nightly comparison of every cell with a recompute; differences are repaired and shown in the admin."""
    return len(rollups.audit(at=clock.now()))


def ring() -> None:
    """Call a drainer once this transaction is committed; robust, since a dead Redis must not undo or hide a commit."""
    transaction.on_commit(drain.delay, robust=True)

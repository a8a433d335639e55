"""Wakes a worker once the work is committed. The row in the database is the work: an unheard bell only delays it."""

import logging
from functools import partial

from django.db import transaction
from kombu.exceptions import OperationalError

from portal.celery import app

logger = logging.getLogger(__name__)

# A worker that was away for an hour needs to hear the bell once, not a thousand times; the sweep rings every minute.
FORGOTTEN_AFTER_SECONDS = 60


def ring(task: str) -> None:
    """Send this task, such as portal.tasks.deliver, after the commit; a dead Redis must not undo or delay a save."""
    transaction.on_commit(partial(_publish, task), robust=True)


def _publish(task: str) -> None:
    try:
        app.send_task(task, retry=False, expires=FORGOTTEN_AFTER_SECONDS)
    except OperationalError as error:
        logger.warning("no worker was told of %s, the sweep will find the work: %s", task, error)

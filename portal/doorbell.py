"""Wakes a worker once the work is committed. The row in the database is the work: an unheard bell only delays it."""

import logging
from datetime import timedelta
from functools import cache, partial
from uuid import uuid4

from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from portal.celery import app

logger = logging.getLogger(__name__)

# A worker that was away for an hour needs to hear the bell once, not a thousand times; the sweep rings every minute.
FORGOTTEN_AFTER_SECONDS = 60
# Celery's message protocol, version 2: what is called with which arguments, and what is said beside that.
NO_ARGUMENTS: tuple[object, ...] = ((), {}, {"callbacks": None, "errbacks": None, "chain": None, "chord": None})
UNSAID = {"lang": "py", "argsrepr": "()", "kwargsrepr": "{}", "retries": 0, "timelimit": (None, None)}
ONE_TRY = {"max_retries": 0}  # said as a policy: a Redis that is away is told as such


def ring(task: str) -> None:
    """Send this task, such as portal.tasks.deliver, after the commit; a dead Redis must not undo or delay a save."""
    transaction.on_commit(partial(_publish, task), robust=True)


def _publish(task: str) -> None:
    """What Celery's `send_task` would say of a task without arguments that nobody waits for, at a quarter of its cost.

    Every save that changes a figure rings.
    """
    name = str(uuid4())
    until = timezone.now() + timedelta(seconds=FORGOTTEN_AFTER_SECONDS)
    headers = {**UNSAID, "task": task, "id": name, "root_id": name, "expires": until.isoformat()}
    try:
        with app.producer_pool.acquire(block=True) as producer:
            producer.publish(
                NO_ARGUMENTS,
                routing_key=_queue(),
                headers=headers,
                serializer="json",
                retry=True,
                retry_policy=ONE_TRY,
            )
    except OperationalError as error:
        logger.warning("no worker was told of %s, the sweep will find the work: %s", task, error)


@cache
def _queue() -> str:
    return str(app.conf.task_default_queue)

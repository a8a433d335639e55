"""Beat on several hosts: whichever looks first sends what is due, and the others find that it was sent.

Each look is one transaction under an advisory lock of that transaction: a beat that dies by kill -9 lets go of it with
its connection, and it works through pgbouncer, which hands sessions around between transactions. Killed between sending
and the commit, an entry is sent once more: tasks are doorbells, and one too many is harmless.
"""

import logging
from typing import Any

from celery import beat
from django.db import DatabaseError, close_old_connections, transaction
from django.utils import timezone

from portal import alone
from portal.clock import SHANGHAI
from portal.models import TimetableEntry

LOCK = 0x62656174  # the advisory lock of the beat that is looking
LOOK_SECONDS = 5  # the longest that a beat sleeps, and so what a killed one costs at most
BUSY_SECONDS = 1.0

logger = logging.getLogger(__name__)


class Scheduler(beat.Scheduler):
    """Celery's, with the times of the last sending in the database instead of a file beside the process."""

    max_interval = LOOK_SECONDS

    def tick(self, *_args: Any, **_options: Any) -> float:
        """Send what is due; the seconds until it is worth looking again."""
        close_old_connections()
        try:
            with transaction.atomic():
                return self._send_due() if alone.is_held(LOCK) else BUSY_SECONDS
        except DatabaseError as error:
            logger.warning("beat waits for the database: %s", error)
            return LOOK_SECONDS

    def _send_due(self) -> float:
        sent = dict(TimetableEntry.objects.values_list("name", "sent_at"))
        pause = float(LOOK_SECONDS)
        for name, entry in self.schedule.items():
            if name not in sent:  # new in the timetable: first due at its next time from now on
                sent[name] = TimetableEntry.objects.create(name=name, sent_at=timezone.now()).sent_at
            entry.last_run_at = sent[name].astimezone(SHANGHAI)
            due, wait = entry.is_due()
            if due:
                try:
                    self.apply_async(entry, advance=False)
                except beat.SchedulingError as error:
                    logger.warning("beat waits for Redis: %s", error)
                    return LOOK_SECONDS
                TimetableEntry.objects.filter(pk=name).update(sent_at=timezone.now())
                logger.info("sent %s: %s", entry.task, name)
            pause = min(pause, float(wait))
        return pause

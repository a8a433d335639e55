"""Beat runs on two hosts: each entry of the timetable is sent once, and a killed beat's work is the other's."""

import time
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from celery import beat
from django.conf import settings
from django.db import connection
from django.utils import timezone

from portal.beat import LOCK, LOOK_SECONDS, Scheduler
from portal.celery import app
from portal.models import TimetableEntry
from portal.serve import processes
from tests import children

BEAT = ("-m", "celery", "-A", "portal", "beat", "--pidfile", "", "--loglevel", "INFO")
ENTRIES = len(app.conf.beat_schedule)
LATELY = timedelta(days=8)  # long enough for every entry to be due, the weekly ones among them
LAST_SECOND = 54  # of a minute, in which a test begins

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def queue() -> "redis.Redis":
    """What is sent, with nobody to hear it.

    Some entries are due at every full minute, so no test begins shortly before one.
    """
    if (late := timezone.now().second - LAST_SECOND) > 0:
        time.sleep(60 - LAST_SECOND - late)
    messages = redis.Redis.from_url(settings.REDIS_URL)
    messages.delete("celery")
    return messages


def make_due() -> None:
    for name in app.conf.beat_schedule:
        TimetableEntry.objects.update_or_create(pk=name, defaults={"sent_at": timezone.now() - LATELY})


def is_sent() -> bool:
    return not TimetableEntry.objects.filter(sent_at__lt=timezone.now() - timedelta(days=1)).exists()


def test_what_one_beat_sent_the_other_does_not_send_again(queue: "redis.Redis") -> None:
    make_due()
    first, second = Scheduler(app), Scheduler(app)
    assert 0 < first.tick() <= LOOK_SECONDS
    assert queue.llen("celery") == ENTRIES
    assert second.tick() > 0
    assert queue.llen("celery") == ENTRIES


def test_new_entry_waits_for_its_time(queue: "redis.Redis") -> None:
    Scheduler(app).tick()
    assert queue.llen("celery") == 0
    assert TimetableEntry.objects.count() == ENTRIES


def test_while_one_beat_looks_the_other_waits(queue: "redis.Redis") -> None:
    make_due()
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        Scheduler(app).tick()
        assert queue.llen("celery") == 0
        other.rollback()
        Scheduler(app).tick()
        assert queue.llen("celery") == ENTRIES
    finally:
        other.close()


def test_what_redis_did_not_take_stays_due(queue: "redis.Redis", monkeypatch: pytest.MonkeyPatch) -> None:
    make_due()
    deaf = Scheduler(app)

    def refuse(*_about: object, **_options: object) -> None:
        raise beat.SchedulingError

    monkeypatch.setattr(deaf, "apply_async", refuse)
    assert deaf.tick() == LOOK_SECONDS
    assert not is_sent()
    Scheduler(app).tick()
    assert queue.llen("celery") == ENTRIES


def test_killed_beat_is_followed_by_the_other_and_nothing_is_sent_twice(queue: "redis.Redis", tmp_path: Path) -> None:
    make_due()
    with children.running(*BEAT, log=tmp_path / "first.log") as first:
        assert processes.until(is_sent, 60), (tmp_path / "first.log").read_text()
        with children.running(*BEAT, log=tmp_path / "second.log"):
            assert processes.until(lambda: b"beat: Starting" in (tmp_path / "second.log").read_bytes(), 60)
            first.kill()
            first.wait()
            # By now the every-minute entries may have come round once more; the others can't have.
            rare = [each.name for each in TimetableEntry.objects.all() if "nobody heard" not in each.name]
            TimetableEntry.objects.filter(pk__in=rare).update(sent_at=timezone.now() - LATELY)
            assert processes.until(is_sent, LOOK_SECONDS * 4), (tmp_path / "second.log").read_text()
    sent = [(tmp_path / f"{name}.log").read_text() for name in ("first", "second")]
    assert {name: [said.count(f": {name}\n") for said in sent] for name in rare} == {name: [1, 1] for name in rare}

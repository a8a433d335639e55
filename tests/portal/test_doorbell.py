"""A bell is rung after the commit, and a dead Redis costs the one who rings next to nothing."""

import time

import pytest
from django.db import transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from portal import celery, doorbell


@pytest.mark.django_db
def test_ring_comes_after_the_commit_only(django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> None:
    with django_capture_on_commit_callbacks() as rung:
        doorbell.ring("portal.tasks.deliver")
    assert len(rung) == 1


@pytest.mark.django_db(transaction=True)
def test_ring_at_a_dead_redis_is_quick_and_harms_nothing(caplog: pytest.LogCaptureFixture) -> None:
    dead = "redis+socket:///nowhere/redis.sock"
    begun = time.monotonic()
    before = celery.app.conf.broker_url
    celery.app.conf.broker_write_url = dead
    try:
        with transaction.atomic():
            doorbell.ring("portal.tasks.deliver")
    finally:
        celery.app.conf.broker_write_url = before
    assert time.monotonic() - begun < 1
    assert "no worker was told" in caplog.text

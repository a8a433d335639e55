"""A bell is rung after the commit, and a dead Redis costs the one who rings next to nothing."""

import socket
import subprocess
import sys

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks

from portal import doorbell
from tests import children


@pytest.mark.django_db
def test_ring_comes_after_the_commit_only(django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> None:
    with django_capture_on_commit_callbacks() as rung:
        doorbell.ring("portal.tasks.deliver")
    assert len(rung) == 1


LIMIT = 3  # seconds on a busy machine; waiting as Celery does by itself takes six

# In a process of its own, so that no connection made before is used.
RING = """
import time, django; django.setup()
from django.db import transaction
from portal import doorbell
with transaction.atomic():
    doorbell.ring("portal.tasks.deliver")
    begun = time.monotonic()
print(time.monotonic() - begun)
"""


def ring(redis: str) -> float:
    """Seconds from the commit until the one who rang goes on."""
    told = children.environment(DJANGO_SETTINGS_MODULE="portal.settings", REDIS_URL=redis)
    said = subprocess.run([sys.executable, "-c", RING], env=told, capture_output=True, text=True, check=True)
    assert "no worker was told" in said.stderr
    return float(said.stdout)


@pytest.mark.django_db
def test_ring_at_a_dead_redis_costs_next_to_nothing() -> None:
    assert ring("unix:///nowhere/redis.sock") < LIMIT
    assert ring("redis://127.0.0.1:1/0") < LIMIT


@pytest.mark.django_db
def test_ring_at_a_redis_that_does_not_answer_costs_two_seconds() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        assert ring(f"redis://127.0.0.1:{silent.getsockname()[1]}/0") < 2 + LIMIT

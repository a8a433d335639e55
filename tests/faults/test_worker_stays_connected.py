"""A worker's process keeps its session of the database, and the plans in it, from task to task; or replaces it."""

from pathlib import Path

import pytest
from django.db import connection

from portal.serve import processes
from projects import tasks
from projects.models import Mark
from tests import children
from tests.conftest import City

pytestmark = pytest.mark.django_db(transaction=True)

WORKER = ("-m", "celery", "-A", "portal", "worker", "--concurrency", "1", "--loglevel", "INFO")
OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


def sessions() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pid {OTHERS}")
        return [pid for (pid,) in cursor.fetchall()]


def drained(town: City) -> bool:
    Mark.objects.create(unit=town.county, quarter=town.quarter)
    tasks.drain.delay()
    return processes.until(lambda: not Mark.objects.exists(), 60)


def test_worker_stays_connected_from_task_to_task(transactional_db: None, town: City, tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    with children.running(*WORKER, log=log):
        assert drained(town), log.read_text()
        (first,) = sessions()
        assert drained(town), log.read_text()
        assert sessions() == [first]
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_terminate_backend(pid) {OTHERS}")
        assert drained(town), log.read_text()
        assert len(sessions()) == 1
        assert sessions() != [first]

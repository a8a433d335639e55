"""Redis dies by kill -9 under a worker that has fetched more than it does: it goes on by itself."""

from pathlib import Path

import pytest
from django.db import connection

from portal import environment
from portal.celery import app
from portal.serve import processes
from portal.serve.places import Places
from portal.serve.servers import valkey_child
from portal.serve.valkey import Valkey
from projects.models import Mark
from tests import children
from tests.conftest import City
from tests.faults.test_worker_killed import waits_for_a_lock
from tests.faults.test_worker_stays_connected import WORKER


@pytest.mark.django_db(transaction=True)
def test_worker_outlives_a_redis_that_dies_while_messages_wait_in_it(
    transactional_db: None, town: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places, log = Places(tmp_path / "redis"), tmp_path / "worker.log"
    places.make_folders()
    redis = valkey_child(places, Valkey(places, keep=False))
    redis.start()
    assert processes.until(redis.ready, 20), redis.last_lines()
    monkeypatch.setenv("REDIS_URL", places.redis_url())
    _url, broker, _options = environment.redis("")

    def ring(times: int) -> None:
        with app.connection_for_write(broker) as bell:
            for _time in range(times):
                app.send_task("projects.tasks.drain", connection=bell)

    Mark.objects.create(unit=town.county, quarter=town.quarter)
    hold = connection.copy()
    try:
        with hold.cursor() as cursor, children.running(*WORKER, log=log) as worker:
            hold.set_autocommit(False)
            cursor.execute("LOCK TABLE projects_cell IN EXCLUSIVE MODE")
            ring(3)  # one is done, and two more are fetched
            assert processes.until(lambda: waits_for_a_lock() and log.read_text().count("received") == 3, 60)
            redis.kill()
            assert processes.until(lambda: "Connection to broker lost" in log.read_text(), 20), log.read_text()
            hold.rollback()
            redis.start()
            assert processes.until(lambda: not Mark.objects.exists(), 20), log.read_text()
            assert processes.until(redis.ready, 20), redis.last_lines()
            Mark.objects.create(unit=town.county, quarter=town.quarter)
            ring(1)
            assert processes.until(lambda: not Mark.objects.exists(), 20), log.read_text()
            assert worker.poll() is None
    finally:
        hold.close()
        redis.kill()

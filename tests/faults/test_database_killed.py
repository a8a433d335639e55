"""PostgreSQL dies by kill -9 under web and worker: they go on by themselves, and nothing that was answered is lost."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import pytest
from django.db import OperationalError, connection

from portal import clock
from portal.serve import processes
from portal.serve.child import Child
from projects import audit, tasks
from projects.models import Mark, Report
from tests import children, standby
from tests.conftest import City
from tests.faults.portal import browser, drafted_today, web
from tests.faults.test_worker_killed import WORKER, waits_for_a_lock

# What is answered is on the disk by then; a machine that stays up keeps what was written there, synced or not.
LASTING = ("fsync=off", "synchronous_commit=on", "full_page_writes=off", "max_connections=100")


@pytest.fixture
def server(transactional_db: None, town: City, tmp_path: Path) -> Iterator[Child]:
    """A copy of the tests' PostgreSQL, the town on it, which this process and those it starts ask from now on."""
    primary = standby.primary_of_tests()
    if primary is None:
        pytest.skip("DATABASE_URL names a PostgreSQL that is not ours to copy")
    with standby.apart(tmp_path / "copy", primary, *LASTING) as child, pytest.MonkeyPatch.context() as patch:
        sockets = str(child.places.sockets)
        user = urlsplit(os.environ["DATABASE_URL"]).netloc.partition("@")[0]
        address = urlsplit(os.environ["DATABASE_URL"])._replace(netloc=f"{user}@{quote(sockets, safe='')}")
        connection.close()
        patch.setenv("DATABASE_URL", urlunsplit(address))
        patch.setitem(connection.settings_dict, "HOST", sockets)
        yield child
        connection.close()


def answers() -> bool:
    try:
        connection.cursor().execute("SELECT")
    except OperationalError:
        connection.close()
        return False
    return True


def kill_a_session(_server: Child) -> None:
    """One that isn't ours: PostgreSQL then ends them all, and recovers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        os.kill(cursor.fetchone()[0], signal.SIGKILL)
    assert processes.until(lambda: not answers(), 20)


def kill_all(server: Child) -> None:
    server.kill()
    standby.start(server)


@pytest.mark.django_db(transaction=True)
def test_web_and_worker_go_on_by_themselves(server: Child, town: City, tmp_path: Path) -> None:
    draft, log = drafted_today(town), tmp_path / "worker.log"
    place = f"/quarters/{town.quarter.label}/units/{town.county.code}"
    Mark.objects.all().delete()
    hold = connection.copy()
    hold.set_autocommit(False)  # the worker waits for it in the middle of a recompute
    hold.cursor().execute("LOCK TABLE projects_cell IN EXCLUSIVE MODE")
    with web(tmp_path) as address, children.running(*WORKER, log=log) as worker:
        staff, reviewer, leader = (browser(address, each) for each in (town.staff, town.reviewer, town.leader))
        assert staff.post(f"{place}/submit/", signed="1", page=f"{place}/check/") == 302
        assert reviewer.post(f"/admin/projects/report/{draft.pk}/change/", step="accept") == 302
        marks = set(Mark.objects.values_list("pk", flat=True))
        assert processes.until(waits_for_a_lock, 60), log.read_text()
        for kill in (kill_a_session, kill_all):
            kill(server)
            hold.close()
            assert processes.until(answers, 20)
            assert Report.objects.get().state == "accepted"
            assert marks == set(Mark.objects.values_list("pk", flat=True))
            assert town.city.name in leader.get("/dashboard/")
        tasks.drain.delay()  # as beat does every minute
        assert processes.until(lambda: not Mark.objects.exists(), 20), log.read_text()
        assert audit.repair(at=clock.now()) == []
        assert "12.5%" in leader.get("/dashboard/")  # 500 of 4,000 万元
        assert worker.poll() is None

"""A worker dies by kill -9 in the middle of a recompute: the marks are back, and the next one does the work."""

from pathlib import Path

import pytest
from django.db import connection

from portal.serve import processes
from projects import lifecycle, tasks
from projects.models import Cell, Mark
from tests import children, world
from tests.conftest import City
from tests.world import at

# One process without children of its own, so that kill -9 takes all of it.
WORKER = ("-m", "celery", "-A", "portal", "worker", "--pool", "solo", "--loglevel", "INFO")
DAY = at("2022-04-05")


def waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return bool(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_kill_in_the_middle_of_a_recompute_leaves_the_work_to_the_next(
    transactional_db: None, town: City, tmp_path: Path
) -> None:
    report = world.submitted(town.county, town.quarter, 250, by=town.staff, when=DAY)
    hold = connection.copy()
    with hold.cursor() as cursor:
        hold.set_autocommit(False)
        cursor.execute("LOCK TABLE projects_cell IN EXCLUSIVE MODE")
        with children.running(*WORKER, log=tmp_path / "first.log") as worker:
            lifecycle.accept(report, by=town.reviewer, at=DAY)
            marks = Mark.objects.count()
            assert marks > 0
            assert processes.until(waits_for_a_lock, 60), (tmp_path / "first.log").read_text()
            worker.kill()
            worker.wait()
        hold.rollback()
    hold.close()
    assert processes.until(lambda: not waits_for_a_lock(), 60)
    assert Mark.objects.count() == marks
    assert not Cell.objects.exists()
    with children.running(*WORKER, log=tmp_path / "second.log"):
        tasks.drain.delay()  # as beat does every minute
        assert processes.until(lambda: not Mark.objects.exists(), 60), (tmp_path / "second.log").read_text()
    assert [cell.year_to_date for cell in Cell.objects.filter(grain="unit", unit=town.county)] == [500]

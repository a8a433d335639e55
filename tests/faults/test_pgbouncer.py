"""The portal behind pgbouncer in transaction mode, where no two transactions need meet the same session."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from portal.models import TimetableEntry
from portal.serve import processes
from projects.models import Cell, Mark, Report
from tests import children, pgbouncer
from tests.conftest import City
from tests.faults.portal import browser, drafted_today, web
from tests.faults.test_beat_killed import BEAT
from tests.faults.test_worker_killed import WORKER

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pooled(transactional_db: None, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The settings of a host behind pgbouncer."""
    with pgbouncer.running(children.environment()["DATABASE_URL"], tmp_path) as address:
        with psycopg.connect(address, autocommit=True, prepare_threshold=None) as client:
            met = {client.execute("SELECT pg_backend_pid()").fetchone() for _time in range(8)}
            assert client.execute("SHOW enable_memoize").fetchone() == ("off",)  # as docs/scale.md has pgbouncer say
        assert len(met) == pgbouncer.SESSIONS  # a client does meet other sessions
        yield {"DATABASE_URL": address, "CONCENTRIC_PGBOUNCER": "1"}


def test_a_quarter_is_reported_accepted_and_summed_behind_it(
    town: City, pooled: dict[str, str], tmp_path: Path
) -> None:
    draft = drafted_today(town)
    tasks = f"/quarters/{town.quarter.label}/units/{town.county.code}"
    review = f"/admin/projects/report/{draft.pk}/change/"
    with (
        web(tmp_path, **pooled) as address,
        children.running(*WORKER, log=tmp_path / "worker.log", **pooled),
        children.running(*BEAT, log=tmp_path / "beat.log", **pooled),
    ):
        staff, reviewer = browser(address, town.staff), browser(address, town.reviewer)
        assert staff.post(f"{tasks}/submit/", signed="1", page=f"{tasks}/check/") == 302
        assert reviewer.post(review, step="accept") == 302
        settled = processes.until(lambda: Cell.objects.exists() and not Mark.objects.exists(), 60)
        assert settled, (tmp_path / "worker.log").read_text()
        exported = staff.get("/projects/?export=csv")
        assert processes.until(TimetableEntry.objects.exists, 60), (tmp_path / "beat.log").read_text()
    assert Report.objects.get().state == "accepted"
    assert [cell.year_to_date for cell in Cell.objects.filter(grain="unit", unit=town.county)] == [500]
    assert [code in exported for code in ("A1", "A2")] == [True, True], exported

"""Several hosts on one: a primary, a streaming replica, pgbouncer and three workers, with what each costs and gives.

`python -m bench.hosts 10000`. Two clusters and all processes share this machine's processors, so what is measured is
what a step costs, not how far it scales: how late the replica is, what pinning and pgbouncer add to a request, and that
three workers recompute every mark once. Nothing is judged; docs/scale.md says more.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import psycopg

from bench import cluster, population
from portal.serve import processes
from portal.serve.places import OWNER, Refused
from tests import pgbouncer, standby

RUNS = 40
WORKERS = 3
MARK_LAST = """
    INSERT INTO projects_mark (unit_id, quarter_id)
    SELECT unit.id, quarter.id FROM portal_unit unit
    CROSS JOIN (SELECT id FROM portal_quarter ORDER BY year DESC, number DESC LIMIT 1) quarter
"""
WORKER = ("-m", "celery", "-A", "portal", "worker", "--pool", "solo", "--loglevel", "WARNING")


def main() -> int:
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    try:
        with cluster.running(), TemporaryDirectory() as folder, ExitStack() as stack:
            import django

            django.setup()
            shape = population.ensure(size)
            name = population.name(size)
            print(f"{size:,} projects × {population.QUARTERS} quarters; medians of {RUNS}, in ms")
            begun = time.perf_counter()
            replica = stack.enter_context(standby.running(Path(folder) / "replica", cluster.PLACES.sockets))
            print(f"{'a replica copied and caught up':52} {time.perf_counter() - begun:10.1f} s")
            primary = urlsplit(cluster.PLACES.database_url(OWNER))._replace(path=f"/{name}").geturl()
            pooled = stack.enter_context(pgbouncer.running(primary, Path(folder)))
            _lateness(replica, name)
            _statements(primary, pooled, replica.url(name, OWNER))
            _pages(replica, name, shape)
            _three_workers(pooled, name, Path(folder))
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 1
    return 0


def told(what: str, work: Callable[[], object], runs: int = RUNS) -> float:
    costs = []
    for _run in range(runs):
        begun = time.perf_counter()
        work()
        costs.append((time.perf_counter() - begun) * 1000)
    median = statistics.median(costs)
    print(f"{what:52} {median:10.2f}    {min(costs):8.2f} to {max(costs):8.2f}", flush=True)
    return median


def _lateness(replica: standby.Replica, name: str) -> None:
    """From a commit on the primary until the replica has replayed it."""
    with cluster.superuser(name) as primary, _session(replica.url(name, "postgres")) as its:
        primary.execute("CREATE TABLE IF NOT EXISTS bench_lateness (at timestamptz)")

        def written() -> None:
            primary.execute("INSERT INTO bench_lateness VALUES (now())")
            row = primary.execute("SELECT pg_current_wal_insert_lsn()").fetchone()
            while its.execute("SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn", row).fetchone() != (True,):
                pass

        told("a commit until the replica has it", written)
        primary.execute("DROP TABLE bench_lateness")


def _statements(primary: str, pooled: str, replica: str) -> None:
    """One short statement, each its own transaction, over a session that is kept."""
    for what, address in (("straight to PostgreSQL", primary), ("through pgbouncer", pooled), ("replica", replica)):
        with _session(address) as session:
            told(f"a statement, {what}", lambda its=session: its.execute("SELECT 1").fetchone(), 400)  # type: ignore[misc]
    for what, address in (("straight to PostgreSQL", primary), ("through pgbouncer", pooled)):
        told(f"a session opened and closed, {what}", lambda its=address: psycopg.connect(its).close())  # type: ignore[misc]


def _pages(replica: standby.Replica, name: str, shape: population.Shape) -> None:
    """The city's dashboard and a list: from the primary, and from the replica with all that choosing it costs."""
    from django.conf import settings
    from django.db import connections
    from django.test import Client

    from portal.models import User

    client = Client()
    client.force_login(User.objects.get(pk=population.REVIEWER))
    for path in (f"/dashboard/{shape.code}/", "/projects/"):
        told(f"{path} from the primary", lambda its=path: client.get(its))  # type: ignore[misc]
    connections.settings["replica1"] = {
        **connections["default"].settings_dict,
        "NAME": name,
        "HOST": str(replica.places.sockets),
    }
    settings.REPLICAS = ["replica1"]
    client = Client()
    client.force_login(User.objects.get(pk=population.REVIEWER))
    for path in (f"/dashboard/{shape.code}/", "/projects/"):
        told(f"{path} from the replica", lambda its=path: client.get(its))  # type: ignore[misc]
    connections["replica1"].close()
    settings.REPLICAS = []


def _three_workers(pooled: str, name: str, folder: Path) -> None:
    """A quarter of every unit is marked, and three workers are called behind pgbouncer."""
    from projects import tasks

    with cluster.superuser(name) as primary, ExitStack() as stack:
        environment = {"DATABASE_URL": pooled, "CONCENTRIC_PGBOUNCER": "1"}
        for number in range(WORKERS):
            stack.enter_context(_process(cluster.environment(name, **environment), folder / f"worker{number}.log"))
        primary.execute(MARK_LAST)
        before = time.time()
        begun = time.perf_counter()
        for _worker in range(WORKERS):
            tasks.drain.delay()
        empty = "SELECT NOT EXISTS (SELECT FROM projects_mark)"
        processes.until(lambda: primary.execute(empty).fetchone() == (True,), 600)
        print(f"{'a quarter of all units, three workers called':52} {time.perf_counter() - begun:10.1f} s")
        fresh = "SELECT count(*), count(DISTINCT computed_at) FROM projects_cell WHERE computed_at > to_timestamp(%s)"
        print(f"{'its cells, and in how many batches':52} {primary.execute(fresh, [before]).fetchone()}")


@contextmanager
def _session(address: str) -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    with psycopg.connect(address, autocommit=True, prepare_threshold=None) as session:
        yield session


@contextmanager
def _process(environment: dict[str, str], log: Path) -> Iterator[None]:
    with log.open("ab") as said:
        child = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, *WORKER], env=environment, stdout=said, stderr=subprocess.STDOUT
        )
    try:
        yield
    finally:
        child.terminate()
        child.wait(60)


if __name__ == "__main__":
    sys.exit(main())

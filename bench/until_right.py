"""Question 14: from the commit of an acceptance until its cell is right, through a real worker, on an idle machine.

The yardstick is a task that does nothing: from the commit that rings for it until it begins. Nobody polls: the cell's
table tells by NOTIFY when a drainer has committed.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import redis
from django.conf import settings
from django.db import transaction

from bench import cluster, noop, population, reports
from bench.measure import Contest, Goal, Question, Run
from portal import doorbell
from portal.models import User
from portal.serve import processes
from portal.serve.places import CHECKOUT
from projects.models import Cell, ReportLine

PATIENCE = 60
TELL = """
    CREATE OR REPLACE FUNCTION bench_tell() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN NOTIFY bench_cell; RETURN NULL; END $$;
    CREATE TRIGGER bench_tell AFTER INSERT ON projects_cell FOR EACH STATEMENT EXECUTE FUNCTION bench_tell();
"""
TELL_NO_MORE = "DROP FUNCTION IF EXISTS bench_tell CASCADE"


@contextmanager
def contest(size: int) -> Iterator[Contest]:
    with population.to_write(size) as place, _without_mail(place), _told_of_cells(place) as listener, _worker(place):
        yield Contest({"ours": _until_right(place, listener), "a task that does nothing": _until_begun(place)})


@contextmanager
def _without_mail(place: population.Shape) -> Iterator[None]:
    """Nobody is told of the acceptance by e-mail, which the worker would send meanwhile."""
    people = User.objects.filter(pk=population.PREPARER)
    people.update(wants_notices=False)
    try:
        yield
    finally:
        cluster.use(population.name(place.projects))
        people.update(wants_notices=True)


@contextmanager
def _told_of_cells(place: population.Shape) -> Iterator[cluster.Connection]:
    with cluster.superuser(population.name(place.projects)) as connection:
        connection.execute(TELL_NO_MORE)
        connection.execute(TELL)
        connection.execute("LISTEN bench_cell")
        try:
            yield connection
        finally:
            connection.execute(TELL_NO_MORE)


@contextmanager
def _worker(place: population.Shape) -> Iterator[None]:
    """A worker as `make serve` starts it, on this database; ended by its own process id."""
    queue = redis.Redis.from_url(settings.REDIS_URL)
    queue.flushdb()  # what earlier questions have rung for
    command = [sys.executable, "-m", "celery", "-A", "portal", "worker", "--concurrency", "2", "--loglevel", "INFO"]
    log = cluster.PLACES.logs / "worker.log"
    with log.open("wb") as said:
        worker = subprocess.Popen(  # noqa: S603 - our own command
            [*command, "--include", "bench.noop"],
            cwd=CHECKOUT,
            env=cluster.environment(population.name(place.projects)),
            stdout=said,
            stderr=subprocess.STDOUT,
        )
    try:
        if not processes.until(lambda: b" ready." in log.read_bytes() or worker.poll() is not None, PATIENCE):
            raise RuntimeError(log.read_text())
        yield
    finally:
        worker.terminate()
        worker.wait(PATIENCE)


def _until_right(place: population.Shape, listener: cluster.Connection) -> Run:
    def run() -> float:
        (report,) = reports.corrections(place, [place.measured])
        by = reports.reviewer()
        time.sleep(0.2)  # idle
        committed = _commit(lambda: reports.accept(report, by))
        told = next(iter(listener.notifies(timeout=PATIENCE, stop_after=1)), None)
        took = time.perf_counter() - committed
        if told is None:
            raise RuntimeError("the worker did not recompute the cell")
        _refuse_wrong(place.measured)
        return took

    return run


def _until_begun(place: population.Shape) -> Run:
    def run() -> float:
        queue = redis.Redis.from_url(settings.REDIS_URL)
        cluster.use(population.name(place.projects))
        time.sleep(0.2)

        def ring() -> None:
            User.objects.filter(pk=population.REVIEWER).update(post="")
            doorbell.ring("bench.noop")

        committed = _commit(ring)
        begun = queue.blpop([noop.BEGUN], timeout=PATIENCE)
        if begun is None:
            raise RuntimeError("the worker did not begin")
        return float(begun[1]) - committed

    return run


def _commit(work: Callable[[], None]) -> float:
    """The moment at which the transaction of this work was committed, before anybody is rung for."""
    moments: list[float] = []
    with transaction.atomic():
        transaction.on_commit(lambda: moments.append(time.perf_counter()))
        work()
    return moments[0]


def _refuse_wrong(unit: int) -> None:
    lines = ReportLine.objects.accepted().filter(unit=unit, quarter=population.QUARTERS)
    cell = Cell.objects.get(grain="unit", unit=unit, quarter=population.QUARTERS)
    if cell.flow != sum(line.flow or 0 for line in lines):
        raise RuntimeError(f"the cell says {cell.flow}")


QUESTION = Question(
    number=14,
    title="commit until the cell is right, through Celery",
    goals=[Goal(5, "≤", "a task that does nothing")],
    contest=contest,
)

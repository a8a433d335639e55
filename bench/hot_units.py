"""Question 6: wrong cells after eight writers moved lines between 20 units, with drainers at work and killed meanwhile.

Lines move as they do in life: a project passes to another unit from a day on, goes on or off a list, a correction is
accepted. The control is the same portal with a dirty set in place of the marks: one row for a unit's quarter, by a
unique key and ON CONFLICT DO NOTHING. A writer who finds the row there relies on it, the drainer takes it and does not
see what the writer has not committed yet. The control's writers pause for 10 ms where they find a row, between the
reading and the commit, as a busier machine would make them.

A cell that a lost mark left wrong is mended by chance when another change marks the same unit's quarter, and in 20 hot
units that is soon. So both histories rest several times: the writers stop, everything is drained, and what is wrong
then is counted and mended before they go on. In life such a rest is every evening.
"""

import multiprocessing
import os
import random
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import date, timedelta
from multiprocessing.process import BaseProcess
from multiprocessing.sharedctypes import Synchronized

from django.db import IntegrityError, OperationalError, transaction

from bench import cluster, population, reports, together
from bench.measure import Contest, Goal, Question, Run
from portal.models import User
from projects import audit, rollups
from projects.models import Assignment, ListEntry, Mark, ProjectList, Report

WRITERS, DRAINERS, UNITS = 8, 3, 20
SECONDS = {400: 8.0, 10_000: 30.0}
RESTS = 5
DIRTY_SET = """
    CREATE TABLE bench_dirty (unit_id bigint, quarter_id bigint, PRIMARY KEY (unit_id, quarter_id));
    GRANT ALL ON bench_dirty TO PUBLIC;
    CREATE FUNCTION bench_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO bench_dirty VALUES (NEW.unit_id, NEW.quarter_id) ON CONFLICT DO NOTHING;
        IF FOUND THEN RETURN NEW; END IF;
        PERFORM pg_sleep(0.01);
        RETURN NULL;
    END $$;
    CREATE FUNCTION bench_taken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        DELETE FROM bench_dirty WHERE unit_id = OLD.unit_id AND quarter_id = OLD.quarter_id;
        RETURN NULL;
    END $$;
    CREATE TRIGGER bench_once BEFORE INSERT ON projects_mark FOR EACH ROW EXECUTE FUNCTION bench_once();
    CREATE TRIGGER bench_taken AFTER DELETE ON projects_mark FOR EACH ROW EXECUTE FUNCTION bench_taken();
"""
MARKS_AGAIN = """
    DROP FUNCTION IF EXISTS bench_once CASCADE;
    DROP FUNCTION IF EXISTS bench_taken CASCADE;
    DROP TABLE IF EXISTS bench_dirty;
"""
Tally = dict[str, "Synchronized[int]"]


@contextmanager
def contest(size: int) -> Iterator[Contest]:
    with population.to_write(size) as place:
        tally: Tally = {
            name: multiprocessing.Value("q", 0) for name in ("moves", "list changes", "acceptances", "refused", "kills")
        }
        with cluster.superuser(population.name(size)) as connection:
            connection.execute(MARKS_AGAIN)  # a control that was killed has left its own in their place
        yield Contest(
            {"ours": _history(place, tally), "a dirty set": _history(place, {}, dirty=True)},
            notes=lambda: {"what ours went through": {name: count.value for name, count in tally.items()}},
        )


@contextmanager
def _dirty_set(database: str) -> Iterator[None]:
    with cluster.superuser(database) as connection:
        connection.execute(MARKS_AGAIN)
        connection.execute(DIRTY_SET)
        try:
            yield
        finally:
            connection.execute(MARKS_AGAIN)


def _history(place: population.Shape, tally: Tally, *, dirty: bool = False) -> Run:
    """Wrong cells after one history, drained to the end."""

    def run() -> float:
        name = population.name(place.projects)
        units = [*reports.answering(place, UNITS - 1), place.measured]
        waiting = _waiting(place, units)
        wrong = 0
        with _dirty_set(name) if dirty else nullcontext():
            for rest in range(RESTS):
                _write_and_kill(units, waiting[rest::RESTS], rest, SECONDS[place.projects] / RESTS, tally)
                cluster.use(name)
                wrong += _mended()
            return wrong

    return run


def _mended() -> int:
    """Drain to the end, count the wrong cells of all units, and mend them."""
    _drain_to_the_end()
    found = audit.differences()
    pairs = {(each.unit_id, each.quarter_id) for each in found}
    Mark.objects.bulk_create([Mark(unit_id=unit, quarter_id=quarter) for unit, quarter in sorted(pairs)])
    _drain_to_the_end()
    return len(found)


def _drain_to_the_end() -> None:
    while Mark.objects.exists():  # a killed drainer's session may hold the lock for a moment yet
        rollups.drain(at=reports.AT)


def _waiting(place: population.Shape, units: Sequence[int]) -> list[Report]:
    for quarter in range(1, population.QUARTERS + 1):
        reports.corrections(place, units, quarter)
    waiting = list(Report.objects.waiting_for_review())
    random.Random(6).shuffle(waiting)
    return waiting


def _write_and_kill(units: Sequence[int], waiting: Sequence[Report], rest: int, seconds: float, tally: Tally) -> None:
    cluster.leave()
    until = time.monotonic() + seconds
    writers = [
        together.start(_writer(rest * WRITERS + number, units, waiting[number::WRITERS], until, tally))
        for number in range(WRITERS)
    ]
    drainers = [together.start(_drain_for_ever) for _ in range(DRAINERS)]
    chance = random.Random(rest)
    while time.monotonic() < until:
        time.sleep(chance.uniform(0.02, 0.6))
        _kill(drainers.pop(chance.randrange(DRAINERS)), tally)
        drainers.append(together.start(_drain_for_ever))
    for writer in writers:
        writer.join(together.PATIENCE)
    for drainer in drainers:
        _kill(drainer, {})
    if any(writer.exitcode for writer in writers):
        raise RuntimeError("a writer failed")


def _kill(drainer: BaseProcess, tally: Tally) -> None:
    if drainer.pid is not None and drainer.is_alive():
        os.kill(drainer.pid, signal.SIGKILL)
        _count(tally, "kills")
    drainer.join()


def _drain_for_ever() -> None:
    while True:
        rollups.drain(at=reports.AT)
        time.sleep(0.01)


def _writer(number: int, units: Sequence[int], waiting: Sequence[Report], until: float, tally: Tally) -> together.Work:
    def write() -> None:
        chance = random.Random(number)
        by = reports.reviewer()
        projects = list(Assignment.objects.filter(unit__in=units).values_list("project_id", flat=True).distinct())
        lists = list(ProjectList.objects.values_list("pk", flat=True))
        left = list(waiting)
        while time.monotonic() < until:
            try:
                with transaction.atomic():
                    done = _change(chance, units, projects, lists, left, by)
                _count(tally, done)
            except (IntegrityError, OperationalError):  # a day that is taken, or the control's deadlocks
                _count(tally, "refused")

    return write


def _change(
    chance: random.Random,
    units: Sequence[int],
    projects: Sequence[int],
    lists: Sequence[int],
    left: list[Report],
    by: User,
) -> str:
    """One change, of a kind by chance; says which."""
    kind = chance.random()
    day = date(population.FIRST_YEAR, 1, 2) + timedelta(days=chance.randrange(365 * 4))
    if kind < 0.15 and left:
        reports.accept(left.pop(), by)
        return "acceptances"
    project = chance.choice(projects)
    if kind < 0.4:
        ListEntry.objects.filter(project=project, delisted_on=None, listed_on__lt=day).update(delisted_on=day)
        ListEntry.objects.create(project_id=project, list_id=chance.choice(lists), listed_on=day, reason="bench")
        return "list changes"
    for each in {project, chance.choice(projects)}:
        Assignment.objects.create(project_id=each, unit_id=chance.choice(units), from_on=day, reason="bench")
    return "moves"


def _count(tally: Tally, name: str) -> None:
    if name in tally:
        with tally[name].get_lock():
            tally[name].value += 1


QUESTION = Question(
    number=6,
    title="wrong cells after 8 writers on 20 hot units, drainers killed",
    goals=[Goal(0, "=", "a dirty set")],
    contest=contest,
    unit="wrong",
    small=(400,),
    full=(400, 10_000),
    runs=2,
    warm_up=False,
)

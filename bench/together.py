"""Several processes that begin at the same moment, each with a connection of its own."""

import multiprocessing
import time
import traceback
from collections.abc import Callable, Sequence
from multiprocessing.process import BaseProcess
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Barrier

from bench import cluster

Work = Callable[[], object]
Moments = tuple[float, float]
FORK = multiprocessing.get_context("fork")
PATIENCE = 600


def nothing() -> None:
    """For a process that has nothing to make ready."""


def seconds(works: Sequence[tuple[Work, Work]]) -> float:
    """From when all of them are let go, each having made itself ready, until the last has done its work.

    Each is given as what makes it ready and what it does. Raises RuntimeError where one fails.
    """
    cluster.leave()  # a connection doesn't survive being forked
    barrier, clock = FORK.Barrier(len(works)), FORK.SimpleQueue()
    children = [start(work, barrier, ready, clock) for ready, work in works]
    for child in children:
        child.join(PATIENCE)
    failed = [child for child in children if child.exitcode != 0]
    if failed:
        raise RuntimeError(f"{len(failed)} of {len(works)} processes failed")
    moments = [clock.get() for _child in children]
    return float(max(done for _begun, done in moments) - min(begun for begun, _done in moments))


def start(
    work: Work, barrier: Barrier | None = None, ready: Work = nothing, clock: "SimpleQueue[Moments] | None" = None
) -> BaseProcess:
    """A process that makes itself ready and does this work, once all that wait at the barrier are there.

    It tells the clock when it began and when it was done: to end a process isn't what is measured.
    """
    child = FORK.Process(target=_run, args=(work, barrier, ready, clock), daemon=True)
    child.start()
    return child


def _run(work: Work, barrier: Barrier | None, ready: Work, clock: "SimpleQueue[Moments] | None") -> None:
    from django.db import connection

    try:
        connection.ensure_connection()
        ready()
        if barrier is not None:
            barrier.wait(PATIENCE)
        begun = time.perf_counter()  # the same clock in every process
        work()
        if clock is not None:
            clock.put((begun, time.perf_counter()))
    except BaseException:
        if barrier is not None:
            barrier.abort()
        traceback.print_exc()
        raise SystemExit(1) from None
    finally:
        connection.close()

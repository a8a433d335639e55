"""Several processes that begin at the same moment, each with a connection of its own."""

import multiprocessing
import time
import traceback
from collections.abc import Callable, Sequence
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Barrier

from bench import cluster

Work = Callable[[], object]
FORK = multiprocessing.get_context("fork")
PATIENCE = 600


def nothing() -> None:
    """For a process that has nothing to make ready."""


def seconds(works: Sequence[tuple[Work, Work]]) -> float:
    """From when all of them are let go, each having made itself ready, until the last has done its work.

    Each is given as what makes it ready and what it does. Raises RuntimeError where one fails.
    """
    cluster.leave()  # a connection doesn't survive being forked
    barrier = FORK.Barrier(len(works) + 1)
    children = [start(work, barrier, ready) for ready, work in works]
    barrier.wait(PATIENCE)
    begun = time.perf_counter()
    for child in children:
        child.join(PATIENCE)
    took = time.perf_counter() - begun
    failed = [child for child in children if child.exitcode != 0]
    if failed:
        raise RuntimeError(f"{len(failed)} of {len(works)} processes failed")
    return took


def start(work: Work, barrier: Barrier | None = None, ready: Work = nothing) -> BaseProcess:
    """A process that makes itself ready and does this work, once all that wait at the barrier are there."""
    child = FORK.Process(target=_run, args=(work, barrier, ready), daemon=True)
    child.start()
    return child


def _run(work: Work, barrier: Barrier | None, ready: Work) -> None:
    from django.db import connection

    try:
        connection.ensure_connection()
        ready()
        if barrier is not None:
            barrier.wait(PATIENCE)
        work()
    except BaseException:
        if barrier is not None:
            barrier.abort()
        traceback.print_exc()
        raise SystemExit(1) from None
    finally:
        connection.close()

"""Two people at work at the same moment, each in a session and a transaction of their own."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from time import sleep

from django.db import connection, transaction

PATIENCE = 20  # seconds
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def at_the_same_moment(first: Callable[[], object], second: Callable[[], object]) -> None:
    """The second begins once the first has written, and the first commits once the second is done or waits for it.

    Raises what they raise.
    """
    written, go_on = Event(), Event()

    def linger() -> None:
        try:
            first()
        finally:
            written.set()
        go_on.wait(PATIENCE)

    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(_in_a_session, linger)
        written.wait(PATIENCE)
        other = pool.submit(_in_a_session, second)
        _done_or_waiting(other)
        go_on.set()
        one.result(PATIENCE)
        other.result(PATIENCE)


def _in_a_session(do: Callable[[], object]) -> None:
    try:
        with transaction.atomic():
            do()
    finally:
        connection.close()


def _done_or_waiting(other: "Future[None]") -> None:
    """Until it is done, or waits for another session's lock."""
    while not other.done():
        with connection.cursor() as cursor:
            cursor.execute(WAITING)
            if cursor.fetchone()[0]:
                return
        sleep(0.01)

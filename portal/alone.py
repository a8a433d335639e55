"""Work that one worker at a time may do: held until the transaction ends, also by a worker that dies."""

from collections.abc import Callable
from contextlib import closing
from time import monotonic
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Model, QuerySet

TRIES = 3  # a row whose worker was lost so often is given up
TOLD_EVERY = 1.0  # seconds


def is_held(lock: int, key: int | None = None) -> bool:
    """Take the lock of this number, or of a key within it, for the rest of the transaction; false where another has it.

    Of the transaction and not the session: so it works behind a pool that hands out connections by transaction.
    """
    taken, numbers = ("%s", [lock]) if key is None else ("%s, %s", [lock, key % 2**31])
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_try_advisory_xact_lock({taken})", numbers)
        return bool(cursor.fetchone()[0])


def each(
    waiting: "QuerySet[Any]", lock: int, do: Callable[[int], int], *, one_at_a_time: bool = False, **given_up: object
) -> int:
    """Do what waits, row after row, but for those that another worker is at; gives the sum of what `do` gives.

    `one_at_a_time`: nothing, while another worker is at any of them. Work that takes minutes would else hold all the
    processes of a worker, and figures and e-mails would wait for it.

    `do` gets a row's id in a transaction that holds the row's lock: a worker that dies lets go of it and of all that it
    had written, and the next begins anew. Tries are counted in the rows; after TRIES a row becomes `given_up`.
    """
    count = 0
    for pk in waiting.values_list("pk", flat=True):
        key = 0 if one_at_a_time else pk
        if _begun(waiting.filter(pk=pk), lock, key, given_up):
            with transaction.atomic():
                if is_held(lock, key):
                    count += do(pk)
    return count


def _begun(waiting: "QuerySet[Any]", lock: int, key: int, given_up: dict[str, object]) -> bool:
    """Count the try, unless another worker is at it; too many, and nobody tries any more."""
    with transaction.atomic():
        if not is_held(lock, key):
            return False
        waiting.filter(tries__gte=TRIES).update(**given_up)
        return waiting.update(tries=F("tries") + 1, done=0) > 0


class Telling:
    """Says how many are done of a row's work, every second and beside its transaction, so that its page moves."""

    def __init__(self, row: Model) -> None:
        self.row, self.last = row, monotonic()

    def __call__(self, done: int) -> None:
        if monotonic() - self.last < TOLD_EVERY:
            return
        self.last = monotonic()
        with closing(connection.copy()) as beside, beside.cursor() as cursor:
            cursor.execute(f'UPDATE "{self.row._meta.db_table}" SET done = %s WHERE id = %s', [done, self.row.pk])

"""Work that one worker at a time may do: held until the transaction ends, also by a worker that dies."""

from django.db import connection


def is_held(space: int, key: int) -> bool:
    """Take the lock of this number within a kind of work, for the rest of the transaction; false where another has it.

    Of the transaction and not the session: so it works behind a pool that hands out connections by transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [space, key % 2**31])
        return bool(cursor.fetchone()[0])

"""The rows that migrations put in, and how a test that committed leaves the tables: with these and no others.

Django would empty every table and then name all models and permissions anew, which takes longer than most tests.
"""

from django.db import OperationalError, connection, transaction
from django.test import TransactionTestCase
from psycopg.errors import DeadlockDetected

COPIES = "first_rows"
# Rows that Django itself writes and no test changes.
DJANGOS = ("django_migrations", "django_content_type", "auth_permission")


def keep() -> None:
    """Copy every row that is there now into a schema of its own; after tests that commit they are put back."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {COPIES}")
        for table in _filled():
            cursor.execute(f'CREATE TABLE {COPIES}."{table}" AS TABLE "{table}"')
    TransactionTestCase._fixture_teardown = lambda self: put_back()  # type: ignore[attr-defined]


def put_back() -> None:
    """Make the tables as they were, exactly: triggers would add to the history and mark figures to be recomputed.

    A page that was left saves what was typed, and may do so at this moment: the two can hold each other off.
    """
    for is_last in (False, False, True):
        try:
            _put_back()
        except OperationalError as error:
            if is_last or not isinstance(error.__cause__, DeadlockDetected):
                raise
        else:
            return


@transaction.atomic
def _put_back() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [COPIES])
        kept = {table for (table,) in cursor.fetchall()}
        filled = _filled()
        cursor.execute("SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE tgenabled = 'A'")
        always = cursor.fetchall()
        for table in sorted(kept | filled):
            cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
        for table in filled:  # rows name each other's, whatever the order: they are looked for at the end
            cursor.execute(f'DELETE FROM "{table}"')
        for table in kept:
            cursor.execute(f'INSERT INTO "{table}" OVERRIDING SYSTEM VALUE TABLE {COPIES}."{table}"')
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in sorted(kept | filled):
            cursor.execute(f'ALTER TABLE "{table}" ENABLE TRIGGER USER')
        for table, trigger in always:
            cursor.execute(f'ALTER TABLE "{table}" ENABLE ALWAYS TRIGGER "{trigger}"')


def _filled() -> set[str]:
    """The tables that hold a row, less Django's."""
    with connection.cursor() as cursor:
        tables = sorted({*connection.introspection.table_names(cursor)} - {*DJANGOS})
        asked = " UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT FROM \"{table}\")" for table in tables)
        cursor.execute(asked)
        return {table for (table,) in cursor.fetchall()}

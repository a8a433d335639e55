"""The rows that migrations put in, kept through tests that commit: emptying all tables afterwards takes them away."""

import pytest
from django.db import connection, transaction

COPIES = "first_rows"
# Rows that Django itself writes again after it has emptied the tables, under new keys.
DJANGOS = ("django_migrations", "django_content_type", "auth_permission")


def keep() -> None:
    """Copy every row that is there now into a schema of its own, out of reach of whatever empties the tables."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {COPIES}")
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT EXISTS (SELECT FROM "{table}")')
            if table not in DJANGOS and cursor.fetchone() == (True,):
                cursor.execute(f'CREATE TABLE {COPIES}."{table}" AS TABLE "{table}"')


def put_back() -> None:
    """Fill the emptied tables again, exactly: triggers would add to the history and mark figures to be recomputed."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [COPIES])
        tables = [table for (table,) in cursor.fetchall()]
        for table in tables:
            cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
        for table in tables:  # rows name each other's, whatever the order: they are looked for when all are there
            cursor.execute(f'INSERT INTO "{table}" OVERRIDING SYSTEM VALUE TABLE {COPIES}."{table}"')
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in tables:
            cursor.execute(f'ALTER TABLE "{table}" ENABLE TRIGGER USER')


def empties_tables(item: pytest.Item) -> bool:
    """Whether pytest-django empties all tables after this test, since it commits."""
    marker = item.get_closest_marker("django_db")
    fixtures: list[str] = getattr(item, "fixturenames", [])
    return bool(marker and marker.kwargs.get("transaction")) or "transactional_db" in fixtures

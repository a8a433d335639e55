"""The PostgreSQL and Valkey that are measured: their own, under .run/bench, set for production; databases are kept."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg

from portal.serve import processes
from portal.serve.child import Child
from portal.serve.places import CHECKOUT, DATABASE, OWNER, Places, Refused
from portal.serve.postgres import SUPERUSER, Postgres
from portal.serve.servers import postgres_child, valkey_child
from portal.serve.valkey import Valkey

PLACES = Places(CHECKOUT / ".run" / "bench")
SETTINGS = (
    "shared_buffers=2GB",
    "effective_cache_size=12GB",
    "work_mem=64MB",
    "maintenance_work_mem=1GB",
    "max_wal_size=8GB",
    "checkpoint_timeout=30min",
    "random_page_cost=1.1",
)
EMPTY = DATABASE  # migrated, without a population: what the others are copied from


@contextmanager
def running() -> Iterator[None]:
    """Both servers while the block runs; Django is told of them by the environment, so it is set up inside."""
    PLACES.make_folders()
    server = Postgres(PLACES, settings=SETTINGS)
    with _started(postgres_child(PLACES, server)), _started(valkey_child(PLACES, Valkey(PLACES, keep=False))):
        server.introduce_roles()
        address = PLACES.database_url(OWNER)
        os.environ |= {
            "CONCENTRIC_RUN_DIR": str(PLACES.run),
            "DATABASE_URL": address,
            "OWNER_DATABASE_URL": address,
            "REDIS_URL": PLACES.redis_url(),
            "DJANGO_SETTINGS_MODULE": "portal.settings",
        }
        migrate = [
            sys.executable,
            "-W",
            "ignore",
            str(CHECKOUT / "manage.py"),
            "migrate",
            "--verbosity=0",
            "--skip-checks",
        ]
        subprocess.run(migrate, check=True, cwd=CHECKOUT)  # noqa: S603 - our own command
        yield


@contextmanager
def _started(child: Child) -> Iterator[None]:
    child.start()
    try:
        if not processes.until(lambda: child.ready() or not child.running(), 60) or not child.running():
            raise Refused("\n".join([f"{child.name} did not start:", *child.last_lines()]))
        yield
    finally:
        child.stop()


Connection = psycopg.Connection[tuple[Any, ...]]


def superuser(database: str) -> Connection:
    return psycopg.connect(host=str(PLACES.sockets), user=SUPERUSER, dbname=database, autocommit=True)


def form(database: str) -> str | None:
    """What `finish` noted of it; null where there is no such database, or it was never finished."""
    with superuser("postgres") as connection:
        found = connection.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [database]
        ).fetchone()
    return found[0] if found else None


def drop(database: str) -> None:
    with superuser("postgres") as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')


def copy_of(template: str, database: str) -> None:
    with superuser("postgres") as connection:
        connection.execute(f'CREATE DATABASE "{database}" OWNER {OWNER} TEMPLATE "{template}"')


def finish(database: str, name: str, form: str) -> None:
    """Give a database that is whole its name, in place of an earlier one, with a note of its form."""
    drop(name)
    with superuser("postgres") as connection:
        connection.execute(f'ALTER DATABASE "{database}" RENAME TO "{name}"')
        connection.execute(f"COMMENT ON DATABASE \"{name}\" IS '{form}'")


@contextmanager
def without_trigger(database: str, table: str, trigger: str) -> Iterator[None]:
    """The table without this trigger of ours while the block runs."""
    with superuser(database) as connection:
        found = connection.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname LIKE %s",
            [table, f"pgtrigger_{trigger}_%"],
        ).fetchone()
        if found is None:
            raise LookupError(f"{table} has no trigger {trigger}")
        connection.execute(f'ALTER TABLE {table} DISABLE TRIGGER "{found[0]}"')
        try:
            yield
        finally:
            connection.execute(f'ALTER TABLE {table} ENABLE TRIGGER "{found[0]}"')


@contextmanager
def sessions_with(database: str, settings: Mapping[str, str]) -> Iterator[None]:
    """Sessions of this database that begin while the block runs have these settings."""
    leave()
    with superuser("postgres") as connection:
        for name, value in settings.items():
            connection.execute(f"ALTER DATABASE \"{database}\" SET {name} = '{value}'")
        try:
            yield
        finally:
            for name in settings:
                connection.execute(f'ALTER DATABASE "{database}" RESET {name}')
            leave()


def use(database: str) -> None:
    """Make Django's connection one to this database."""
    from django.db import connection

    if connection.settings_dict["NAME"] != database:
        connection.close()
        connection.settings_dict["NAME"] = database


def leave() -> None:
    """Close Django's connection, so that the database can be copied, renamed or dropped."""
    from django.db import connection

    connection.close()


def environment(database: str, **more: str) -> dict[str, str]:
    """What a process of its own is told, so that it works on this database."""
    address = f"{PLACES.database_url(OWNER).rpartition('/')[0]}/{database}"
    return {**os.environ, "DATABASE_URL": address, "OWNER_DATABASE_URL": address, **more}

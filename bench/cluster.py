"""The PostgreSQL that is measured: a cluster of its own under .run/bench, set as one for production, kept between runs."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from portal.serve import processes
from portal.serve.places import CHECKOUT, DATABASE, OWNER, Places, Refused
from portal.serve.postgres import SUPERUSER, Postgres
from portal.serve.servers import postgres_child

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
    """PostgreSQL while the block runs; Django is told of it by the environment, so it is set up inside."""
    PLACES.make_folders()
    server = Postgres(PLACES, settings=SETTINGS)
    child = postgres_child(PLACES, server)
    child.start()
    try:
        if not processes.until(lambda: child.ready() or not child.running(), 60) or not child.running():
            raise Refused("\n".join(["PostgreSQL did not start:", *child.last_lines()]))
        server.introduce_roles()
        address = PLACES.database_url(OWNER)
        os.environ |= {
            "CONCENTRIC_RUN_DIR": str(PLACES.run),
            "DATABASE_URL": address,
            "OWNER_DATABASE_URL": address,
            "REDIS_URL": PLACES.redis_url(),
            "DJANGO_SETTINGS_MODULE": "portal.settings",
        }
        migrate = [sys.executable, "-W", "ignore", str(CHECKOUT / "manage.py"), "migrate", "--verbosity=0"]
        subprocess.run(migrate, check=True, cwd=CHECKOUT)  # noqa: S603 - our own command
        yield
    finally:
        child.stop()


def superuser(database: str) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(host=str(PLACES.sockets), user=SUPERUSER, dbname=database, autocommit=True)


def exists(database: str) -> bool:
    with superuser("postgres") as connection:
        return connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone() is not None


def drop(database: str) -> None:
    with superuser("postgres") as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')


def copy_of(template: str, database: str) -> None:
    with superuser("postgres") as connection:
        connection.execute(f'CREATE DATABASE "{database}" OWNER {OWNER} TEMPLATE "{template}"')


def use(database: str) -> None:
    """Make Django's connection one to this database."""
    from django.db import connection

    connection.close()
    connection.settings_dict["NAME"] = database

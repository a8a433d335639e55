"""The PostgreSQL and Valkey that tests run against: their own, apart from what is being served, gone afterwards.

Loaded before Django by `-p tests.services`. DATABASE_URL and REDIS_URL name others and keep this from starting any.
Where tests run side by side (`pytest -n 2`) their workers share the servers; each has databases and files of its own.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO
from urllib.parse import urlsplit

import pytest

from portal import translations
from portal.serve import processes
from portal.serve.child import Child
from portal.serve.places import CHECKOUT, OWNER, Places, Refused
from portal.serve.postgres import Postgres
from portal.serve.servers import postgres_child, valkey_child
from portal.serve.valkey import Valkey

# What a test database loses in a power cut can be made again.
FORGETFUL = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=100")
# Test databases are copies of template1, so what the portal's role may do there is granted in it.
ROLES_FOR_TESTS = """
ALTER ROLE concentric_owner CREATEDB;
GRANT concentric TO concentric_owner;
\\connect template1
GRANT USAGE ON SCHEMA public TO concentric;
ALTER DEFAULT PRIVILEGES FOR ROLE concentric_owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO concentric;
ALTER DEFAULT PRIVILEGES FOR ROLE concentric_owner GRANT USAGE, SELECT ON SEQUENCES TO concentric;
"""


class TestServices:
    """One run's servers, in the first folder under `.run/test` that no other run holds."""

    __test__ = False

    def __init__(self) -> None:
        self.children: list[Child] = []
        self.lock: TextIO | None = None

    def start(self) -> None:
        wanted = {"DATABASE_URL", "REDIS_URL"} - os.environ.keys()
        if not wanted:
            return
        places = self.claim(CHECKOUT / ".run" / "test")
        os.environ["CONCENTRIC_RUN_DIR"] = str(places.run)  # what a test writes there stays away from what is served
        gather_nothing()
        if "DATABASE_URL" in wanted:
            self.start_postgres(places)
        if "REDIS_URL" in wanted:
            self.start_child(valkey_child(places, Valkey(places, keep=False)))
            os.environ["REDIS_URL"] = places.redis_url()

    def claim(self, base: Path) -> Places:
        for number in range(1, 100):
            folder = base / str(number)
            folder.mkdir(parents=True, exist_ok=True)
            lock = (folder / "lock").open("a")
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.close()
                continue
            self.lock = lock
            places = Places(folder)
            places.make_folders()
            return places
        raise Refused(f"99 test runs hold folders under {base}.")

    def start_postgres(self, places: Places) -> None:
        server = Postgres(places, settings=FORGETFUL)
        # Without fsync only a cluster that was shut down in order can be trusted again.
        trusted = places.run / "stopped-in-order"
        if not trusted.exists() and server.data.exists():
            server.recover()
            shutil.rmtree(server.data)
        trusted.unlink(missing_ok=True)
        self.start_child(postgres_child(places, server))
        server.introduce_roles()
        server.run_sql(ROLES_FOR_TESTS)
        os.environ["TESTS_MIGRATED_LOCK"] = str(places.run / "migrated.lock")  # tests/migrated.py
        os.environ["DATABASE_URL"] = os.environ["OWNER_DATABASE_URL"] = places.database_url(OWNER)

    def start_child(self, child: Child) -> None:
        child.log.unlink(missing_ok=True)
        self.children.append(child)
        child.start()
        if not processes.until(lambda: child.ready() or not child.running(), 60) or not child.running():
            self.stop()
            raise Refused("\n".join([f"{child.name} did not start:", *child.last_lines()]))

    def stop(self) -> None:
        while self.children:
            child = self.children.pop()
            if child.stop() and child.name == "postgres":
                (child.places.run / "stopped-in-order").touch()
        if self.lock is not None:
            self.lock.close()
            self.lock = None


def gather_nothing() -> None:
    """WhiteNoise warns at every request where `collectstatic` has made no folder; pages in tests need none."""
    (Path(os.environ["CONCENTRIC_RUN_DIR"]) / "static").mkdir(parents=True, exist_ok=True)


def share(worker: str) -> None:
    """What this worker ("gw0", …) has for itself of the run's servers; pytest-django makes its PostgreSQL database."""
    os.environ["CONCENTRIC_RUN_DIR"] = str(Path(os.environ.get("CONCENTRIC_RUN_DIR", ".run/test")).absolute() / worker)
    gather_nothing()
    number = int(worker.removeprefix("gw")) + 1
    url = os.environ["REDIS_URL"]
    unix = url.startswith("unix:")
    os.environ["REDIS_URL"] = f"{url}?db={number}" if unix else urlsplit(url)._replace(path=f"/{number}").geturl()


services = TestServices()


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    """As a wrapper this comes before pytest-django, which reads the settings in the same hook."""
    told = early_config.known_args_namespace
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        share(worker)
    elif not (told.help or told.version):
        translations.compile_all()  # before Django reads them
        try:
            services.start()
        except Refused as refused:
            pytest.exit(str(refused), returncode=3)
    try:
        return (yield)
    except BaseException:
        services.stop()
        raise


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    services.stop()

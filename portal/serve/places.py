"""Where a checkout keeps its servers' files, and the addresses that follow from it."""

import hashlib
import os
import re
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

CHECKOUT = Path(__file__).resolve().parents[2]
DATABASE = "concentric"
APPLICATION = "concentric"
OWNER = "concentric_owner"

# A unix socket's path must fit into 107 bytes; ".s.PGSQL.5432.lock" is the longest name that is put into the folder.
LONGEST_SOCKET_FOLDER = 107 - len("/.s.PGSQL.5432.lock")
PLAIN_PATH = re.compile(r"[A-Za-z0-9._/-]+")


class Refused(Exception):
    """Something that a person must settle; the message says what, in words for a terminal."""


@dataclass(frozen=True)
class Places:
    """The run folder of one checkout. Nothing is made by asking; `make_folders` makes."""

    run: Path

    @property
    def logs(self) -> Path:
        return self.run / "log"

    @property
    def accounts(self) -> Path:
        return self.run / "demo-accounts.json"

    @property
    def valkey_folder(self) -> Path:
        return self.run / "valkey"

    @property
    def sockets(self) -> Path:
        """The folder of the sockets: `.run/sockets`, or the short folder that this name links to."""
        folder = self.run / "sockets"
        return folder.readlink() if folder.is_symlink() else folder

    @property
    def valkey_socket(self) -> Path:
        return self.sockets / "valkey.sock"

    @property
    def evidence(self) -> Path:
        """Photos and documents of reports; CONCENTRIC_EVIDENCE_ROOT names another folder."""
        named = os.environ.get("CONCENTRIC_EVIDENCE_ROOT")
        return Path(named).absolute() if named else self.run / "evidence"

    def postgres_folder(self, major: int) -> Path:
        return self.run / f"postgres-{major}"

    def database_url(self, role: str = APPLICATION) -> str:
        return f"postgres://{role}@{quote(str(self.sockets), safe='')}/{DATABASE}"

    def redis_url(self) -> str:
        return f"unix://{quote(str(self.valkey_socket))}"

    def make_folders(self) -> None:
        for folder in (self.run, self.logs, self.valkey_folder):
            folder.mkdir(parents=True, exist_ok=True)
        if not self.evidence.exists():
            self.evidence.mkdir(mode=0o700, parents=True)
        # Where root may not use namespaces, PostgreSQL's data and sockets belong to another uid.
        ours = {os.geteuid(), *(data.stat().st_uid for data in self.run.glob("postgres-*"))}
        make_socket_folder(self.run / "sockets", ours)


def make_socket_folder(folder: Path, ours: set[int]) -> None:
    """Make `folder`, for us alone; where its path can't hold a socket, as a link to a short one."""
    if folder.is_symlink() and not is_private(folder.readlink(), ours):
        folder.unlink()  # /tmp was emptied since, and somebody else may have taken the name
    if folder.is_symlink():
        return
    if fits_sockets(folder):
        folder.mkdir(mode=0o700, exist_ok=True)
        folder.chmod(0o700)
        return
    if folder.is_dir():
        folder.rmdir()
    base = tempfile.gettempdir()
    short = Path(base if fits_sockets(Path(base) / "concentric-xxxxxxxx") else "/tmp")  # noqa: S108 - mkdtemp below
    name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:4]
    folder.symlink_to(tempfile.mkdtemp(prefix=f"concentric-{name}", dir=short))


def fits_sockets(folder: Path) -> bool:
    """Whether sockets in `folder` have a path that every server and client here takes as it is."""
    return len(os.fsencode(folder)) <= LONGEST_SOCKET_FOLDER and PLAIN_PATH.fullmatch(str(folder)) is not None


def is_private(folder: Path, owners: set[int]) -> bool:
    try:
        status = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid in owners and not status.st_mode & 0o077


def here() -> Places:
    """The places of this checkout, or of CONCENTRIC_RUN_DIR."""
    named = os.environ.get("CONCENTRIC_RUN_DIR")
    return Places(Path(named).absolute() if named else CHECKOUT / ".run")


def database_url(role: str = APPLICATION) -> str:
    """The address of this checkout's own PostgreSQL, as `role`."""
    return here().database_url(role)


def redis_url() -> str:
    """The address of this checkout's own Valkey, in the form that redis-py reads."""
    return here().redis_url()

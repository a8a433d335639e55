"""Which processes are ours, also after the one that started them is gone, and how they end."""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True)
class Process:
    pid: int
    state: str
    session: int
    started: int  # clock ticks since the machine started: with the pid, the identity of a process

    @property
    def alive(self) -> bool:
        return self.state not in "ZX"  # a zombie holds its pid, but nothing else


def find(pid: int) -> Process | None:
    try:
        text = (PROC / str(pid) / "stat").read_text()
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()  # the name before it may hold blanks and brackets
    return Process(pid, state=fields[0], session=int(fields[3]), started=int(fields[19]))


def running() -> Iterator[Process]:
    for entry in PROC.iterdir():
        if entry.name.isdigit() and (process := find(int(entry.name))) and process.alive:
            yield process


def in_session(leader: int) -> list[Process]:
    return [process for process in running() if process.session == leader]


def working_in(folder: Path) -> list[Process]:
    """The processes whose working directory is `folder`: PostgreSQL's are all in their data directory."""
    found = []
    for process in running():
        with contextlib.suppress(OSError):
            if (PROC / str(process.pid) / "cwd").samefile(folder):
                found.append(process)
    return found


def boot() -> str:
    return (PROC / "sys/kernel/random/boot_id").read_text().strip()


def write_pid_file(file: Path, pid: int) -> None:
    """Note who leads the session, so that a later start can end it if we are killed."""
    process = find(pid)
    started = process.started if process else 0
    file.write_text(f"{pid} {started} {boot()}\n")


def leftover(file: Path, run: Path) -> list[Process]:
    """What still runs of the session that `file` names; nothing if its pid belongs to somebody else by now."""
    try:
        pid_text, started, when = file.read_text().split()
    except (OSError, ValueError):
        return []
    if when != boot():
        return []
    pid = int(pid_text)
    leader = find(pid)
    if leader and leader.started != int(started):
        return []
    if leader and leader.alive:
        return in_session(pid)
    return [process for process in in_session(pid) if belongs_to(process, run)]


def belongs_to(process: Process, run: Path) -> bool:
    """Whether the process was started by a supervisor of this run folder (its environment says so)."""
    try:
        environment = (PROC / str(process.pid) / "environ").read_bytes().split(b"\0")
    except OSError:
        return False
    return b"CONCENTRIC_RUN_DIR=" + os.fsencode(run) in environment


def send(process: Process, number: int) -> None:
    """Signal the process, unless its pid has passed to another since."""
    now = find(process.pid)
    if now and now.started == process.started:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, number)


def end(survivors: Callable[[], list[Process]], *steps: tuple[int, float]) -> None:
    """Send each signal in turn, and wait its seconds, until `survivors` finds nobody."""
    for number, seconds in (*steps, (signal.SIGKILL, 5.0)):
        found = survivors()
        if not found:
            return
        for process in found:
            send(process, number)
        until(lambda: not survivors(), seconds)


def until(condition: Callable[[], bool], seconds: float, *, pause: float = 0.05) -> bool:
    """Wait at most `seconds` for the condition; whether it came true."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True

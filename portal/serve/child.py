"""One process that we started: its session, its log, its pid file, how it is told to stop."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from portal.serve import processes
from portal.serve.places import CHECKOUT, Places

LOG_LIMIT = 20 * 1024 * 1024
STEADY_SECONDS = 60.0
LONGEST_PAUSE = 30.0


def nothing() -> None:
    """For a child that needs nothing made ready."""


@dataclass
class Child:
    """A command in a session of its own, so that Ctrl+C reaches only us and the order of ending is ours."""

    name: str
    places: Places
    command: Callable[[], Sequence[str]]
    environment: Mapping[str, str] = field(default_factory=dict)
    make_ready: Callable[[], None] = nothing
    ready: Callable[[], bool] = lambda: True
    user: Callable[[], int | None] = lambda: None
    stop_signal: int = signal.SIGTERM
    patience: float = 10.0
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    failures: int = 0

    @property
    def log(self) -> Path:
        return self.places.logs / f"{self.name}.log"

    @property
    def pid_file(self) -> Path:
        return self.places.run / f"{self.name}.pid"

    def start(self) -> None:
        self.end_leftovers()
        self.make_ready()
        # The mark by which a later start knows our children, should this one be killed.
        environment = {**os.environ, **self.environment, "CONCENTRIC_RUN_DIR": str(self.places.run)}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command(),
                cwd=CHECKOUT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                user=self.user(),
                start_new_session=True,
            )
        self.started_at = time.monotonic()
        processes.write_pid_file(self.pid_file, self.process.pid)

    def end_leftovers(self) -> None:
        """End what is left of this child's session, be it from an earlier start or a death that spared its workers."""
        processes.end(
            lambda: processes.leftover(self.pid_file, self.places.run), (self.stop_signal, 5.0), (signal.SIGTERM, 2.0)
        )
        self.pid_file.unlink(missing_ok=True)

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def pause_before_restart(self) -> float:
        """Seconds to wait before the next start: longer each time, short again after a steady minute."""
        if time.monotonic() - self.started_at > STEADY_SECONDS:
            self.failures = 0
        self.failures += 1
        return float(min(0.5 * 2 ** (self.failures - 1), LONGEST_PAUSE))

    def ask_to_stop(self) -> None:
        if self.process is not None and self.running():
            self.process.send_signal(self.stop_signal)

    def kill(self) -> None:
        """End at once whatever is left of the session."""
        if self.process is not None:
            leader = self.process.pid
            processes.end(lambda: processes.in_session(leader))
            self.process.wait()

    def stop(self, *, hurry: Callable[[], bool] = lambda: False) -> bool:
        """Stop in order; whether it did so by itself."""
        if self.process is None:
            return True
        self.ask_to_stop()
        processes.until(lambda: not self.running() or hurry(), self.patience)
        by_itself = not self.running()
        self.kill()
        self.pid_file.unlink(missing_ok=True)
        return by_itself

    def last_lines(self, count: int = 8) -> list[str]:
        try:
            with self.log.open("rb") as log:
                log.seek(max(0, self.log.stat().st_size - 8192))
                return log.read().decode(errors="replace").splitlines()[-count:]
        except OSError:
            return []

    def trim_log(self) -> None:
        """Keep one older part of a log that grew large. Children append, so their next line starts the new part."""
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            shutil.copyfile(self.log, self.log.with_suffix(".log.1"))
            os.truncate(self.log, 0)

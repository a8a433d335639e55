"""A supervisor started as a person would start it, in a run folder of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from portal.serve import processes
from portal.serve.places import CHECKOUT, Places

SECONDS = 60.0


class Started:
    """A command of ours that runs: its lines so far, and ways to end it."""

    def __init__(self, arguments: list[str], run: Path, output: Path, **variables: str) -> None:
        named = ("DATABASE_URL", "OWNER_DATABASE_URL", "REDIS_URL")  # those of the test run itself
        environment = {name: value for name, value in os.environ.items() if name not in named}
        environment |= {"CONCENTRIC_RUN_DIR": str(run), "PYTHONPATH": str(CHECKOUT)} | variables
        self.output = output
        with output.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, *arguments],
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=CHECKOUT,
                start_new_session=True,
            )

    @property
    def text(self) -> str:
        return self.output.read_text()

    def says(self, words: str, *, times: int = 1) -> None:
        """Wait until the words stand in the output so many times."""
        seen = processes.until(lambda: self.text.count(words) >= times or self.process.poll() is not None, SECONDS)
        assert seen, self.text
        assert self.text.count(words) >= times, self.text

    def ends(self) -> int:
        return self.process.wait(SECONDS)

    def interrupt(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.ends()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(SECONDS)


Start = Callable[..., Started]


@pytest.fixture
def places(tmp_path: Path) -> Iterator[Places]:
    """A run folder whose servers are gone after the test, whatever the test did to them."""
    places = Places(tmp_path / "run")
    yield places
    for file in places.run.glob("*.pid"):
        processes.end(lambda file=file: processes.leftover(file, places.run))  # type: ignore[misc]
    for data in places.run.glob("postgres-*"):
        processes.end(lambda data=data: processes.working_in(data))  # type: ignore[misc]


@pytest.fixture
def start(places: Places, tmp_path: Path) -> Iterator[Start]:
    """Start `python -m portal.serve …`, or a script given as `script=`."""
    started: list[Started] = []

    def start(*arguments: str, script: str = "", **variables: str) -> Started:
        command = ["-c", script] if script else ["-m", "portal.serve", *arguments]
        started.append(Started(command, places.run, tmp_path / f"output-{len(started)}", **variables))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.terminate()
            processes.until(lambda one=one: one.process.poll() is not None, SECONDS)  # type: ignore[misc]
            one.kill()

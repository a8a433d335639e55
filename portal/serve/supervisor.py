"""What starts in which order, what happens when a child dies, and in which order all of it stops."""

import contextlib
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from types import FrameType

from portal.serve import processes
from portal.serve.child import Child
from portal.serve.places import CHECKOUT, Refused

START_SECONDS = 60.0
PAUSE = 0.1


class Stopped(Exception):
    """Somebody asked us to stop (Ctrl+C, SIGTERM, a closed terminal)."""


class Supervisor:
    """Keeps children running until it is told to stop, then stops them in the reverse order of their start."""

    def __init__(self) -> None:
        self.children: list[Child] = []
        self.restarts: dict[str, float] = {}
        self.asked = 0

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Take signals as wishes to stop; whatever happens inside, no child is left behind."""

        def ask(_number: int, _frame: FrameType | None) -> None:
            self.asked += 1

        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.signal(number, ask) for number in numbers}
        try:
            yield
        except Stopped:
            pass
        finally:
            self.stop_all()
            for number, handler in before.items():
                signal.signal(number, handler)

    def start(self, *children: Child) -> None:
        """Start children and wait until each is ready; one that dies meanwhile is a reason to give up."""
        for child in children:
            self.children.append(child)
            child.start()
        for child in children:
            self.wait(lambda child=child: child.ready() or not child.running(), START_SECONDS)  # type: ignore[misc]
            if not child.running() or not child.ready():
                raise Refused("\n".join([f"{child.name} did not start ({child.log}):", *child.last_lines()]))
            say(child.name, "ready")

    def finish(self, child: Child) -> None:
        """Run a child to its end, showing its lines as they come; refuse to go on if it fails."""
        self.children.append(child)
        shown = child.log.stat().st_size if child.log.exists() else 0
        child.start()
        assert child.process is not None
        while child.running():
            self.wait(lambda: not child.running(), 0.2)
            shown = show_new_lines(child, shown)
        show_new_lines(child, shown)
        self.children.remove(child)
        child.stop()
        if child.process.returncode:
            raise Refused(f"{child.name} failed (exit {child.process.returncode}); the whole of it is in {child.log}")

    def launch(self, *children: Child) -> None:
        """Start children whose readiness nobody needs to wait for; `watch` keeps them up."""
        for child in children:
            self.children.append(child)
            child.start()

    def watch(self, announce: Callable[[], bool]) -> None:
        """Start again what dies, until told to stop. `announce` is asked until it says that it has spoken."""
        announced = False
        next_trim = 0.0
        while True:
            for child in self.children:
                self.revive(child)
            announced = announced or announce()
            if time.monotonic() > next_trim:
                next_trim = time.monotonic() + 60
                for child in self.children:
                    child.trim_log()
            self.wait(lambda: False, PAUSE)

    def revive(self, child: Child) -> None:
        if child.running():
            return
        now = time.monotonic()
        if child.name not in self.restarts:
            pause = child.pause_before_restart()
            self.restarts[child.name] = now + pause
            code = child.process.returncode if child.process else None
            say(child.name, f"ended ({describe(code)}); starts again in {pause:g} s; its last lines in {child.log}:")
            for line in child.last_lines(3):
                say(child.name, f"  {line}")
        elif now >= self.restarts[child.name]:
            del self.restarts[child.name]
            try:
                child.start()
            except (Refused, OSError) as error:
                say(child.name, f"could not start: {error}")
                return
            say(child.name, "started again")

    def wait(self, condition: Callable[[], bool], seconds: float) -> None:
        """Wait for the condition, at most so long; being told to stop ends it at once."""
        processes.until(lambda: self.asked > 0 or condition(), seconds, pause=PAUSE)
        if self.asked:
            raise Stopped

    def stop_all(self) -> None:
        """Stop everything in order. A second Ctrl+C shortens the waiting."""
        if self.children:
            say("serve", "stopping")
        asked = self.asked
        while self.children:
            child = self.children.pop()
            in_time = child.stop(hurry=lambda: self.asked > max(asked, 1))
            say(child.name, "stopped" if in_time else "ended by force")


def say(name: str, text: str) -> None:
    """One line on the terminal; a terminal that went away must not take the children's order of stopping with it."""
    with contextlib.suppress(OSError, ValueError):
        print(f"{name:>9}  {text}", flush=True)


def show_new_lines(child: Child, shown: int) -> int:
    """Print what the log holds beyond `shown` bytes, by whole lines; how far it got."""
    with child.log.open("rb") as log:
        log.seek(shown)
        new = log.read()
    whole = new[: new.rfind(b"\n") + 1]
    for line in whole.decode(errors="replace").splitlines():
        say(child.name, line)
    return shown + len(whole)


def describe(code: int | None) -> str:
    if code is not None and code < 0:
        with contextlib.suppress(ValueError):
            return signal.Signals(-code).name
    return f"exit {code}"


def check_port(text: str) -> int:
    """The port to serve on, if it is one and free."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise Refused(f"PORT={text} is not a port; one is a number from 1 to 65535, such as PORT=8001.")
    port = int(text)
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", port))
        except PermissionError:
            raise Refused(f"Port {port} is reserved for root; take one above 1023: make serve PORT=8001") from None
        except OSError:
            raise Refused(
                f"Port {port} is in use by another program; take another: make serve PORT={next_port(port)}"
            ) from None
    return port


def next_port(port: int) -> int:
    return port + 1 if port < 65535 else 8001


def answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def python(*arguments: str) -> Callable[[], Sequence[str]]:
    return lambda: [sys.executable, *arguments]


def manage(*arguments: str) -> Callable[[], Sequence[str]]:
    return python(str(CHECKOUT / "manage.py"), *arguments)

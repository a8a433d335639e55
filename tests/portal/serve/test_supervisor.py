"""What the supervisor does with children: start again, stop in order, give up on one that never starts."""

import os
import signal

import pytest

from portal.serve import processes
from portal.serve.places import Places, Refused
from portal.serve.supervisor import check_port
from tests.portal.serve.conftest import SECONDS, Start

SUPERVISE = """
import sys
from portal.serve.child import Child
from portal.serve.places import Refused, here
from portal.serve.supervisor import Supervisor
places = here()
places.make_folders()
def child(name, code, **options):
    return Child(name, places, lambda: [sys.executable, "-c", code], **options)
SLEEP = "import time; time.sleep(600)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {SLEEP!r}])"
supervisor = Supervisor()
try:
    with supervisor.listening():
        {body}
        supervisor.watch(lambda: True)
except Refused as refused:
    sys.exit(str(refused))
"""


def supervise(body: str) -> str:
    return SUPERVISE.replace("{body}", body)


def pid(places: Places, name: str) -> int:
    file = places.run / f"{name}.pid"
    assert processes.until(lambda: file.exists() and file.read_text().endswith("\n"), SECONDS)
    return int(file.read_text().split()[0])


def test_killed_child_is_started_again_and_the_others_go_on(start: Start, places: Places) -> None:
    started = start(script=supervise("supervisor.launch(child('web', SLEEP), child('worker', SLEEP))"))
    web, worker = pid(places, "web"), pid(places, "worker")

    os.kill(web, signal.SIGKILL)

    started.says("started again")
    assert "ended (SIGKILL)" in started.text
    assert pid(places, "web") != web
    assert pid(places, "worker") == worker


def test_children_of_a_killed_child_end_before_it_starts_again(start: Start, places: Places) -> None:
    started = start(script=supervise("supervisor.launch(child('web', PARENT))"))
    web = pid(places, "web")
    assert processes.until(lambda: len(processes.in_session(web)) == 2, SECONDS)

    os.kill(web, signal.SIGKILL)

    started.says("started again")
    assert processes.in_session(web) == []


def test_termination_stops_the_last_started_first(start: Start, places: Places) -> None:
    names = ("postgres", "worker", "web")
    children = ", ".join(f"child({name!r}, SLEEP)" for name in names)
    started = start(script=supervise(f"supervisor.launch({children})"))
    pids = [pid(places, name) for name in names]

    started.process.terminate()

    assert started.ends() == 0
    assert [line.split()[0] for line in started.text.splitlines() if line.endswith("stopped")] == [*reversed(names)]
    assert all(processes.find(one) is None for one in pids)


def test_child_that_will_not_stop_is_ended_by_force(start: Start, places: Places) -> None:
    started = start(script=supervise("supervisor.launch(child('web', DEAF, patience=0.5))"))
    web = pid(places, "web")
    assert processes.until(lambda: "deaf" in (places.logs / "web.log").read_text(), SECONDS)

    started.process.terminate()

    assert started.ends() == 0
    assert "ended by force" in started.text
    assert processes.find(web) is None


def test_child_that_dies_at_its_start_ends_the_start_with_its_last_words(start: Start, places: Places) -> None:
    second = "child('second', 'raise SystemExit(\"no such disk\")', ready=lambda: False)"
    started = start(script=supervise(f"supervisor.start(child('first', SLEEP), {second})"))
    assert started.ends() == 1
    assert "second did not start" in started.text
    assert "no such disk" in started.text
    assert list(places.run.glob("*.pid")) == []


def test_preparation_that_fails_is_shown_and_ends_the_start(start: Start) -> None:
    code = "print('half done'); raise SystemExit(7)"
    started = start(script=supervise(f"supervisor.finish(child('prepare', {code!r}))"))
    assert started.ends() == 1
    assert "half done" in started.text
    assert "prepare failed (exit 7)" in started.text


def test_pause_grows_while_a_child_keeps_dying(start: Start, places: Places) -> None:
    started = start(script=supervise("supervisor.launch(child('web', 'pass'))"))
    started.says("starts again in 2 s")
    pauses = [line.split(" in ")[1].split()[0] for line in started.text.splitlines() if "starts again in" in line]
    assert pauses[:3] == ["0.5", "1", "2"]


@pytest.mark.parametrize("text", ["0", "65536", "-1", "８０００", "80a", " "])
def test_port_outside_the_range_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="is not a port"):
        check_port(text)

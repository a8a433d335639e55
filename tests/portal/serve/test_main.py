"""`make services` and `make serve` as somebody at a terminal meets them, with real servers."""

import os
import shutil
import signal
import socket

import pytest

from portal.serve import processes
from portal.serve.places import Places
from portal.serve.postgres import Postgres
from tests.portal.serve.conftest import SECONDS, Start


def postmaster(places: Places) -> int:
    pid = Postgres(places).noted_pid()
    assert pid is not None
    return pid


def test_services_stop_in_reverse_order_and_leave_nobody(start: Start, places: Places) -> None:
    services = start("services")
    services.says("the servers are up")
    database = Postgres(places).data

    assert services.interrupt() == 0

    ended = [line.split() for line in services.text.splitlines() if line.endswith("stopped")]
    assert ended == [["valkey", "stopped"], ["postgres", "stopped"]]
    assert processes.working_in(database) == []
    assert list(places.run.glob("*.pid")) == []


def test_second_start_names_the_first_and_leaves_it_alone(start: Start) -> None:
    first = start("services")
    first.says("the servers are up")

    second = start("serve")

    assert second.ends() == 1
    assert f"`make services` (process {first.process.pid}) already runs" in second.text
    assert first.process.poll() is None


def test_stop_stops_what_runs_and_says_so_when_nothing_does(start: Start) -> None:
    services = start("services")
    services.says("the servers are up")

    stop = start("stop")

    assert stop.ends() == 0
    assert "has stopped" in stop.text
    assert services.ends() == 0
    again = start("stop")
    again.ends()
    assert "Nothing is running" in again.text


def test_killed_postgres_is_started_again_on_the_same_data(start: Start, places: Places) -> None:
    services = start("services")
    services.says("the servers are up")
    server = Postgres(places)
    server.run_sql("CREATE TABLE kept (figure int)")
    before = postmaster(places)

    os.kill(before, signal.SIGKILL)

    services.says("started again")
    assert processes.until(lambda: server.ready() and postmaster(places) != before, SECONDS)
    server.run_sql("SELECT figure FROM kept")


def test_start_after_a_killed_supervisor_ends_its_orphans(start: Start, places: Places) -> None:
    first = start("services")
    first.says("the servers are up")
    orphan = postmaster(places)
    first.kill()
    assert processes.find(orphan) is not None

    second = start("services")

    second.says("the servers are up")
    assert postmaster(places) != orphan
    assert len(processes.in_session(orphan)) == 0
    assert second.interrupt() == 0


def test_killed_postgres_and_supervisor_together_leave_locks_that_are_cleared(start: Start, places: Places) -> None:
    first = start("services")
    first.says("the servers are up")
    first.kill()
    os.kill(postmaster(places), signal.SIGKILL)
    # The worst of stale locks: it names a process that lives, but is not PostgreSQL.
    noted = Postgres(places).data / "postmaster.pid"
    noted.write_text(noted.read_text().replace(str(postmaster(places)), str(os.getpid()), 1))

    second = start("services")

    second.says("the servers are up")
    assert second.interrupt() == 0


def test_checkout_too_deep_for_a_socket_gets_a_short_folder(start: Start, places: Places) -> None:
    deep = Places(places.run / "衡阳" / ("long" * 30))
    services = start("services", CONCENTRIC_RUN_DIR=str(deep.run))
    services.says("the servers are up")

    assert (deep.run / "sockets").is_symlink()
    assert len(os.fsencode(deep.sockets / ".s.PGSQL.5432.lock")) < 107
    assert deep.sockets.stat().st_mode & 0o077 == 0
    Postgres(deep).run_sql("SELECT 1")
    assert services.interrupt() == 0
    shutil.rmtree(deep.sockets)


def test_busy_port_is_said_before_anything_starts(start: Start, places: Places) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        serve = start("serve", PORT=str(port))

        assert serve.ends() == 1
        assert f"Port {port} is in use by another program" in serve.text
    assert list(places.run.glob("postgres-*")) == []


def test_port_that_is_none_is_refused_by_name(start: Start) -> None:
    serve = start("serve", PORT="eight")
    assert serve.ends() == 1
    assert "PORT=eight is not a port" in serve.text


def test_unknown_command_is_refused_with_the_known_ones(start: Start) -> None:
    wrong = start("server")
    assert wrong.ends() == 2
    assert "serve | services | stop" in wrong.text


def test_folder_of_another_user_is_refused(start: Start, places: Places) -> None:
    if os.geteuid() != 0:
        return  # only root can make a folder that belongs to somebody else
    places.run.mkdir()
    os.chown(places.run, 12345, -1)
    services = start("services")
    assert services.ends() == 1
    assert "belongs to user 12345" in services.text


@pytest.mark.parametrize("command", ["migrate", "runserver"])
def test_manage_says_plainly_that_no_database_runs(start: Start, command: str) -> None:
    started = start(script=f"import sys, manage; sys.argv = ['manage.py', {command!r}]; manage.main()")
    assert started.ends() == 1
    assert started.text.strip() == "the database is not running: make services"

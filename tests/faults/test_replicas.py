"""Pages read from a real streaming replica; whoever has just written something sees it, however late the replica is."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.test import Client
from pytest_django import Settings

from portal import replicas
from portal.models import User
from portal.serve import processes
from projects.models import Project
from tests import standby, world
from tests.conftest import City
from tests.faults.portal import browser, web
from tests.standby import Replica

NAME = "replica1"
pytestmark = pytest.mark.django_db(transaction=True, databases=["default", NAME])

LIST, LEAGUE = "/projects/", "/league/"


@pytest.fixture(scope="module")
def second(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replica]:
    primary = standby.primary_of_tests()
    if primary is None:
        pytest.skip("DATABASE_URL names a PostgreSQL that is not ours to copy")
    with standby.running(tmp_path_factory.mktemp("replica"), primary, "fsync=off", "max_connections=100") as replica:
        usual = connections["default"].settings_dict
        its = {"HOST": str(replica.places.sockets), "TEST": {**usual["TEST"], "MIRROR": "default"}}
        connections.settings[NAME] = {**usual, **its}
        yield replica
        connections[NAME].close()
        del connections[NAME]
        del connections.settings[NAME]


@pytest.fixture
def replica(second: Replica, transactional_db: None, town: City, settings: Settings) -> Iterator[Replica]:
    """The replica of the test's database, read by this process, with the town on it."""
    settings.REPLICAS = [NAME]
    replicas._resting.clear()
    replicas._positions.clear()
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = on")  # the tests' PostgreSQL is set to put off what it sends along
    yield second
    second.go_on()
    replicas._forget()
    connections[NAME].close()


def wait_for(replica: Replica) -> None:
    """Until the replica has all that was written."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_insert_lsn()")
        written = cursor.fetchone()[0]
    assert processes.until(lambda: replica.run(f"SELECT pg_last_wal_replay_lsn() >= '{written}'") is True, 30)


def asked(client: Client, address: str) -> tuple[str, bool]:
    """What the page says, and whether it was read from the replica."""
    with Counted() as counted:
        answer: Any = client.get(address)
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        answer.close()
    assert answer.status_code == 200
    return content.decode(), counted.pages > 0


def read_from_it(client: Client, address: str) -> bool:
    """Whether the page is read from the replica, as soon as that has what other tests write meanwhile."""
    return processes.until(lambda: asked(client, address)[1], 30)


class Counted:
    """Counts what is asked of the replica besides where it stands."""

    pages = 0

    def __enter__(self) -> "Counted":
        self.hook = connections[NAME].execute_wrapper(self._count)
        self.hook.__enter__()
        return self

    def __exit__(self, *about: Any) -> None:
        self.hook.__exit__(*about)

    def _count(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.pages += sql != replicas.REPLAYED
        return execute(sql, params, many, context)


def signed_in(replica: Replica, user: User) -> Client:
    """Their browser, once the replica knows all that there is."""
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    wait_for(replica)
    return client


def rename(client: Client, name: str) -> None:
    """A form is sent, and what the list shows changes with it."""
    Project.objects.filter(code="A1").update(name_en=name)
    assert client.post("/language/", {"language": "en", "next": "/"}).status_code == 302


def test_lists_dashboards_and_exports_are_read_from_the_replica(replica: Replica, town: City) -> None:
    client = signed_in(replica, town.leader)
    for address in (LIST, LEAGUE, "/dashboard/430400/", "/lines/?quarter=2022Q1", "/situation/"):
        assert read_from_it(client, address), address
    assert read_from_it(client, LIST + "?export=csv")


def test_other_pages_and_the_admin_are_not(replica: Replica, town: City) -> None:
    client = signed_in(replica, town.administrator)
    for address in ("/profile/", "/admin/projects/project/", "/health/"):
        assert not asked(client, address)[1], address


def test_person_sees_what_they_wrote_while_the_replica_is_behind_and_others_read_on(
    replica: Replica, town: City
) -> None:
    writer, other = signed_in(replica, town.leader), signed_in(replica, town.reviewer)
    assert read_from_it(other, LIST)
    replica.pause()
    rename(writer, "Written a moment ago")
    said, from_replica = asked(writer, LIST)
    assert ("Written a moment ago" in said, from_replica) == (True, False)
    said, from_replica = asked(other, LIST)
    assert ("Written a moment ago" in said, from_replica) == (False, True)
    said, from_replica = asked(writer, LIST + "?export=csv")
    assert ("Written a moment ago" in said, from_replica) == (True, False)
    replica.go_on()
    assert processes.until(lambda: asked(writer, LIST)[1], 40)
    assert "Written a moment ago" in asked(writer, LIST)[0]


def test_page_that_writes_counts_as_well_as_a_form(replica: Replica, town: City) -> None:
    report = world.submitted(town.county, town.quarter, 250, by=town.staff, when=world.at("2022-04-05"))
    client = signed_in(replica, town.reviewer)
    client.get(LIST)
    assert replicas.COOKIE not in client.cookies  # reading, though sessions are saved on the way
    assert client.get(f"/admin/projects/report/{report.pk}/change/").status_code == 200  # notes that it was opened
    assert replicas.COOKIE in client.cookies


def test_cookie_that_was_tampered_with_reads_the_primary(replica: Replica, town: City) -> None:
    client = signed_in(replica, town.leader)
    client.cookies[replicas.COOKIE] = "0:forged"
    assert not asked(client, LIST)[1]


def test_transactions_read_the_primary(replica: Replica, town: City) -> None:
    replicas._request.replica = NAME
    assert Project.objects.all().db == NAME
    assert replicas.alias() == NAME
    with transaction.atomic():
        assert Project.objects.all().db == "default"
    assert type(town.leader)._default_manager.all().db == "default"


def test_replica_that_is_far_behind_is_left_alone(
    replica: Replica, town: City, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(replica, town.leader)
    replica.pause()
    Project.objects.filter(code="A1").update(name_en="Long ago")
    said, from_replica = asked(client, LIST)  # this process doesn't know yet since when it is behind
    assert ("Long ago" in said, from_replica) == (True, False)
    assert not caplog.records
    with monkeypatch.context() as later:
        later.setattr(replicas, "MOST_BEHIND_SECONDS", 0)
        said, from_replica = asked(client, LIST)
    assert ("Long ago" in said, from_replica) == (True, False)
    assert "seconds behind" in caplog.text
    replica.go_on()
    wait_for(replica)
    assert not asked(client, LIST)[1]  # it rests
    replicas._resting.clear()
    assert read_from_it(client, LIST)


def test_replica_that_is_down_costs_a_warning(
    replica: Replica, town: City, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(replica, town.leader)
    connections[NAME].close()
    monkeypatch.setitem(connections[NAME].settings_dict, "HOST", "/nowhere")
    assert not asked(client, LIST)[1]
    assert "replica1 is not read for 10 seconds, the primary is" in caplog.text
    caplog.clear()
    assert not asked(client, LEAGUE)[1]  # not tried again so soon
    assert not caplog.records


def test_what_is_no_replica_is_not_read(replica: Replica, town: City, monkeypatch: pytest.MonkeyPatch) -> None:
    client = signed_in(replica, town.leader)
    connections[NAME].close()
    monkeypatch.setitem(connections[NAME].settings_dict, "HOST", connections["default"].settings_dict["HOST"])
    assert not asked(client, LIST)[1]


def test_page_whose_replica_fails_meanwhile_is_read_from_the_primary(
    replica: Replica, town: City, caplog: pytest.LogCaptureFixture
) -> None:
    client = signed_in(replica, town.leader)
    assert read_from_it(client, LIST)
    killed: list[str] = []

    def cut(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql != replicas.REPLAYED and not killed:
            killed.append(sql)
            replica.run("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename <> 'postgres'")
        return execute(sql, params, many, context)

    with connections[NAME].execute_wrapper(cut):
        said, _from_replica = asked(client, LIST)
    assert killed
    assert "A1" in said
    assert "replica1 is not read" in caplog.text


def test_web_process_finds_its_replicas_by_the_environment(replica: Replica, town: City, tmp_path: Path) -> None:
    address = replica.url(str(connection.settings_dict["NAME"]), str(connection.settings_dict["USER"]))
    sessions = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND usename <> 'postgres'"
    connections[NAME].close()
    assert processes.until(lambda: replica.run(sessions) == 0, 20)
    with web(tmp_path, REPLICA_URLS=f"postgres://nobody@127.0.0.1:1/nothing, {address}") as site:
        person = browser(site, town.leader)
        wait_for(replica)
        assert "A1" in person.get(LIST)
        assert processes.until(lambda: "A1" in person.get(LIST) and replica.run(sessions) == 1, 20)

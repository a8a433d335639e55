"""Long lists as files: made by a worker for who asked, found by nobody else, and deleted after a week."""

import csv
import io
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.http.response import HttpResponseBase
from django.test import Client
from python_calamine import CalamineWorkbook

from portal import alone, clock, exports, prepared
from portal.models import Export, Membership, Role, User
from tests import world
from tests.conftest import City
from tests.world import at

NOW = at("2022-04-05")
LIST = "/projects/"


@pytest.fixture(autouse=True)
def everything_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "AT_ONCE", 0)


def browser(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def asked(town: City, user: User | None = None, **query: str) -> Export:
    answer = browser(user or town.staff).get(LIST, {"export": "xlsx", **query})
    return Export.objects.get(key=answer["Location"].split("/")[-2])


def rows_of(response: HttpResponseBase) -> list[list[Any]]:
    content = b"".join(response)
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


def test_a_long_list_is_made_by_a_worker(town: City) -> None:
    export = asked(town, text="A1")
    page = browser(town.staff).get(f"/exports/{export.key}/")
    assert f"/exports/{export.key}/progress/" in page.content.decode()
    assert prepared.work(now=lambda: NOW) == 1
    page = browser(town.staff).get(f"/exports/{export.key}/")
    assert f"/exports/{export.key}/file/" in page.content.decode()
    head, *rows = rows_of(browser(town.staff).get(f"/exports/{export.key}/file/"))
    assert head[0] == "code"
    assert [row[0] for row in rows] == ["A1"]
    assert prepared.work(now=lambda: NOW) == 0


def test_the_file_holds_what_the_csv_holds(town: City) -> None:
    world.make_project("Z9", town.county, total=5025)
    export = asked(town)
    prepared.work(now=lambda: NOW)
    rows = rows_of(browser(town.staff).get(f"/exports/{export.key}/file/"))
    text = b"".join(browser(town.staff).get(LIST, {"export": "csv"})).decode()
    lines = text.removeprefix("\ufeff").splitlines()
    assert len(lines) == len(rows)
    assert [line.split(",")[0] for line in lines] == [row[0] for row in rows]
    assert rows[-1][rows[0].index("total investment (CNY million)")] == 50.25


def test_asking_twice_is_one_file(town: City) -> None:
    assert asked(town).pk == asked(town).pk
    assert asked(town, text="A").pk != asked(town).pk


def test_a_small_list_is_answered_at_once(town: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "AT_ONCE", 5_000)
    assert len(rows_of(browser(town.staff).get(LIST, {"export": "xlsx"}))) > 1
    assert not Export.objects.exists()


def test_nobody_else_finds_it(town: City) -> None:
    export = asked(town)
    prepared.work(now=lambda: NOW)
    for part in ("", "progress/", "file/"):
        assert browser(town.staff).get(f"/exports/{export.key}/{part}").status_code == 200
        for stranger in (town.leader, town.reviewer):
            assert browser(stranger).get(f"/exports/{export.key}/{part}").status_code == 404
        assert browser(town.staff).get(f"/exports/{uuid4()}/{part}").status_code == 404
    assert str(export.key) not in browser(town.leader).get("/exports/").content.decode()
    assert str(export.key) in browser(town.staff).get("/exports/").content.decode()


def test_the_file_holds_what_the_person_sees_when_it_is_made(town: City) -> None:
    person = world.make_person("leaving", town.city, Role.LEADER)
    export = asked(town, person)
    Membership.objects.filter(user=person).delete()
    prepared.work(now=lambda: NOW)
    assert len(rows_of(browser(person).get(f"/exports/{export.key}/file/"))) == 1  # the titles


def test_a_closed_account_gets_no_file(town: City) -> None:
    export = asked(town)
    User.objects.filter(pk=town.staff.pk).update(is_active=False)
    prepared.work(now=lambda: NOW)
    export.refresh_from_db()
    assert export.state == Export.State.FAILED


def test_a_list_that_is_gone_is_told_of(town: City) -> None:
    export = asked(town)
    Export.objects.update(address="/nowhere/?export=xlsx")
    prepared.work(now=lambda: NOW)
    page = browser(town.staff).get(f"/exports/{export.key}/").content.decode()
    assert "The file could not be made" in page


def test_whoever_was_lost_too_often_is_given_up(town: City) -> None:
    export = asked(town)
    Export.objects.update(tries=alone.TRIES)
    assert prepared.work(now=lambda: NOW) == 0
    export.refresh_from_db()
    assert export.state == Export.State.FAILED


def test_one_file_is_made_at_a_time_so_that_a_worker_stays_free(town: City) -> None:
    asked(town)
    asked(town, text="A")
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [prepared.LOCK])
        assert prepared.work(now=lambda: NOW) == 0
        cursor.execute("ROLLBACK")
    other.close()
    assert list(Export.objects.values_list("tries", flat=True)) == [0, 0]
    assert prepared.work(now=lambda: NOW) == 2


def test_what_is_asked_for_meanwhile_is_made_by_the_same(town: City) -> None:
    asked(town)
    more = ["A1", "A2"]

    def now() -> datetime:
        if more:
            asked(town, text=more.pop())
        return NOW

    assert prepared.work(now=now) == 3


def test_page_of_a_file_tells_waiting_from_computing(town: City) -> None:
    export = asked(town)
    page = f"/exports/{export.key}/progress/"
    assert browser(town.staff).get(page).json()["words"] == "Waiting for its turn."
    Export.objects.update(tries=1)
    assert browser(town.staff).get(page).json()["words"] == "Being computed: the first rows are yet to come."
    Export.objects.update(done=1500, rows=2000)
    assert browser(town.staff).get(page).json()["words"] == "1,500 rows written, of about 2,000"


def test_files_are_deleted_after_a_week(town: City) -> None:
    export = asked(town)
    prepared.work(now=lambda: NOW)
    asked_at = clock.now()
    assert prepared.forget(at=asked_at + prepared.KEPT - timedelta(minutes=1)) == 0
    assert prepared.kept_in().exists(export.path)
    assert prepared.forget(at=asked_at + prepared.KEPT + timedelta(minutes=1)) == 1
    assert not prepared.kept_in().exists(export.path)
    assert browser(town.staff).get(f"/exports/{export.key}/file/").status_code == 404


def test_an_admin_list_is_made_by_a_worker_too(town: City) -> None:
    client = browser(town.reviewer)
    key = client.get("/admin/projects/project/", {"export": "xlsx"})["Location"].split("/")[-2]
    assert prepared.work(now=lambda: NOW) == 1
    assert len(rows_of(client.get(f"/exports/{key}/file/"))) > 1


def test_lines_in_the_admin_are_taken_along_as_the_list_has_them(town: City) -> None:
    report = world.submitted(town.county, town.quarter, "250.55", by=town.staff, when=NOW)
    text = b"".join(browser(town.reviewer).get("/admin/projects/reportline/", {"export": "csv"})).decode()
    head, *rows = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    assert head[5] == "completed this quarter (CNY million)"
    lines = report.lines.order_by("-pk").select_related("project", "unit", "quarter")
    assert rows == [
        [
            line.project.name_en,
            line.unit.name_en,
            "Q1 2022",
            "1",
            "submitted",
            "2.5055",
            "2.5055",
            row[7],
            "staff",
            row[9],
        ]
        for line, row in zip(lines, rows, strict=True)
    ]
    assert len(rows) == 2

"""Work that waits for longer than a minute: what is told of it, and that only administrators are told."""

from datetime import timedelta

import pytest
from django.contrib.postgres.functions import TransactionNow
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from portal import prepared
from portal.models import Export, Message
from projects import queues
from projects.models import Mark, Workbook
from tests.conftest import City
from tests.world import at, signed_in

NOW = at("2022-04-05")
WORDS = "Work has been waiting for more than a minute"


def mark(town: City, *, seconds: int) -> None:
    """A mark made this long ago, by the database's own clock."""
    Mark.objects.all().delete()
    made = Mark.objects.create(unit=town.county, quarter=town.quarter)
    Mark.objects.filter(pk=made.pk).update(made_at=TransactionNow() - timedelta(seconds=seconds))


def message(town: City, *, seconds: int, **fields: object) -> Message:
    created_at = NOW - timedelta(seconds=seconds)
    return Message.objects.create(
        kind="opened", period="2022Q1", recipient=town.staff, subject="s", text="t", created_at=created_at, **fields
    )


def workbook(town: City, *, seconds: int, **fields: object) -> Workbook:
    return Workbook.objects.create(
        unit=town.county,
        quarter=town.quarter,
        name="a.xlsx",
        content=b"",
        digest="",
        language="en",
        uploaded_by=town.staff,
        uploaded_at=NOW - timedelta(seconds=seconds),
        **fields,
    )


def export(town: City, *, seconds: int, **fields: object) -> Export:
    return Export.objects.create(
        person=town.staff,
        name="projects",
        address="/projects/?export=xlsx",
        language="en",
        asked_at=NOW - timedelta(seconds=seconds),
        **fields,
    )


def test_file_is_late_where_no_worker_makes_any(town: City) -> None:
    """One that is being made takes what it takes, and others wait behind it; a worker that died makes none."""
    export(town, seconds=3600, tries=1)
    export(town, seconds=70)
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [prepared.LOCK])
        assert late(town) == []
        cursor.execute("ROLLBACK")
    other.close()
    assert late(town) == [("exports", 3600)]


def late(town: City) -> list[tuple[str, int]]:
    return [(each.kind, round((NOW - each.since).total_seconds())) for each in queues.late(at=NOW)]


def test_what_has_waited_for_a_minute_is_late_and_says_since_when(town: City) -> None:
    mark(town, seconds=50)
    message(town, seconds=59)
    workbook(town, seconds=30)
    assert late(town) == []
    mark(town, seconds=65)
    Message.objects.update(created_at=F("created_at") - timedelta(seconds=11))
    Workbook.objects.update(uploaded_at=F("uploaded_at") - timedelta(seconds=600))
    assert late(town) == [("figures", 65), ("mail", 70), ("workbooks", 630)]


def test_mail_that_the_server_has_put_off_waits_for_its_time(town: City) -> None:
    put_off = message(town, seconds=3600, not_before=NOW + timedelta(minutes=5), attempts=3)
    assert late(town) == []
    Message.objects.filter(pk=put_off.pk).update(not_before=NOW - timedelta(seconds=61))
    assert late(town) == [("mail", 61)]


@pytest.mark.parametrize("state", [Message.State.SENT, Message.State.FAILED, Message.State.SENDING])
def test_mail_that_has_left_does_not_wait(town: City, state: str) -> None:
    message(town, seconds=3600, state=state)
    assert late(town) == []


def test_workbook_under_way_or_waiting_for_a_person_is_not_late(town: City) -> None:
    found = workbook(town, seconds=3600, claimed_at=NOW - timedelta(seconds=5))
    assert late(town) == []
    Workbook.objects.filter(pk=found.pk).update(claimed_at=None, state=Workbook.State.READ)
    assert late(town) == []


@pytest.mark.parametrize("many", [1, 300])
def test_one_query_asks_for_all_however_much_waits(town: City, many: int) -> None:
    Mark.objects.bulk_create(Mark(unit=town.county, quarter=town.quarter) for _number in range(many))
    with CaptureQueriesContext(connection) as asked:
        queues.late(at=NOW)
    assert len(asked) == 1


@pytest.mark.parametrize("page", ["/", "/dashboard/", "/notices/", "/admin/", "/admin/projects/rollupalarm/"])
def test_administrators_see_on_every_page_what_waits_and_what_to_do(town: City, page: str) -> None:
    mark(town, seconds=120)
    queues.forget()
    text = signed_in(town.administrator).get(page).content.decode()
    assert WORDS in text
    assert "changes of figures, to be computed, since" in text
    assert "docs/operate.md" in text


@pytest.mark.parametrize("who", ["leader", "staff", "reviewer"])
def test_nobody_else_is_told_of_queues_and_nothing_is_asked_for_them(town: City, who: str) -> None:
    mark(town, seconds=120)
    queues.forget()
    with CaptureQueriesContext(connection) as asked:
        text = signed_in(getattr(town, who)).get("/notices/").content.decode()
    assert WORDS not in text
    assert not any("projects_workbook" in query["sql"] for query in asked)


def test_queues_are_asked_once_in_some_seconds_and_the_banner_goes_when_work_is_done(town: City) -> None:
    mark(town, seconds=120)
    queues.forget()
    client = signed_in(town.administrator)
    assert WORDS in client.get("/notices/").content.decode()
    Mark.objects.all().delete()
    with CaptureQueriesContext(connection) as asked:
        assert WORDS in client.get("/notices/").content.decode()
    assert not any("projects_workbook" in query["sql"] for query in asked)
    queues.forget()
    assert WORDS not in client.get("/notices/").content.decode()


def test_banner_in_chinese(town: City) -> None:
    mark(town, seconds=120)
    queues.forget()
    text = signed_in(town.administrator, "zh-hans").get("/notices/").content.decode()
    assert "有工作等待处理已超过一分钟" in text
    assert "待汇总的数据变动" in text

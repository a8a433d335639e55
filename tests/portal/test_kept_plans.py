"""Statements that a session plans once: told once, by a name of their text, and behind a pool not at all."""

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext

from portal.kept_plans import Kept

DOUBLED = Kept("SELECT %(number)s * 2, %(word)s", number="bigint", word="text")
PLANNED = "SELECT count(*) FROM pg_prepared_statements WHERE name = %s"
TIMES = "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE name = %s"

pytestmark = pytest.mark.django_db


def _asked(statement: Kept, **given: object) -> tuple[object, ...]:
    with connection.cursor() as cursor:
        statement.run(cursor, given)
        row: tuple[object, ...] = cursor.fetchone()
    return row


def _times_planned(statement: Kept) -> int:
    with connection.cursor() as cursor:
        cursor.execute(PLANNED, [statement.name])
        return int(cursor.fetchone()[0])


def test_statement_is_planned_once_and_asked_as_one_query_each_time() -> None:
    with CaptureQueriesContext(connection) as asked:
        assert _asked(DOUBLED, number=21, word="it's 100%", more="left aside") == (42, "it's 100%")
        assert _asked(DOUBLED, number=None, word="") == (None, "")
    assert [each["sql"].startswith(f"EXECUTE {DOUBLED.name}") for each in asked.captured_queries] == [True, True]
    assert _times_planned(DOUBLED) == 1


def test_no_call_is_planned_for_its_own_values() -> None:
    # One that PostgreSQL would plan anew each time: with the values it is nothing at all.
    folded = Kept("SELECT count(*) FROM portal_unit WHERE %(none)s OR id = %(unit)s", none="boolean", unit="bigint")
    for unit in range(8):
        assert _asked(folded, none=False, unit=-unit) == (0,)
    with connection.cursor() as cursor:
        cursor.execute(TIMES, [folded.name])
        assert cursor.fetchone() == (8, 0)


def test_another_text_or_type_is_another_statement() -> None:
    other = Kept(DOUBLED.statement, number="integer", word="text")
    assert other.name != DOUBLED.name
    assert _asked(other, number=4, word="x") == (8, "x")


def test_plan_outlives_a_transaction_that_was_undone() -> None:
    fresh = Kept("SELECT %(number)s + 1", number="bigint")
    with transaction.atomic():
        assert _asked(fresh, number=1) == (2,)
        transaction.set_rollback(True)
    assert _asked(fresh, number=2) == (3,)


def test_statement_that_can_not_be_planned_says_so_as_django_does() -> None:
    with pytest.raises(ProgrammingError), transaction.atomic():
        _asked(Kept("SELECT nothing_there WHERE %(number)s = 1", number="bigint"), number=1)


@pytest.fixture
def behind_a_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)


@pytest.mark.usefixtures("behind_a_pool")
def test_behind_a_pool_nothing_is_left_in_the_session() -> None:
    pooled = Kept("SELECT %(number)s::bigint - 1", number="bigint")
    assert _asked(pooled, number=5) == (4,)
    assert _times_planned(pooled) == 0

"""Plans that a connection keeps: made once, found again, and given only the values that their statement names."""

import pytest
from django.db import connection, transaction
from pytest_django import DjangoAssertNumQueries

from portal.plans import Plan, prepare

TYPES = {"first": "int", "second": "text", "third": "int"}


def asked(plan: Plan) -> object:
    with transaction.atomic(), connection.cursor() as cursor:
        prepare(cursor, [plan])
        cursor.execute(plan.execute, {"first": 2, "second": "not named", "third": 40})
        return cursor.fetchone()[0]


@pytest.mark.django_db
def test_plan_is_made_once_for_a_connection(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    plan = Plan("added", "SELECT %(first)s + %(third)s + 0", TYPES)
    assert asked(plan) == 42
    with django_assert_num_queries(4):  # a savepoint and its end, the plan looked for, and run
        assert asked(plan) == 42


def test_another_statement_is_another_plan() -> None:
    one, other = (Plan("same", f"SELECT %(first)s + {number}", TYPES) for number in (1, 2))
    assert one.name != other.name
    assert one.prepare == f"PREPARE {one.name} (int) AS SELECT $1 + 1"

"""Two people do something with the same report at the same moment, each over a connection of their own."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import Model
from django.test import RequestFactory

from portal import prepared
from portal.models import Export
from projects import drafting, lifecycle
from projects.models import Report, ReportLine
from tests import world
from tests.conftest import City
from tests.world import at

pytestmark = pytest.mark.django_db(transaction=True)

DAY = at("2022-04-05")
PATIENCE = 60
# Who waits for a lock in this test's database; other databases of the server have tests of their own.
BLOCKED = """
SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted AND pid IN (
    SELECT pid FROM pg_locks JOIN pg_database ON pg_database.oid = database WHERE datname = current_database())
"""


def at_once(row: Model, *steps: Callable[[], object]) -> list[object]:
    """What each step gave or raised, all of them let go together: they queue up behind a lock on this row first."""
    with ThreadPoolExecutor(len(steps)) as pool:
        with transaction.atomic():
            type(row)._default_manager.select_for_update().get(pk=row.pk)
            running = [pool.submit(_step, step) for step in steps]
            wait_until_blocked(len(steps), running)
        return [each.result(PATIENCE) for each in running]


def in_turn(row: Model, *steps: Callable[[], object]) -> list[object]:
    """The same, where they queue up in this order, in which PostgreSQL lets them go on."""
    with ThreadPoolExecutor(len(steps)) as pool:
        with transaction.atomic():
            type(row)._default_manager.select_for_update().get(pk=row.pk)
            running: list[Future[object]] = []
            for step in steps:
                running.append(pool.submit(_step, step))
                wait_until_blocked(len(running), running)
        return [each.result(PATIENCE) for each in running]


def _step(step: Callable[[], object]) -> object:
    try:
        return step()
    except (lifecycle.StepRefused, IntegrityError, OperationalError) as refused:
        return refused
    finally:
        connection.close()


def wait_until_blocked(count: int, running: Sequence[Future[Any]]) -> None:
    deadline = time.monotonic() + PATIENCE
    with connection.cursor() as cursor:
        while time.monotonic() < deadline:
            cursor.execute(BLOCKED)
            if cursor.fetchone() == (count,):
                return
            assert not any(each.done() for each in running), "a step did not wait for the row"
            time.sleep(0.02)
    raise AssertionError("the steps did not queue up")


def test_accept_and_return_at_once_one_wins_and_the_other_is_told(town: City) -> None:
    report = world.submitted(town.county, town.quarter, 250, by=town.staff, when=DAY)
    outcomes = at_once(
        report,
        lambda: lifecycle.accept(report, by=town.reviewer, at=DAY),
        lambda: lifecycle.send_back(report, by=town.administrator, at=DAY, remark="count again"),
    )
    told = [isinstance(outcome, lifecycle.StepTaken) for outcome in outcomes]
    assert sorted(told) == [False, True]
    report.refresh_from_db()
    assert report.state == ("returned" if told[0] else "accepted")
    assert report.events.filter(verb__in=["accept", "return"]).count() == 1


def test_two_accepts_at_once_count_once(town: City) -> None:
    report = world.submitted(town.county, town.quarter, 250, by=town.staff, when=DAY)
    outcomes = at_once(
        report,
        lambda: lifecycle.accept(report, by=town.reviewer, at=DAY),
        lambda: lifecycle.accept(report, by=town.administrator, at=DAY),
    )
    assert sorted(isinstance(outcome, lifecycle.StepTaken) for outcome in outcomes) == [False, True]
    assert report.events.filter(verb="accept").count() == 1


def test_submit_at_once_gives_one_receipt(town: City) -> None:
    report = _filled(town)
    outcomes = at_once(report, *[lambda: lifecycle.submit(report, by=town.staff, at=DAY)] * 2)
    assert [outcome.receipt for outcome in outcomes if isinstance(outcome, Report)] == ["2022Q1-430421-1"] * 2
    assert report.events.filter(verb="submit").count() == 1


def test_line_saved_while_the_report_is_submitted_is_in_it_or_refused(town: City) -> None:
    report = _filled(town)
    line = report.lines.get(project=town.project)
    saved, submitted = at_once(
        report,
        lambda: world.fill(line, 777, by=town.staff, when=DAY),
        lambda: lifecycle.submit(report, by=town.staff, at=DAY),
    )
    assert isinstance(submitted, Report)
    expected = Decimal(250 if isinstance(saved, lifecycle.StepTaken) else 777)
    line.refresh_from_db()
    assert (line.flow, line.report.state) == (expected, "submitted")


def test_line_written_past_the_lifecycle_while_the_report_is_submitted_is_in_it_or_refused(town: City) -> None:
    """Such a writer locks the line before the report, so PostgreSQL may also end one of the two as a deadlock."""
    report = _filled(town)
    lines = ReportLine.objects.filter(report=report, project=town.project)
    written, submitted = at_once(
        report,
        lambda: lines.update(flow=777, year_to_date=777),
        lambda: lifecycle.submit(report, by=town.staff, at=DAY),
    )
    assert isinstance(submitted, Report) or written == 1
    assert lines.get().flow == (777 if written == 1 else 250)


def test_begin_at_once_gives_one_draft(town: City) -> None:
    outcomes = at_once(town.county, *[lambda: drafting.begin(town.county, town.quarter, by=town.staff, at=DAY)] * 2)
    assert len({outcome.pk for outcome in outcomes if isinstance(outcome, Report)}) == 1
    assert (Report.objects.count(), ReportLine.objects.count()) == (1, 2)


def test_withdraw_and_first_look_at_once(town: City) -> None:
    report = world.submitted(town.county, town.quarter, 250, by=town.staff, when=DAY)
    withdrawn, _looked = at_once(
        report,
        lambda: lifecycle.withdraw(report, by=town.staff, at=DAY, reason="a slip"),
        lambda: lifecycle.open_review(report, by=town.reviewer, at=DAY),
    )
    report.refresh_from_db()
    refused = isinstance(withdrawn, lifecycle.StepRefused)
    assert (report.state, report.opened_at is not None) == (("submitted", True) if refused else ("withdrawn", False))


def _filled(town: City) -> Report:
    report = drafting.begin(town.county, town.quarter, by=town.staff, at=DAY)
    for line in report.lines.all():
        world.fill(line, 250, by=town.staff, when=DAY)
    return report


def test_file_asked_for_by_a_double_click_is_made_once(town: City) -> None:
    def ask() -> object:
        request = RequestFactory().get("/projects/?export=xlsx")
        request.user = town.staff
        return prepared.ask(request, "projects", rows=9).pk

    assert len(set(at_once(town.staff, ask, ask))) == 1
    assert Export.objects.count() == 1

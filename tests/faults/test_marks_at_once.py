"""Two changes to the same project at the same moment: neither sees the other, and the cells still end up right."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial

import pytest
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from portal.models import Unit
from projects import audit, lifecycle, rollups
from projects.models import AnnualPlan, Assignment, Cell, ListEntry, Mark, Project
from tests import world
from tests.conftest import City
from tests.world import at

pytestmark = pytest.mark.django_db(transaction=True)

DAY = at("2022-04-05")


def elsewhere(work: Callable[[], object]) -> None:
    """Do this in another session, and commit it."""

    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(run).result(60)


def pass_on(project: Project, unit: Unit, day: date = date(2022, 1, 1)) -> None:
    Assignment.objects.create(project=project, unit=unit, from_on=day, reason="merger")


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def drain() -> None:
    rollups.drain(at=DAY)


@pytest.fixture
def right_before(town: City) -> City:
    drain()
    assert audit.differences() == []
    return town


def test_report_is_accepted_while_its_project_passes_to_another_unit(right_before: City) -> None:
    town = right_before
    report = world.submitted(town.county, town.quarter, 250, by=town.staff, when=DAY)
    with transaction.atomic():
        lifecycle.accept(report, by=town.reviewer, at=DAY)
        elsewhere(lambda: pass_on(town.project, town.other))
        elsewhere(drain)
    drain()
    assert not Mark.objects.exists()
    assert audit.differences() == []
    assert Cell.objects.get(grain="unit", unit=town.other).lines_reported == 1


def test_list_changes_while_the_project_passes_to_another_unit(right_before: City) -> None:
    town = right_before
    with transaction.atomic():
        ListEntry.objects.filter(project=town.project).update(delisted_on=date(2022, 2, 1))
        elsewhere(lambda: pass_on(town.project, town.other))
        elsewhere(drain)
    drain()
    assert audit.differences() == []
    assert Cell.objects.get(grain="class", unit=town.other).list_set == ""


def test_project_passes_to_two_units_at_once(right_before: City) -> None:
    town = right_before
    third = world.make_unit("430423", town.city)
    with transaction.atomic():
        pass_on(town.project, third, date(2022, 3, 1))
        elsewhere(lambda: pass_on(town.project, town.other, date(2022, 2, 1)))
        elsewhere(drain)
    drain()
    assert audit.differences() == []
    assert not Cell.objects.filter(unit=town.other).exists()


def test_plan_changes_while_a_quarter_joins_the_calendar(right_before: City) -> None:
    town = right_before
    with transaction.atomic():
        AnnualPlan.objects.filter(project=town.project).update(planned_investment=9)
        elsewhere(lambda: world.make_quarter("2022Q2"))
        elsewhere(drain)
    drain()
    assert not Mark.objects.exists()
    assert audit.differences() == []


def test_mark_left_for_what_is_under_way_waits_for_it_and_does_not_hold_up_others(right_before: City) -> None:
    town = right_before
    with transaction.atomic():
        ListEntry.objects.filter(project=town.second).update(delisted_on=date(2022, 2, 1))
        elsewhere(lambda: pass_on(town.project, town.other))
        elsewhere(drain)
        elsewhere(lambda: ListEntry.objects.filter(project=town.project).update(delisted_on=date(2022, 2, 1)))
        elsewhere(drain)
        assert audit.differences() == []
        assert set(Mark.objects.exclude(after=None).values_list("unit_id", flat=True)) >= {town.county.pk}
    drain()
    assert not Mark.objects.exists()
    assert audit.differences() == []


def test_drainer_whose_marks_another_took_looks_again_for_those_made_while_it_held_the_lock(
    right_before: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever made these found the lock taken, and went away."""
    unit, quarter = right_before.county, right_before.quarter
    take = rollups.TAKE
    before = [
        "DELETE FROM projects_mark",
        f"INSERT INTO projects_mark (unit_id, quarter_id) VALUES ({unit.pk}, {quarter.pk})",
    ]

    class Late:
        def run(self, cursor: CursorWrapper, given: dict[str, object]) -> None:
            if before:
                elsewhere(partial(run, before.pop(0)))
            take.run(cursor, given)
            if before:
                elsewhere(partial(run, before.pop(0)))
                elsewhere(drain)

    monkeypatch.setattr(rollups, "TAKE", Late())
    run(f"INSERT INTO projects_mark (unit_id, quarter_id) VALUES ({unit.pk}, {quarter.pk})")
    drain()
    assert not Mark.objects.exists()

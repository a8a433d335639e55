"""What a unit owes for a quarter, in one word, and by when."""

from datetime import date

import pytest

from portal.models import Extension
from projects import drafting, lifecycle
from projects.duty import Duty, State, duties
from tests import world
from tests.conftest import City
from tests.world import at

DAY = at("2022-04-05")


def duty(town: City, day: str = "2022-04-05") -> Duty:
    [found] = duties([town.county], [town.quarter], on=date.fromisoformat(day))
    return found


@pytest.mark.parametrize(
    ("day", "state"),
    [
        ("2022-03-24", State.NOT_OPEN),
        ("2022-03-25", State.TO_BEGIN),
        ("2022-04-20", State.TO_BEGIN),
        ("2022-04-21", State.MISSED),
    ],
)
def test_state_before_anybody_begins_follows_the_calendar(town: City, day: str, state: State) -> None:
    assert duty(town, day).state == state


def test_state_follows_the_report_through_its_steps(town: City) -> None:
    report = drafting.begin(town.county, town.quarter, by=town.staff, at=DAY)
    assert (duty(town).state, duty(town).filled) == (State.DRAFT, 0)
    for line in report.lines.all():
        world.fill(line, 5, by=town.staff, when=DAY)
    assert (duty(town).filled, duty(town).left) == (2, 0)
    lifecycle.submit(report, by=town.staff, at=DAY)
    assert (duty(town).state, duty(town).owes) == (State.SUBMITTED, False)
    draft = lifecycle.send_back(report, by=town.reviewer, at=DAY, remark="look again")
    assert (duty(town, "2022-05-30").state, duty(town).due_on) == (State.RETURNED, date(2022, 4, 8))
    lifecycle.accept(lifecycle.submit(draft, by=town.staff, at=DAY), by=town.reviewer, at=DAY)
    assert duty(town).state == State.ACCEPTED
    lifecycle.correct(draft, by=town.staff, at=DAY, reason="counted twice")
    assert (duty(town).state, duty(town).owes) == (State.CORRECTING, True)


def test_draft_left_open_at_the_closing_counts_as_not_submitted(town: City) -> None:
    drafting.begin(town.county, town.quarter, by=town.staff, at=DAY)
    assert duty(town, "2022-04-21").state == State.MISSED


def test_unit_without_a_planned_project_owes_nothing(town: City) -> None:
    [found] = duties([town.other], [town.quarter], on=date(2022, 4, 5))
    assert found.state == State.NOTHING_OWED


def test_last_of_the_extensions_counts_also_where_nothing_is_owed(town: City) -> None:
    granted = {"quarter": town.quarter, "reason": "flood", "granted_by": town.administrator, "granted_at": DAY}
    for day, unit in ((25, town.county), (29, town.county), (27, town.county), (26, town.other)):
        Extension.objects.create(unit=unit, until=date(2022, 4, day), **granted)
    found = duty(town)
    assert (found.extended_until, found.due_on, found.last_day) == (date(2022, 4, 29),) * 3
    assert (found.expected, found.state) == (2, State.TO_BEGIN)
    [idle] = duties([town.other], [town.quarter], on=date(2022, 4, 5))
    assert (idle.extended_until, idle.expected, idle.state) == (date(2022, 4, 26), 0, State.NOTHING_OWED)


def test_days_left_count_to_the_due_day_itself(town: City) -> None:
    assert (duty(town, "2022-04-10").days_left, duty(town, "2022-04-12").days_left) == (0, -2)

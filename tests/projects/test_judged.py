"""When a report is judged again at its acceptance: only where something may have changed since it was handed in."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from projects import judged, lifecycle, rollups
from projects.models import AnnualPlan, Assignment, Report, Valuation
from projects.ticks import Ticks
from tests import world
from tests.conftest import City
from tests.world import at

EARLIER, DAY, LATER = at("2022-07-01"), at("2022-07-05"), at("2022-07-06")


@pytest.fixture
def handed_in(town: City) -> Report:
    """The second quarter's report, clean, while the first one's is accepted and every cell computed."""
    second = world.make_quarter("2022Q2")
    first = world.submitted(town.county, town.quarter, 200, by=town.staff, when=at("2022-04-05"))
    world.accepted(first, by=town.reviewer, when=at("2022-04-06"))
    rollups.drain(at=EARLIER)
    report = world.submitted(town.county, second, 250, by=town.staff, when=DAY)
    assert report.warning_count == 0
    return report


def _accept(report: Report, town: City) -> list[str]:
    with CaptureQueriesContext(connection) as asked:
        lifecycle.accept(report, by=town.reviewer, at=LATER)
    return [each["sql"] for each in asked.captured_queries]


def _reads_lines(statements: list[str]) -> bool:
    return any("WITH standing AS" in each for each in statements)


def test_unchanged_report_is_accepted_without_judging_its_lines_again(town: City, handed_in: Report) -> None:
    statements = _accept(handed_in, town)
    assert not _reads_lines(statements)
    assert Report.objects.get(pk=handed_in.pk).state == "accepted"


def test_acceptance_costs_the_same_queries_for_1_and_30_lines(town: City, handed_in: Report) -> None:
    few = len(_accept(handed_in, town))
    rollups.drain(at=LATER)
    third = world.make_quarter("2022Q3")
    for number in range(28):
        world.make_project(f"M{number}", town.county)
    rollups.drain(at=at("2022-10-01"))
    longer = world.submitted(town.county, third, 260, by=town.staff, when=at("2022-10-05"))
    assert longer.lines.count() == 30
    many = len(_accept(longer, town))
    assert (many, few <= 16) == (few, True)


def test_words_on_all_warnings_are_those_of_a_report_judged_again(town: City, handed_in: Report) -> None:
    rollups.drain(at=LATER)
    third = world.make_quarter("2022Q3")
    same = world.submitted(town.county, third, 250, by=town.staff, when=at("2022-10-05"))
    world.accepted(handed_in, by=town.reviewer, when=LATER)  # so that the same figure stands in it again
    rollups.drain(at=at("2022-10-06"))
    draft = lifecycle.send_back(same, by=town.reviewer, at=at("2022-10-06"), remark="look again")
    for line in draft.lines.all():
        world.fill(line, 250, by=town.staff, when=at("2022-10-07"))
    again = lifecycle.submit(draft, by=town.staff, at=at("2022-10-07"))
    assert (again.warning_count, judged.still_holds(again)) == (2, True)
    with translation.override("en"):
        with pytest.raises(lifecycle.StepRefused, match="ticked at once"):
            lifecycle.accept(again, by=town.reviewer, at=at("2022-10-08"), ticked=Ticks(every=True))
        with pytest.raises(lifecycle.StepRefused, match="A1 same figure"):
            lifecycle.accept(again, by=town.reviewer, at=at("2022-10-08"))
        lifecycle.accept(again, by=town.reviewer, at=at("2022-10-08"), reason="seen", ticked=Ticks(every=True))
    assert again.events.get(verb="accept").reason == "seen\nAll warnings looked at: 2."


def _value(town: City) -> None:
    day = date(2022, 5, 1)
    Valuation.objects.create(project=town.project, from_on=day, total_investment=Decimal(300), reason="final")


def _replan(town: City) -> None:
    AnnualPlan.objects.filter(project=town.project).update(content="a wing more")  # which no cell holds


def _correct_words(town: City) -> None:
    first = Report.objects.accepted().get(unit=town.county, quarter=town.quarter)
    soon = at("2022-04-08")
    draft = lifecycle.correct(first, by=town.staff, at=soon, reason="a date")
    world.fill(draft.lines.get(project=town.project), 200, by=town.staff, when=soon, started_on=date(2021, 3, 2))
    world.accepted(lifecycle.submit(draft, by=town.staff, at=soon), by=town.reviewer, when=soon)


CHANGES: list[Callable[[City], None]] = [_value, _replan, _correct_words]


@pytest.mark.parametrize("is_drained", [True, False])
@pytest.mark.parametrize("change", CHANGES)
def test_whatever_lines_are_judged_by_changes_has_them_judged_again(
    town: City, handed_in: Report, change: Callable[[City], None], is_drained: bool
) -> None:
    assert judged.still_holds(handed_in)
    change(town)
    if is_drained:
        rollups.drain(at=EARLIER)  # a clock that lags doesn't matter
    assert not judged.still_holds(handed_in)


def test_warning_that_came_up_since_is_found(town: City, handed_in: Report) -> None:
    _value(town)
    with translation.override("en"), pytest.raises(lifecycle.StepRefused, match="A1 over the total"):
        lifecycle.accept(handed_in, by=town.reviewer, at=LATER)


def test_open_correction_of_an_earlier_quarter_has_the_lines_judged_again(town: City, handed_in: Report) -> None:
    first = Report.objects.accepted().get(unit=town.county, quarter=town.quarter)
    lifecycle.correct(first, by=town.staff, at=at("2022-04-07"), reason="counted twice")
    assert not judged.still_holds(handed_in)


def test_open_earlier_report_of_a_former_unit_has_the_lines_judged_again(town: City, handed_in: Report) -> None:
    assert judged.still_holds(handed_in)
    other = world.make_unit("430499", town.county.parent)
    Assignment.objects.create(project=town.project, unit=other, from_on=date(2020, 1, 1), reason="once theirs")
    Report.objects.create(unit=other, quarter=town.quarter)
    rollups.drain(at=EARLIER)
    again = lifecycle.withdraw(handed_in, by=town.staff, at=DAY, reason="once more")
    report = lifecycle.submit(again, by=town.staff, at=DAY)
    assert not judged.still_holds(report)


def test_cells_computed_after_the_submission_by_the_clock_say_nothing(town: City, handed_in: Report) -> None:
    """As in a database put back from a backup, whose rows are numbered anew."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE kept AS SELECT * FROM projects_cell; DELETE FROM projects_cell")
        cursor.execute("INSERT INTO projects_cell OVERRIDING SYSTEM VALUE SELECT * FROM kept")
        cursor.execute("UPDATE projects_cell SET computed_at = %s", [DAY + timedelta(hours=1)])
    assert not judged.still_holds(handed_in)

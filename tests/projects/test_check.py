"""A whole report, checked: what stands beside each line, its status, and the sums."""

from decimal import Decimal

from projects import check, drafting, lifecycle
from projects.models import Report
from projects.typed import Typed
from tests import world
from tests.conftest import City
from tests.world import at

DAY = at("2022-04-05")


def test_report_not_begun_is_checked_without_being_written(town: City) -> None:
    checked = check.report(Report(unit=town.county, quarter=town.quarter))
    assert [line.status for line in checked.lines] == ["not_started", "not_started"]
    assert (checked.complete, checked.left) == (0, 2)
    assert not Report.objects.exists()


def test_status_tells_what_is_missing_from_what_is_wrong(town: City) -> None:
    report = drafting.begin(town.county, town.quarter, by=town.staff, at=DAY)
    line = world.fill(report.lines.get(project=town.project), 5, by=town.staff, when=DAY, progress="")
    assert [each.status for each in check.report(report).lines] == ["in_progress", "not_started"]
    line = world.fill(line, 5, by=town.staff, when=DAY)
    assert [each.status for each in check.report(report).lines] == ["complete", "not_started"]
    typed = Typed(values={"flow": None, "typed": ""}, rejected={"flow": "x"})
    world.save_line(line, typed, version=line.version, by=town.staff, at=DAY)
    assert [each.status for each in check.report(report).lines] == ["has_errors", "not_started"]


def test_totals_say_how_many_lines_they_hold_and_give_no_rate_before_all_do(town: City) -> None:
    report = drafting.begin(town.county, town.quarter, by=town.staff, at=DAY)
    assert check.report(report).totals.flow is None
    world.fill(report.lines.get(project=town.project), 500, by=town.staff, when=DAY)
    totals = check.report(report).totals
    assert [totals.known, totals.lines, totals.flow, totals.planned, totals.rate] == [1, 2, 500, 4000, None]
    world.fill(report.lines.get(project=town.second), 500, by=town.staff, when=DAY)
    assert check.report(report).totals.rate == Decimal("0.25")


def test_submitted_line_keeps_its_year_to_date_and_tells_todays(town: City) -> None:
    second = world.make_quarter("2022Q2")
    first = world.submitted(town.county, town.quarter, 100, by=town.staff, when=DAY)
    lifecycle.accept(first, by=town.reviewer, at=DAY)
    later = world.submitted(town.county, second, 50, by=town.staff, when=at("2022-07-05"))
    assert not any(line.is_restated for line in check.report(later).lines)
    correction = lifecycle.correct(first, by=town.staff, at=DAY, reason="counted twice")
    world.fill(correction.lines.get(project=town.project), 80, by=town.staff, when=DAY)
    lifecycle.submit(correction, by=town.staff, at=DAY)
    line = check.report(later).lines[0]
    assert [line.line.year_to_date, line.year_to_date_now, line.is_restated] == [150, 130, True]


def test_open_draft_follows_a_corrected_earlier_quarter(town: City) -> None:
    second = world.make_quarter("2022Q2")
    first = world.submitted(town.county, town.quarter, 100, by=town.staff, when=DAY)
    draft = drafting.begin(town.county, second, by=town.staff, at=at("2022-07-05"))
    world.fill(draft.lines.get(project=town.project), 50, by=town.staff, when=at("2022-07-05"))
    again = lifecycle.withdraw(first, by=town.staff, at=DAY, reason="a slip")
    assert check.report(draft).lines[0].line.year_to_date is None
    assert check.report(draft).missing_quarters
    world.fill(again.lines.get(project=town.project), 70, by=town.staff, when=DAY)
    lifecycle.submit(again, by=town.staff, at=DAY)
    assert check.report(draft).lines[0].line.year_to_date == 120

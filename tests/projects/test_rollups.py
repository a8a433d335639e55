"""Cells say what accepted lines and the register add up to, for whatever happened to both."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from portal.models import Quarter, Unit
from projects import audit, drafting, facts, lifecycle, rollups
from projects.models import (
    AnnualPlan,
    Assignment,
    Category,
    Cell,
    Chain,
    ListEntry,
    Mark,
    ProjectList,
    Report,
    RollupAlarm,
    Stage,
    Valuation,
)
from projects.standings import WHOLE
from tests import world
from tests.conftest import City
from tests.world import at

DAY = at("2022-04-05")


def accepted(town: City, unit: Unit, quarter: Quarter, flow: int | str, *, day: str = "2022-04-05") -> Report:
    """This unit's report with the same flow in each line, accepted and drained."""
    by = town.staff if unit == town.county else town.stranger
    report = world.submitted(unit, quarter, flow, by=by, when=at(day))
    lifecycle.accept(report, by=town.reviewer, at=at(day))
    rollups.drain(at=at(day))
    assert audit.differences() == []
    return report


def unit_cell(unit: Unit, quarter: Quarter) -> Cell:
    return Cell.objects.get(grain="unit", unit=unit, quarter=quarter)


def test_drain_leaves_no_mark_and_the_sums_of_the_lines(town: City) -> None:
    accepted(town, town.county, town.quarter, 250)
    cell = unit_cell(town.county, town.quarter)
    assert not Mark.objects.exists()
    assert (cell.flow, cell.year_to_date, cell.planned) == (Decimal(500), Decimal(500), Decimal(4000))
    assert (cell.lines_expected, cell.lines_reported, cell.is_reported, cell.is_covered) == (2, 2, True, True)
    assert (cell.projects, cell.started, cell.completed) == (2, 2, 0)


def test_unreported_unit_has_a_plan_and_no_figures(town: City) -> None:
    rollups.drain(at=DAY)
    cell = unit_cell(town.county, town.quarter)
    assert (cell.planned, cell.lines_expected, cell.lines_reported) == (Decimal(4000), 2, 0)
    assert (cell.is_reported, cell.is_covered, cell.flow, cell.year_to_date, cell.started) == (
        False,
        False,
        None,
        None,
        None,
    )


def test_submitted_report_does_not_count_yet(town: City) -> None:
    world.submitted(town.county, town.quarter, 250, by=town.staff, when=DAY)
    rollups.drain(at=DAY)
    assert unit_cell(town.county, town.quarter).flow is None


def test_second_quarter_adds_to_the_year_and_stands_alone_as_flow(town: City) -> None:
    second = world.make_quarter("2022Q2")
    accepted(town, town.county, town.quarter, 250)
    accepted(town, town.county, second, 100, day="2022-07-05")
    cell = unit_cell(town.county, second)
    assert (cell.flow, cell.year_to_date) == (Decimal(200), Decimal(700))


def test_year_to_date_is_unknown_while_an_earlier_quarter_is_not_accepted(town: City) -> None:
    second = world.make_quarter("2022Q2")
    world.submitted(town.county, town.quarter, 250, by=town.staff, when=DAY)
    accepted(town, town.county, second, 100, day="2022-07-05")
    cell = unit_cell(town.county, second)
    assert (cell.is_reported, cell.is_covered, cell.flow, cell.year_to_date) == (True, False, Decimal(200), None)


def test_correction_restates_the_later_quarters(town: City) -> None:
    second = world.make_quarter("2022Q2")
    first = accepted(town, town.county, town.quarter, 250)
    accepted(town, town.county, second, 100, day="2022-07-05")
    draft = lifecycle.correct(first, by=town.staff, at=DAY, reason="counted twice")
    for line in draft.lines.all():
        world.fill(line, 200, by=town.staff, when=DAY)
    lifecycle.accept(lifecycle.submit(draft, by=town.staff, at=DAY), by=town.reviewer, at=DAY)
    rollups.drain(at=DAY)
    assert unit_cell(town.county, second).year_to_date == Decimal(600)
    assert audit.differences() == []


def test_project_that_changes_hands_takes_its_year_along_and_leaves_the_closed_quarter_alone(town: City) -> None:
    second = world.make_quarter("2022Q2")
    accepted(town, town.county, town.quarter, 250)
    Assignment.objects.create(project=town.second, unit=town.other, from_on=date(2022, 5, 1), reason="merger")
    accepted(town, town.other, second, 100, day="2022-07-05")
    assert unit_cell(town.county, town.quarter).planned == Decimal(4000)
    moved = unit_cell(town.other, second)
    assert (moved.planned, moved.year_to_date, moved.projects) == (Decimal(3000), Decimal(350), 1)
    assert unit_cell(town.county, second).planned == Decimal(1000)


def test_list_change_in_july_leaves_june_alone(town: City) -> None:
    second, third = world.make_quarter("2022Q2"), world.make_quarter("2022Q3")
    entry = ListEntry.objects.get(project=town.second)
    entry.delisted_on = date(2022, 7, 1)
    entry.save()
    rollups.drain(at=DAY)

    def planned(quarter: Quarter, lists: str) -> list[Decimal]:
        cells = Cell.objects.filter(grain="class", unit=town.county, quarter=quarter, list_set=lists)
        return list(cells.values_list("planned", flat=True))

    assert planned(second, "municipal_key") == [Decimal(4000)]
    assert (planned(third, "municipal_key"), planned(third, "")) == ([Decimal(1000)], [Decimal(3000)])
    assert audit.differences() == []


def test_project_on_two_lists_is_in_one_cell(town: City) -> None:
    world.make_project("A3", town.county, planned=500, lists=("provincial_key", "municipal_key"))
    rollups.drain(at=DAY)
    cells = Cell.objects.filter(grain="class", unit=town.county, quarter=town.quarter)
    assert set(cells.values_list("list_set", "planned")) == {
        ("municipal_key", Decimal(4000)),
        ("municipal_key,provincial_key", Decimal(500)),
    }


def test_plan_version_counts_from_its_day_on(town: City) -> None:
    second = world.make_quarter("2022Q2")
    AnnualPlan.objects.create(
        project=town.project,
        year=2022,
        in_force_on=date(2022, 6, 1),
        planned_investment=Decimal(1500),
        category=Category.objects.get(code="industry"),
        chain=Chain.objects.create(code="test-chain", name_zh="测试链"),
        reason="adjusted",
    )
    rollups.drain(at=DAY)
    assert unit_cell(town.county, town.quarter).planned == Decimal(4000)
    assert unit_cell(town.county, second).planned == Decimal(4500)
    assert Cell.objects.get(grain="chain", quarter=second).planned == Decimal(1500)
    assert audit.differences() == []


def test_completed_project_owes_no_line_later_but_keeps_its_standing(town: City) -> None:
    second = world.make_quarter("2022Q2")
    Valuation.objects.create(
        project=town.project,
        from_on=date(2022, 1, 1),
        total_investment=100_000,
        expected_annual_output=7000,
        reason="test",
    )
    report = drafting.begin(town.county, town.quarter, by=town.staff, at=DAY)
    for line in report.lines.all():
        done = {"stage": Stage.COMPLETED, "finished_on": date(2022, 3, 1)} if line.project == town.project else {}
        world.fill(line, 300, by=town.staff, when=DAY, **done)
    lifecycle.accept(lifecycle.submit(report, by=town.staff, at=DAY), by=town.reviewer, at=DAY)
    rollups.drain(at=DAY)
    first = unit_cell(town.county, town.quarter)
    assert (first.completed, first.completed_output, first.large, first.lines_expected) == (1, Decimal(7000), 1, 2)
    accepted(town, town.county, second, 100, day="2022-07-05")
    later = unit_cell(town.county, second)
    assert (later.lines_expected, later.lines_reported, later.is_covered) == (1, 1, True)
    assert (later.flow, later.year_to_date, later.completed) == (Decimal(100), Decimal(700), 1)


def test_project_counts_as_started_and_completed_from_the_first_quarter_that_states_it(town: City) -> None:
    second, when = world.make_quarter("2022Q2"), at("2022-07-05")
    first = accepted(town, town.county, town.quarter, 100)
    later = drafting.begin(town.county, second, by=town.staff, at=when)
    corrected = lifecycle.correct(first, by=town.staff, at=at("2022-04-15"), reason="completed by then")
    went_back = {"stage": Stage.PREPARATORY, "started_on": None}
    finished = {"stage": Stage.COMPLETED, "finished_on": date(2022, 3, 1)}
    for draft, said in ((later, went_back), (corrected, finished)):
        for line in draft.lines.all():
            world.fill(line, 120, by=town.staff, when=when, **said)
        lifecycle.submit(draft, by=town.staff, at=when if draft == later else at("2022-04-15"))
        world.accepted(draft, by=town.reviewer, when=when)
    rollups.drain(at=DAY)
    cell = unit_cell(town.county, second)
    assert (cell.lines_expected, cell.started, cell.completed) == (0, 2, 2)


def test_unit_whose_last_project_has_left_has_no_cell(town: City) -> None:
    rollups.drain(at=DAY)
    Assignment.objects.filter(unit=town.county).update(unit=town.other)
    rollups.drain(at=DAY)
    assert not Cell.objects.filter(unit=town.county).exists()
    assert unit_cell(town.other, town.quarter).planned == Decimal(4000)


def test_new_quarter_has_its_standings_at_once(town: City) -> None:
    rollups.drain(at=DAY)
    second = world.make_quarter("2022Q2")
    rollups.drain(at=DAY)
    assert unit_cell(town.county, second).planned == Decimal(4000)


def test_quarter_that_joins_a_year_later_is_a_gap_in_its_later_quarters(town: City) -> None:
    third = world.make_quarter("2022Q3")
    accepted(town, town.county, town.quarter, 250)
    accepted(town, town.county, third, 260, day="2022-10-05")
    second = world.make_quarter("2022Q2")
    rollups.drain(at=DAY)
    assert audit.differences() == []
    assert unit_cell(town.county, third).year_to_date is None
    second.delete()
    rollups.drain(at=DAY)
    assert audit.differences() == []
    assert unit_cell(town.county, third).year_to_date == Decimal(1020)


def test_quarter_that_becomes_another_is_recomputed_with_all_others(town: City) -> None:
    before = world.make_quarter("2021Q1")
    second = world.make_quarter("2022Q2")
    rollups.drain(at=DAY)
    Quarter.objects.filter(pk=second.pk).update(number=4)
    Quarter.objects.filter(pk=before.pk).update(year=2020)
    rollups.drain(at=DAY)
    assert audit.differences() == []
    assert unit_cell(town.county, second).planned_to_date == Decimal(4000)


def test_list_that_is_renamed_is_renamed_in_its_cells(town: City) -> None:
    rollups.drain(at=DAY)
    renamed = world.make_list()
    renamed.code = "city_key"
    renamed.save()
    rollups.drain(at=DAY)
    assert audit.differences() == []
    assert Cell.objects.get(grain="class", unit=town.county).list_set == "city_key"


def test_project_may_stand_on_any_number_of_lists(town: City) -> None:
    for number in range(12):
        code = f"{number:02}-" + "x" * 37
        each = ProjectList.objects.create(code=code, name_zh=code, name_en=code, tier=ProjectList.Tier.COUNTY)
        ListEntry.objects.create(project=town.project, list=each, listed_on=date(2021, 1, 1), reason="test")
    rollups.drain(at=DAY)
    assert audit.differences() == []
    assert len(Cell.objects.get(grain="class", list_set__startswith="00").list_set.split(",")) == 13


def test_due_to_start_counts_by_the_last_day(town: City) -> None:
    AnnualPlan.objects.filter(project=town.project).update(start_due_on=date(2022, 3, 31))
    AnnualPlan.objects.filter(project=town.second).update(start_due_on=date(2022, 4, 1))
    accepted(town, town.county, town.quarter, 10)
    cell = unit_cell(town.county, town.quarter)
    assert (cell.due_to_start, cell.due_started) == (1, 1)


def test_audit_finds_a_tampered_cell_raises_an_alarm_and_repairs_it(town: City) -> None:
    accepted(town, town.county, town.quarter, 250)
    Cell.objects.filter(grain="unit", unit=town.county).update(flow=Decimal(501))
    (found,) = audit.repair(at=DAY)
    assert found.found is not None
    assert found.expected is not None
    assert (found.found["flow"], found.expected["flow"]) == (501.0, 500.0)
    assert unit_cell(town.county, town.quarter).flow == Decimal(500)
    assert RollupAlarm.objects.count() == 1


def test_comparison_leaves_out_what_is_marked(town: City) -> None:
    accepted(town, town.county, town.quarter, 250)
    Cell.objects.filter(grain="unit", unit=town.county).update(flow=Decimal(501))
    Mark.objects.create(unit=town.county, quarter=town.quarter)
    assert audit.differences() == []


def test_rollup_command_rebuilds_a_quarter_and_verifies(town: City, capsys: pytest.CaptureFixture[str]) -> None:
    accepted(town, town.county, town.quarter, 250)
    Cell.objects.all().delete()
    with pytest.raises(CommandError, match="differed"):
        call_command("rollup", "--verify", "--quarter", "2022Q1")
    Cell.objects.all().delete()
    call_command("rollup", "--quarter", "2022q1")
    call_command("rollup", "--verify")
    assert "every cell and every sum equals its recompute" in capsys.readouterr().out
    with pytest.raises(CommandError, match="not a quarter"):
        call_command("rollup", "--quarter", "spring")


def test_rollup_command_prints_the_figures_that_differed_and_no_others(
    town: City, capsys: pytest.CaptureFixture[str]
) -> None:
    accepted(town, town.county, town.quarter, 250)
    Cell.objects.filter(unit=town.county, quarter=town.quarter, grain="unit").update(flow=Decimal(501))
    Cell.objects.filter(unit=town.county, quarter=town.quarter, grain="class").delete()
    with pytest.raises(CommandError, match="operate"):
        call_command("rollup", "--verify")
    told = capsys.readouterr().out
    assert f"2022Q1 {town.county.code}: cell, grain unit\n    flow: found 501.0, expected 500.0\n" in told
    missing = told.partition("(missing)\n")[2]
    assert "    flow: found nothing, expected " in missing
    assert "unit_id" not in told


def test_drain_steps_aside_for_another_drainer(town: City) -> None:
    other = connection.copy()
    with other.cursor() as cursor:
        for share in range(rollups.SHARES):
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", [rollups.DRAINER, share])
        assert rollups.drain(at=DAY) == 0
        cursor.execute("SELECT pg_advisory_unlock_all()")
    other.close()
    assert Mark.objects.exists()
    assert rollups.drain(at=DAY) > 0


def test_drainers_work_side_by_side_at_other_units(town: City) -> None:
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [rollups.DRAINER, town.county.pk % rollups.SHARES])
        assert rollups.drain(at=DAY) > 0
        cursor.execute("SELECT pg_advisory_unlock_all()")
    other.close()
    left = {unit % rollups.SHARES for unit in Mark.objects.values_list("unit_id", flat=True)}
    assert left == {town.county.pk % rollups.SHARES}


def test_few_units_quarters_are_computed_by_the_plan_kept_and_many_by_one_of_their_own(
    town: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kept() -> int:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT generic_plans FROM pg_prepared_statements WHERE name = %s AND custom_plans = 0",
                [rollups.FILL_FEW.name],
            )
            return sum(times for (times,) in cursor.fetchall())

    before = kept()
    accepted(town, town.county, town.quarter, 100)
    used = kept()
    assert used > before
    Cell.objects.update(planned=0)
    monkeypatch.setattr(rollups, "FEW", 0)
    assert rollups.rebuild(at=DAY) > 0
    assert audit.differences() == []
    assert kept() == used


@pytest.mark.parametrize("first", ["county", "other"])
def test_of_two_units_that_report_a_quarter_and_are_accepted_at_the_same_moment_the_newer_line_counts(
    town: City, first: str
) -> None:
    """The project changed hands between the two drafts; whatever way the rows are read, all figures take the same."""
    people = {town.county: town.staff, town.other: town.stranger}
    units = [town.county, town.other] if first == "county" else [town.other, town.county]
    for flow, unit in zip((100, 200), units, strict=True):
        Assignment.objects.filter(project=town.project).update(unit=unit)
        world.submitted(unit, town.quarter, flow, by=people[unit], when=DAY)
    for report in Report.objects.waiting_for_review().order_by("-pk"):
        lifecycle.accept(report, by=town.reviewer, at=DAY)
    rollups.drain(at=DAY)
    assert audit.differences() == []
    fact = facts.read(town.quarter, [units[1].pk], WHOLE)
    assert {each.code: each.flow for each in fact}["A1"] == 200
    assert unit_cell(units[1], town.quarter).flow == sum(each.flow or 0 for each in fact)

"""A draft's lines beside what its unit owes, by one statement, and by the rule as it stands with the projects."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from projects import drafting, lifecycle, report_lines, rollups
from projects.models import AnnualPlan, Assignment, Cell, Project, Report, Stage
from tests import world
from tests.conftest import City
from tests.world import at

DAY, APRIL = at("2022-07-05"), at("2022-04-05")


def _leave(town: City) -> None:
    Assignment.objects.create(
        project=town.project, unit=town.other, from_on=date(2022, 6, 30), reason="on the last day"
    )


def _leave_later(town: City) -> None:
    Assignment.objects.create(project=town.project, unit=town.other, from_on=date(2022, 7, 1), reason="a day later")


def _come_back(town: City) -> None:
    Assignment.objects.create(project=town.project, unit=town.other, from_on=date(2022, 2, 1), reason="lent")
    Assignment.objects.create(project=town.project, unit=town.county, from_on=date(2022, 5, 1), reason="returned")


def _come(town: City) -> None:
    new = world.make_project("N1", town.other)
    Assignment.objects.create(project=new, unit=town.county, from_on=date(2022, 4, 1), reason="new")


def _lose_the_plan(town: City) -> None:
    AnnualPlan.objects.filter(project=town.project).update(in_force_on=date(2022, 7, 1))


def _plan_another_year(town: City) -> None:
    AnnualPlan.objects.filter(project=town.project).update(year=2021)


CHANGES: list[Callable[[City], None]] = [
    _leave,
    _leave_later,
    _come_back,
    _come,
    _lose_the_plan,
    _plan_another_year,
]


@pytest.mark.parametrize("change", CHANGES)
def test_draft_is_beside_the_projects_that_its_unit_owes(town: City, change: Callable[[City], None]) -> None:
    second = world.make_quarter("2022Q2")
    draft = drafting.begin(town.county, second, by=town.staff, at=DAY)
    before = set(draft.lines.values_list("project", flat=True))
    change(town)
    owed = set(Project.objects.expected(town.county, second).values_list("pk", flat=True))
    found = report_lines.drafted(draft, None)
    assert {line.project_id for line in found.lines} == before & owed
    assert {line.project_id for line in found.dropped} == before - owed
    assert {project.pk for project in found.new} == owed - before
    assert found.around.keys() == before | owed
    not_begun = report_lines.drafted(Report(unit=town.county, quarter=second), None)
    assert ({project.pk for project in not_begun.new}, not_begun.lines, not_begun.dropped) == (owed, [], [])


def test_completed_project_is_owed_until_a_report_that_says_so_is_accepted(town: City) -> None:
    second = world.make_quarter("2022Q2")
    draft = drafting.begin(town.county, town.quarter, by=town.staff, at=at("2022-04-05"))
    for line in draft.lines.all():
        said = {"stage": Stage.COMPLETED, "finished_on": date(2022, 3, 1)} if line.project == town.project else {}
        world.fill(line, 5, by=town.staff, when=at("2022-04-05"), **said)
    first = lifecycle.submit(draft, by=town.staff, at=at("2022-04-05"))
    for expected in ([town.project, town.second], [town.second]):
        owed = report_lines.drafted(Report(unit=town.county, quarter=second), None).new
        assert owed == expected == list(Project.objects.expected(town.county, second).order_by("code"))
        if first.state == "submitted":
            first = world.accepted(first, by=town.reviewer, when=at("2022-04-06"))


def test_lines_of_some_codes_come_alone_with_what_surrounds_them(town: City) -> None:
    draft = drafting.begin(town.county, town.quarter, by=town.staff, at=at("2022-04-05"))
    for found in (report_lines.drafted(draft, [town.second.code]), report_lines.standing(draft, [town.second.code])):
        assert [line.project for line in found.lines] == [town.second]
        assert list(found.around) == [town.second.pk]


@pytest.mark.parametrize("completed_counts", [True, False])
def test_project_is_owed_as_the_line_that_counts_says_where_two_units_have_reported_its_quarter(
    town: City, *, completed_counts: bool
) -> None:
    """It changed hands between the two reports, of which the first says that it is completed and the second doesn't."""
    second = world.make_quarter("2022Q2")
    done = {"stage": Stage.COMPLETED, "finished_on": date(2022, 3, 1)}
    for unit, by, said in ((town.county, town.staff, done), (town.other, town.stranger, {})):
        Assignment.objects.filter(project=town.project).update(unit=unit)
        draft = drafting.begin(unit, town.quarter, by=by, at=APRIL)
        for line in draft.lines.all():
            world.fill(line, 5, by=by, when=APRIL, **(said if line.project == town.project else {}))
        lifecycle.submit(draft, by=by, at=APRIL)
    for report in Report.objects.waiting_for_review().order_by("-pk" if completed_counts else "pk"):
        world.accepted(report, by=town.reviewer, when=APRIL + timedelta(minutes=Report.objects.accepted().count()))
    rollups.drain(at=APRIL)
    expected = [] if completed_counts else [town.project]
    assert list(Project.objects.expected(town.other, second)) == expected
    assert report_lines.drafted(Report(unit=town.other, quarter=second), None).new == expected
    assert Cell.objects.get(grain="unit", unit=town.other, quarter=second).lines_expected == len(expected)

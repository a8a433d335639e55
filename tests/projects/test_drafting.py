"""Drafts: begun, written by several people at once, held against one another by versions."""

from dataclasses import replace
from decimal import Decimal

import pytest
from pytest_django import DjangoAssertNumQueries

from portal.models import Role
from projects import check, drafting, lifecycle
from projects.models import Project, ReportLine
from projects.typed import Typed
from tests import world
from tests.conftest import City
from tests.world import at

DAY = at("2022-04-05")


def test_saving_without_sentences_leaves_those_there_are(town: City) -> None:
    report = drafting.begin(town.county, town.quarter, by=town.staff, at=DAY)
    line = world.fill(report.lines.get(project=town.project), 1500, by=town.staff, when=DAY)
    before = line.explanations
    typed = Typed(values={"flow": Decimal(1600), "typed": "flow"})
    line = world.save_line(line, typed, version=1, by=town.staff, at=DAY)
    assert line.explanations == before
    typed = Typed(values={"flow": Decimal(1600), "typed": "flow"}, explanations={"jump": " ", "x": "y"})
    line = world.save_line(line, typed, version=2, by=town.staff, at=DAY)
    assert line.explanations.keys() == before.keys() - {"jump"}


def test_sentence_saved_again_by_a_double_click_changes_nothing(town: City) -> None:
    report = drafting.begin(town.county, town.quarter, by=town.staff, at=DAY)
    line = report.lines.get(project=town.project)
    typed = Typed(values={"flow": Decimal(5), "typed": "flow"}, explanations={"jump": "提前到货"})
    other = replace(typed, explanations={"jump": "别的"})
    world.save_line(line, typed, version=0, by=town.staff, at=DAY)
    assert world.save_line(line, typed, version=0, by=town.staff, at=DAY).version == 1
    with pytest.raises(drafting.LineTaken):
        world.save_line(line, other, version=0, by=town.staff, at=DAY)


@pytest.mark.parametrize("count", [1, 3, 30])
def test_preview_finds_what_saving_would_and_writes_nothing(
    town: City, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        world.make_project(f"B{number:02d}", town.other)
    report = drafting.begin(town.other, town.quarter, by=town.stranger, at=DAY)
    lines = {line.project_id: line for line in report.lines.all()}
    typed = {pk: Typed(values={"flow": Decimal(1500), "typed": "flow"}) for pk in lines}
    with django_assert_num_queries(1):
        preview = drafting.preview(report, typed, at=DAY)
    assert not report.lines.exclude(flow=None).exists()
    by_line = {lines[pk].pk: each for pk, each in typed.items()}
    drafting.save_lines(report, by_line, versions=dict.fromkeys(by_line, 0), by=town.stranger, at=DAY)
    saved = check.report(report)
    assert [line.findings for line in preview.lines] == [line.findings for line in saved.lines]
    assert [line.status for line in preview.lines] == [line.status for line in saved.lines] == ["in_progress"] * count
    assert len(preview.open_warnings) == count


# Acceptance with warnings.


def test_lines_of_the_draft_are_the_projects_expected_whatever_the_register_does(town: City) -> None:
    report = drafting.begin(town.county, town.quarter, by=town.staff, at=DAY)
    third = world.make_project("A3", town.county)
    town.project.annualplan_set.all().delete()
    drafting.begin(town.county, town.quarter, by=town.staff, at=DAY)
    for line in report.lines.all():
        world.fill(line, 5, by=town.staff, when=DAY)
    lifecycle.submit(report, by=town.staff, at=DAY)
    expected = Project.objects.expected(town.county, town.quarter)
    assert {line.project for line in report.lines.all()} == set(expected) == {town.second, third}
    assert "A1" in report.events.get(verb="submit").reason


def test_line_saved_by_a_colleague_meanwhile_is_not_overwritten(town: City) -> None:
    report = drafting.begin(town.county, town.quarter, by=town.staff, at=DAY)
    colleague = world.make_person("colleague", town.county, Role.REPORTER)
    line = report.lines.get(project=town.project)
    world.fill(line, 5, by=town.staff, when=DAY)
    with pytest.raises(drafting.LineTaken) as taken:
        world.fill(line, 7, by=colleague, when=DAY)
    assert taken.value.line.flow == 5
    line.refresh_from_db()
    assert [line.flow, line.edited_by] == [5, town.staff]


def test_lines_saved_at_once_are_all_saved_or_none(town: City) -> None:
    report = drafting.begin(town.county, town.quarter, by=town.staff, at=DAY)
    first, second = report.lines.all()
    typed = {line.pk: Typed(values={"flow": 7, "typed": "flow"}) for line in (first, second)}
    world.fill(second, 9, by=town.staff, when=DAY)
    with pytest.raises(lifecycle.StepTaken):
        drafting.save_lines(report, typed, versions={first.pk: 0, second.pk: 0}, by=town.staff, at=DAY)
    assert [line.flow for line in report.lines.all()] == [None, 9]
    drafting.save_lines(report, typed, versions={first.pk: 0, second.pk: 1}, by=town.staff, at=DAY)
    saved = list(report.lines.all())
    assert [line.flow for line in saved] == [7, 7]
    assert [line.version for line in saved] == [1, 2]
    assert [line.edited_by for line in saved] == [town.staff, town.staff]


@pytest.mark.parametrize("count", [1, 3, 30])
def test_lines_saved_at_once_cost_the_same_queries_for_any_number(
    town: City, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        world.make_project(f"B{number:02d}", town.county)
    report = drafting.begin(town.county, town.quarter, by=town.staff, at=DAY)
    lines = list(report.lines.all())[:count]
    typed = {line.pk: Typed(values={"flow": 7, "typed": "flow"}) for line in lines}
    versions = {line.pk: 0 for line in lines}
    with django_assert_num_queries(8):
        drafting.save_lines(report, typed, versions=versions, by=town.staff, at=DAY)


def test_lines_of_another_report_are_not_saved(town: City) -> None:
    mine = drafting.begin(town.county, town.quarter, by=town.staff, at=DAY)
    world.make_project("B1", town.other)
    theirs = drafting.begin(town.other, town.quarter, by=town.stranger, at=DAY)
    line = theirs.lines.get()
    typed = {line.pk: Typed(values={"flow": 7})}
    with pytest.raises(ReportLine.DoesNotExist):
        drafting.save_lines(mine, typed, versions={line.pk: 0}, by=town.staff, at=DAY)
    line.refresh_from_db()
    assert (line.flow, line.version) == (None, 0)

"""Remarks threaded through the rounds: said, answered, gone on with, settled."""

import pytest
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from projects import drafting, lifecycle
from projects.lifecycle import StepRefused, StepTaken
from projects.models import Remark, Report, Settlement
from projects.threads import Note, Threads
from projects.typed import Typed
from tests import world
from tests.conftest import City
from tests.world import at

DAY, LATER, LAST = at("2022-04-05"), at("2022-04-06"), at("2022-04-07")


@pytest.fixture
def report(town: City) -> Report:
    return world.submitted(town.county, town.quarter, 250, by=town.staff, when=DAY)


@pytest.fixture
def draft(town: City, report: Report) -> Report:
    """Returned with a remark on the report, on a line and on a field of that line."""
    line = report.lines.get(project=town.project)
    notes = [Note(line=line.pk, text="which road?"), Note(line=line.pk, field="flow", text="invoice?")]
    return lifecycle.send_back(report, by=town.reviewer, at=DAY, remark="two things", notes=notes)


def answered(draft: Report, town: City, answers: dict[str, str]) -> None:
    line = draft.lines.get(project=town.project)
    world.save_line(line, Typed(values={}, answers=answers), version=line.version, by=town.staff, at=LATER)


def said(threads: Threads) -> list[list[tuple[str, bool]]]:
    return [[(entry.text, entry.is_answer) for entry in thread.entries] for thread in threads.every]


def test_thread_begins_on_the_report_a_line_or_a_field(town: City, draft: Report) -> None:
    threads = Threads.of_report(draft).open
    assert [(thread.project_id, thread.field) for thread in threads.every] == [
        (None, ""),
        (town.project.pk, ""),
        (town.project.pk, "flow"),
    ]
    assert [thread.value for thread in threads.every] == [None, None, 250]


def test_answer_is_kept_in_the_draft_and_said_on_submission(town: City, draft: Report) -> None:
    road, flow = Threads.of_report(draft).of(town.project.pk)
    answered(draft, town, {str(flow.pk): " counted anew ", str(road.pk): "", "999": "to nobody"})
    assert [thread.answer for thread in Threads.of_report(draft).of(town.project.pk)] == ["", " counted anew "]
    assert said(Threads.of_report(draft))[2] == [("invoice?", False)]
    again = lifecycle.submit(draft, by=town.staff, at=LATER)
    assert again.lines.get(project=town.project).answers == {str(flow.pk): " counted anew "}
    entries = Threads.of_report(again).every[2].entries
    assert [(entry.by, entry.revision, entry.is_answer) for entry in entries] == [
        (town.reviewer, 1, False),
        (town.staff, 2, True),
    ]


def test_answers_of_one_round_do_not_go_into_the_next(town: City, draft: Report) -> None:
    flow = Threads.of_report(draft).of(town.project.pk)[1]
    answered(draft, town, {str(flow.pk): "counted anew"})
    again = lifecycle.submit(draft, by=town.staff, at=LATER)
    third = lifecycle.send_back(again, by=town.reviewer, at=LAST, notes=[Note(thread=flow.pk, text="by whom?")])
    assert third.lines.get(project=town.project).answers == {}
    expected = [("invoice?", False), ("counted anew", True), ("by whom?", False)]
    assert said(Threads.of_report(third))[2] == expected


def test_withdrawn_answers_go_along_and_are_not_shown_as_said(town: City, draft: Report) -> None:
    flow = Threads.of_report(draft).of(town.project.pk)[1]
    answered(draft, town, {str(flow.pk): "counted anew"})
    drafting.answer(draft, {Threads.of_report(draft).on_report[0].pk: "both mended"}, {}, by=town.staff, at=LATER)
    second = lifecycle.submit(draft, by=town.staff, at=LATER)
    third = lifecycle.withdraw(second, by=town.staff, at=LATER, reason="a slip")
    threads = Threads.of_report(third)
    assert [thread.answer for thread in threads.every] == ["both mended", "", "counted anew"]
    assert said(threads)[2] == [("invoice?", False)]


def test_accepting_settles_what_is_open(town: City, draft: Report) -> None:
    again = lifecycle.submit(draft, by=town.staff, at=LATER)
    lifecycle.accept(again, by=town.reviewer, at=LAST)
    assert not Threads.of_report(again).open.every
    assert set(Settlement.objects.values_list("report", "made_by")) == {(again.pk, town.reviewer.pk)}


def test_settled_thread_is_not_asked_about_again(town: City, draft: Report) -> None:
    whole, road, flow = Threads.of_report(draft).every
    again = lifecycle.submit(draft, by=town.staff, at=LATER)
    notes = [Note(thread=flow.pk, text="still?"), Note(thread=road.pk, text=" ")]
    third = lifecycle.send_back(again, by=town.reviewer, at=LAST, notes=notes, settled=[whole.pk, flow.pk])
    assert [thread.pk for thread in Threads.of_report(third).open.every] == [road.pk, flow.pk]
    assert Remark.objects.get(text="still?").thread == flow.root


def test_settling_alone_is_no_reason_to_return(town: City, draft: Report) -> None:
    again = lifecycle.submit(draft, by=town.staff, at=LATER)
    with translation.override("en"), pytest.raises(StepRefused, match="Say what is to be mended"):
        lifecycle.send_back(again, by=town.reviewer, at=LAST, settled=[Remark.objects.all()[0].pk])
    assert not Settlement.objects.exists()


def test_threads_and_lines_of_another_unit_are_left_out(town: City, draft: Report) -> None:
    world.make_project("B1", town.other)
    theirs = world.submitted(town.other, town.quarter, 5, by=town.stranger, when=DAY)
    foreign = Remark.objects.order_by("pk")[0]
    line = draft.lines.all()[0]
    notes = [Note(thread=foreign.pk, text="planted"), Note(line=line.pk, field="flow", text="planted")]
    lifecycle.send_back(theirs, by=town.reviewer, at=DAY, remark="own", notes=notes, settled=[foreign.pk])
    assert list(theirs.remarks.values_list("text", flat=True)) == ["own"]
    assert not Settlement.objects.exists()


def test_colleagues_answer_to_the_report_is_not_overwritten(town: City, draft: Report) -> None:
    thread = Threads.of_report(draft).on_report[0]
    drafting.answer(draft, {thread.pk: "both mended"}, {thread.pk: ""}, by=town.staff, at=LATER)
    drafting.answer(draft, {thread.pk: "both mended"}, {thread.pk: ""}, by=town.staff, at=LATER)
    with pytest.raises(StepTaken, match="both mended"):
        drafting.answer(draft, {thread.pk: "only one"}, {thread.pk: ""}, by=town.staff, at=LATER)
    drafting.answer(draft, {thread.pk: ""}, {thread.pk: "both mended"}, by=town.staff, at=LATER)
    assert Report.objects.get(pk=draft.pk).answers == {}


def test_too_long_an_answer_is_refused(town: City, draft: Report) -> None:
    thread = Threads.of_report(draft).on_report[0]
    with translation.override("en"), pytest.raises(StepRefused, match="1001 characters"):
        drafting.answer(draft, {thread.pk: "长" * 1001}, {}, by=town.staff, at=LATER)


@pytest.mark.parametrize("count", [1, 3, 30])
def test_threads_cost_four_queries_for_any_number(
    town: City, report: Report, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    line = report.lines.get(project=town.project)
    notes = [Note(line=line.pk, field="flow", text=f"{number}?") for number in range(count)]
    draft = lifecycle.send_back(report, by=town.reviewer, at=DAY, notes=notes)
    with django_assert_num_queries(4):
        assert len(Threads.of_report(draft).every) == count

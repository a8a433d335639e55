"""The steps of a report, and that nothing else moves it."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from portal.models import Extension
from projects import check, drafting, lifecycle
from projects.models import AnnualPlan, Mark, Report, ReportLine
from projects.ticks import Ticks, tick
from tests import world
from tests.conftest import City
from tests.world import at

DAY = at("2022-04-05")


def test_submit_gives_a_receipt_and_a_double_click_the_same_one(town: City) -> None:
    report = world.submitted(town.county, town.quarter, 250, by=town.staff, when=DAY)
    again = lifecycle.submit(report, by=town.staff, at=DAY)
    assert (report.receipt, again.receipt) == ("2022Q1-430421-1", "2022Q1-430421-1")
    assert [event.verb for event in report.events.all()] == ["begin", "submit"]


def test_submit_is_refused_while_a_line_is_not_filled(town: City) -> None:
    report = drafting.begin(town.county, town.quarter, by=town.staff, at=DAY)
    with pytest.raises(lifecycle.StepRefused):
        lifecycle.submit(report, by=town.staff, at=DAY)
    report.refresh_from_db()
    assert report.state == "draft"


def test_submit_asks_for_a_sentence_on_every_warning_and_says_where(town: City) -> None:
    report = drafting.begin(town.county, town.quarter, by=town.staff, at=DAY)
    for line in report.lines.all():
        world.fill(line, 1500, by=town.staff, when=DAY, explanations={})
    with translation.override("en"), pytest.raises(lifecycle.StepRefused, match=r"sentence for the reviewer: 1.*A1"):
        lifecycle.submit(report, by=town.staff, at=DAY)
    line = report.lines.get(project=town.project)
    world.fill(line, 1500, by=town.staff, when=DAY, explanations={"over_plan_in_first_quarter": "提前到货"})
    assert lifecycle.submit(report, by=town.staff, at=DAY).receipt


def test_sentences_freeze_with_the_line_and_only_those_whose_warning_holds(town: City) -> None:
    report = drafting.begin(town.county, town.quarter, by=town.staff, at=DAY)
    for line in report.lines.all():
        world.fill(line, 1500, by=town.staff, when=DAY)
    lifecycle.submit(report, by=town.staff, at=DAY)
    first, second = report.lines.all()
    assert (first.explanations.keys(), second.explanations) == ({"over_plan_in_first_quarter"}, {})
    with pytest.raises(IntegrityError), transaction.atomic():
        report.lines.update(explanations={})
    draft = lifecycle.send_back(report, by=town.reviewer, at=DAY, remark="look again")
    assert draft.lines.get(project=town.project).explanations == first.explanations
    assert lifecycle.submit(draft, by=town.staff, at=DAY).receipt


@pytest.fixture
def odd(town: City) -> Report:
    """Two lines, one with a sudden start above its plan."""
    return world.submitted(town.county, town.quarter, 1500, by=town.staff, when=DAY)


def ticks(report: Report) -> list[str]:
    return [tick(line, finding) for line in check.report(report).lines for finding in line.warnings]


def test_report_with_warnings_is_not_accepted_before_each_is_ticked(town: City, odd: Report) -> None:
    with translation.override("en"), pytest.raises(lifecycle.StepRefused, match=r"1 \(A1 over the year's plan"):
        lifecycle.accept(odd, by=town.reviewer, at=DAY, reason="fine")
    lifecycle.accept(odd, by=town.reviewer, at=DAY, reason="fine", ticked=Ticks.of(ticks(odd)))
    assert odd.events.get(verb="accept").reason == "fine\n已核实事项：A1 一季度超过全年计划。"


def test_all_warnings_are_ticked_at_once_only_with_a_sentence(town: City, odd: Report) -> None:
    for reason in ("", " 。"):
        with pytest.raises(lifecycle.StepRefused):
            lifecycle.accept(odd, by=town.reviewer, at=DAY, reason=reason, ticked=Ticks(every=True))
    lifecycle.accept(odd, by=town.reviewer, at=DAY, reason="看过现场", ticked=Ticks(every=True))
    assert odd.events.get(verb="accept").reason == "看过现场\n需核实事项共1项，已全部核实。"


def test_ticks_of_another_report_tick_nothing(town: City, odd: Report) -> None:
    world.make_project("B1", town.other)
    theirs = world.submitted(town.other, town.quarter, 1500, by=town.stranger, when=DAY)
    with pytest.raises(lifecycle.StepRefused):
        lifecycle.accept(odd, by=town.reviewer, at=DAY, ticked=Ticks.of([*ticks(theirs), "x", "1:", ":jump"]))


def test_clean_report_needs_no_tick_and_records_none(town: City) -> None:
    report = world.submitted(town.county, town.quarter, 250, by=town.staff, when=DAY)
    lifecycle.accept(report, by=town.reviewer, at=DAY, ticked=Ticks(every=True))
    assert report.events.get(verb="accept").reason == ""


def test_submitted_line_never_changes_even_by_sql(town: City) -> None:
    report = world.submitted(town.county, town.quarter, 250, by=town.staff, when=DAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        ReportLine.objects.filter(report=report).update(flow=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        ReportLine.objects.filter(report=report).delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        Report.objects.filter(pk=report.pk).update(receipt="other")
    with pytest.raises(IntegrityError), transaction.atomic():
        Report.objects.filter(pk=report.pk).update(state="draft", submitted_by=None, submitted_at=None, receipt=None)


def test_return_makes_the_next_draft_with_the_same_lines(town: City) -> None:
    report = world.submitted(town.county, town.quarter, 250, by=town.staff, when=DAY)
    draft = lifecycle.send_back(report, by=town.reviewer, at=DAY, remark="look again")
    assert (draft.revision, draft.state, draft.based_on) == (2, "draft", report)
    assert str(draft.due_on) == "2022-04-08"
    assert [line.flow for line in draft.lines.all()] == [250, 250]


def test_returned_report_that_keeps_the_quarters_own_day_is_not_late(town: City) -> None:
    report = world.submitted(town.county, town.quarter, 250, by=town.staff, when=DAY)
    draft = lifecycle.send_back(report, by=town.reviewer, at=DAY, remark="look again")
    assert not lifecycle.submit(draft, by=town.staff, at=at("2022-04-10")).is_late


def test_returned_report_is_late_after_both_its_own_day_and_the_quarters(town: City) -> None:
    report = world.submitted(town.county, town.quarter, 250, by=town.staff, when=DAY)
    draft = lifecycle.send_back(report, by=town.reviewer, at=at("2022-04-19"), remark="look again")
    assert str(draft.due_on) == "2022-04-22"
    assert lifecycle.submit(draft, by=town.staff, at=at("2022-04-23")).is_late


def test_return_without_a_remark_is_refused(town: City) -> None:
    report = world.submitted(town.county, town.quarter, 250, by=town.staff, when=DAY)
    with pytest.raises(lifecycle.StepRefused):
        lifecycle.send_back(report, by=town.reviewer, at=DAY, remark="  ")


def test_accept_marks_the_quarter_and_the_later_ones(town: City) -> None:
    second = world.make_quarter("2022Q2")
    report = world.submitted(town.county, town.quarter, 250, by=town.staff, when=DAY)
    lifecycle.accept(report, by=town.reviewer, at=DAY)
    assert set(Mark.objects.values_list("quarter", flat=True)) == {
        town.quarter.pk,
        second.pk,
    }


def test_nobody_accepts_what_they_submitted_not_even_by_sql(town: City) -> None:
    report = world.submitted(town.county, town.quarter, 250, by=town.staff, when=DAY)
    with pytest.raises(lifecycle.StepRefused):
        lifecycle.accept(report, by=town.staff, at=DAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        Report.objects.filter(pk=report.pk).update(state="accepted", reviewed_by=town.staff, reviewed_at=DAY)


def test_the_second_of_two_reviewers_is_told(town: City) -> None:
    report = world.submitted(town.county, town.quarter, 250, by=town.staff, when=DAY)
    lifecycle.accept(report, by=town.reviewer, at=DAY)
    with pytest.raises(lifecycle.StepTaken):
        lifecycle.send_back(report, by=town.administrator, at=DAY, remark="no")


def test_correction_counts_only_when_it_is_accepted(town: City) -> None:
    report = world.submitted(town.county, town.quarter, 250, by=town.staff, when=DAY)
    lifecycle.accept(report, by=town.reviewer, at=DAY)
    draft = lifecycle.correct(report, by=town.staff, at=DAY, reason="an invoice was counted twice")
    report.refresh_from_db()
    assert (report.state, draft.state) == ("accepted", "draft")
    lifecycle.submit(draft, by=town.staff, at=DAY)
    lifecycle.accept(draft, by=town.reviewer, at=DAY)
    report.refresh_from_db()
    assert report.state == "superseded"


def test_late_report_is_taken_and_marked_and_refused_after_the_closing(
    town: City,
) -> None:
    report = world.submitted(town.county, town.quarter, 250, by=town.staff, when=at("2022-04-10", 23))
    assert not report.is_late
    other = world.make_project("B1", town.other)
    late = world.submitted(town.other, town.quarter, 5, by=town.stranger, when=at("2022-04-11", 0))
    assert late.is_late
    assert other.code == "B1"


def test_withdrawal_is_possible_until_a_reviewer_looks(town: City) -> None:
    report = world.submitted(town.county, town.quarter, 250, by=town.staff, when=DAY)
    draft = lifecycle.withdraw(report, by=town.staff, at=DAY, reason="a slip")
    again = lifecycle.submit(draft, by=town.staff, at=DAY)
    lifecycle.open_review(again, by=town.reviewer, at=DAY)
    with pytest.raises(lifecycle.StepRefused):
        lifecycle.withdraw(again, by=town.staff, at=DAY, reason="a slip")


def test_submit_is_refused_while_a_project_that_came_later_has_no_line(town: City) -> None:
    report = drafting.begin(town.county, town.quarter, by=town.staff, at=DAY)
    for line in report.lines.all():
        world.fill(line, 5, by=town.staff, when=DAY)
    world.make_project("A3", town.county)
    with pytest.raises(lifecycle.StepRefused):
        lifecycle.submit(report, by=town.staff, at=DAY)


def test_submit_is_refused_where_the_register_asks_for_nothing_any_more(town: City) -> None:
    report = drafting.begin(town.county, town.quarter, by=town.staff, at=DAY)
    AnnualPlan.objects.all().delete()
    with pytest.raises(lifecycle.StepRefused):
        lifecycle.submit(report, by=town.staff, at=DAY)
    assert report.lines.count() == 2


def test_report_begun_late_can_be_submitted_under_an_extension_only(town: City) -> None:
    report = drafting.begin(town.county, town.quarter, by=town.staff, at=DAY)
    for line in report.lines.all():
        world.fill(line, 5, by=town.staff, when=DAY)
    with pytest.raises(lifecycle.StepRefused):
        lifecycle.submit(report, by=town.staff, at=at("2022-04-21", 0))
    Extension.objects.create(
        unit=town.county,
        quarter=town.quarter,
        until=date(2022, 4, 21),
        reason="flood",
        granted_by=town.administrator,
        granted_at=DAY,
    )
    assert not lifecycle.submit(report, by=town.staff, at=at("2022-04-21", 23)).is_late  # it has time until then


def test_returned_report_is_taken_after_the_closing(town: City) -> None:
    report = world.submitted(town.county, town.quarter, 5, by=town.staff, when=DAY)
    draft = lifecycle.send_back(report, by=town.reviewer, at=at("2022-04-20"), remark="look again")
    assert lifecycle.submit(draft, by=town.staff, at=at("2022-04-25")).receipt == "2022Q1-430421-2"

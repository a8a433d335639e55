"""Several reports at once: which are clean, and what comes of each."""

import pytest
from pytest_django import DjangoAssertNumQueries

from portal.models import Membership, Role
from projects import batch, lifecycle
from projects.batch import Candidate, Result
from projects.models import Report, ReportEvent
from projects.threads import Note
from tests import world
from tests.conftest import City
from tests.world import at

DAY, LATER = at("2022-04-05"), at("2022-04-06")


@pytest.fixture
def clean(town: City) -> Report:
    return world.submitted(town.county, town.quarter, 250, by=town.staff, when=DAY)


@pytest.fixture
def odd(town: City) -> Report:
    world.make_project("B1", town.other)
    return world.submitted(town.other, town.quarter, 1500, by=town.stranger, when=DAY)


def candidate(report: Report, town: City) -> Candidate:
    [found] = batch.candidates([Report.objects.get(pk=report.pk)], by=town.reviewer, at=LATER)
    return found


def accepted(found: Candidate, town: City, receipt: str | None = None) -> batch.Outcome:
    return batch.accept(found, receipt=receipt or str(found.report.receipt), by=town.reviewer, at=LATER)


def test_clean_report_has_no_reason_against_it(town: City, clean: Report, odd: Report) -> None:
    found = batch.candidates(Report.objects.order_by("unit__code"), by=town.reviewer, at=LATER)
    assert [each.is_clean for each in found] == [True, False]


def test_report_with_an_open_remark_is_left_to_a_look(town: City, clean: Report) -> None:
    line = clean.lines.all()[0]
    draft = lifecycle.send_back(clean, by=town.reviewer, at=DAY, notes=[Note(line=line.pk, text="which road?")])
    again = lifecycle.submit(draft, by=town.staff, at=DAY)
    assert not candidate(again, town).is_clean
    assert accepted(candidate(again, town), town).result == Result.REFUSED
    lifecycle.accept(again, by=town.reviewer, at=LATER)
    correction = lifecycle.correct(again, by=town.staff, at=LATER, reason="a slip")
    assert candidate(lifecycle.submit(correction, by=town.staff, at=LATER), town).is_clean


def test_own_report_and_one_out_of_reach_are_not_clean(town: City, clean: Report) -> None:
    Membership.objects.create(user=town.staff, unit=town.city, role=Role.REVIEWER)
    auditor = world.make_person("auditor", town.city, Role.AUDITOR)
    for person in (town.staff, auditor):
        [found] = batch.candidates([clean], by=person, at=LATER)
        assert not found.is_clean
        assert batch.accept(found, receipt=str(clean.receipt), by=person, at=LATER).result == Result.REFUSED
    assert Report.objects.get(pk=clean.pk).state == "submitted"


def test_second_click_gives_the_same_result(town: City, clean: Report) -> None:
    found = candidate(clean, town)
    assert [accepted(found, town).result for _ in range(2)] == [Result.ACCEPTED] * 2
    assert accepted(candidate(clean, town), town).result == Result.ACCEPTED
    assert ReportEvent.objects.filter(verb="accept").count() == 1


def test_report_that_changed_meanwhile_is_named_and_left_alone(town: City, clean: Report) -> None:
    found = candidate(clean, town)
    lifecycle.send_back(clean, by=town.administrator, at=LATER, remark="count again")
    outcome = accepted(found, town)
    assert (outcome.result, "administrator" in outcome.reason) == (Result.LEFT, True)
    assert Report.objects.get(pk=clean.pk).state == "returned"


def test_withdrawn_report_is_left_alone(town: City, clean: Report) -> None:
    found = candidate(clean, town)
    lifecycle.withdraw(clean, by=town.staff, at=LATER, reason="a slip")
    assert accepted(found, town).result == Result.LEFT


def test_receipt_of_another_revision_is_not_taken(town: City, clean: Report) -> None:
    assert accepted(candidate(clean, town), town, receipt="2022Q1-430421-9").result == Result.LEFT
    assert Report.objects.get(pk=clean.pk).state == "submitted"


def test_warning_that_came_up_since_is_refused_and_says_so(town: City, clean: Report) -> None:
    """The plan was lowered after the report was handed in: it has a warning now that nobody has looked at."""
    found = candidate(clean, town)
    assert found.is_clean
    town.project.annualplan_set.update(planned_investment=100)
    assert accepted(found, town).result == Result.REFUSED
    assert Report.objects.get(pk=clean.pk).state == "submitted"


@pytest.mark.parametrize("count", [1, 3, 30])
def test_preview_costs_the_same_queries_for_any_number(
    town: City, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        unit = world.make_unit(f"5{number:03}", town.city)
        world.make_project(f"C{number}", unit)
        person = world.make_person(f"person{number}", unit, Role.APPROVER)
        report = world.submitted(unit, town.quarter, 5, by=person, when=DAY)
        draft = lifecycle.send_back(report, by=town.reviewer, at=DAY, remark="look again")
        lifecycle.submit(draft, by=person, at=DAY)
    reports = list(Report.objects.waiting_for_review())
    with django_assert_num_queries(2):
        assert len(batch.candidates(reports, by=town.reviewer, at=LATER)) == count

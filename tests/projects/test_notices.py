"""Who is told at once of a return, an acceptance and an opened quarter, and what."""

import pytest
from pytest_django import DjangoAssertNumQueries

from portal.models import Membership, Message, Role, Unit
from projects import lifecycle, notices
from projects.models import Report
from projects.threads import Note
from tests import world
from tests.conftest import City
from tests.world import at

DAY = at("2022-04-05")


def told(kind: str) -> set[str]:
    return {message.recipient.name for message in Message.objects.filter(kind=kind).select_related("recipient")}


@pytest.fixture
def report(town: City) -> Report:
    return world.submitted(town.county, town.quarter, 250, by=town.staff, when=DAY)


def test_return_tells_the_remarks_by_line_and_the_new_due_date(town: City, report: Report) -> None:
    town.staff.language = "en"
    town.staff.save()
    line = report.lines.get(project=town.project)
    lifecycle.send_back(
        report,
        by=town.reviewer,
        at=DAY,
        remark="Two figures <differ>",
        notes=[Note(line=line.pk, text="No invoice for this")],
    )
    message = Message.objects.get()
    assert (message.kind, message.period, message.recipient) == ("returned", report.receipt, town.staff)
    assert "to be handed in again by April 8, 2022" in message.subject
    assert "Project A1 (A1): No invoice for this" in message.text
    assert "Two figures <differ>" in message.text
    assert "Two figures &lt;differ&gt;" in message.html
    assert "A2" not in message.text


def test_acceptance_tells_the_receipt_and_the_sums(town: City, report: Report) -> None:
    lifecycle.accept(report, by=town.reviewer, at=DAY)
    message = Message.objects.get()
    assert (message.kind, message.recipient) == ("accepted", town.staff)
    assert "2022Q1-430421-1" in message.text
    assert "500" in message.text


def test_notices_go_to_those_who_prepare_and_approve_for_the_unit_that_day_and_want_them(
    town: City, report: Report
) -> None:
    world.make_person("approver", town.county, Role.APPROVER)
    world.make_person("above", town.city, Role.REPORTER)
    world.make_person("quiet", town.county, Role.REPORTER, wants_notices=False)
    world.make_person("barred", town.county, Role.REPORTER, is_active=False)
    world.make_person("principal", town.county, Role.PRINCIPAL)
    world.make_person("nobody")
    left = world.make_person("left", town.county, Role.REPORTER)
    Membership.objects.filter(user=left).update(valid_until="2022-04-04")
    lifecycle.accept(report, by=town.reviewer, at=DAY)
    assert told("accepted") == {"staff", "approver", "above"}


def test_a_refused_step_tells_nobody(town: City, report: Report) -> None:
    with pytest.raises(lifecycle.StepRefused):
        lifecycle.accept(report, by=town.staff, at=DAY)
    assert not Message.objects.exists()


def test_each_revision_is_told_of(town: City, report: Report) -> None:
    draft = lifecycle.send_back(report, by=town.reviewer, at=DAY, remark="look again")
    again = lifecycle.submit(draft, by=town.staff, at=DAY)
    lifecycle.send_back(again, by=town.reviewer, at=DAY, remark="and again")
    assert set(Message.objects.values_list("period", flat=True)) == {"2022Q1-430421-1", "2022Q1-430421-2"}


def test_opened_quarter_is_told_once_to_a_person_with_several_units(town: City) -> None:
    world.make_project("B1", town.other)
    Membership.objects.create(user=town.staff, unit=town.other, role=Role.REPORTER)
    town.staff.language = "en"
    town.staff.save()
    assert notices.announce(at=at("2022-03-25", 8)) == [town.quarter]
    assert notices.announce(at=at("2022-03-25", 9)) == []
    assert told("opened") == {"staff", "stranger"}
    message = Message.objects.get(recipient=town.staff)
    assert "Unit 430421: 2 projects to report on" in message.text
    assert "Unit 430422: 1 project to report on" in message.text
    assert "April 10, 2022" in message.subject
    town.quarter.refresh_from_db()
    assert town.quarter.announced_at == at("2022-03-25", 8)


def test_opened_quarter_is_not_told_to_units_that_owe_nothing_or_have_reported(town: City) -> None:
    world.submitted(town.county, town.quarter, 250, by=town.staff, when=DAY)
    notices.announce(at=DAY)
    assert told("opened") == set()
    town.quarter.refresh_from_db()
    assert town.quarter.announced_at == DAY


def test_quarter_is_not_announced_before_it_opens_nor_after_it_has_closed(town: City) -> None:
    assert notices.announce(at=at("2022-03-24", 23)) == []
    assert notices.announce(at=at("2022-04-21", 0)) == []


@pytest.mark.parametrize("count", [1, 3, 30])
def test_announcing_takes_the_same_queries_for_any_number_of_units(
    town: City, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        unit: Unit = world.make_unit(f"4305{number:02}", town.city)
        world.make_project(f"C{number}", unit)
        world.make_person(f"p{number}", unit, Role.REPORTER)
    with django_assert_num_queries(12):
        notices.announce(at=DAY)
    assert len(told("opened")) == count + 1

"""Who finds what in the weekly e-mail, that it comes once, and that it costs the same for any number of people."""

from datetime import datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Q
from pytest_django import DjangoAssertNumQueries
from time_machine import TimeMachineFixture

from commitments import weekly
from commitments.edition import Edition
from commitments.models import Campaign, Policy
from portal.mail import outbox, recipients
from portal.models import Membership, Message, Role, User
from projects import lifecycle, rollups
from projects.models import ListEntry, ProjectList, Report
from projects.threads import Note
from tests import world
from tests.conftest import City
from tests.world import at

MONDAY = at("2022-04-04", 8)
TUESDAY = at("2022-04-05")


def sections(user: User, *, when: datetime = TUESDAY) -> weekly.Sections | None:
    return dict(weekly.letters(at=when)).get(user)


def text(user: User, *, when: datetime = TUESDAY) -> str:
    user.language = "en"
    user.save()
    weekly.send("2022-W14", at=when)
    return Message.objects.get(kind="weekly", recipient=user).text


def submitted(town: City) -> Report:
    return world.submitted(town.county, town.quarter, 500, by=town.staff, when=at("2022-04-01"))


def accepted(town: City) -> Report:
    report = world.accepted(submitted(town), by=town.reviewer, when=at("2022-04-02"))
    rollups.drain(at=at("2022-04-02", 11))
    return report


def test_week_is_the_iso_week_and_a_wrong_one_is_refused() -> None:
    assert weekly.label(MONDAY.date()) == "2022-W14"
    assert weekly.label(at("2021-01-03").date()) == "2020-W53"
    assert weekly.monday("2022-W14") == MONDAY.date()
    for wrong in ("2022", "2022-W54", "2022-W1", "2022-14", "W14"):
        with pytest.raises(ValueError, match=r".*"):
            weekly.monday(wrong)


def test_unit_is_told_what_it_still_has_to_do(town: City) -> None:
    body = text(town.staff)
    assert "To report: Q1 2022, due on April 10, 2022; 2 of 2 projects left" in body
    assert "/quarters/2022Q1/units/430421/" in body
    assert sections(town.stranger) is None


def test_unit_is_told_what_came_back_with_its_remarks(town: City) -> None:
    report = submitted(town)
    line = report.lines.get(project=town.project)
    lifecycle.send_back(
        report, by=town.reviewer, at=at("2022-04-02"), remark="as agreed", notes=[Note(line=line.pk, text="no invoice")]
    )
    body = text(town.staff)
    assert "Returned: Q1 2022, to be handed in again by April 6, 2022" in body
    assert "Project A1: no invoice" in body
    assert "To report" not in body


def test_unit_that_has_reported_is_not_reminded(town: City) -> None:
    submitted(town)
    found = sections(town.staff)
    assert found is not None
    assert (found.to_do, found.returned) == (0, 0)
    assert "Submitted, waiting for review: Q1 2022" in text(town.staff)


def test_unit_is_told_its_figures_and_gap_as_the_dashboard_has_them(town: City) -> None:
    accepted(town)
    body = text(town.staff)
    assert "To report" not in body
    assert "Completed year to date (CNY million): 10\n" in body
    assert "Completion rate: 25.0%" in body
    assert "Gap (percentage points): +0.0 · ● on time" in body
    assert "accepted reports as of 2022-04-02 11:00" in body


def test_figures_of_two_units_stand_each_in_its_own_mail(town: City) -> None:
    accepted(town)
    world.make_project("B1", town.other)
    report = world.submitted(town.other, town.quarter, "1234.5", by=town.stranger, when=at("2022-04-01"))
    world.accepted(report, by=town.reviewer, when=at("2022-04-02"))
    rollups.drain(at=at("2022-04-02", 12))
    User.objects.update(language="en")
    weekly.send("2022-W14", at=TUESDAY)
    for user, code, figure in ((town.staff, "430421", "10"), (town.stranger, "430422", "12.345")):
        message = Message.objects.get(kind="weekly", recipient=user)
        assert f"Completed year to date (CNY million): {figure}\n" in message.text
        address = f"unit={code}&amp;as_of=2022-04-05T10%3A00%3A00&amp;measure=year_to_date"
        assert f'{address}">{figure}</a>' in message.html


def test_unit_whose_earlier_quarter_was_never_reported_is_told(town: City) -> None:
    world.make_quarter("2022Q2")
    when = at("2022-07-04", 8)
    found = sections(town.staff, when=when)
    assert found is not None
    assert [(duty.quarter.label, str(duty.state)) for duty in found.own[0].to_do] == [
        ("2022Q2", "to_begin"),
        ("2022Q1", "missed"),
    ]


def test_reviewer_is_told_what_waits_and_how_long_and_who_is_late(town: City) -> None:
    world.make_project("B1", town.other)
    submitted(town)
    when = at("2022-04-11")
    body = text(town.reviewer, when=when)
    assert "Unit 430421, Q1 2022: waiting for 10 days" in body
    assert "Unit 430422, Q1 2022: not submitted, was due on April 10, 2022" in body
    assert "Unit 430421, Q1 2022: not submitted" not in body
    found = sections(town.administrator, when=when)
    assert found is not None
    assert found.to_review == 1


def test_reviewer_is_not_asked_to_review_what_they_prepared(town: City) -> None:
    Membership.objects.create(user=town.staff, unit=town.city, role=Role.REVIEWER)
    submitted(town)
    found = sections(town.staff)
    assert found is not None
    assert found.to_review == 0


def test_leader_is_told_of_the_city(town: City) -> None:
    accepted(town)
    world.make_project("B1", town.other)
    world.submitted(town.other, town.quarter, 100, by=town.stranger, when=at("2022-04-01"))
    rollups.drain(at=at("2022-04-02", 12))
    body = text(town.leader)
    assert "1 of 2 units, 80.0% of the plan" in body
    assert "1. Unit 430421 25.0% (+0.0 ● on time)" in body
    assert "Not reported: Unit 430422" in body
    assert "/dashboard/?quarter=2022Q1" in body


def test_leader_is_told_of_those_behind_within_each_group(town: City) -> None:
    for number, flow in enumerate([300, 280, 260, 100, 50]):
        unit = world.make_unit(f"4304{number + 50}", town.city)
        staff = world.make_person(f"p{number}", unit, Role.REPORTER, Role.APPROVER)
        world.make_project(f"C{number}", unit)
        report = world.submitted(unit, town.quarter, flow, by=staff, when=at("2022-04-01"))
        world.accepted(report, by=town.reviewer, when=at("2022-04-02"))
    rollups.drain(at=at("2022-04-02", 11))
    found = sections(town.leader)
    assert found is not None
    assert found.city is not None
    ranking = found.city.rankings[0]
    assert [row.unit.code for row in ranking.best if row.unit] == ["430450", "430451", "430452"]
    assert [row.unit.code for row in ranking.behind if row.unit] == ["430454", "430453"]


def test_lights_in_the_mail_are_those_of_the_campaign_that_the_unit_stands_in(town: City) -> None:
    accepted(town)
    campaign = Campaign.objects.create(unit=town.city, year=2022, name_zh="攻坚年")
    own = Policy.objects.create(campaign=campaign, effective_on="2022-01-01", baseline_factor="1.2", reason="× 120%")
    own.lights.create(name_zh="偏慢", name_en="slow", colour="yellow", shape="diamond", threshold=5)
    body = text(town.staff)
    assert "Gap (percentage points): -5.0 · ◆ slow" in body


def test_unit_that_nobody_compares_is_named_only_where_it_is_silent(town: City) -> None:
    accepted(town)
    Policy.objects.get().groups.filter(code="counties").update(kinds=["county_city"])
    found = sections(town.leader)
    assert found is not None
    assert found.city is not None
    assert found.city.rankings == []
    world.make_project("B1", town.other)
    rollups.drain(at=at("2022-04-02", 12))
    body = text(town.leader)
    assert "Not compared\n  Not reported: Unit 430422" in body
    assert "1. Unit" not in body


def test_person_with_several_roles_gets_one_message_with_all_sections(town: City) -> None:
    accepted(town)
    world.make_project("B1", town.other)
    world.submitted(town.other, town.quarter, 100, by=town.stranger, when=at("2022-04-01"))
    for role in (Role.REVIEWER, Role.LEADER):
        Membership.objects.create(user=town.staff, unit=town.city, role=role)
    weekly.send("2022-W14", at=MONDAY)
    found = sections(town.staff)
    assert found is not None
    assert (len(found.own), found.to_review, bool(found.city)) == (1, 1, True)
    assert Message.objects.filter(recipient=town.staff, kind="weekly").count() == 1


def test_nobody_gets_it_who_does_not_want_it_may_not_sign_in_or_holds_no_role(town: City) -> None:
    world.make_person("quiet", town.county, Role.REPORTER, wants_weekly=False)
    world.make_person("barred", town.county, Role.REPORTER, is_active=False)
    world.make_person("none")
    left = world.make_person("left", town.county, Role.REPORTER)
    Membership.objects.filter(user=left).update(valid_until="2022-04-03")
    assert [user.name for user, _ in weekly.letters(at=MONDAY)] == ["staff"]


def test_what_was_accepted_while_the_worker_was_away_stands_in_it(town: City) -> None:
    """Else its figures would not be those of the lines that they open."""
    User.objects.update(language="en")
    world.accepted(submitted(town), by=town.reviewer, when=at("2022-04-02"))
    assert weekly.send_if_due(at=MONDAY)
    told = Message.objects.get(kind="weekly", recipient=town.staff).text
    assert "Completed year to date (CNY million): 10\n" in told


def test_week_is_sent_from_monday_at_8_on_and_once(town: City) -> None:
    assert not weekly.send_if_due(at=at("2022-04-04", 7))
    assert weekly.send_if_due(at=at("2022-04-06", 15))  # the worker was away on Monday
    world.make_person("newcomer", town.county, Role.REPORTER)
    assert not weekly.send_if_due(at=at("2022-04-08", 9))
    assert [message.period for message in Message.objects.all()] == ["2022-W14"]
    assert weekly.send_if_due(at=at("2022-04-11", 8))
    assert set(Message.objects.values_list("period", flat=True)) == {"2022-W14", "2022-W15"}


def test_command_writes_once_and_a_dry_run_nothing(town: City, time_machine: TimeMachineFixture) -> None:
    time_machine.move_to(TUESDAY)
    said = StringIO()
    call_command("send_weekly", "--dry-run", stdout=said)
    assert "staff@example.test: 1 units, 1 to do, 0 returned" in said.getvalue()
    assert not Message.objects.exists()
    call_command("send_weekly", stdout=said)
    call_command("send_weekly", "--week", "2022-W14", stdout=said)
    assert "2022-W14: 1 written, 0 had been written before" in said.getvalue()
    assert "2022-W14: 0 written, 1 had been written before" in said.getvalue()
    for wrong in ("2022-W15", "soon"):
        with pytest.raises(CommandError):
            call_command("send_weekly", "--week", wrong)


@pytest.mark.parametrize("count", [1, 3, 300])
def test_weekly_takes_the_same_queries_for_any_number_of_people(
    town: City, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    accepted(town)
    world.make_project("B1", town.other)
    world.submitted(town.other, town.quarter, 100, by=town.stranger, when=at("2022-04-01"))
    for number in range(count):
        role = (Role.REPORTER, Role.REVIEWER, Role.LEADER)[number % 3]
        world.make_person(f"p{number}", town.county if role == Role.REPORTER else town.city, role)
    with django_assert_num_queries(22):
        weekly.send("2022-W14", at=MONDAY)
    assert Message.objects.filter(kind="weekly").count() >= count


@pytest.mark.parametrize("count", [1, 3, 30])
def test_weekly_takes_the_same_queries_for_any_number_of_units(
    town: City, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    accepted(town)
    for number in range(count):
        unit = world.make_unit(f"4305{number:02}", town.city)
        world.make_project(f"C{number}", unit)
        world.make_person(f"p{number}", unit, Role.REPORTER)
    with django_assert_num_queries(22):
        weekly.send("2022-W14", at=MONDAY)


def test_earlier_quarter_is_read_only_for_who_has_no_figure_of_the_current_one(town: City) -> None:
    world.make_quarter("2021Q4")
    accepted(town)
    people = recipients.everyone(on=MONDAY.date(), wanting=Q(wants_weekly=True))
    assert {person.user for person in people} > {town.staff, town.stranger, town.leader}
    told = [person for person in people if person.user in (town.staff, town.leader, town.reviewer)]
    edition = Edition.read(at=MONDAY)
    assert len(edition.latest) == 2
    press = weekly.Press(edition)
    assert [press.sections(person).city is not None for person in told].count(True) == 1
    assert set(edition.standings) == {town.quarter.pk}


def test_growth_in_the_mail_is_that_of_the_dashboard_and_not_comparable_where_it_is_not(town: City) -> None:
    accepted(town)
    assert "Year on year: —" in text(town.staff)
    before = world.make_quarter("2021Q1")
    world.make_plan(town.project, 2021, 800)
    year_ago = world.submitted(town.county, before, 400, by=town.staff, when=at("2021-04-05"))
    world.accepted(year_ago, by=town.reviewer, when=at("2021-04-05"))
    rollups.drain(at=at("2022-04-02", 12))
    Message.objects.all().delete()
    assert "Year on year: +150.0%" in text(town.staff)
    county_key = ProjectList.objects.get(code="county_key")
    ListEntry.objects.filter(project=town.second).update(list=county_key)
    rollups.drain(at=at("2022-04-02", 13))
    Message.objects.all().delete()
    assert "Year on year: not comparable" in text(town.staff)


def test_what_people_of_one_unit_are_told_alike_is_what_each_would_be_told_alone(town: City) -> None:
    accepted(town)
    for number, language in enumerate(("zh-hans", "en", "zh-hans")):
        world.make_person(f"p{number}", town.county, Role.REPORTER, language=language)
    world.make_person("above", town.city, Role.LEADER, Role.REVIEWER, language="en")
    worded = list(weekly._worded("2022-W14", weekly.letters(at=MONDAY)))
    assert len({id(about["made"]) for _user, about in worded}) == 1
    for user, about in worded:
        alone = outbox.worded("weekly", "2022-W14", user, {**about, "made": None}, at=MONDAY)
        together = outbox.worded("weekly", "2022-W14", user, about, at=MONDAY)
        assert (together.subject, together.text, together.html) == (alone.subject, alone.text, alone.html)
    assert worded[0][1]["made"]

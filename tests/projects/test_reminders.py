"""A reviewer reminds those who have not reported: once in 24 hours, and never who has."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from portal.models import Membership, Message, Notice, Reminder, Role, Unit, User
from projects import lifecycle, reminders
from projects.reminders import Reminded
from tests import world
from tests.conftest import City
from tests.world import at

DAY = at("2022-04-05")


def remind(town: City, *units: Unit, by: User | None = None, day: str = "2022-04-05", hour: int = 10) -> Reminded:
    return reminders.remind(town.quarter, units or [town.county], by=by or town.reviewer, at=at(day, hour))


def told() -> set[str]:
    return set(Notice.objects.filter(kind="reminded").values_list("recipient__name", flat=True))


def test_those_who_can_act_are_told_at_the_bell_and_by_email(town: City) -> None:
    world.make_person("principal", town.county, Role.PRINCIPAL)
    world.make_person("mayor", town.city, Role.PRINCIPAL)
    world.make_person("quiet", town.county, Role.REPORTER, wants_notices=False)
    [(unit, people)] = remind(town).sent
    assert (unit, {person.name for person in people}) == (town.county, {"staff", "principal", "quiet"})
    assert told() == {"staff", "principal", "quiet"}
    assert set(Message.objects.values_list("kind", "recipient__name")) == {
        ("reminded", "staff"),
        ("reminded", "principal"),
    }
    row = Reminder.objects.get()
    assert (row.by, row.at, set(row.told_ids)) == (town.reviewer, DAY, {person.pk for person in people})


def test_unit_is_reminded_once_in_24_hours_and_told_when_again(town: City) -> None:
    remind(town)
    [(_unit, why)] = remind(town, by=town.administrator, day="2022-04-06", hour=9).skipped
    assert "2022-04-06 10:00" in why
    assert remind(town, day="2022-04-06", hour=10).sent
    assert Reminder.objects.count() == 2


def test_who_has_filed_or_owes_nothing_is_never_reminded(town: City) -> None:
    report = world.submitted(town.county, town.quarter, 250, by=town.staff, when=DAY)
    assert [unit for unit, _why in remind(town, town.county, town.other).skipped] == [town.county, town.other]
    lifecycle.accept(report, by=town.reviewer, at=DAY)
    assert not remind(town).sent
    assert told() == set()


def test_returned_and_closed_reports_are_reminded_of(town: City) -> None:
    world.make_project("B1", town.other)
    report = world.submitted(town.county, town.quarter, 250, by=town.staff, when=DAY)
    lifecycle.send_back(report, by=town.reviewer, at=DAY, remark="look again")
    assert len(remind(town, town.county, town.other, day="2022-04-25").sent) == 2


def test_reminder_counts_as_read_once_the_unit_has_submitted(town: City) -> None:
    remind(town)
    world.submitted(town.county, town.quarter, 250, by=town.staff, when=DAY)
    assert not Notice.objects.unread().filter(kind="reminded").exists()


def test_only_reviewers_of_the_unit_remind_and_only_once_it_has_opened(town: City) -> None:
    elsewhere = world.make_person("elsewhere", town.other, Role.REVIEWER)
    for person in (town.staff, town.leader, elsewhere):
        assert not remind(town, by=person).sent
    with pytest.raises(lifecycle.StepRefused):
        remind(town, day="2022-03-24")


def test_unit_with_nobody_to_tell_is_named(town: City) -> None:
    Membership.objects.filter(unit=town.county).update(valid_until=date(2022, 4, 4))
    [(unit, _why)] = remind(town).skipped
    assert unit == town.county


def test_person_with_several_units_gets_one_email_and_a_notice_for_each(town: City) -> None:
    world.make_project("B1", town.other)
    Membership.objects.create(user=town.staff, unit=town.other, role=Role.REPORTER)
    remind(town, town.county, town.other)
    assert Notice.objects.filter(recipient=town.staff).count() == 2
    message = Message.objects.get(recipient=town.staff)
    assert "430421" in message.text
    assert "430422" in message.text


def test_database_keeps_two_reminders_a_day_apart(town: City) -> None:
    remind(town)
    row = {"unit": town.county, "quarter": town.quarter, "by": town.reviewer}
    for when in (DAY, DAY + timedelta(hours=23)):
        with pytest.raises(IntegrityError), transaction.atomic():
            Reminder.objects.create(at=when, again_at=when + timedelta(hours=24), **row)
    when = DAY + timedelta(hours=24)
    with pytest.raises(IntegrityError), transaction.atomic():
        Reminder.objects.create(at=when, again_at=when + timedelta(hours=1), **row)


@pytest.mark.parametrize("count", [1, 3, 60])
def test_reminding_takes_the_same_queries_for_any_number_of_units(
    town: City, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    units = []
    for number in range(count):
        units.append(world.make_unit(f"4305{number:02}", town.city))
        world.make_project(f"C{number}", units[-1])
    world.make_person("above", town.city, Role.REPORTER)
    with django_assert_num_queries(13):
        assert len(remind(town, *units).sent) == count


def test_the_rest_of_very_many_is_reminded_by_going_on(town: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reminders, "AT_ONCE", 1)
    world.make_project("B1", town.other)
    first = remind(town, town.county, town.other)
    assert ([unit for unit, _people in first.sent], [unit for unit, _why in first.skipped]) == (
        [town.county],
        [town.other],
    )
    assert [unit for unit, _people in remind(town, town.county, town.other).sent] == [town.other]

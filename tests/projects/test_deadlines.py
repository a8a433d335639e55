"""What the calendar says by itself: who is told before and after the due date, once, and who never."""

from datetime import date

import pytest
from pytest_django import DjangoAssertNumQueries

from portal.models import Extension, Message, Notice, Role
from projects import deadlines, lifecycle
from tests import world
from tests.conftest import City
from tests.world import at


def said() -> list[tuple[str, str]]:
    return list(Notice.objects.order_by("pk").values_list("kind", "recipient__name"))


@pytest.mark.parametrize(
    ("day", "kinds"),
    [
        ("2022-04-06", []),
        ("2022-04-07", [("due_soon", "staff")]),
        ("2022-04-10", [("due_soon", "staff")]),
        ("2022-04-11", [("overdue", "staff")]),
        ("2022-04-20", [("overdue", "staff")]),
        ("2022-04-21", []),  # closed: nothing is taken any more
    ],
)
def test_unit_is_told_by_the_days_that_are_left(town: City, day: str, kinds: list[tuple[str, str]]) -> None:
    deadlines.warn(at=at(day))
    assert said() == kinds
    assert not Message.objects.exists()


def test_each_warning_comes_once_however_often_beat_rings(town: City) -> None:
    for day in ("2022-04-07", "2022-04-08", "2022-04-09", "2022-04-10", "2022-04-11", "2022-04-12"):
        for hour in (9, 15):
            deadlines.warn(at=at(day, hour))
    assert [kind for kind, _who in said()] == ["due_soon", "due_soon", "overdue"]


def test_who_has_filed_hears_nothing_and_earlier_warnings_are_settled(town: City) -> None:
    deadlines.warn(at=at("2022-04-07"))
    report = world.submitted(town.county, town.quarter, 250, by=town.staff, when=at("2022-04-08"))
    assert not Notice.objects.unread().exists()
    deadlines.warn(at=at("2022-04-10"))
    lifecycle.accept(report, by=town.reviewer, at=at("2022-04-10"))
    deadlines.warn(at=at("2022-04-11"))
    assert [kind for kind, _who in said()] == ["due_soon", "accepted"]


def test_extension_moves_the_warnings(town: City) -> None:
    granted = {"reason": "flood", "granted_by": town.administrator, "granted_at": at("2022-04-09")}
    Extension.objects.create(unit=town.county, quarter=town.quarter, until=date(2022, 4, 25), **granted)
    deadlines.warn(at=at("2022-04-11"))
    assert said() == []
    deadlines.warn(at=at("2022-04-22"))
    assert said() == [("due_soon", "staff")]


def test_returned_report_is_warned_of_by_its_own_day(town: City) -> None:
    report = world.submitted(town.county, town.quarter, 250, by=town.staff, when=at("2022-04-20"))
    lifecycle.send_back(report, by=town.reviewer, at=at("2022-04-20"), remark="look again")
    Notice.objects.all().delete()
    deadlines.warn(at=at("2022-04-24"))  # due on the 25th, after the closing
    assert said() == [("due_soon", "staff")]


@pytest.mark.parametrize("count", [1, 3, 60])
def test_warning_takes_the_same_queries_for_any_number_of_units(
    town: City, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        unit = world.make_unit(f"4305{number:02}", town.city)
        world.make_project(f"C{number}", unit)
        world.make_person(f"p{number}", unit, Role.REPORTER)
    with django_assert_num_queries(8):
        assert deadlines.warn(at=at("2022-04-08")) == count + 1

"""The portal's clock: real time, but in the demo, which is shifted back by whole weeks."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
import time_machine
from pytest_django import Settings

from portal import clock
from portal.clock import SHANGHAI
from portal.models import DemoStart

FIRST_START = datetime(2026, 11, 19, 15, 30, tzinfo=SHANGHAI)  # a Thursday


@pytest.fixture
def demo(db: None, settings: Settings) -> Iterator[None]:
    settings.DEMO = True
    DemoStart.objects.create(started_at=FIRST_START)
    clock.forget()
    yield
    clock.forget()


@pytest.mark.parametrize("day", range(7))
def test_first_start_falls_in_the_week_of_4_april_2022_whatever_its_day(day: int) -> None:
    start = datetime(2026, 11, 16, 0, 0, tzinfo=SHANGHAI) + timedelta(days=day, hours=23)
    shifted = start - clock.shift(start)
    assert shifted.date() == date(2022, 4, 4) + timedelta(days=day)
    assert (shifted.weekday(), shifted.hour) == (start.weekday(), start.hour)


@pytest.mark.usefixtures("demo")
def test_monday_at_8_stays_monday_at_8_long_after_the_first_start() -> None:
    with time_machine.travel(datetime(2027, 3, 1, 8, tzinfo=SHANGHAI), tick=False):
        now = clock.now().astimezone(SHANGHAI)
    assert (now.weekday(), now.hour, now.minute) == (0, 8, 0)
    assert now.date() == date(2022, 7, 18)  # as many weeks after 2022-04-04 as 2027-03-01 is after 2026-11-16


@pytest.mark.usefixtures("demo")
def test_a_later_start_of_the_server_does_not_turn_the_demo_back() -> None:
    with time_machine.travel(FIRST_START + timedelta(days=30)):
        clock.forget()
        assert clock.today() == date(2022, 5, 7)


@pytest.mark.usefixtures("demo")
def test_outside_demo_mode_the_clock_is_the_real_one_even_if_a_demo_once_ran(settings: Settings) -> None:
    settings.DEMO = False
    with time_machine.travel(FIRST_START, tick=False):
        assert clock.now() == FIRST_START
        assert clock.today() == date(2026, 11, 19)


def test_today_is_the_day_in_shanghai() -> None:
    with time_machine.travel(datetime(2026, 11, 19, 23, 30, tzinfo=SHANGHAI), tick=False):
        assert clock.today() == date(2026, 11, 19)
    with time_machine.travel(datetime(2026, 11, 20, 0, 30, tzinfo=SHANGHAI), tick=False):
        assert clock.today() == date(2026, 11, 20)

"""The demo's calendar."""

from datetime import date, timedelta

import pytest

from portal.clock import DEMO_WEEK
from portal.demo import calendar


@pytest.mark.django_db
def test_the_first_quarter_of_2022_is_open_and_due_within_days_all_through_the_first_week() -> None:
    quarter = calendar.open_quarters()[2022, 1]
    for day in range(7):
        today = (DEMO_WEEK + timedelta(days=day)).date()
        assert quarter.opens_on <= today < quarter.due_on <= today + timedelta(days=8)


@pytest.mark.django_db
def test_later_quarters_open_later_and_are_still_to_be_announced() -> None:
    quarters = calendar.open_quarters()
    assert len(quarters) == 12
    later = [quarter for label, quarter in quarters.items() if label > (2022, 1)]
    assert [quarter.opens_on for quarter in later] == [date(2022, 6, 25), date(2022, 9, 25), date(2022, 12, 25)]
    assert [quarter.announced_at for quarter in later] == [None] * 3
    assert all(quarter.announced_at for label, quarter in quarters.items() if label <= (2022, 1))

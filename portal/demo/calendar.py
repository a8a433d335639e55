"""The demo's calendar: 2020 to 2022, each quarter open from a week before its end, due on the 12th, closed on the 20th.

So in the week of 2022-04-04, in which the demo begins, its first quarter is open and due within days, and the later
ones open as the demo's time goes on.
"""

from datetime import date, datetime

from portal.clock import SHANGHAI
from portal.models import Quarter

YEARS = (2020, 2021, 2022)
LAST_ANNOUNCED = (2022, 1)


def open_quarters() -> dict[tuple[int, int], Quarter]:
    """Write the calendar; returns its quarters by (year, number). Those the demo's past opened are announced."""
    quarters = [_quarter(year, number) for year in YEARS for number in (1, 2, 3, 4)]
    return {(quarter.year, quarter.number): quarter for quarter in Quarter.objects.bulk_create(quarters)}


def _quarter(year: int, number: int) -> Quarter:
    next_year, next_month = year + number // 4, number % 4 * 3 + 1
    opens_on = date(year, number * 3, 25)
    opened_at = datetime(opens_on.year, opens_on.month, opens_on.day, 8, tzinfo=SHANGHAI)
    return Quarter(
        year=year,
        number=number,
        opens_on=opens_on,
        due_on=date(next_year, next_month, 12),
        closes_on=date(next_year, next_month, 20),
        announced_at=opened_at if (year, number) <= LAST_ANNOUNCED else None,
    )

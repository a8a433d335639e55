"""The demo's readings: published statistics of the city as they were published, all else made up and saying so."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from commitments.models import Campaign, Indicator, Reading
from portal.clock import SHANGHAI
from portal.models import Quarter, Unit
from projects.demo.building import Scene
from projects.demo.distribution import between, fraction

CITY = "430400"
MADE_UP = "演示数据 / demonstration data"
# Code, unit, (year, quarter) → value, where and when it was published. Growth of 2021: at least 2,400 亿元, +9.5%.
PUBLISHED = {
    ("fai_growth", (2021, 4)): (Decimal("9.5"), "衡阳市聚力中心化攻坚年动员大会", date(2022, 2, 7)),
    ("visitors", (2022, 1)): (Decimal(350_000), "衡阳市春节假期文旅市场情况通报", date(2022, 2, 7)),
    ("passengers", (2022, 1)): (Decimal(12_000), "衡阳市春节假期运输情况通报", date(2022, 2, 7)),
}
# Growth of the city in the quarters of which nothing is published here.
GROWTH = {
    "fai_growth": {1: "12.3", 2: "10.8", 3: "10.1"},
    "fdi_growth": {1: "8.6", 2: "9.9", 3: "11.2", 4: "12.4"},
}
DAYS_AFTER = 18  # after a quarter's end its statistics are out


def write(campaign: Campaign, quarter: Quarter, scene: Scene) -> None:
    """What is known of the quarter by the demo's own day: the statistics of an open quarter aren't out yet."""
    indicators = {
        indicator.code: indicator for indicator in Indicator.objects.filter(source="readings").select_related("bureau")
    }
    bureaus = {code: indicator.bureau.code for code, indicator in indicators.items() if indicator.bureau}
    is_closed = quarter.year < 2022
    rows = list(_published(quarter, scene))
    if is_closed:
        rows += [*_growth(quarter, scene), *_foreign_capital(quarter, scene), *_accidents(quarter, scene)]
    Reading.objects.bulk_create(
        Reading(
            indicator=indicators[code],
            unit=unit,
            quarter=quarter,
            value=value,
            source=source,
            published_on=day,
            loaded_by=scene.past.people[f"reviewer-{bureaus[code]}"],
            loaded_at=datetime.combine(day, time(16), tzinfo=SHANGHAI),
        )
        for code, unit, value, source, day in rows
    )


Told = tuple[str, Unit, Decimal, str, date]


def _published(quarter: Quarter, scene: Scene) -> Iterator[Told]:
    for (code, when), (value, source, day) in PUBLISHED.items():
        if when == (quarter.year, quarter.number):
            yield code, scene.units[CITY], value, source, day


def _growth(quarter: Quarter, scene: Scene) -> Iterator[Told]:
    for code, by_quarter in GROWTH.items():
        if quarter.number in by_quarter:
            yield code, scene.units[CITY], Decimal(by_quarter[quarter.number]), MADE_UP, _out(quarter)


def _foreign_capital(quarter: Quarter, scene: Scene) -> Iterator[Told]:
    """Of each county and park, in 10,000 USD, near a quarter of what it pledges for the year (letters.py)."""
    for unit in scene.reporting:
        if unit.kind != Unit.Kind.PLATFORM_COMPANY:
            value = foreign_capital_of_year(unit) * Decimal(between(0.17, 0.33, unit.code, quarter.label, "fdi"))
            yield "fdi", unit, round(value, 0), MADE_UP, _out(quarter)


def foreign_capital_of_year(unit: Unit) -> Decimal:
    """What a unit pledges of foreign capital for a year, in 10,000 USD."""
    return Decimal(round(between(8, 60, unit.code, "fdi")) * 100)


def _accidents(quarter: Quarter, scene: Scene) -> Iterator[Told]:
    for unit in scene.reporting:
        if unit.kind != Unit.Kind.PLATFORM_COMPANY:
            has_one = fraction(unit.code, quarter.year, "accident") < 0.05 and quarter.number == 3
            yield "accidents", unit, Decimal(has_one), MADE_UP, _out(quarter)


def _out(quarter: Quarter) -> date:
    return quarter.ends_on + timedelta(days=DAYS_AFTER)

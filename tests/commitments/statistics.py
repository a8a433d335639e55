"""A bureau of statistics beside a town, its people and its indicators, for tests of readings."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from commitments.models import Indicator, Reading
from portal.models import Quarter, Role, Unit, User
from tests import world
from tests.conftest import City
from tests.world import at

ADDED = at("2022-04-20")


@dataclass
class Bureau:
    """Its reviewer and administrator load visitors (万人次, 0 to 100,000) and growth (%, as published)."""

    unit: Unit
    reviewer: User
    administrator: User
    auditor: User
    visitors: Indicator
    growth: Indicator


def make_indicator(code: str, bureau: Unit, name: str, measure: str = "万人次", **fields: object) -> Indicator:
    """An indicator of readings that this bureau answers for, counted in the measure."""
    return Indicator.objects.create(
        code=code,
        name_zh=name,
        name_en=code.capitalize(),
        source="readings",
        bureau=bureau,
        **{"kind": "number", "unit_of_measure_zh": measure, "unit_of_measure_en": measure, **fields},
    )


def make_bureau(town: City) -> Bureau:
    unit = world.make_unit("B-TJJ", town.city, Unit.Kind.BUREAU)
    return Bureau(
        unit=unit,
        reviewer=world.make_person("statistician", unit, Role.REVIEWER),
        administrator=world.make_person("director", unit, Role.ADMINISTRATOR),
        auditor=world.make_person("bureau-auditor", unit, Role.AUDITOR),
        visitors=make_indicator("visitors", unit, "接待游客", adds_up="sum", least=Decimal(0), most=Decimal(100_000)),
        growth=make_indicator("growth", unit, "投资增速", "%", kind="percent"),
    )


def make_reading(
    indicator: Indicator, unit: Unit, quarter: Quarter, value: str, *, by: User, **fields: object
) -> Reading:
    return Reading.objects.create(
        indicator=indicator,
        unit=unit,
        quarter=quarter,
        value=Decimal(value),
        loaded_by=by,
        loaded_at=ADDED,
        **{"source": "统计公报", "published_on": date(2022, 4, 20), **fields},
    )

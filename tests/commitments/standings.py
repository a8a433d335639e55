"""What a unit has reported by a quarter's end, written as its cell; how cells come about is tested with the rollups."""

from decimal import Decimal

from commitments.models import Campaign, Indicator, Policy, ScoringItem
from portal.models import Quarter, Unit
from projects.models import Cell
from tests import world
from tests.world import at

Rate = int | str | None
DAY = at("2022-04-05")
PLAN = Decimal(1000)


def stand(unit: Unit, quarter: Quarter, rate: "Rate", *, owed: int = 1) -> Cell:
    """The unit's cell: this completion rate in per cent of 1,000 万元, or, with None, nothing accepted."""
    covered = rate is not None
    return Cell.objects.create(
        grain="unit",
        unit=unit,
        quarter=quarter,
        year=quarter.year,
        lines_expected=owed,
        lines_reported=owed if covered else 0,
        is_reported=covered,
        is_covered=covered,
        flow=PLAN * Decimal(rate) / 100 if rate is not None else None,
        year_to_date=PLAN * Decimal(rate) / 100 if rate is not None else None,
        started=1 if covered else None,
        completed=0 if covered else None,
        due_started=0 if covered else None,
        completed_output=0 if covered else None,
        projects=1,
        planned=PLAN,
        due_to_start=0,
        due_to_finish=0,
        large=0,
        total_investment=PLAN,
        expected_output=0,
        computed_at=DAY,
    )


def make_campaign(unit: Unit, year: int = 2022) -> Campaign:
    return Campaign.objects.create(unit=unit, year=year, name_zh="聚力中心化攻坚年", name_en="Year of the centre")


def make_units(parent: Unit, number: int, kind: str = Unit.Kind.COUNTY) -> list[Unit]:
    return [world.make_unit(f"{kind[0].upper()}{each:03}", parent, kind=kind) for each in range(number)]


def make_item(code: str = "completion", indicator: str = "completion_rate", **fields: object) -> ScoringItem:
    """An item of the first policy; unless told otherwise 100 points × value ÷ 100."""
    rule = {"formula": "share", "reference": "fixed", "fixed": Decimal(100), "weight": Decimal(100), "most": 1000}
    return ScoringItem.objects.create(
        policy=Policy.objects.get(pk=1),
        code=code,
        name_zh="完成率得分",
        name_en="Completion of the plan",
        indicator=Indicator.objects.get(code=indicator),
        **(rule | fields),
    )

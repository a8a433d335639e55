"""The published figures that the demo must come out at (seed/hengyang/headlines.json). Money in 万元."""

import json
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

HUNDRED_MILLION = 10_000  # 1 亿元 is 10,000 万元

# Our assumption, not a published figure: what is published is a target of completed investment, "over 1,100 亿元".
# The year's plans are made to add up to this much more than the target.
PLANNED_ABOVE_TARGET = Decimal("1.026")
# The years whose plans are so assumed: pages label them.
ASSUMED_PLANS = frozenset({2022})


@dataclass(frozen=True, kw_only=True)
class Headlines:
    provincial: int
    provincial_rate: Decimal  # per cent of the year's plan, to one decimal
    provincial_growth: Decimal  # per cent on the year before, to one decimal
    municipal: int
    municipal_rate: Decimal
    single: int
    single_industrial: int
    large_industrial: int
    completed_industrial: int
    completed_output: int
    projects_2022: int  # at least
    completed_2022: int  # over
    group_start: int
    group_start_total: int

    @property
    def planned_2022(self) -> int:
        """The sum of the plans of 2022 in the demo, rounded to a million."""
        return int(self.completed_2022 * PLANNED_ABOVE_TARGET) // 100 * 100


def read(path: Path) -> Headlines:
    told = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    closed, targets, start = told["year_2021"], told["targets_2022"], told["opening_quarter_2022"]["group_start"]
    provincial, municipal = closed["provincial_key_projects_located_here"], closed["municipal_key_projects"]
    single, completed = closed["provincial_single_item_projects"], closed["industrial_projects_completed"]
    return Headlines(
        provincial=provincial["count"],
        provincial_rate=Decimal(provincial["annual_plan_completion_pct"]),
        provincial_growth=Decimal(provincial["completed_investment_growth_pct"]),
        municipal=municipal["count"],
        municipal_rate=Decimal(municipal["annual_plan_completion_pct"]),
        single=single["count"],
        single_industrial=single["industrial"],
        large_industrial=closed["industrial_projects_of_at_least_1bn_cny_total"],
        completed_industrial=completed["count"],
        completed_output=completed["expected_added_annual_output_100m_cny"] * HUNDRED_MILLION,
        projects_2022=targets["major_projects_at_least"],
        completed_2022=targets["completed_investment_100m_cny_over"] * HUNDRED_MILLION,
        group_start=start["projects"],
        group_start_total=start["total_investment_100m_cny"] * HUNDRED_MILLION,
    )

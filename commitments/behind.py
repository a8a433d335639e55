"""What stands behind a figure: the lines it is derived from, or the quarters whose readings are still to be loaded."""

from collections.abc import Sequence

from commitments.models import Indicator, Reading
from portal.models import Quarter, Unit
from projects.recorded import Moment
from projects.selection import Selection

Measure = Indicator.Measure
# The measure of projects/facts.py that makes the same figure from its lines.
LINES = {
    Measure.INVESTMENT: "year_to_date",
    Measure.COMPLETION_RATE: "completion_rate",
    Measure.GROWTH: "growth",
    Measure.PROJECTS: "projects",
    Measure.PLANNED: "planned",
    Measure.LARGE: "large",
    Measure.STARTED: "started",
    Measure.NEWLY_STARTED: "newly_started",
    Measure.START_RATE: "start_rate",
    Measure.COMPLETED: "completed",
    Measure.COMPLETED_OUTPUT: "completed_output",
}


def lines(indicator: Indicator, unit: Unit, quarter: Quarter, *, as_of: Moment | None = None) -> str:
    """The address of the lines that a derived figure of this unit is made of; "" for readings.

    `as_of`: with what had been recorded when the figure was frozen, null for now. Reads the indicator's category.
    """
    if indicator.source != Indicator.Source.DERIVED:
        return ""
    category = indicator.category.code if indicator.category else ""
    selection = Selection(quarter=quarter, units=(unit.code,), tier=indicator.tier, category=category, as_of=as_of)
    return f"{selection.lines}&measure={LINES[Measure(indicator.measure)]}"


def not_loaded(indicator: Indicator, readings: Sequence[Reading], quarter: Quarter) -> list[int]:
    """The numbers of the year's quarters whose reading the figure needs and hasn't; none for a derived one."""
    if indicator.source != Indicator.Source.READINGS:
        return []
    asked = [quarter.number]
    if indicator.adds_up != Indicator.AddsUp.LATEST:
        asked = list(range(1, quarter.number + 1))
    there = {reading.quarter.number for reading in readings}
    return [number for number in asked if number not in there]

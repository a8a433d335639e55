"""Many units with figures, without their reports: for what a page costs."""

from datetime import datetime

from portal.models import Quarter, Unit
from projects import kept_sums
from projects.models import Cell


def make_reported_units(count: int, parent: Unit, quarter: Quarter, *, at: datetime) -> None:
    """So many counties, each with a quarter of its plan of 4 万元 completed and accepted."""
    Unit.objects.bulk_create(
        Unit(code=f"U{number:03}", kind="county", parent=parent, name_zh=f"县{number}") for number in range(count)
    )
    for unit in Unit.objects.filter(code__startswith="U"):
        Cell.objects.create(
            grain="unit", unit=unit, quarter=quarter, year=quarter.year, lines_expected=1, lines_reported=1,
            is_reported=True, is_covered=True, flow=1, year_to_date=1, started=1, completed=0, due_started=0,
            completed_output=0,
            projects=1, planned=4, due_to_start=0, due_to_finish=0, large=0, total_investment=9, expected_output=0,
            computed_at=at,
        )  # fmt: skip
    kept_sums.make(quarter)

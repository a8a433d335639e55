"""The quarter's amount and the year to date: either is typed, the other follows from the earlier quarters."""

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal

from portal.models import Quarter, Unit
from projects.models import Project, Report, ReportLine, ReportState

STANDING = (ReportState.SUBMITTED, ReportState.ACCEPTED)


def missing_quarters(unit: Unit, quarter: Quarter) -> list[Quarter]:
    """Earlier quarters of the year that owe a report of this unit which has not been submitted."""
    earlier = Quarter.objects.filter(year=quarter.year, number__lt=quarter.number)
    standing = set(
        Report.objects.filter(unit=unit, quarter__in=earlier, state__in=STANDING).values_list("quarter", flat=True)
    )
    return [q for q in earlier if q.pk not in standing and Project.objects.expected(unit, q).exists()]


def earlier_totals(unit: Unit, quarter: Quarter, project_ids: list[int]) -> dict[int, Decimal | None]:
    """For each project what was completed from January to the quarter before, in 万元.

    Taken from the newest submitted or accepted line of each earlier quarter, whichever unit reported it; 0 where there
    is none; null for all where this unit has still to submit an earlier quarter: the year to date is then unknown.
    """
    if missing_quarters(unit, quarter):
        return dict.fromkeys(project_ids)
    totals: defaultdict[int, Decimal] = defaultdict(Decimal)
    newest = (
        ReportLine.objects.earlier_in_year(quarter)
        .filter(project__in=project_ids, report__state__in=STANDING)
        .order_by("project_id", "quarter_id", "-report__revision")
        .distinct("project_id", "quarter_id")
    )
    for project_id, flow in newest.values_list("project_id", "flow"):
        totals[project_id] += flow or Decimal()
    return {project_id: totals[project_id] for project_id in project_ids}


def since_start(quarter: Quarter, project_ids: list[int]) -> Mapping[int, Decimal]:
    """For each project all that accepted reports of earlier quarters state as completed, in 万元."""
    totals: defaultdict[int, Decimal] = defaultdict(Decimal)
    lines = ReportLine.objects.accepted().before(quarter).filter(project__in=project_ids)
    for project_id, flow in lines.values_list("project_id", "flow"):
        totals[project_id] += flow or Decimal()
    return totals


def settle(line: ReportLine, earlier: Decimal | None) -> None:
    """Compute the amount that was not typed from the one that was; null stays null; the flow may fall below zero."""
    if line.typed == ReportLine.Typed.YEAR_TO_DATE:
        line.flow = None if line.year_to_date is None or earlier is None else line.year_to_date - earlier
    elif line.typed == ReportLine.Typed.FLOW:
        line.year_to_date = None if line.flow is None or earlier is None else earlier + line.flow

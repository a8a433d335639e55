"""What a line is judged by (plan, total, earlier quarters, last accepted line), for a whole report in one statement.

%(projects)s, their ids, is what projects/report_lines.py puts there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self

from portal.models import Quarter, Unit
from portal.replicas import alias
from portal.rows import Columns
from projects.amounts import STANDING, Earlier
from projects.models import AnnualPlan, Project, ReportLine, ReportState

OF_PLAN = ("id", "planned_investment", "cumulative_q1", "cumulative_q2", "cumulative_q3", "content")
OF_LAST = ("id", "flow", "year_to_date", "stage", "started_on", "finished_on", "progress", "obstacle")
PLAN = Columns(AnnualPlan, "plan", OF_PLAN)
LINE, LAST = Columns(ReportLine, "line", OF_LAST), Columns(ReportLine, "last", OF_LAST)

# Each project's earlier lines are read once, for what was said in each quarter (amounts.newest_standing says which line
# counts) and for the last accepted one; by project (OFFSET 0), where PostgreSQL would look for them quarter by quarter.
SURROUNDINGS = f"""
    WITH standing AS (
        SELECT line.project_id, line.quarter_id, quarter.year, quarter.number, report.state, report.reviewed_at,
               {LINE}
        FROM (
            SELECT * FROM projects_reportline
            WHERE project_id = ANY (%(projects)s::bigint[]) AND year <= %(year)s OFFSET 0
        ) line
        JOIN projects_report report ON report.id = line.report_id AND report.state = ANY (%(standing)s)
        JOIN portal_quarter quarter ON quarter.id = line.quarter_id
        WHERE (quarter.year, quarter.number) < (%(year)s, %(number)s)
    ),
    newest AS (
        SELECT DISTINCT ON (project_id, quarter_id) project_id, year, number, COALESCE(flow, 0) AS flow
        FROM standing ORDER BY project_id, quarter_id, reviewed_at DESC NULLS FIRST, id DESC
    ),
    said AS (
        SELECT project_id, array_agg(number) FILTER (WHERE year = %(year)s) AS numbers,
               array_agg(flow) FILTER (WHERE year = %(year)s) AS flows,
               sum(flow) FILTER (WHERE year < %(year)s) AS years
        FROM newest GROUP BY project_id
    ),
    last AS (
        SELECT DISTINCT ON (project_id) * FROM standing WHERE state = %(accepted)s
        ORDER BY project_id, year DESC, number DESC, reviewed_at DESC, id DESC
    )
    SELECT project.id AS its_project,
           ARRAY (
               SELECT number FROM portal_quarter quarter
               WHERE year = %(year)s AND number < %(number)s AND NOT EXISTS (
                   SELECT FROM projects_report
                   WHERE unit_id = %(unit)s AND quarter_id = quarter.id AND state = ANY (%(standing)s))
               ORDER BY number
           ),
           (SELECT total_investment FROM projects_valuation
            WHERE project_id = project.id AND from_on <= %(day)s ORDER BY from_on DESC LIMIT 1),
           said.numbers, said.flows, said.years,
           {PLAN},
           last.quarter_id, last.year, last.number, {LAST}
    FROM unnest(%(projects)s) project (id)
    LEFT JOIN LATERAL (
        SELECT {PLAN} FROM projects_annualplan plan
        WHERE project_id = project.id AND year = %(year)s AND in_force_on <= %(day)s ORDER BY in_force_on DESC LIMIT 1
    ) plan ON true
    LEFT JOIN said ON said.project_id = project.id
    LEFT JOIN last ON last.project_id = project.id
"""


TYPES = {
    "unit": "bigint",
    "year": "smallint",
    "number": "smallint",
    "day": "date",
    "standing": "text[]",
    "accepted": "text",
}
WIDTH = 6 + len(PLAN) + 3 + len(LAST)  # columns of a row


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """Money in 万元; null is not known. Plan and last line, with its quarter, hold only the fields named above."""

    plan: AnnualPlan | None
    total: Decimal | None
    before: Earlier
    last: ReportLine | None

    @classmethod
    def of(cls, row: Sequence[Any], *, missing: tuple[str, ...]) -> Self:
        """From a row of the statement; `missing` names the year's quarters that are still to be submitted."""
        project, _lacking, total, numbers, flows, years = row[:6]
        plan, (quarter, year, number), said = row[6:12], row[12:15], row[15:]
        last = LAST.made(said, alias=alias()) if said[0] else None
        if last is not None:
            last.project_id = project
            last.quarter = Quarter(id=quarter, year=year, number=number)
        quarters = tuple(sorted(zip(numbers or (), flows or (), strict=True)))
        return cls(
            plan=PLAN.made(plan, alias=alias()) if plan[0] else None,
            total=total,
            before=Earlier(quarters=quarters, years=years or Decimal(), missing=missing),
            last=last,
        )


def asked(unit: Unit, quarter: Quarter) -> dict[str, Any]:
    """What the statement wants to know beside the projects."""
    return {
        "unit": unit.pk,
        "year": quarter.year,
        "number": quarter.number,
        "day": quarter.ends_on,
        "standing": [state.value for state in STANDING],
        "accepted": ReportState.ACCEPTED.value,
    }


def made(unit: Unit, quarter: Quarter, rows: Sequence[Sequence[Any]]) -> dict[int, Surroundings]:
    """By project id, from rows that begin with the columns of the statement."""
    lacking = [Quarter(year=quarter.year, number=number) for number in rows[0][1]] if rows else []
    missing = tuple(each.name for each in lacking if Project.objects.expected(unit, each).exists())
    return {row[0]: Surroundings.of(row[:WIDTH], missing=missing) for row in rows}

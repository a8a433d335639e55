"""Which projects have started or been completed by a quarter's end, by accepted lines of this and earlier quarters."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from portal.models import Quarter
from portal.replicas import connection
from projects.models.project import STARTED

# Should two units have reported a project's quarter, the last accepted, as in rollups.FACT. A milestone is reached in
# the first accepted quarter that states it, with the day that its line gives.
OF_PROJECTS = """
    WITH said AS (
        SELECT DISTINCT ON (line.project_id, line.quarter_id)
               line.project_id, line.stage, line.started_on, line.finished_on, quarter.year, quarter.number
        FROM projects_reportline line
        JOIN projects_report report ON report.id = line.report_id AND report.state = 'accepted'
        JOIN portal_quarter quarter ON quarter.id = line.quarter_id
        WHERE line.project_id = ANY({projects}) AND (quarter.year, quarter.number) <= (%(year)s, %(number)s)
        ORDER BY line.project_id, line.quarter_id, report.reviewed_at DESC, line.id DESC
    )
    SELECT project_id, bool_or(year = %(year)s AND number = %(number)s),
           bool_or(stage = ANY(%(started)s)),
           (array_agg(started_on ORDER BY year, number) FILTER (WHERE stage = ANY(%(started)s)))[1],
           bool_or(stage = 'completed'),
           (array_agg(finished_on ORDER BY year, number) FILTER (WHERE stage = 'completed'))[1]
    FROM said GROUP BY project_id
"""
MILESTONES = OF_PROJECTS.format(projects="%(projects)s")


@dataclass(frozen=True, slots=True)
class Milestones:
    """What accepted lines say of a project up to a quarter; the days are as reported, null where not reached."""

    is_reported: bool  # in this very quarter
    is_started: bool
    started_on: date | None
    is_completed: bool
    completed_on: date | None


def read(quarter: Quarter, projects: Collection[int]) -> Mapping[int, Milestones]:
    """By project id; a project without any accepted line up to this quarter isn't in it. One query."""
    values: dict[str, Any] = {
        "projects": sorted(projects),
        "year": quarter.year,
        "number": quarter.number,
        "started": [stage.value for stage in STARTED],
    }
    with connection.cursor() as cursor:
        cursor.execute(MILESTONES, values)
        return {project: Milestones(*row) for project, *row in cursor.fetchall()}

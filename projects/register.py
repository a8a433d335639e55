"""How the register keeps step with accepted reports: a project's state is what was last accepted of it."""

from collections.abc import Collection

from django.db import connection

FOLLOW = """
    UPDATE projects_project project
    SET stage = latest.stage, started_on = latest.started_on, finished_on = latest.finished_on
    FROM (
        SELECT DISTINCT ON (line.project_id) line.project_id, line.stage, line.started_on, line.finished_on
        FROM projects_reportline line
        JOIN projects_report report ON report.id = line.report_id AND report.state = 'accepted'
        JOIN portal_quarter quarter ON quarter.id = line.quarter_id
        WHERE line.project_id = ANY(%s)
        ORDER BY line.project_id, quarter.year DESC, quarter.number DESC
    ) latest
    WHERE project.id = latest.project_id
      AND (project.stage, project.started_on, project.finished_on)
          IS DISTINCT FROM (latest.stage, latest.started_on, latest.finished_on)
"""


def follow_accepted(project_ids: Collection[int]) -> None:
    """Set stage, start and finish of these projects to what their latest accepted line says."""
    with connection.cursor() as cursor:
        cursor.execute(FOLLOW, [list(project_ids)])

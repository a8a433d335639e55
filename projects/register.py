"""How the register keeps step: with accepted reports, which set a project's state, and with a unit that ends.

A unit's closed quarters stay its own; its projects pass on by a dated Assignment (figures.md, Units that end).
"""

from collections.abc import Sequence
from datetime import date

from django.db import connection

from portal.models import Unit, User

FOLLOW = """
    UPDATE projects_project project
    SET stage = latest.stage, started_on = latest.started_on, finished_on = latest.finished_on
    FROM (
        SELECT DISTINCT ON (line.project_id) line.project_id, line.stage, line.started_on, line.finished_on
        FROM projects_reportline line
        JOIN projects_report report ON report.id = line.report_id AND report.state = 'accepted'
        JOIN portal_quarter quarter ON quarter.id = line.quarter_id
        WHERE line.project_id = ANY(%s)
        ORDER BY line.project_id, quarter.year DESC, quarter.number DESC, report.reviewed_at DESC,
                 line.id DESC
    ) latest
    WHERE project.id = ANY(%s) AND project.id = latest.project_id
      AND (project.stage, project.started_on, project.finished_on)
          IS DISTINCT FROM (latest.stage, latest.started_on, latest.finished_on)
"""


# The projects of which this report says otherwise than the register.
UNLIKE = """
    SELECT line.project_id
    FROM projects_reportline line JOIN projects_project project ON project.id = line.project_id
    WHERE line.report_id = %(report)s
      AND (project.stage, project.started_on, project.finished_on)
          IS DISTINCT FROM (line.stage, line.started_on, line.finished_on)
"""


def follow_accepted(projects: Sequence[int]) -> None:
    """Set stage, start and finish of these projects, by id, to what their latest accepted line says."""
    if projects:
        with connection.cursor() as cursor:
            cursor.execute(FOLLOW, [list(projects), list(projects)])


# Of each project the assignment in force that day; the triggers on the table mark both units' quarters from it on.
SUCCEED = """
    INSERT INTO projects_assignment (project_id, unit_id, from_on, reason, recorded_by_id)
    SELECT project_id, %(successor)s, %(on)s, %(reason)s, %(by)s
    FROM (
        SELECT DISTINCT ON (project_id) project_id, unit_id
        FROM projects_assignment WHERE from_on <= %(on)s
        ORDER BY project_id, from_on DESC
    ) answering
    WHERE unit_id = %(unit)s
    ON CONFLICT (project_id, from_on) DO UPDATE
        SET unit_id = excluded.unit_id, reason = excluded.reason, recorded_by_id = excluded.recorded_by_id
"""


def pass_on(unit: Unit, successor: Unit, *, on: date, by: User, reason: str) -> int:
    """From this day the successor answers for every project that the unit would answer for; returns how many passed.

    Done a second time it finds nothing to pass. A project that leaves the unit for a third later still does.
    """
    given: dict[str, int | str | date] = {
        "unit": unit.pk,
        "successor": successor.pk,
        "on": on,
        "by": by.pk,
        "reason": reason,
    }
    with connection.cursor() as cursor:
        cursor.execute(SUCCEED, given)
        return int(cursor.rowcount)

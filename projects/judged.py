"""Whether a report still has the warnings that were counted when it was handed in.

Its lines never change; what they are judged by may: plans, totals, what other reports say. Whatever changes these in
the register or in accepted reports leaves a mark on the unit's quarter, and the drainer then writes all its cells anew,
so one tells of them all. Where no mark waits and it is older than the lines, nothing has changed, and no line need be
judged again:

- Who hands in locks the report before judging it, and writes its lines in the same transaction. A drainer takes marks
  that it sees committed, and only then is numbered. So if it is numbered before the lines are, whatever it recomputed
  was there to be seen when they were judged.
- In a database put back from a backup the numbers say nothing; there the clock does.

What is handed in, withdrawn or returned leaves no mark. That changes what counts for later quarters only as long as an
earlier quarter has an open revision, at a unit that answers or answered for one of these projects.
"""

from django.db import connection

from portal.kept_plans import Kept
from projects.models import Report

UNCHANGED = Kept(
    """
    SELECT COALESCE((
               SELECT age(cell.xmin) > age(line.xmin) AND cell.computed_at < %(submitted_at)s
               FROM projects_cell cell
               CROSS JOIN (
                   SELECT xmin FROM projects_reportline WHERE report_id = %(report)s AND year = %(year)s LIMIT 1) line
               WHERE cell.unit_id = %(unit)s AND cell.quarter_id = %(quarter)s AND cell.year = %(year)s
                 AND cell.grain = 'unit'
           ), false)
           AND NOT EXISTS (SELECT FROM projects_mark WHERE unit_id = %(unit)s AND quarter_id = %(quarter)s)
           AND NOT EXISTS (
               SELECT FROM projects_report other JOIN portal_quarter earlier ON earlier.id = other.quarter_id
               WHERE other.state IN ('draft', 'submitted')
                 AND (earlier.year, earlier.number) < (%(year)s, %(number)s)
                 AND other.unit_id IN (
                     SELECT assignment.unit_id
                     FROM projects_reportline line JOIN projects_assignment assignment USING (project_id)
                     WHERE line.report_id = %(report)s AND line.year = %(year)s))
    """,
    report="bigint",
    unit="bigint",
    quarter="bigint",
    year="smallint",
    number="smallint",
    submitted_at="timestamptz",
)


def still_holds(report: Report) -> bool:
    """Whether nothing has changed that this report, handed in and now locked, is judged by. If in doubt: false."""
    asked = {
        "report": report.pk,
        "unit": report.unit_id,
        "quarter": report.quarter_id,
        "year": report.quarter.year,
        "number": report.quarter.number,
        "submitted_at": report.submitted_at,
    }
    with connection.cursor() as cursor:
        UNCHANGED.run(cursor, asked)
        found: tuple[bool] | None = cursor.fetchone()
    return bool(found and found[0])

"""What one acceptance writes: states, their events and settlements in one statement, then the register."""

from datetime import datetime

from django.db import connection

from portal.kept_plans import Kept
from portal.models import User
from projects import register, threads
from projects.models import Report, ReportState

EVENTS = """
    INSERT INTO projects_reportevent (report_id, verb, by_id, at, reason)
    SELECT id, 'supersede', %(by)s, %(at)s, '' FROM earlier
    UNION ALL
    SELECT id, 'accept', %(by)s, %(at)s, %(reason)s FROM accepted
"""
# In one statement, so that what counts now is marked once, and in this order: one accepted revision at most. Its answer
# are the projects to follow: an update of no project at all would still tell every page that the register has changed.
LET_COUNT = Kept(
    f"""
    WITH earlier AS (
        UPDATE projects_report SET state = 'superseded'
        WHERE unit_id = %(unit)s AND quarter_id = %(quarter)s AND state = 'accepted' RETURNING id
    ),
    accepted AS (
        UPDATE projects_report SET state = 'accepted', reviewed_by_id = %(by)s, reviewed_at = %(at)s
        WHERE id = %(report)s AND (SELECT count(*) FROM earlier) >= 0 RETURNING id
    ),
    told AS ({EVENTS}),
    settled AS ({threads.SETTLE_OPEN})
    {register.UNLIKE}
    """,
    unit="bigint",
    quarter="bigint",
    report="bigint",
    revision="smallint",
    by="bigint",
    at="timestamptz",
    reason="text",
)


def let_count(report: Report, *, by: User, at: datetime, reason: str) -> None:
    """Supersede what was accepted before, in whose place this one counts, and settle whatever was still open on it.

    The register follows. What may be accepted, and by whom, projects/lifecycle.py has asked.
    """
    its = {"unit": report.unit_id, "quarter": report.quarter_id, "report": report.pk, "revision": report.revision}
    with connection.cursor() as cursor:
        LET_COUNT.run(cursor, {**its, "by": by.pk, "at": at, "reason": reason})
        unlike = [project for (project,) in cursor.fetchall()]
    report.state = ReportState.ACCEPTED
    report.reviewed_by, report.reviewed_at = by, at
    register.follow_accepted(unlike)

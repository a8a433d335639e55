"""The lines of a report, each beside what surrounds it, in one statement; of a draft also what it should hold."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from portal.kept_plans import Kept
from portal.replicas import alias, connection
from portal.rows import Columns
from projects import surroundings
from projects.models import Project, Report, ReportLine
from projects.surroundings import SURROUNDINGS, Surroundings

LINE = Columns(ReportLine, "line")
PROJECT = Columns(Project, "project", ("id", "code", "name_zh", "name_en", "stage", "started_on", "finished_on"))
SHOWN = f"""{LINE}, {PROJECT}, ARRAY (
    SELECT id FROM projects_evidence WHERE line_id = line.id AND removed_at IS NULL ORDER BY id)"""
OF_REPORT = "line.report_id = %(report)s AND line.year = %(year)s"  # the year names the partition
NAMED = "(%(codes)s IS NULL OR project.code = ANY (%(codes)s))"
# The projects that %(unit)s owes a line for in the quarter %(number)s of %(year)s, whose last day is %(day)s: the same
# as `Project.objects.expected` gives.
OWED = """
    SELECT DISTINCT ever.project_id
    FROM projects_assignment ever
    WHERE ever.unit_id = %(unit)s
      AND ever.unit_id = (
          SELECT unit_id FROM projects_assignment
          WHERE project_id = ever.project_id AND from_on <= %(day)s ORDER BY from_on DESC LIMIT 1)
      AND EXISTS (
          SELECT FROM projects_annualplan
          WHERE project_id = ever.project_id AND year = %(year)s AND in_force_on <= %(day)s)
      AND NOT EXISTS (
          SELECT FROM projects_reportline line
          JOIN projects_report report ON report.id = line.report_id AND report.state = 'accepted'
          JOIN portal_quarter quarter ON quarter.id = line.quarter_id
          WHERE line.project_id = ever.project_id AND line.stage = 'completed'
            AND (quarter.year, quarter.number) < (%(year)s, %(number)s)
            AND CASE WHEN EXISTS (
                SELECT FROM projects_reportline newer
                JOIN projects_report its ON its.id = newer.report_id AND its.state = 'accepted'
                WHERE newer.project_id = line.project_id AND newer.quarter_id = line.quarter_id
                  AND newer.year = line.year AND (its.reviewed_at, newer.id) > (report.reviewed_at, line.id)
            ) THEN false ELSE true END)
"""
# Looked up for each project: PostgreSQL expects few in a report, and would hold every line against every project.
THE_LINE = f"""LATERAL (
        SELECT * FROM projects_reportline line WHERE {OF_REPORT} AND project_id = project.id LIMIT 1
    ) line ON true"""
AROUND = SURROUNDINGS.replace("%(projects)s", "(SELECT projects FROM asked)")
IS_OWED = surroundings.WIDTH  # the place in a row, with the line's columns behind it
ITS_LINE = IS_OWED + 1
TYPES = {"report": "bigint", "codes": "text[]", **surroundings.TYPES}
# The lines that stand in a report, beside what surrounds them.
STANDING = Kept(
    f"""
    WITH asked AS MATERIALIZED (
        SELECT ARRAY (
            SELECT line.project_id FROM projects_reportline line
            WHERE {OF_REPORT} AND (
                %(codes)s IS NULL
                OR line.project_id IN (SELECT id FROM projects_project WHERE code = ANY (%(codes)s)))
        ) AS projects
    )
    SELECT around.*, true, {SHOWN}
    FROM ({AROUND}) around
    JOIN projects_project project ON project.id = around.its_project
    JOIN {THE_LINE}
    ORDER BY project.code
    """,
    **TYPES,
)
# The same of a draft, and of the projects owed of which it holds none yet; whether each is owed stands before its line.
DRAFTED = Kept(
    f"""
    WITH owed AS MATERIALIZED ({OWED}),
    asked AS MATERIALIZED (
        SELECT ARRAY (
            SELECT project.id FROM projects_project project
            WHERE {NAMED} AND id IN (
                SELECT project_id FROM owed
                UNION SELECT project_id FROM projects_reportline line WHERE {OF_REPORT})
        ) AS projects
    )
    SELECT around.*, owed.project_id IS NOT NULL, {SHOWN}
    FROM ({AROUND}) around
    JOIN projects_project project ON project.id = around.its_project
    LEFT JOIN {THE_LINE}
    LEFT JOIN owed ON owed.project_id = project.id
    ORDER BY project.code
    """,
    **TYPES,
)


@dataclass(frozen=True, kw_only=True)
class Lines:
    """By the code of their projects. `dropped` are no longer asked for, `new` are asked for and not there yet.

    `around` holds what surrounds each of them, by project id.
    """

    lines: list[ReportLine]
    around: dict[int, Surroundings]
    dropped: list[ReportLine] = field(default_factory=list)
    new: list[Project] = field(default_factory=list)


def standing(report: Report, codes: Collection[str] | None) -> Lines:
    """Those that stand in a report, on the projects of these codes or on all; whatever the register asks for by now."""
    rows = _asked(STANDING, report, codes)
    return Lines(lines=[_line(row) for row in rows], around=surroundings.made(report.unit, report.quarter, rows))


def drafted(report: Report, codes: Collection[str] | None) -> Lines:
    """Those of a draft, which may not be begun yet, beside what its unit owes."""
    rows = _asked(DRAFTED, report, codes)
    return Lines(
        lines=[_line(row) for row in rows if row[IS_OWED] and row[ITS_LINE] is not None],
        around=surroundings.made(report.unit, report.quarter, rows),
        dropped=[_line(row) for row in rows if not row[IS_OWED]],
        new=[_project(row) for row in rows if row[ITS_LINE] is None],
    )


def _asked(statement: Kept, report: Report, codes: Collection[str] | None) -> list[tuple[Any, ...]]:
    its = {"report": report.pk, "codes": None if codes is None else list(codes)}
    with connection.cursor() as cursor:
        statement.run(cursor, {**its, **surroundings.asked(report.unit, report.quarter)})
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _line(row: Sequence[Any]) -> ReportLine:
    """With its evidence and, of its project, what names it and what a draft begins with."""
    line = LINE.made(row[ITS_LINE : ITS_LINE + len(LINE)], alias=alias())
    line.project, line.evidence_ids = _project(row), row[-1]
    return line


def _project(row: Sequence[Any]) -> Project:
    return PROJECT.made(row[-1 - len(PROJECT) : -1], alias=alias())

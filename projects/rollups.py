"""Rollups: which cells say what, recomputed as a whole from the register and the accepted lines by set-based SQL.

FACT is the one statement that decides what counts: a row for each project in the population of a unit's quarter, dated
by the quarter's last day. Cells are its sums; the pages that open a figure list its rows.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from portal.models import Quarter, Unit
from projects.models import Mark, RollupAlarm

# Reads target (unit_id, quarter_id), which the statement around it defines. `fact` has one row a project:
# what the register says on the quarter's last day, and what accepted lines say up to it. Money in 万元.
FACT = """
    due AS (
        SELECT target.unit_id, target.quarter_id, quarter.year, quarter.number,
               (make_date(quarter.year, quarter.number * 3, 1) + interval '1 month - 1 day')::date AS last_day
        FROM target JOIN portal_quarter quarter ON quarter.id = target.quarter_id
    ),
    population AS (
        SELECT due.*, assignment.project_id, plan.planned_investment AS planned, plan.category_id, plan.chain_id,
               CASE due.number WHEN 1 THEN plan.cumulative_q1 WHEN 2 THEN plan.cumulative_q2
                               WHEN 3 THEN plan.cumulative_q3 ELSE plan.planned_investment END AS planned_to_date,
               plan.start_due_on <= due.last_day AS due_to_start, plan.finish_due_on <= due.last_day AS due_to_finish
        FROM due
        JOIN projects_assignment assignment ON assignment.unit_id = due.unit_id AND assignment.from_on <= due.last_day
            AND NOT EXISTS (
                SELECT FROM projects_assignment later
                WHERE later.project_id = assignment.project_id
                  AND later.from_on > assignment.from_on AND later.from_on <= due.last_day)
        JOIN LATERAL (
            SELECT * FROM projects_annualplan version
            WHERE version.project_id = assignment.project_id AND version.year = due.year
              AND version.in_force_on <= due.last_day
            ORDER BY version.in_force_on DESC LIMIT 1) plan ON true
    ),
    -- The accepted lines of these projects up to the quarter; should two units have reported one, the last accepted.
    said AS (
        SELECT DISTINCT ON (population.unit_id, population.quarter_id, population.project_id, line.quarter_id)
               population.unit_id, population.quarter_id, population.project_id, population.year AS this_year,
               population.number AS this_number, quarter.year, quarter.number,
               line.id AS line_id, line.flow, line.stage, line.started_on
        FROM population
        JOIN projects_reportline line ON line.project_id = population.project_id
        JOIN projects_report report ON report.id = line.report_id AND report.state = 'accepted'
        JOIN portal_quarter quarter ON quarter.id = line.quarter_id
             AND (quarter.year, quarter.number) <= (population.year, population.number)
        ORDER BY population.unit_id, population.quarter_id, population.project_id, line.quarter_id,
                 report.reviewed_at DESC
    ),
    summed AS (
        SELECT unit_id, quarter_id, project_id,
               sum(flow) FILTER (WHERE year = this_year AND number = this_number) AS flow,
               sum(flow) FILTER (WHERE year = this_year) AS year_to_date,
               max(line_id) FILTER (WHERE year = this_year AND number = this_number) AS line_id,
               array_agg(number) FILTER (WHERE year = this_year) AS numbers,
               min(year * 10 + number) FILTER (WHERE stage = 'completed') AS completed_in,
               (array_agg(stage ORDER BY year DESC, number DESC))[1] AS stage,
               -- The first line that states the start decides, and so a project that was under way before it came
               -- into the register doesn't count: it is "continuing", with a start in an earlier year.
               (array_agg(year = this_year AND (stage = 'newly_started' OR started_on IS NULL
                                                OR started_on >= make_date(this_year, 1, 1)) ORDER BY year, number)
                FILTER (WHERE stage IN ('newly_started', 'continuing', 'completed', 'suspended')))[1]
                   AS is_newly_started
        FROM said GROUP BY unit_id, quarter_id, project_id
    ),
    judged AS (
        SELECT population.*, summed.flow, summed.year_to_date, summed.line_id, summed.stage,
               COALESCE(summed.is_newly_started, false) AS is_newly_started,
               summed.completed_in IS NULL
                   OR summed.completed_in >= population.year * 10 + population.number AS is_expected,
               -- Quarters of the year up to this one that owed a line of this project and have none.
               (SELECT count(*) FROM portal_quarter owed
                WHERE owed.year = population.year AND owed.number <= population.number
                  AND NOT owed.number = ANY (COALESCE(summed.numbers, '{}'))
                  AND (summed.completed_in IS NULL OR summed.completed_in >= owed.year * 10 + owed.number)
                  AND EXISTS (
                      SELECT FROM projects_annualplan version
                      WHERE version.project_id = population.project_id AND version.year = population.year
                        AND version.in_force_on < make_date(owed.year, owed.number * 3, 1) + interval '1 month')
                  AND EXISTS (
                      SELECT FROM projects_assignment earlier
                      WHERE earlier.project_id = population.project_id
                        AND earlier.from_on < make_date(owed.year, owed.number * 3, 1) + interval '1 month')
               ) AS missing,
               valuation.total_investment, valuation.expected_annual_output, COALESCE(listed.list_set, '') AS list_set
        FROM population
        LEFT JOIN summed USING (unit_id, quarter_id, project_id)
        LEFT JOIN LATERAL (
            SELECT total_investment, expected_annual_output FROM projects_valuation version
            WHERE version.project_id = population.project_id AND version.from_on <= population.last_day
            ORDER BY version.from_on DESC LIMIT 1) valuation ON true
        LEFT JOIN LATERAL (
            SELECT string_agg(list.code, ',' ORDER BY list.code COLLATE "C") AS list_set
            FROM projects_listentry entry JOIN projects_projectlist list ON list.id = entry.list_id
            WHERE entry.project_id = population.project_id AND entry.listed_on <= population.last_day
              AND (entry.delisted_on IS NULL OR entry.delisted_on > population.last_day)) listed ON true
    ),
    fact AS (
        SELECT judged.*,
               stage IN ('newly_started', 'continuing', 'completed', 'suspended') AS is_started,
               stage = 'completed' AS is_completed,
               total_investment >= 100000 AS is_large,
               (NOT bool_or(is_expected) OVER its_unit OR EXISTS (
                   SELECT FROM projects_report report
                   WHERE report.unit_id = judged.unit_id AND report.quarter_id = judged.quarter_id
                     AND report.state = 'accepted')) AS is_reported,
               sum(missing) OVER its_unit = 0 AS has_no_gap
        FROM judged WINDOW its_unit AS (PARTITION BY unit_id, quarter_id)
    )
"""

CELL = """
    SELECT CASE WHEN GROUPING(chain_id) = 0 THEN 'chain' WHEN GROUPING(category_id) = 0 THEN 'class' ELSE 'unit' END
               AS grain,
           unit_id, quarter_id, COALESCE(list_set, '') AS list_set, category_id, chain_id,
           count(*) FILTER (WHERE is_expected) AS lines_expected,
           count(*) FILTER (WHERE is_expected AND line_id IS NOT NULL) AS lines_reported,
           bool_and(is_reported) AS is_reported,
           bool_and(is_reported AND has_no_gap) AS is_covered,
           CASE WHEN bool_and(is_reported) THEN COALESCE(sum(flow), 0) END AS flow,
           CASE WHEN bool_and(is_reported AND has_no_gap) THEN COALESCE(sum(year_to_date), 0) END AS year_to_date,
           CASE WHEN bool_and(is_reported AND has_no_gap) THEN count(*) FILTER (WHERE is_started) END AS started,
           CASE WHEN bool_and(is_reported AND has_no_gap) THEN count(*) FILTER (WHERE is_completed) END AS completed,
           CASE WHEN bool_and(is_reported AND has_no_gap)
                THEN count(*) FILTER (WHERE due_to_start AND is_started) END AS due_started,
           CASE WHEN bool_and(is_reported AND has_no_gap)
                THEN COALESCE(sum(expected_annual_output) FILTER (WHERE is_completed), 0) END AS completed_output,
           count(*) AS projects,
           sum(planned) AS planned,
           CASE WHEN count(planned_to_date) = count(*) THEN sum(planned_to_date) END AS planned_to_date,
           count(*) FILTER (WHERE due_to_start) AS due_to_start,
           count(*) FILTER (WHERE due_to_finish) AS due_to_finish,
           count(*) FILTER (WHERE is_large) AS large,
           COALESCE(sum(total_investment), 0) AS total_investment,
           COALESCE(sum(expected_annual_output), 0) AS expected_output
    FROM fact
    GROUP BY GROUPING SETS ((unit_id, quarter_id), (unit_id, quarter_id, list_set, category_id),
                            (unit_id, quarter_id, chain_id))
    HAVING GROUPING(chain_id) = 1 OR chain_id IS NOT NULL
"""
COLUMNS = """grain, unit_id, quarter_id, list_set, category_id, chain_id, lines_expected, lines_reported, is_reported,
    is_covered, flow, year_to_date, started, completed, due_started, completed_output, projects, planned,
    planned_to_date, due_to_start, due_to_finish, large, total_investment, expected_output"""
KEY = """concat_ws('|', unit_id, quarter_id, grain, list_set, COALESCE(category_id, 0), COALESCE(chain_id, 0)) AS key"""

GIVEN = "target AS (SELECT * FROM unnest(%(units)s::bigint[], %(quarters)s::bigint[]) AS given (unit_id, quarter_id))"
FORGET = """
    DELETE FROM projects_cell USING unnest(%(units)s::bigint[], %(quarters)s::bigint[]) AS given (unit_id, quarter_id)
    WHERE projects_cell.unit_id = given.unit_id AND projects_cell.quarter_id = given.quarter_id
"""
FILL = f"""
    WITH {GIVEN}, {FACT}
    INSERT INTO projects_cell ({COLUMNS}, year, computed_at)
    SELECT {COLUMNS}, its.year, %(at)s
    FROM ({CELL}) cell JOIN (SELECT id AS quarter_id, year FROM portal_quarter) its USING (quarter_id)
"""
TAKE_MARKS = """
    DELETE FROM projects_mark WHERE id IN (SELECT id FROM projects_mark ORDER BY id LIMIT %s)
    RETURNING unit_id, quarter_id
"""
# One statement, one snapshot: a change and its mark commit together, so whatever has no mark waiting must be equal.
COMPARE = f"""
    WITH target AS (
        SELECT unit.id AS unit_id, quarter.id AS quarter_id
        FROM portal_unit unit CROSS JOIN portal_quarter quarter
        WHERE (%(quarter)s::bigint IS NULL OR quarter.id = %(quarter)s)
          AND NOT EXISTS (SELECT FROM projects_mark mark WHERE mark.unit_id = unit.id AND mark.quarter_id = quarter.id)
    ), {FACT},
    expected AS ({CELL}),
    found AS (SELECT {COLUMNS} FROM projects_cell JOIN target USING (unit_id, quarter_id)),
    wrong AS (SELECT {KEY}, * FROM (SELECT {COLUMNS} FROM found EXCEPT SELECT {COLUMNS} FROM expected) cell),
    missed AS (SELECT {KEY}, * FROM (SELECT {COLUMNS} FROM expected EXCEPT SELECT {COLUMNS} FROM found) cell)
    SELECT COALESCE(wrong.unit_id, missed.unit_id), COALESCE(wrong.quarter_id, missed.quarter_id),
           to_jsonb(wrong), to_jsonb(missed)
    FROM wrong FULL JOIN missed USING (key)
    ORDER BY 2, 1, key
"""

DRAINER = 0x636F6E63  # the advisory lock that one drainer at a time holds
BATCH = 2_000


@dataclass(frozen=True)
class Difference:
    """A cell that is not what its lines add up to; found is null where it is missing, expected where it is too many."""

    unit_id: int
    quarter_id: int
    found: dict[str, Any] | None
    expected: dict[str, Any] | None


def drain(*, at: datetime) -> int:
    """Recompute what is marked until no mark is left; returns how many units' quarters were recomputed.

    Returns at once where another drainer is at work: it looks once more after its commit (figures.md, Recomputing).
    """
    done = 0
    while Mark.objects.exists():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [DRAINER])
            if cursor.fetchone() != (True,):
                return done
            cursor.execute(TAKE_MARKS, [BATCH])
            done += _recompute(cursor, sorted(set(cursor.fetchall())), at=at)
    return done


def _recompute(cursor: Any, pairs: Sequence[tuple[int, int]], *, at: datetime) -> int:
    # Deleting first: an upsert would leave the figures of a cell whose last project has left.
    given = {"units": [unit for unit, _ in pairs], "quarters": [quarter for _, quarter in pairs], "at": at}
    cursor.execute(FORGET, given)
    cursor.execute(FILL, given)
    return len(pairs)


def rebuild(*, at: datetime, quarter: Quarter | None = None) -> int:
    """Recompute every cell, or those of one quarter; returns how many units' quarters that were."""
    quarters = [quarter] if quarter else list(Quarter.objects.all())
    units = list(Unit.objects.all())
    Mark.objects.bulk_create([Mark(unit=unit, quarter=each) for each in quarters for unit in units])
    return drain(at=at)


def differences(quarter: Quarter | None = None) -> list[Difference]:
    """Every cell that differs from a recompute; units' quarters with marks waiting are left out."""
    with connection.cursor() as cursor:
        cursor.execute(COMPARE, {"quarter": quarter.pk if quarter else None})
        return [
            Difference(unit_id, quarter_id, json.loads(found or "null"), json.loads(expected or "null"))
            for unit_id, quarter_id, found, expected in cursor.fetchall()
        ]


def audit(*, at: datetime, quarter: Quarter | None = None) -> list[Difference]:
    """Find what differs, raise an alarm in the admin for each cell, and recompute it; returns what was found."""
    found = differences(quarter)
    RollupAlarm.objects.bulk_create(
        [
            RollupAlarm(
                unit_id=wrong.unit_id,
                quarter_id=wrong.quarter_id,
                found=wrong.found,
                expected=wrong.expected,
                raised_at=at,
            )
            for wrong in found
        ]
    )
    pairs = {(wrong.unit_id, wrong.quarter_id) for wrong in found}
    Mark.objects.bulk_create([Mark(unit_id=unit, quarter_id=each) for unit, each in sorted(pairs)])
    drain(at=at)
    return found

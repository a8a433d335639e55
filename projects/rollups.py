"""Rollups: which cells say what, recomputed as a whole from the register and the accepted lines by set-based SQL.

FACT is the one statement that decides what counts: a row for each project in the population of a unit's quarter, dated
by the quarter's last day. Cells are its sums; the pages that open a figure list its rows.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from portal.kept_plans import Kept
from portal.models import Quarter, Unit
from projects.models import Mark
from projects.models.marking import LAST_DAY
from projects.models.project import Stage


def _holds(row: str, day: str = "due.last_day") -> str:
    """Whether a row of the register, from one day until another, is in force on this day."""
    return f"CASE WHEN {day} >= {row}.from_on THEN {row}.until IS NULL OR {row}.until > {day} ELSE false END"


def _part(amount: str) -> str:
    """What counts for the unit: its share, or, where it answers for the project, what the shares of others leave."""
    left = f"{amount} - (SELECT sum(round({amount} * given, 2)) FROM unnest(others) given)"
    return f"CASE WHEN NOT is_own THEN round({amount} * share, 2) WHEN others IS NULL THEN {amount} ELSE {left} END"


def _spells(rows: str, value: str) -> str:
    """What the rows of a project in force make together, from each day on which one of them begins or ends."""
    return f"""
        SELECT day.project_id, day.from_on, {value},
               lead(day.from_on) OVER (PARTITION BY day.project_id ORDER BY day.from_on) AS until
        FROM (SELECT project_id, from_on FROM {rows}
              UNION SELECT project_id, until FROM {rows} WHERE until IS NOT NULL) day
        LEFT JOIN {rows} its ON its.project_id = day.project_id AND {_holds("its", "day.from_on")}
        GROUP BY day.project_id, day.from_on
    """


LIST_SET = """string_agg(its.code, ',' ORDER BY its.code COLLATE "C") AS list_set"""
# A stage as a number below 10, so that the last one stated is the highest of quarter and stage.
STAGES = list(Stage)
_NUMBERS = " ".join(f"WHEN '{stage}' THEN {number}" for number, stage in enumerate(STAGES, 1))
STAGE_NUMBER = f"CASE stage {_NUMBERS} END"
STAGE = f"('{{{','.join(STAGES)}}}'::text[])[stage_number]"


# Reads target (unit_id, quarter_id), which the statement around it defines. `judged` has one row a project and unit,
# the one that answers for it (is_own) or one that has a share of it: what the register says on the quarter's last day,
# and what accepted lines say up to it; `fact` says besides whether the unit has reported. Money in 万元.
# Each row of the register and each line of a project is read once, however many quarters are asked about, and all
# quarters are gone through in one order. Two columns to join by are made one key, and a span of days one value:
# PostgreSQL multiplies the guesses for each of them, comes down to a row or two, and then looks through the whole other
# side for each row.
FACT = f"""
    due AS (
        SELECT target.unit_id, target.quarter_id, target.unit_id * 1000000 + target.quarter_id AS its_report,
               quarter.year, quarter.number,
               EXISTS (SELECT FROM projects_report report
                       WHERE report.unit_id = target.unit_id AND report.quarter_id = target.quarter_id
                         AND report.state = 'accepted') AS has_report
        FROM target CROSS JOIN LATERAL (SELECT * FROM portal_quarter WHERE id = target.quarter_id LIMIT 1) quarter
    ),
    its AS (
        SELECT project_id FROM projects_assignment WHERE unit_id IN (SELECT unit_id FROM target)
        UNION SELECT project_id FROM projects_share WHERE unit_id IN (SELECT unit_id FROM target)
    ),
    -- Rows of the register with the day on which the next one takes over.
    assigned AS (
        SELECT project_id, unit_id, from_on, lead(from_on) OVER (PARTITION BY project_id ORDER BY from_on) AS until
        FROM its JOIN projects_assignment USING (project_id)
    ),
    shared AS (
        SELECT project_id, unit_id, share, from_on,
               lead(from_on) OVER (PARTITION BY project_id, unit_id ORDER BY from_on) AS until
        FROM its JOIN projects_share USING (project_id)
    ),
    plan AS (
        SELECT project_id * 10000 + year AS its_year, planned_investment AS planned, category_id, chain_id,
               cumulative_q1, cumulative_q2, cumulative_q3, start_due_on, finish_due_on, in_force_on AS from_on,
               lead(in_force_on) OVER (PARTITION BY project_id, year ORDER BY in_force_on) AS until
        FROM its JOIN projects_annualplan USING (project_id)
        WHERE year IN (SELECT year FROM due)
    ),
    valued AS (
        SELECT project_id, total_investment, expected_annual_output, from_on,
               lead(from_on) OVER (PARTITION BY project_id ORDER BY from_on) AS until
        FROM its JOIN projects_valuation USING (project_id)
    ),
    entry AS (
        SELECT project_id, list.code, listed_on AS from_on, delisted_on AS until
        FROM its JOIN projects_listentry USING (project_id) JOIN projects_projectlist list ON list.id = list_id
    ),
    listed AS ({_spells("entry", LIST_SET)}),
    -- What others have of a project, while somebody else answers for it.
    given AS (
        SELECT shared.project_id, shared.unit_id, share, greatest(shared.from_on, assigned.from_on) AS from_on,
               least(shared.until, assigned.until) AS until
        FROM shared
        JOIN assigned ON assigned.project_id = shared.project_id AND assigned.unit_id <> shared.unit_id
             AND (shared.until IS NULL OR shared.until > assigned.from_on)
             AND (assigned.until IS NULL OR assigned.until > shared.from_on)
        WHERE share > 0
    ),
    given_away AS ({_spells("given", "array_agg(its.share) FILTER (WHERE its.share > 0) AS others")}),
    held AS (
        SELECT project_id, unit_id, from_on, until, true AS is_own, NULL::numeric AS share FROM assigned
        UNION ALL SELECT project_id, unit_id, from_on, until, false, share FROM given
    ),
    -- The accepted lines of these projects.
    said AS (
        SELECT line.project_id * 1000000 + line.quarter_id AS its_quarter, line.id AS line_id, line.flow, line.stage,
               line.started_on, report.reviewed_at
        FROM its
        JOIN projects_reportline line USING (project_id)
        JOIN projects_report report ON report.id = line.report_id AND report.state = 'accepted'
    ),
    passed AS (
        SELECT id AS quarter_id, year, number, year * 10 + number AS step, {LAST_DAY} AS last_day
        FROM portal_quarter quarter WHERE year * 10 + number <= (SELECT max(year * 10 + number) FROM due)
    ),
    -- Every project in every quarter up to the last one asked about; should two units have reported a quarter of one,
    -- the last accepted, and of one moment the newer line. By its place and not by DISTINCT, of which PostgreSQL would
    -- expect 600 rows, however many projects.
    walked AS (
        SELECT *
        FROM (SELECT project_id, its_year, quarter_id, year, number, step, last_day, line_id, flow, stage, started_on,
                     line_id IS NULL AND planned_on <= last_day AND assigned_on <= last_day AS has_no_line,
                     row_number() OVER (PARTITION BY project_id, year, step
                                        ORDER BY reviewed_at DESC, line_id DESC) AS place
              FROM (SELECT *, project_id * 1000000 + quarter_id AS its_quarter, project_id * 10000 + year AS its_year
                    FROM its CROSS JOIN passed) step
              JOIN (SELECT project_id, min(from_on) AS assigned_on FROM assigned GROUP BY project_id) first
                   USING (project_id)
              LEFT JOIN (SELECT its_year, min(from_on) AS planned_on FROM plan GROUP BY its_year) planned
                   USING (its_year)
              LEFT JOIN said USING (its_quarter)) line
        WHERE place <= 1
    ),
    -- What had been said by each quarter's end.
    course AS (
        SELECT walked.*, min(step) FILTER (WHERE stage = 'completed') OVER so_far AS completed_in,
               mod(max(step * 10 + {STAGE_NUMBER}) OVER so_far, 10) AS stage_number,
               -- The first line that states the start decides, and so a project that was under way before it came
               -- into the register doesn't count: it is "continuing", with a start in an earlier year.
               min(step * 2 + (stage = 'newly_started' OR started_on IS NULL
                               OR started_on >= make_date(year, 1, 1))::int)
                   FILTER (WHERE stage IN ('newly_started', 'continuing', 'completed', 'suspended')) OVER so_far
                   AS started_in
        FROM walked WINDOW so_far AS (PARTITION BY project_id ORDER BY year, step)
    ),
    owed AS (
        SELECT course.*, completed_in IS NULL OR completed_in >= step AS is_expected,
               COALESCE(started_in / 20 = year AND mod(started_in, 2) = 1, false) AS is_newly_started,
               -- From the first line that says so, until that one is corrected: whatever a later one says, it owes no
               -- line any more once it was completed.
               started_in IS NOT NULL AS is_started, completed_in IS NOT NULL AS is_completed,
               sum(flow) OVER its_year AS year_to_date,
               -- Quarters of the year up to this one that owed a line of this project and have none.
               count(*) FILTER (WHERE has_no_line AND (completed_in IS NULL OR completed_in >= step)) OVER its_year
                   AS missing
        FROM course WINDOW its_year AS (PARTITION BY project_id, year ORDER BY step)
    ),
    judged AS NOT MATERIALIZED (
        SELECT due.unit_id, due.quarter_id, owed.project_id, due.has_report, held.is_own,
               plan.category_id, plan.chain_id, COALESCE(listed.list_set, '') AS list_set,
               plan.start_due_on <= last_day AS due_to_start, plan.finish_due_on <= last_day AS due_to_finish,
               owed.line_id, {STAGE} AS stage, is_started, is_completed,
               is_newly_started, is_expected, missing, valued.total_investment >= 100000 AS is_large,
               COALESCE(share, 1 - (SELECT sum(each) FROM unnest(others) each), 1) AS share,
               {_part("plan.planned")} AS planned,
               CASE owed.number WHEN 1 THEN {_part("plan.cumulative_q1")} WHEN 2 THEN {_part("plan.cumulative_q2")}
                    WHEN 3 THEN {_part("plan.cumulative_q3")} ELSE {_part("plan.planned")} END AS planned_to_date,
               {_part("flow")} AS flow, {_part("year_to_date")} AS year_to_date,
               {_part("valued.total_investment")} AS total_investment,
               {_part("valued.expected_annual_output")} AS expected_annual_output
        FROM owed
        JOIN held ON held.project_id = owed.project_id AND {_holds("held", "last_day")}
        JOIN due ON due.its_report = held.unit_id * 1000000 + owed.quarter_id
        JOIN plan ON plan.its_year = owed.its_year AND {_holds("plan", "last_day")}
        LEFT JOIN listed ON listed.project_id = owed.project_id AND {_holds("listed", "last_day")}
        LEFT JOIN valued ON valued.project_id = owed.project_id AND {_holds("valued", "last_day")}
        LEFT JOIN given_away ON given_away.project_id = owed.project_id AND {_holds("given_away", "last_day")}
    ),
    fact AS (
        SELECT judged.*,
               -- The unit's own report, and of what it shares those of the units that answer for it.
               (has_report OR NOT bool_or(is_own AND is_expected) OVER its_unit)
                   AND bool_and(is_own OR line_id IS NOT NULL OR NOT is_expected) OVER its_unit AS is_reported,
               sum(missing) OVER its_unit = 0 AS has_no_gap
        FROM judged WINDOW its_unit AS (PARTITION BY unit_id, quarter_id)
    )
"""

# Money is what counts for the unit; everything else counts where the unit answers for the project. Whether the unit has
# reported is asked of sums, of which there are fewer than facts: the same as `fact` says.
CELL = """
    SELECT grain, unit_id, quarter_id, list_set, category_id, chain_id, lines_expected, lines_reported, is_reported,
           is_reported AND has_no_gap AS is_covered,
           CASE WHEN is_reported THEN COALESCE(flow, 0) END AS flow,
           CASE WHEN is_reported AND has_no_gap THEN COALESCE(year_to_date, 0) END AS year_to_date,
           CASE WHEN is_reported AND has_no_gap THEN started END AS started,
           CASE WHEN is_reported AND has_no_gap THEN newly_started END AS newly_started,
           CASE WHEN is_reported AND has_no_gap THEN completed END AS completed,
           CASE WHEN is_reported AND has_no_gap THEN due_started END AS due_started,
           CASE WHEN is_reported AND has_no_gap THEN COALESCE(completed_output, 0) END AS completed_output,
           projects, planned, planned_to_date, due_to_start, due_to_finish, large, total_investment, expected_output
    FROM (
        SELECT *, max(missing) OVER its_unit = 0 AS has_no_gap,
               (has_report OR NOT bool_or(owes) OVER its_unit) AND bool_and(others_said) OVER its_unit AS is_reported
        FROM (
            SELECT CASE WHEN GROUPING(chain_id) = 0 THEN 'chain' WHEN GROUPING(category_id) = 0 THEN 'class'
                        ELSE 'unit' END AS grain,
                   unit_id, quarter_id, COALESCE(list_set, '') AS list_set, category_id, chain_id,
                   bool_and(has_report) AS has_report, bool_or(is_own AND is_expected) AS owes,
                   bool_and(is_own OR line_id IS NOT NULL OR NOT is_expected) AS others_said, max(missing) AS missing,
                   count(*) FILTER (WHERE is_own AND is_expected) AS lines_expected,
                   count(*) FILTER (WHERE is_own AND is_expected AND line_id IS NOT NULL) AS lines_reported,
                   sum(flow) AS flow, sum(year_to_date) AS year_to_date,
                   count(*) FILTER (WHERE is_own AND is_started) AS started,
                   count(*) FILTER (WHERE is_own AND is_newly_started) AS newly_started,
                   count(*) FILTER (WHERE is_own AND is_completed) AS completed,
                   count(*) FILTER (WHERE is_own AND due_to_start AND is_started) AS due_started,
                   sum(expected_annual_output) FILTER (WHERE is_completed) AS completed_output,
                   count(*) FILTER (WHERE is_own) AS projects,
                   sum(planned) AS planned,
                   CASE WHEN count(planned_to_date) = count(*) THEN sum(planned_to_date) END AS planned_to_date,
                   count(*) FILTER (WHERE is_own AND due_to_start) AS due_to_start,
                   count(*) FILTER (WHERE is_own AND due_to_finish) AS due_to_finish,
                   count(*) FILTER (WHERE is_own AND is_large) AS large,
                   COALESCE(sum(total_investment), 0) AS total_investment,
                   COALESCE(sum(expected_annual_output), 0) AS expected_output
            FROM judged
            GROUP BY GROUPING SETS ((unit_id, quarter_id), (unit_id, quarter_id, list_set, category_id),
                                    (unit_id, quarter_id, chain_id))
            HAVING GROUPING(chain_id) = 1 OR chain_id IS NOT NULL
        ) added WINDOW its_unit AS (PARTITION BY unit_id, quarter_id)
    ) cell
"""
COLUMNS = """grain, unit_id, quarter_id, list_set, category_id, chain_id, lines_expected, lines_reported, is_reported,
    is_covered, flow, year_to_date, started, newly_started, completed, due_started, completed_output, projects, planned,
    planned_to_date, due_to_start, due_to_finish, large, total_investment, expected_output"""

GIVEN = "SELECT * FROM unnest(%(units)s::bigint[], %(quarters)s::bigint[]) AS given (unit_id, quarter_id)"
FORGET = """
    DELETE FROM projects_cell USING unnest(%(units)s::bigint[], %(quarters)s::bigint[]) AS given (unit_id, quarter_id)
    WHERE projects_cell.unit_id = given.unit_id AND projects_cell.quarter_id = given.quarter_id
"""
FILL = f"""
    WITH target AS ({GIVEN}), {FACT}
    INSERT INTO projects_cell ({COLUMNS}, year, computed_at)
    SELECT {COLUMNS}, its.year, %(at)s::timestamptz
    FROM ({CELL}) cell JOIN (SELECT id AS quarter_id, year FROM portal_quarter) its USING (quarter_id)
    -- As the pages read them, and the indexes lie.
    ORDER BY grain, quarter_id, unit_id
"""
# Cells and marks commit together: a commit that a crash of the server loses leaves the marks, and so loses no work. The
# guesses of what so long a statement costs are far above what it does cost, and would have it compiled each time.
SETTINGS = {"synchronous_commit": "off", "jit": "off"}
# Transactions of this database that have appended marks and not ended yet.
UNDER_WAY = """
    SELECT array_agg(it.transactionid::text::bigint) AS transactions
    FROM pg_locks appends JOIN pg_locks it USING (virtualtransaction)
    WHERE appends.locktype = 'relation' AND appends.relation = 'projects_mark'::regclass
      AND appends.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND appends.mode = 'RowExclusiveLock' AND appends.pid <> pg_backend_pid()
      AND it.locktype = 'transactionid' AND it.mode = 'ExclusiveLock'
"""
# As many units' quarters as make about half a million facts, from how many projects a unit has on average: what a batch
# costs whatever its size then counts for little, and it doesn't outgrow the memory that a sort has.
BATCH = """
    SELECT greatest(1000, 500000 / greatest(1, projects.reltuples / greatest(1, units.reltuples)))::bigint
    FROM pg_class projects, pg_class units
    WHERE projects.oid = 'projects_project'::regclass AND units.oid = 'portal_unit'::regclass
"""
RIPE = """(after IS NULL OR NOT EXISTS (
    SELECT FROM pg_locks WHERE locktype = 'transactionid' AND transactionid::text::bigint = ANY (after)))"""
# Units fall into shares, each with a lock that one drainer at a time holds: so several work at once, never at a unit.
# The share that is ours from now on, null where no mark is to be taken or others are at work at all that are.
DRAINER = 0x636F6E63
SHARES = 2  # each costs a batch what it costs whatever its size; a host has as many workers
BEGIN = f"""
    SELECT (SELECT share FROM (SELECT share FROM generate_series(0, {SHARES - 1}) AS share
                               WHERE EXISTS (SELECT FROM projects_mark WHERE unit_id % {SHARES} = share AND {RIPE})
                               OFFSET 0) waiting
            WHERE pg_try_advisory_xact_lock({DRAINER}, share) LIMIT 1),
           {", ".join(f"set_config('{name}', '{value}', true)" for name, value in SETTINGS.items())}
"""
# A change under way didn't see to which unit its project passes, and has marked other units: those marked for the
# passing are looked at again when it has ended (Mark).
TAKE_MARKS = f"""
    WITH taken AS (
        DELETE FROM projects_mark WHERE id IN (
            SELECT id FROM projects_mark WHERE unit_id %% {SHARES} = %(share)s AND {RIPE} ORDER BY id LIMIT ({BATCH}))
        RETURNING unit_id, quarter_id, passes_on
    ),
    again AS (
        INSERT INTO projects_mark (unit_id, quarter_id, after)
        SELECT DISTINCT unit_id, quarter_id, transactions
        FROM taken CROSS JOIN ({UNDER_WAY}) under_way WHERE passes_on AND transactions IS NOT NULL
    )
    SELECT DISTINCT unit_id, quarter_id FROM taken ORDER BY unit_id, quarter_id
"""


PAIRS = {"units": "bigint[]", "quarters": "bigint[]"}
TAKE = Kept(TAKE_MARKS, share="integer")
FORGET_FEW = Kept(FORGET, **PAIRS)
# What is asked of each key is true; it has PostgreSQL expect one where it would expect ten, and look up the reports of
# a unit's lines where it would read those of a country.
FILL_FEW = Kept(FILL.replace(GIVEN, f"{GIVEN} WHERE unit_id > 0 AND quarter_id > 0"), **PAIRS, at="timestamptz")
# A unit's quarters one after the other: they rest on the same lines, and so a batch reads these once.
MARK_ALL = """
    INSERT INTO projects_mark (unit_id, quarter_id)
    SELECT unit.id, quarter.id FROM portal_unit unit CROSS JOIN portal_quarter quarter
    WHERE %(quarter)s::bigint IS NULL OR quarter.id = %(quarter)s
    ORDER BY unit.id, quarter.year, quarter.number
"""
FEW = 16  # units' quarters that are computed by the plan kept


def drain(*, at: datetime) -> int:
    """Recompute what is marked until no mark is left to take; returns how many units' quarters were recomputed.

    Returns at once where another drainer is at work: it looks once more after its commit (figures.md, Recomputing).
    """
    done = 0
    while (recomputed := _drain_a_batch(at=at)) is not None:
        done += recomputed
    return done


def _drain_a_batch(*, at: datetime) -> int | None:
    """Null where nothing is to be taken or another is at work; 0 where another was first, and it is looked again."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(BEGIN)
        share, *_settings = cursor.fetchone()
        if share is None:
            return None
        TAKE.run(cursor, {"share": share})
        return _recompute(cursor, cursor.fetchall(), at=at)


def _recompute(cursor: Any, pairs: Sequence[tuple[int, int]], *, at: datetime) -> int:
    # Deleting first: an upsert would leave the figures of a cell whose last project has left.
    given = {"units": [unit for unit, _ in pairs], "quarters": [quarter for _, quarter in pairs], "at": at}
    if len(pairs) > FEW:
        cursor.execute(FORGET, given)
        cursor.execute(FILL, given)
    else:
        FORGET_FEW.run(cursor, given)
        FILL_FEW.run(cursor, given)
    return len(pairs)


def is_moving(units: "QuerySet[Unit]", quarter: Quarter) -> bool:
    """Whether something is still to be recomputed that figures of the quarter show, or are compared with.

    Or may be to be: somebody who has changed a figure, whichever, hasn't ended yet.
    """
    years = (quarter.year - 1, quarter.year)
    marks = Mark.objects.filter(unit__in=units, quarter__year__in=years, quarter__number__lte=quarter.number)
    if marks.exists():
        return True
    with connection.cursor() as cursor:
        cursor.execute(UNDER_WAY)
        return bool(cursor.fetchone()[0])


def rebuild(*, at: datetime, quarter: Quarter | None = None) -> int:
    """Recompute every cell, or those of one quarter; returns how many units' quarters that were.

    By a session for each share of the units.
    """
    with connection.cursor() as cursor:
        cursor.execute(MARK_ALL, {"quarter": quarter.pk if quarter else None})
    if connection.in_atomic_block:  # nobody else sees the marks
        return drain(at=at)
    with ThreadPoolExecutor(SHARES) as pool:
        return sum(pool.map(lambda _share: _drain_beside(at=at), range(SHARES)))


def _drain_beside(*, at: datetime) -> int:
    """In a session of its own."""
    try:
        return drain(at=at)
    finally:
        connection.close()

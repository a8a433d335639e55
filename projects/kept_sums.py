"""Keeps the sums up the tree: after a change only the changed units and those above them are added up again.

A unit is the sum of its own cells and of what is kept for the units right below it, so a change costs the units beside
it and above it, and not the country. Triggers leave a ChangedUnit with every cell that is written. Who writes reports
waits for none of this: the worker makes the sums after it has made the cells, and who reads them earlier makes them
for themselves. One at a time makes a quarter's, under a lock, so each writes what is newer than what stands there.

A kept sum is what `Standings` adds up cell by cell (tests compare). Money in 万元; null is "not reported", 0 is 0.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import transaction

from portal import alone
from portal.kept_plans import Kept
from portal.models import Quarter
from portal.replicas import connection
from projects import reshaping
from projects.models.kept_sum import ITSELF
from projects.reshaping import FRESH_NOW, KIN, PARTS, STRUCTURE
from projects.sums import BEFORE, NEW


class Sum(NamedTuple):
    """A row that is kept; projects/models/kept_sum.py says what it means."""

    unit_id: int
    part: str
    heir_id: int | None
    family: int | None
    members: int
    is_known: bool | None
    was_known: bool | None
    year_to_date: Decimal | None
    planned_covered: Decimal
    planned: Decimal
    owing: int
    reported: int
    now: Decimal
    before: Decimal
    is_new: bool
    projects_now: int
    projects_before: int
    units_now: int
    units_before: int
    projects: int
    large: int
    total_investment: Decimal
    expected_output: Decimal
    started: int | None
    completed: int | None
    completed_output: Decimal | None
    due_to_start: int | None
    due_started: int | None
    flow: Decimal | None
    computed_at: datetime | None


ROW = ", ".join(Sum._fields)
# Whether the sums that are kept of a quarter are those of its cells.
CURRENT = f"""
    NOT EXISTS (SELECT FROM projects_changedunit WHERE quarter_id = %(quarter)s)
    AND EXISTS (SELECT FROM projects_keptquarter WHERE quarter_id = %(quarter)s AND structure = {STRUCTURE})
"""
# Sets of lists of a tier that the register held nothing of a year before.
FRESH = "(SELECT fresh FROM projects_keptquarter WHERE quarter_id = %(quarter)s)::text[]"
# Each unit that is asked for (key) with itself and what is right below it; and with what is below that, down to units
# whose sums are kept and stay.
HAS_PARTS = "EXISTS (SELECT FROM portal_unit child WHERE child.parent_id = its.id)"
NODES = f"SELECT id AS key, {HAS_PARTS} AS has_parts FROM unnest(%(nodes)s::bigint[]) its (id)"
BELOW = f"""
    node AS MATERIALIZED ({NODES}),
    below (key, unit_id, has_parts, is_kept) AS (
        SELECT key, key, has_parts, false FROM node
        UNION
        SELECT below.key, child.id, below.has_parts,
               child.id NOT IN (SELECT key FROM node)
               AND EXISTS (SELECT FROM portal_unit lower WHERE lower.parent_id = child.id)
        FROM below JOIN portal_unit child ON child.parent_id = below.unit_id
        WHERE NOT below.is_kept
    )
"""
# Units whose own cells are read, with those of a year before. `counts`: in growth; of a family, if it is compared.
OWN = f"""
    own AS MATERIALIZED (
        SELECT unit.unit_id, kin.heir_id, (SELECT count(*) FROM kin its WHERE its.heir_id = kin.heir_id) AS family,
               now.projects, now.planned, now.large, now.total_investment, now.expected_output, now.year_to_date,
               now.started, now.completed, now.completed_output, now.due_to_start, now.due_started, now.flow,
               now.lines_expected > 0 AS is_owing, now.is_covered, now.computed_at,
               before.year_to_date AS year_to_date_before, before.projects AS projects_before,
               kin.heir_id IS NOT NULL OR now.year_to_date IS NOT NULL AND before.year_to_date IS NOT NULL AS counts,
               CASE WHEN now.id IS NOT NULL THEN now.year_to_date IS NOT NULL END AS is_known,
               CASE WHEN before.id IS NOT NULL THEN before.year_to_date IS NOT NULL END AS was_known,
               CASE WHEN cardinality({FRESH}) > 0 THEN EXISTS (
                   SELECT FROM projects_cell cell
                   WHERE cell.unit_id = unit.unit_id AND cell.quarter_id = %(quarter)s AND cell.year = %(year)s
                     AND cell.grain = 'class' AND cell.list_set = ANY ({FRESH})) ELSE false END AS is_new
        FROM (SELECT DISTINCT unit_id FROM below WHERE NOT is_kept) unit
        LEFT JOIN projects_cell now ON now.unit_id = unit.unit_id AND now.grain = 'unit'
             AND now.quarter_id = %(quarter)s AND now.year = %(year)s
        LEFT JOIN (SELECT * FROM projects_cell WHERE grain = 'unit' AND {BEFORE}) before
             ON before.unit_id = unit.unit_id
        LEFT JOIN kin ON kin.unit_id = unit.unit_id
    )
"""
# The cells of these units by the keys that there are, which are few, and by the parts that take each key.
CELLS = f"""
    cell AS MATERIALIZED (
        SELECT its.*, own.heir_id, own.family, own.counts,
               concat_ws('|', grain, list_set, COALESCE(category_id, 0), COALESCE(chain_id, 0)) AS name
        FROM own JOIN (SELECT DISTINCT unit_id FROM below WHERE has_parts AND NOT is_kept) unit USING (unit_id)
        JOIN LATERAL (
            SELECT true AS is_now, cell.* FROM projects_cell cell
            WHERE cell.unit_id = own.unit_id AND quarter_id = %(quarter)s AND year = %(year)s AND grain <> 'unit'
            UNION ALL
            SELECT false, cell.* FROM projects_cell cell
            WHERE cell.unit_id = own.unit_id AND {BEFORE} AND grain <> 'unit'
        ) its ON true
    ),
    taken AS MATERIALIZED (
        SELECT name, part
        FROM (SELECT DISTINCT name, grain, string_to_array(list_set, ',') AS its_lists, category_id, chain_id
              FROM cell) key
        JOIN part ON CASE WHEN part.chain IS NOT NULL THEN grain = 'chain' AND chain_id = part.chain
                          ELSE grain = 'class' AND (part.category IS NULL OR category_id = part.category)
                               AND (part.lists IS NULL OR its_lists && part.lists) END
    )
"""
# What is summed: of the whole of a unit, and of its cells in a part, among which it counts once.
NOT_NULL = ("planned", "projects", "large", "total_investment", "expected_output")
REPORTED = ("year_to_date", "started", "completed", "completed_output", "due_started", "flow")
OF_WHOLE = {
    "members": "1",
    "is_known": "is_known",
    "was_known": "was_known",
    **{name: f"COALESCE({name}, 0)" for name in NOT_NULL},
    **{name: name for name in REPORTED},
    "due_to_start": "CASE WHEN is_covered THEN due_to_start END",
    "planned_covered": "CASE WHEN is_covered THEN planned ELSE 0 END",
    "owing": "CASE WHEN is_owing THEN 1 ELSE 0 END",
    "reported": "CASE WHEN is_owing AND is_covered THEN 1 ELSE 0 END",
    "now": "CASE WHEN counts THEN COALESCE(year_to_date, 0) ELSE 0 END",
    "before": "CASE WHEN counts THEN COALESCE(year_to_date_before, 0) ELSE 0 END",
    "projects_now": "CASE WHEN counts THEN COALESCE(projects, 0) ELSE 0 END",
    "projects_before": "CASE WHEN counts THEN COALESCE(projects_before, 0) ELSE 0 END",
    "units_now": "CASE WHEN counts AND projects IS NOT NULL THEN 1 ELSE 0 END",
    "units_before": "CASE WHEN counts AND projects_before IS NOT NULL THEN 1 ELSE 0 END",
    "is_new": "counts AND is_new",
    "computed_at": "computed_at",
}
OF_PART = {
    "members": "0",
    "is_known": "NULL::boolean",
    "was_known": "NULL::boolean",
    **{name: f"COALESCE(sum({name}) FILTER (WHERE is_now), 0)" for name in NOT_NULL},
    **{name: f"sum({name}) FILTER (WHERE is_now)" for name in REPORTED},
    "due_to_start": "sum(due_to_start) FILTER (WHERE is_now AND is_covered)",
    "planned_covered": "COALESCE(sum(planned) FILTER (WHERE is_now AND is_covered), 0)",
    "owing": "COALESCE(bool_or(lines_expected > 0) FILTER (WHERE is_now), false)::int",
    "reported": "COALESCE(bool_or(lines_expected > 0 AND is_covered) FILTER (WHERE is_now), false)::int",
    "now": "COALESCE(sum(year_to_date) FILTER (WHERE is_now AND counts), 0)",
    "before": "COALESCE(sum(year_to_date) FILTER (WHERE NOT is_now AND counts), 0)",
    "projects_now": "COALESCE(sum(projects) FILTER (WHERE is_now AND counts), 0)",
    "projects_before": "COALESCE(sum(projects) FILTER (WHERE NOT is_now AND counts), 0)",
    "units_now": "0",
    "units_before": "0",
    "is_new": f"COALESCE(bool_or(projects > 0 AND list_set = ANY ({FRESH})) FILTER (WHERE is_now AND counts), false)",
    "computed_at": "max(computed_at) FILTER (WHERE is_now)",
}
ADDED = {"is_known": "bool_and", "was_known": "bool_and", "is_new": "bool_or", "computed_at": "max"}
COLUMNS = tuple(OF_WHOLE)


def _as_columns(made: dict[str, str]) -> str:
    return ", ".join(f"{made[name]} AS {name}" for name in COLUMNS)


def _type(name: str) -> str:
    """Numbers of things add up to whole numbers."""
    return "" if name in ADDED or "Decimal" in str(Sum.__annotations__[name]) else "::bigint"


ENTRIES = f"""
    of_whole AS MATERIALIZED (SELECT unit_id, heir_id, family, {_as_columns(OF_WHOLE)} FROM own),
    of_part AS MATERIALIZED (
        SELECT unit_id, part, heir_id, family, {_as_columns(OF_PART)} FROM cell JOIN taken USING (name)
        GROUP BY unit_id, part, heir_id, family
    ),
    entry AS (
        SELECT key, '' AS part, its.* FROM below JOIN of_whole its USING (unit_id) WHERE NOT is_kept
        UNION ALL
        SELECT key, '{ITSELF}', its.* FROM node JOIN of_whole its ON its.unit_id = key WHERE has_parts
        UNION ALL
        SELECT key, part, unit_id, heir_id, family, {", ".join(COLUMNS)}
        FROM below JOIN of_part its USING (unit_id) WHERE has_parts AND NOT is_kept
        UNION ALL
        SELECT key, part, unit_id, heir_id, family, {", ".join(f"its.{name}" for name in COLUMNS)}
        FROM below JOIN (
            SELECT * FROM projects_keptsum kept
            WHERE kept.quarter_id = %(quarter)s AND kept.part <> '{ITSELF}'
              AND kept.unit_id = ANY (ARRAY(SELECT unit_id FROM below WHERE is_kept))
        ) its USING (unit_id)
        WHERE is_kept
    )
"""
SUMMED = f"""
    summed AS (
        SELECT key AS unit_id, part, heir_id, max(family) AS family,
               {", ".join(f"{ADDED.get(name, 'sum')}({name}){_type(name)} AS {name}" for name in COLUMNS)}
        FROM entry GROUP BY key, part, heir_id
    )
"""
STATED = f"WITH RECURSIVE {BELOW}, {KIN}, {OWN}, {PARTS}, {CELLS}, {ENTRIES}, {SUMMED}"
# A unit that has moved since the shape was noted, and may move back, stands in some of the sums only: then their shape
# isn't known, and all are made again.
UNSETTLED = f"UPDATE projects_keptquarter SET units = NULL WHERE quarter_id = %(quarter)s AND structure <> {STRUCTURE}"
MAKE = f"""
    {STATED}, unsettled AS ({UNSETTLED})
    INSERT INTO projects_keptsum (quarter_id, {ROW}) SELECT %(quarter)s, {ROW} FROM summed
"""
# The parts of units that none are kept of.
PART = f"{STATED} SELECT {ROW} FROM summed WHERE part NOT IN ('', '{ITSELF}')".replace(HAS_PARTS, "true")
# Changed units and all above them.
STALE = """
    stale (unit_id) AS (
        SELECT unit_id FROM {changed}
        UNION SELECT unit.parent_id FROM stale JOIN portal_unit unit ON unit.id = stale.unit_id
        WHERE unit.parent_id IS NOT NULL
    )
"""
# What has changed since the sums were made, and all above it, null for all; and whether the tree, the lists and what is
# new among them are those that the sums were made of, null where none are kept.
TAKE = f"""
    WITH RECURSIVE gone AS (DELETE FROM projects_changedunit WHERE quarter_id = %(quarter)s RETURNING unit_id),
    {STALE.format(changed="gone")},
    {NEW}
    SELECT CASE WHEN NOT EXISTS (SELECT FROM gone WHERE unit_id IS NULL) THEN ARRAY(SELECT unit_id FROM stale) END,
           (SELECT structure = {STRUCTURE} AND fresh = {FRESH_NOW}::text
            FROM projects_keptquarter WHERE quarter_id = %(quarter)s)
"""
# Planning these takes longer than adding up a few units.
TYPES = {
    "quarter": "bigint",
    "year": "int",
    "number": "int",
    "ended_from": "date",
    "ended_before": "date",
    "nodes": "bigint[]",
}


def about_quarter(statement: str) -> Kept:
    return Kept(statement, **{name: kind for name, kind in TYPES.items() if f"%({name})s" in statement})


MAKING, TAKING, PARTING = map(about_quarter, (MAKE, TAKE, PART))
CHANGED = "SELECT * FROM portal_quarter WHERE id IN (SELECT quarter_id FROM projects_changedunit) ORDER BY id DESC"
MAKER = 0x6B657074  # with the quarter, the advisory lock that one maker of sums at a time holds
# Whoever loses what was kept makes it again: where the transaction holds nothing else, its commit needn't wait for the
# disk. For any number of units PostgreSQL expects a million rows, and would sort where a thousand are looked up.
BEGIN = f"""
    SELECT CASE WHEN %(is_alone)s THEN set_config('synchronous_commit', 'off', true) END,
           set_config('jit', 'off', true), set_config('enable_sort', 'off', true),
           set_config('enable_mergejoin', 'off', true), pg_advisory_xact_lock({MAKER}, %(quarter)s::int)
"""
FORGET_QUARTER = "DELETE FROM projects_keptquarter WHERE quarter_id = %(quarter)s"
# Whether others are writing cells who have not ended yet: they may not have seen this quarter, and name it in no
# ChangedUnit, though theirs are the cells of the year before.
UNSEEN = """
    SELECT EXISTS (
        SELECT FROM pg_locks
        WHERE locktype = 'relation' AND relation = 'projects_cell'::regclass AND mode = 'RowExclusiveLock'
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND pid <> pg_backend_pid())
"""
FORGET_ALL = "DELETE FROM projects_keptsum WHERE quarter_id = %(quarter)s"


def topic(quarter: Quarter) -> str:
    """The cells of a quarter, and their sums, as the triggers name them."""
    return f"cells:{quarter.label}"


def topics(quarter: Quarter) -> set[str]:
    """The cells that figures of a quarter are made of: its own and those of a year before."""
    return {topic(quarter), topic(Quarter(year=quarter.year - 1, number=quarter.number))}


def given(quarter: Quarter) -> dict[str, Any]:
    """What the statements about a quarter are given."""
    return {
        "quarter": quarter.pk,
        "year": quarter.year,
        "number": quarter.number,
        "ended_from": Quarter(year=quarter.year - 1, number=quarter.number).ends_on,
        "ended_before": quarter.ends_on,
    }


def make(quarter: Quarter) -> None:
    """Make right what is kept of the quarter, in the transaction of whoever asks, which reads the primary.

    They may be about to publish what they read, and what they are told is done outlasts a crash.
    """
    values = given(quarter)
    with connection.cursor() as cursor:
        cursor.execute(BEGIN, values | {"is_alone": not connection.savepoint_ids})
        # Asked before anything is summed: what is kept is at least as new as it says.
        TAKING.run(cursor, values)
        stale, is_its_shape = cursor.fetchone()
        if is_its_shape and stale is not None:
            make_again(cursor, values, [stale] if stale else [])
        else:
            _reshape(cursor, values, stale)


def _reshape(cursor: Any, values: dict[str, Any], stale: Collection[int] | None) -> None:
    """What is stale, and what the changes of the tree and of the lists concern; null for all."""
    before, shape = reshaping.noted(cursor, values)
    every = levels(shape.parents)
    if before is None or before.year_before != shape.year_before:
        _make_first(cursor, values, every)
        return
    if stale is None:
        cursor.execute(FORGET_ALL, values)
        make_again(cursor, values, every)
        return
    reshaping.take_over(cursor, values, before, shape)
    concerned = shape.up_from({*stale, *reshaping.concerned(cursor, values, before, shape)})
    its_levels = ([unit for unit in level if unit in concerned] for level in every)
    make_again(cursor, values, filter(None, its_levels))


def _make_first(cursor: Any, values: dict[str, Any], every: Iterable[list[int]]) -> None:
    """All sums of a quarter that may have just joined, or come to stand beside another year before.

    They are kept only where nobody was writing cells when it began: else whoever asks next makes them once more.
    """
    cursor.execute(UNSEEN)
    (is_unseen,) = cursor.fetchone()
    cursor.execute(FORGET_ALL, values)
    make_again(cursor, values, every)
    if is_unseen:
        cursor.execute(FORGET_QUARTER, values)


def make_again(cursor: Any, values: dict[str, Any], levels: Iterable[list[int]]) -> None:
    """From the lowest units up, so that each cell is read for its own unit and the one right above."""
    for nodes in levels:
        cursor.execute(reshaping.FORGET, values | {"nodes": nodes})
        MAKING.run(cursor, values | {"nodes": nodes})


def levels(parents: Mapping[int, int | None]) -> list[list[int]]:
    """The units of each level, the lowest first; those that nothing lies below are a level of their own."""
    children: defaultdict[int | None, list[int]] = defaultdict(list)
    for unit, parent in parents.items():
        children[parent].append(unit)
    found: list[list[int]] = []
    level = children[None]
    while level:
        found.append([unit for unit in level if unit in children])
        level = [child for unit in level for child in children.get(unit, ())]
    leaves = [unit for unit in parents if unit not in children]
    return [each for each in (leaves, *reversed(found)) if each]


def make_changed() -> int:
    """Make right what is kept of every quarter whose cells have been written since; returns how many were made.

    Quarters that another makes at this moment are left to it: it looks once more afterwards.
    """
    done = 0
    while made := _make_each(CHANGED, is_patient=False):
        done += made
    return done


def make_outdated() -> int:
    """Make right what is kept of every quarter, where units have moved or lists have changed since."""
    return _make_each(
        f"""
        SELECT * FROM portal_quarter
        WHERE id IN (SELECT quarter_id FROM projects_keptquarter WHERE structure <> {STRUCTURE}) ORDER BY id DESC
        """
    )


def _make_each(statement: str, *, is_patient: bool = True) -> int:
    done = 0
    for quarter in Quarter.objects.raw(statement):
        with transaction.atomic():
            if not is_patient and not alone.is_held(MAKER, quarter.pk):
                continue
            make(quarter)
        done += 1
    return done


def forget(quarter: Quarter) -> None:
    """Have what is kept of the quarter made anew by whoever asks next."""
    with connection.cursor() as cursor:
        cursor.execute(FORGET_QUARTER, given(quarter))

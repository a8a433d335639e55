"""The audit of the rollups: every cell and every kept sum beside a recompute; what differs is repaired, with an alarm.

`manage.py rollup --verify` and beat ask, each night. Something differs where a trigger was evaded, or a statement is
wrong.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from django.db import connection, transaction

from portal.models import Quarter, Unit, change
from projects import kept_sums, reshaping, rollups
from projects.models import KeptQuarter, Mark, RollupAlarm

KEY = """concat_ws('|', unit_id, quarter_id, grain, list_set, COALESCE(category_id, 0), COALESCE(chain_id, 0)) AS key"""
PARTS = ("grain", "list_set", "category_id", "chain_id", "part", "heir_id")
OF_KEY = {"key", "unit_id", "quarter_id", *PARTS}  # which cell or sum it is; everything else that is kept is a figure
KEY_OF_SUM = "concat_ws('|', unit_id, part, COALESCE(heir_id, 0)) AS key"
# A batch of units is one statement and one snapshot: a change and its mark commit together, so whatever has no mark
# waiting must be equal.
COMPARE = f"""
    WITH target AS (
        SELECT unit.id AS unit_id, quarter.id AS quarter_id
        FROM portal_unit unit CROSS JOIN portal_quarter quarter
        WHERE unit.id = ANY (%(units)s) AND (%(quarter)s::bigint IS NULL OR quarter.id = %(quarter)s)
        -- Not by NOT EXISTS: PostgreSQL may have seen marks of everything, in a rebuild, and expect no row to be left.
        EXCEPT SELECT unit_id, quarter_id FROM projects_mark
    ), {rollups.FACT},
    -- Of the year in whose partition it lies: in another one than its quarter's a cell is wrong, whatever it holds.
    expected AS (
        SELECT {rollups.COLUMNS}, its.year
        FROM ({rollups.CELL}) cell JOIN (SELECT id AS quarter_id, year FROM portal_quarter) its USING (quarter_id)
    ),
    found AS (SELECT {rollups.COLUMNS}, year FROM projects_cell JOIN target USING (unit_id, quarter_id)),
    wrong AS (SELECT {KEY}, * FROM (SELECT * FROM found EXCEPT SELECT * FROM expected) cell),
    missed AS (SELECT {KEY}, * FROM (SELECT * FROM expected EXCEPT SELECT * FROM found) cell)
    SELECT COALESCE(wrong.unit_id, missed.unit_id), COALESCE(wrong.quarter_id, missed.quarter_id),
           to_jsonb(wrong), to_jsonb(missed)
    FROM wrong FULL JOIN missed USING (key)
    ORDER BY 2, 1, key
"""

# All units, so many to an array that a batch holds as much as a drainer's: a quarter rests on the lines of all before.
UNITS = f"""
    SELECT array_agg(id ORDER BY id)
    FROM (SELECT id, (row_number() OVER (ORDER BY id) - 1)
                     / greatest(1, ({rollups.BATCH}) / greatest(1, (SELECT count(*) FROM portal_quarter))) AS batch
          FROM portal_unit) unit
    GROUP BY batch ORDER BY batch
"""
# Sums that are kept of some units beside those of their cells, and of what is kept for the units right below them. One
# snapshot, too: what waits to be added up again may differ.
COMPARE_SUMS = kept_sums.about_quarter(f"""
    {kept_sums.STATED},
    {kept_sums.STALE.format(changed="projects_changedunit WHERE quarter_id = %(quarter)s")},
    expected AS (SELECT %(quarter)s AS quarter_id, {kept_sums.ROW} FROM summed),
    found AS (
        SELECT quarter_id, {kept_sums.ROW} FROM projects_keptsum
        WHERE quarter_id = %(quarter)s AND unit_id = ANY (%(nodes)s::bigint[])
    ),
    wrong AS (SELECT {KEY_OF_SUM}, * FROM (SELECT * FROM found EXCEPT ALL SELECT * FROM expected) kept),
    missed AS (SELECT {KEY_OF_SUM}, * FROM (SELECT * FROM expected EXCEPT ALL SELECT * FROM found) kept)
    SELECT COALESCE(wrong.unit_id, missed.unit_id), %(quarter)s, to_jsonb(wrong) - 'key', to_jsonb(missed) - 'key'
    FROM wrong FULL JOIN missed USING (key)
    WHERE NOT EXISTS (SELECT FROM stale WHERE COALESCE(unit_id, wrong.unit_id, missed.unit_id)
                                              = COALESCE(wrong.unit_id, missed.unit_id))
      AND EXISTS (SELECT FROM projects_keptquarter
                  WHERE quarter_id = %(quarter)s AND structure = {reshaping.STRUCTURE})
    ORDER BY 1, key
""")


@dataclass(frozen=True)
class Difference:
    """A cell that is not what its lines add up to, or a kept sum that isn't what its cells add up to.

    found is null where it is missing, expected where it is too many.
    """

    unit_id: int
    quarter_id: int
    found: dict[str, Any] | None
    expected: dict[str, Any] | None

    @property
    def which(self) -> dict[str, Any]:
        """The cell or sum within its unit's quarter, by the columns of its key that say something."""
        known = self.expected or self.found or {}
        return {name: known[name] for name in PARTS if known.get(name) not in (None, "")}

    @classmethod
    def of(cls, unit_id: int, quarter_id: int, found: str | None, expected: str | None) -> Self:
        """As a statement tells it, in JSON."""
        return cls(unit_id, quarter_id, json.loads(found or "null"), json.loads(expected or "null"))


def differing(found: Mapping[str, Any] | None, expected: Mapping[str, Any] | None) -> dict[str, tuple[Any, Any]]:
    """By column, what was found and what is expected, where the figures of a cell or a sum differ; null for neither."""
    was, right = found or {}, expected or {}
    told = {name: (was.get(name), right.get(name)) for name in right or was if name not in OF_KEY}
    return {name: pair for name, pair in told.items() if pair[0] != pair[1]}


def differences(quarter: Quarter | None = None) -> list[Difference]:
    """Every cell that differs from a recompute; units' quarters with marks waiting are left out."""
    found: list[Difference] = []
    with connection.cursor() as cursor:
        cursor.execute(UNITS)
        for (units,) in cursor.fetchall():
            cursor.execute(COMPARE, {"quarter": quarter.pk if quarter else None, "units": units})
            found += [Difference.of(*row) for row in cursor.fetchall()]
    return sorted(found, key=lambda each: (each.quarter_id, each.unit_id))


def repair(*, at: datetime, quarter: Quarter | None = None) -> list[Difference]:
    """Find what differs, raise an alarm in the admin for each cell and sum, and recompute it; returns what was found.

    First the cells, and once these are right, the sums that are kept of them.
    """
    found = differences(quarter)
    _raise_alarms(found, at=at)
    pairs = {(wrong.unit_id, wrong.quarter_id) for wrong in found}
    Mark.objects.bulk_create([Mark(unit_id=unit, quarter_id=each) for unit, each in sorted(pairs)])
    rollups.drain(at=at)
    kept = Quarter.objects.filter(pk__in=KeptQuarter.objects.values("quarter"))
    for each in kept.filter(pk=quarter.pk) if quarter else kept:
        found += repair_sums(each, at=at)
    return found


def repair_sums(quarter: Quarter, *, at: datetime) -> list[Difference]:
    """The same for what is kept of a quarter, once what waited is added up.

    From the lowest units up: what is compared rests on sums that are right by then.
    """
    found: list[Difference] = []
    values = kept_sums.given(quarter)
    with transaction.atomic(), connection.cursor() as cursor:
        kept_sums.make(quarter)  # nobody else makes any from here on
        for nodes in kept_sums.levels(dict(Unit.objects.values_list("pk", "parent"))):
            COMPARE_SUMS.run(cursor, values | {"nodes": nodes})
            wrong = [Difference.of(*row) for row in cursor.fetchall()]
            if wrong:
                kept_sums.make_again(cursor, values, [sorted({each.unit_id for each in wrong})])
            found += wrong
        _raise_alarms(found, at=at)
        if found:  # no cell has changed, and still another figure is to be shown
            change.tell(kept_sums.topic(quarter))
    return found


def _raise_alarms(found: Iterable[Difference], *, at: datetime) -> None:
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

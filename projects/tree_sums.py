"""Units with everything below them, summed, compared with the year before and ranked by one statement.

It says what `Standings` says of the same units' whole, growth and its reasons included (tests compare), and hands over
a row for each total that is asked for, where `Standings` reads a cell for each unit. `totals` has every figure, `rated`
those of a league table, which are the fewer to hand over for thousands of units. Money in 万元; null is "not reported",
0 is 0.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from decimal import Decimal
from typing import Any, NamedTuple

from portal.models import Quarter
from portal.replicas import connection
from projects.standings import Coverage, Growth, HowMany, Total, completion_rate, growth_rate
from projects.sums import BEFORE, NEW, NOW

# How many are asked for is hidden from PostgreSQL: from that number it would make ready for millions below them.
BELOW = """
    below (key, unit_id, goes_down) AS (
        SELECT * FROM unnest(
            (SELECT %(keys)s::bigint[]), (SELECT %(units)s::bigint[]), (SELECT %(goes_down)s::boolean[]))
        UNION
        SELECT below.key, child.id, true FROM below JOIN portal_unit child ON child.parent_id = below.unit_id
        WHERE below.goes_down
    )
"""
# Units that were merged since the year before, each with the one that answers for it now, and that one with itself.
KIN = """
    ended AS (
        SELECT id, successor_id FROM portal_unit
        WHERE successor_id IS NOT NULL AND valid_until >= %(ended_from)s AND valid_until < %(ended_before)s
    ),
    passed (unit_id, heir_id) AS (
        SELECT id, successor_id FROM ended
        UNION SELECT passed.unit_id, ended.successor_id FROM passed JOIN ended ON ended.id = passed.heir_id
    ),
    kin AS (
        SELECT unit_id, heir_id FROM passed WHERE heir_id NOT IN (SELECT id FROM ended)
        UNION SELECT heir_id, heir_id FROM passed WHERE heir_id NOT IN (SELECT id FROM ended)
    )
"""
# Each unit's own cell beside that of a year before. `is_new`: it has projects of a tier new to the register.
OWN = f"""
    own AS MATERIALIZED (
        SELECT unit_id, now.projects, now.planned, now.large, now.total_investment, now.expected_output,
               now.year_to_date, now.started, now.completed, now.completed_output, now.due_to_start, now.due_started,
               now.flow, now.lines_expected > 0 AS is_owing, now.is_covered, now.computed_at,
               before.year_to_date AS year_to_date_before, before.projects AS projects_before,
               unit_id IN (SELECT unit_id FROM newcomer) AS is_new
        FROM (SELECT * FROM projects_cell WHERE grain = 'unit' AND {NOW}) now
        FULL JOIN (SELECT * FROM projects_cell WHERE grain = 'unit' AND {BEFORE}) before USING (unit_id)
        WHERE unit_id IN (SELECT unit_id FROM below)
    )
"""
# A unit is compared where its report counts in both years; a family as one, over those of its units that have cells,
# and only in a total that has all of it.
COMPARED = """
    family AS (
        SELECT heir_id, count(*) AS members,
               bool_and(year_to_date IS NOT NULL) FILTER (WHERE projects IS NOT NULL) AS is_known,
               bool_and(year_to_date_before IS NOT NULL) FILTER (WHERE projects_before IS NOT NULL) AS was_known
        FROM kin LEFT JOIN own USING (unit_id) GROUP BY heir_id
    ),
    relatives AS (
        SELECT key, heir_id, count(*) = members AS is_whole,
               count(*) = members AND is_known AND was_known AS is_compared
        FROM below JOIN kin USING (unit_id) JOIN family USING (heir_id)
        GROUP BY key, heir_id, members, is_known, was_known
    ),
    counted AS (
        SELECT below.key, own.*,
               CASE WHEN heir_id IS NULL THEN year_to_date IS NOT NULL AND year_to_date_before IS NOT NULL
                    ELSE COALESCE(relatives.is_compared, false) END AS is_compared
        FROM below LEFT JOIN own USING (unit_id)
        LEFT JOIN kin USING (unit_id)
        LEFT JOIN relatives USING (key, heir_id)
    )
"""
# What a league table says of a unit, and what else there is of it.
RATED = {
    "year_to_date": "sum(year_to_date)",
    "planned": "COALESCE(sum(planned), 0)",
    "planned_covered": "COALESCE(sum(planned) FILTER (WHERE is_covered), 0)",
    "owing": "count(*) FILTER (WHERE is_owing)",
    "reported": "count(*) FILTER (WHERE is_owing AND is_covered)",
    "now": "COALESCE(sum(year_to_date) FILTER (WHERE is_compared), 0)",
    "before": "COALESCE(sum(year_to_date_before) FILTER (WHERE is_compared), 0)",
    "has_new_tier": "COALESCE(bool_or(is_new) FILTER (WHERE is_compared), false)",
}
OTHERS = {
    "projects": "COALESCE(sum(projects), 0)",
    "large": "COALESCE(sum(large), 0)",
    "total_investment": "COALESCE(sum(total_investment), 0)",
    "expected_output": "COALESCE(sum(expected_output), 0)",
    "started": "sum(started)",
    "completed": "sum(completed)",
    "completed_output": "sum(completed_output)",
    "due_to_start": "sum(due_to_start) FILTER (WHERE is_covered)",
    "due_started": "sum(due_started)",
    "flow": "sum(flow)",
    "projects_now": "COALESCE(sum(projects) FILTER (WHERE is_compared), 0)",
    "projects_before": "COALESCE(sum(projects_before) FILTER (WHERE is_compared), 0)",
    "units_now": "count(projects) FILTER (WHERE is_compared)",
    "units_before": "count(projects_before) FILTER (WHERE is_compared)",
    "computed_at": "max(computed_at)",
}
COMPARISON = ("now", "before", "projects_now", "projects_before", "apart", "has_new_tier")
# Of what is summed, what a total says itself.
TOLD = [name for name in RATED | OTHERS if name in {each.name for each in fields(Total)}]
APART = "key IN (SELECT key FROM relatives WHERE NOT is_whole) AS apart"
# Rates of 30 decimals: those that differ anywhere in Python's 28 digits have ranks of their own here as well.
RANK = """
    CASE WHEN rate IS NOT NULL AND its_group IS NOT NULL
         THEN rank() OVER (PARTITION BY its_group ORDER BY rate DESC NULLS LAST) END AS rank
    FROM total
    CROSS JOIN LATERAL (SELECT year_to_date::numeric(60, 30) / NULLIF(planned_covered, 0) AS rate) known
    LEFT JOIN unnest((SELECT %(ranked)s::bigint[]), (SELECT %(groups)s::bigint[]))
        AS member (key, its_group) USING (key)
"""


UNITS = f"{BELOW}, {KIN}, {NEW}, {OWN}, {COMPARED}"
COLUMNS = ", ".join(RATED | OTHERS)


def summed(columns: Mapping[str, str]) -> str:
    sums = ", ".join(f"{sum_} AS {name}" for name, sum_ in columns.items())
    return f"total AS (SELECT key, {sums}, {APART} FROM counted GROUP BY key)"


TOTALS = f"WITH RECURSIVE {UNITS}, {summed(RATED | OTHERS)} SELECT key, {COLUMNS}, apart FROM total"
LEAGUE = f"WITH RECURSIVE {UNITS}, {summed(RATED)} SELECT key, {', '.join(RATED)}, apart, {RANK}"


class Rated(NamedTuple):
    """What a league table says of units with everything below them. Money in 万元.

    `rank`: by completion rate within its group, null without a rate or a group; equal rates share one.
    """

    year_to_date: Decimal | None
    planned: Decimal
    planned_covered: Decimal
    owing: int
    reported: int
    now: Decimal
    before: Decimal
    has_new_tier: bool
    apart: bool
    rank: int | None

    @property
    def completion_rate(self) -> Decimal | None:
        """As `Total` has it."""
        return completion_rate(self.year_to_date, self.planned_covered)

    @property
    def growth_rate(self) -> Decimal | None:
        """As `Growth` has it."""
        return growth_rate(self.now, self.before, has_new_tier=self.has_new_tier)

    @property
    def coverage(self) -> Coverage:
        return Coverage.counted(self.owing, self.reported, planned=self.planned, planned_covered=self.planned_covered)


def rated(quarter: Quarter, keys: Mapping[int, Collection[int]], groups: Mapping[int, int]) -> dict[int, Rated]:
    """By key, each key's units with everything below them, ranked within the key's group; one query."""
    given = {"ranked": array(groups), "groups": array(groups.values())}
    return {key: Rated._make(row) for key, *row in asked(LEAGUE, quarter, keys, given=given)}


def totals(quarter: Quarter, keys: Mapping[int, Collection[int]], *, itself: Collection[int] = ()) -> dict[int, Total]:
    """By key, each key's units with everything below them, but for the keys in `itself`; one query."""
    return {key: made(row) for key, *row in asked(TOTALS, quarter, keys, itself=itself)}


def asked(
    statement: str,
    quarter: Quarter,
    keys: Mapping[int, Collection[int]],
    *,
    itself: Collection[int] = (),
    given: Mapping[str, Any] | None = None,
) -> list[tuple[Any, ...]]:
    """The rows of a statement that begins with UNITS."""
    pairs = [(key, unit, key not in itself) for key, units in keys.items() for unit in units]
    year_before = Quarter(year=quarter.year - 1, number=quarter.number)
    values: dict[str, Any] = {
        "year": quarter.year,
        "number": quarter.number,
        "keys": array(key for key, _unit, _down in pairs),
        "units": array(unit for _key, unit, _down in pairs),
        "goes_down": array(down for _key, _unit, down in pairs),
        "ended_from": year_before.ends_on,
        "ended_before": quarter.ends_on,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values | dict(given or {}))
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def array(values: Iterable[int | None]) -> str:
    """As PostgreSQL writes one: psycopg would look at each of thousands of values on its own."""
    return f"{{{','.join('NULL' if value is None else str(value) for value in values)}}}"


def made(row: Sequence[Any]) -> Total:
    """Of COLUMNS, and whether a merged unit stands apart from its family."""
    told = dict(zip((*RATED, *OTHERS, "apart"), row, strict=True))
    return Total(
        **{name: told[name] for name in TOLD},
        coverage=Coverage.counted(
            told["owing"], told["reported"], planned=told["planned"], planned_covered=told["planned_covered"]
        ),
        growth=Growth(
            **{name: told[name] for name in COMPARISON},
            units_now=HowMany(told["units_now"]),
            units_before=HowMany(told["units_before"]),
        ),
    )

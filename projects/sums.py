"""Cells summed by the database: by lists, category and chain, and which lists are of a tier new to the register.

Money in 万元; null is "not reported", 0 is 0. The number of rows hangs on the keys that there are, not on the units.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from portal.models import Quarter
from portal.replicas import connection
from projects import recorded

# What a report says is null in the cell of a unit whose report doesn't count, so sums pass over it; what the register
# says of the covered units is asked for apart. All cells of a unit's quarter are covered, or none is (rollups.FACT).
SUMS = """
    sum(projects), sum(planned), sum(large), sum(total_investment), sum(expected_output),
    sum(year_to_date), sum(started), sum(completed), sum(completed_output), sum(due_started), sum(flow),
    sum(planned) FILTER (WHERE is_covered), sum(due_to_start) FILTER (WHERE is_covered),
    array_agg(unit_id) FILTER (WHERE lines_expected > 0),
    array_agg(unit_id) FILTER (WHERE lines_expected > 0 AND is_covered), max(computed_at)
"""
ASKED = """
    FROM projects_cell JOIN portal_quarter quarter ON quarter.id = quarter_id
    WHERE unit_id = ANY(%(units)s) AND quarter.number = %(number)s AND quarter.year IN (%(year)s, %(year)s - 1)
      AND projects_cell.year IN (%(year)s, %(year)s - 1)
"""
CELL = """
    SELECT unit_id, quarter.year = %(year)s, projects, planned, large, total_investment, expected_output,
           year_to_date, started, completed, completed_output, due_started, flow,
           CASE WHEN is_covered THEN planned END, CASE WHEN is_covered THEN due_to_start END,
           CASE WHEN lines_expected > 0 THEN ARRAY[unit_id] END,
           CASE WHEN lines_expected > 0 AND is_covered THEN ARRAY[unit_id] END, computed_at
"""
BY_UNIT = f"""
    {CELL} {ASKED} AND grain = 'unit'
"""
# The compared units as a subquery: PostgreSQL hashes it, and looks an array through for every cell.
BY_KEY = f"""
    SELECT quarter.year = %(year)s, {SUMS},
           grain, list_set, category_id, chain_id,
           sum(year_to_date) FILTER (WHERE unit_id IN (SELECT unnest(%(compared)s::bigint[]))),
           COALESCE(sum(projects) FILTER (WHERE unit_id IN (SELECT unnest(%(compared)s::bigint[]))), 0)
    {ASKED} AND grain IN ('class', 'chain')
    GROUP BY quarter.year, grain, list_set, category_id, chain_id
"""
# Without growth: which units are compared is known only once all cells of a quarter have been read.
BY_CLASS = f"""
    {CELL}, grain, list_set, category_id, chain_id, year_to_date, projects
    {ASKED} AND grain = 'class'
      AND (category_id = ANY(%(categories)s) OR string_to_array(list_set, ',') && %(lists)s::text[])
"""
ITS_QUARTER = "(SELECT id FROM portal_quarter WHERE year = {year} AND number = %(number)s)"
# Of a cell: whether it is of the quarter, or of the same one a year before.
NOW = f"year = %(year)s AND quarter_id = {ITS_QUARTER.format(year='%(year)s')}"
BEFORE = f"year = %(year)s - 1 AND quarter_id = {ITS_QUARTER.format(year='%(year)s - 1')}"


def _sets(name: str, quarter: str) -> str:
    """The sets of lists that a quarter's cells have, from one to the next by index: they are few, the cells many."""
    following = f"""
        SELECT list_set FROM projects_cell cell
        WHERE grain = 'class' AND {quarter} AND list_set > {{after}} ORDER BY list_set LIMIT 1
    """
    return f"""
    {name} (list_set) AS (
        ({following.format(after="''")})
        UNION ALL
        SELECT ({following.format(after=f"{name}.list_set")}) FROM {name} WHERE {name}.list_set IS NOT NULL
    )"""


# Sets of lists of a tier that the whole register held nothing of a year before. Recursive.
NEW = f"""
    {_sets("stood", BEFORE)},
    {_sets("stands", NOW)},
    -- A company's rank is no tier of the register: a project stands on the Top 500 lists beside its other lists.
    register AS (SELECT code, tier FROM projects_projectlist WHERE tier <> 'top500'),
    -- A set of lists is known where one of its lists is of a tier that the register held a year before.
    held AS (
        SELECT DISTINCT list.tier FROM stood JOIN register list ON list.code = ANY (string_to_array(list_set, ','))
    ),
    fresh AS (
        SELECT list_set FROM stands JOIN register list ON list.code = ANY (string_to_array(list_set, ','))
        GROUP BY list_set
        HAVING NOT bool_or(list.tier IN (SELECT tier FROM held))
    )
"""
NEWCOMERS = f"""
    WITH RECURSIVE {NEW},
    newcomer AS (
        SELECT DISTINCT list_set, unit_id FROM projects_cell
        WHERE grain = 'class' AND {NOW} AND list_set = ANY (ARRAY(SELECT list_set FROM fresh))
    )
    SELECT list_set, array_agg(unit_id) FROM newcomer WHERE unit_id = ANY(%(units)s) GROUP BY list_set
"""


@dataclass(frozen=True, slots=True)
class Sums:
    """Cells of a unit, or of one key summed over units: the quarter's (`is_now`), or those of a year before.

    `owing` and `reported` are the distinct units that owe a line, and those of them whose report counts; null where
    there are none.
    """

    is_now: bool
    projects: int
    planned: Decimal
    large: int
    total_investment: Decimal
    expected_output: Decimal
    year_to_date: Decimal | None
    started: int | None
    completed: int | None
    completed_output: Decimal | None
    due_started: int | None
    flow: Decimal | None
    planned_covered: Decimal | None
    due_to_start: int | None
    owing: Collection[int] | None
    reported: Collection[int] | None
    computed_at: datetime


@dataclass(frozen=True, slots=True)
class Keyed(Sums):
    """`compared_…` are sums over those units that are compared with the year before."""

    grain: str
    list_set: str
    category_id: int | None
    chain_id: int | None
    compared_year_to_date: Decimal | None
    compared_projects: int


def by_unit(quarter: Quarter, units: Collection[int], *, known_at: datetime | None = None) -> list[tuple[int, Sums]]:
    """Each of these units with its cell of the quarter, and with that of a year before.

    `known_at`: with what had been recorded by that moment; null for the cells as they are.
    """
    values: dict[str, Any] = {"year": quarter.year, "number": quarter.number, "units": list(units)}
    return [(unit, Sums(*row)) for unit, *row in _asked(BY_UNIT, values, known_at)]


def by_key(
    quarter: Quarter, units: Collection[int], *, compared: Collection[int], known_at: datetime | None = None
) -> list[Keyed]:
    """These units' cells by lists and category, and by chain, of the quarter and of the one a year before."""
    values: dict[str, Any] = {
        "year": quarter.year,
        "number": quarter.number,
        "units": list(units),
        "compared": list(compared),
    }
    return [Keyed(*row) for row in _asked(BY_KEY, values, known_at)]


def _asked(statement: str, values: dict[str, Any], known_at: datetime | None) -> list[tuple[Any, ...]]:
    """The statement's rows, from the cells, or from cells of its own made of what had been recorded by the moment."""
    if known_at is not None:
        statement = recorded.CELLS_AS_RECORDED + statement
        values = values | recorded.moments(known_at)
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def by_class(
    quarter: Quarter, units: Collection[int], *, categories: Collection[int], lists: Collection[str]
) -> list[tuple[int, Keyed]]:
    """Each of these units with its cells of these categories or lists, of the quarter and of the one a year before.

    Their `compared_…` say what holds where the unit is compared: `Standings` takes it from the others.
    """
    values: dict[str, Any] = {
        "year": quarter.year,
        "number": quarter.number,
        "units": list(units),
        "categories": list(categories),
        "lists": list(lists),
    }
    with connection.cursor() as cursor:
        cursor.execute(BY_CLASS, values)
        return [(unit, Keyed(*row)) for unit, *row in cursor.fetchall()]


def newcomers(quarter: Quarter, units: Collection[int]) -> Mapping[str, frozenset[int]]:
    """Sets of lists of tiers that the whole register held nothing of a year before → which of the units have them."""
    with connection.cursor() as cursor:
        cursor.execute(NEWCOMERS, {"year": quarter.year, "number": quarter.number, "units": list(units)})
        return {list_set: frozenset(found) for list_set, found in cursor.fetchall()}

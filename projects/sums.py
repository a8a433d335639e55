"""Cells summed by the database: by lists, category and chain, and which lists are of a tier new to the register.

Money in 万元; null is "not reported", 0 is 0. The number of rows hangs on the keys that there are, not on the units.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection

from portal.models import Quarter
from projects.models import Cell

# What a report says is null in the cell of a unit whose report doesn't count, so sums pass over it; what the register
# says of the covered units is asked for apart. All cells of a unit's quarter are covered, or none is (rollups.FACT).
BY_KEY = """
    SELECT quarter.year = %(year)s, grain, list_set, category_id, chain_id,
           sum(projects), sum(planned), sum(large), sum(total_investment), sum(expected_output),
           sum(year_to_date), sum(started), sum(completed), sum(completed_output), sum(due_started), sum(flow),
           sum(planned) FILTER (WHERE is_covered), sum(due_to_start) FILTER (WHERE is_covered),
           array_agg(unit_id) FILTER (WHERE lines_expected > 0),
           array_agg(unit_id) FILTER (WHERE lines_expected > 0 AND is_covered), max(computed_at),
           sum(year_to_date) FILTER (WHERE unit_id = ANY(%(compared)s)),
           COALESCE(sum(projects) FILTER (WHERE unit_id = ANY(%(compared)s)), 0)
    FROM projects_cell JOIN portal_quarter quarter ON quarter.id = quarter_id
    WHERE grain IN ('class', 'chain') AND unit_id = ANY(%(units)s)
      AND quarter.number = %(number)s AND quarter.year IN (%(year)s, %(year)s - 1)
    GROUP BY 1, 2, 3, 4, 5
"""
NEWCOMERS = """
    WITH class AS (
        SELECT quarter.year, unit_id, list_set
        FROM projects_cell JOIN portal_quarter quarter ON quarter.id = quarter_id
        WHERE grain = 'class' AND quarter.number = %(number)s AND quarter.year IN (%(year)s, %(year)s - 1)
          AND list_set <> ''
    ),
    -- A set of lists is known where one of its lists is of a tier that the register held a year before.
    held AS (
        SELECT DISTINCT list.tier
        FROM (SELECT DISTINCT list_set FROM class WHERE year = %(year)s - 1) stood
        JOIN projects_projectlist list ON list.code = ANY (string_to_array(stood.list_set, ','))
    ),
    fresh AS (
        SELECT list_set
        FROM (SELECT DISTINCT list_set FROM class WHERE year = %(year)s) stands
        WHERE NOT EXISTS (
            SELECT FROM projects_projectlist list JOIN held USING (tier)
            WHERE list.code = ANY (string_to_array(stands.list_set, ',')))
    )
    SELECT list_set, array_agg(DISTINCT unit_id)
    FROM class JOIN fresh USING (list_set)
    WHERE year = %(year)s AND unit_id = ANY(%(units)s)
    GROUP BY list_set
"""


@dataclass(frozen=True, slots=True)
class Sums:
    """Cells of one key, summed over units: a year's (`is_now`: the quarter's, else the one a year before).

    `owing` and `reported` are the distinct units that owe a line, and those of them whose report counts. `compared_…`
    are sums over the units that are compared with the year before.
    """

    is_now: bool
    grain: str
    list_set: str
    category_id: int | None
    chain_id: int | None
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
    compared_year_to_date: Decimal | None = None
    compared_projects: int = 0

    @classmethod
    def of(cls, cell: Cell) -> "Sums":
        """One unit's cell of the quarter, compared with nothing."""
        owing = (cell.unit_id,) if cell.lines_expected else ()
        return cls(
            is_now=True,
            grain=cell.grain,
            list_set=cell.list_set,
            category_id=cell.category_id,
            chain_id=cell.chain_id,
            projects=cell.projects,
            planned=cell.planned,
            large=cell.large,
            total_investment=cell.total_investment,
            expected_output=cell.expected_output,
            year_to_date=cell.year_to_date,
            started=cell.started,
            completed=cell.completed,
            completed_output=cell.completed_output,
            due_started=cell.due_started,
            flow=cell.flow,
            planned_covered=cell.planned if cell.is_covered else None,
            due_to_start=cell.due_to_start if cell.is_covered else None,
            owing=owing,
            reported=owing if cell.is_covered else (),
            computed_at=cell.computed_at,
        )


def by_key(quarter: Quarter, units: Collection[int], *, compared: Collection[int]) -> list[Sums]:
    """These units' cells by lists and category, and by chain, of the quarter and of the one a year before."""
    values = {"year": quarter.year, "number": quarter.number, "units": list(units), "compared": list(compared)}
    with connection.cursor() as cursor:
        cursor.execute(BY_KEY, values)
        return [Sums(*row) for row in cursor.fetchall()]


def newcomers(quarter: Quarter, units: Collection[int]) -> Mapping[str, frozenset[int]]:
    """Sets of lists of tiers that the whole register held nothing of a year before → which of the units have them."""
    with connection.cursor() as cursor:
        cursor.execute(NEWCOMERS, {"year": quarter.year, "number": quarter.number, "units": list(units)})
        return {list_set: frozenset(found) for list_set, found in cursor.fetchall()}

"""Projects newly started in a year, by unit, lists and category.

A start counts in the first accepted quarter that states it (figures.md, Units that end). A project that was under way
before it came into the register is no new start: its first line says "continuing", with a start in an earlier year.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from portal.models import Quarter
from portal.replicas import connection

STARTS = """
    SELECT unit_id, list_set, category_id, newly_started FROM projects_cell
    WHERE grain = 'class' AND quarter_id = %(quarter)s AND year = %(year)s AND unit_id = ANY(%(units)s)
      AND newly_started > 0
"""


@dataclass(frozen=True, slots=True)
class Starts:
    """How many projects of one unit, set of lists and category were first started in the year."""

    unit_id: int
    list_set: str
    category_id: int
    number: int


def read(quarter: Quarter, units: Collection[int]) -> Sequence[Starts]:
    """The year's new starts up to this quarter's end, of those of these units whose reports count; one query."""
    values: dict[str, Any] = {"units": sorted(units), "quarter": quarter.pk, "year": quarter.year}
    with connection.cursor() as cursor:
        cursor.execute(STARTS, values)
        return [Starts(*row) for row in cursor.fetchall()]

"""Projects newly started in a year: no cell holds them, so they are counted from accepted lines.

A start counts in the first accepted quarter that states it (figures.md, Units that end). A project that was under way
before it came into the register is no new start: its first line says "continuing", with a start in an earlier year.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from portal.models import Quarter
from portal.replicas import connection
from projects.rollups import FACT

STARTS = f"""
    WITH target AS (SELECT unnest(%(units)s::bigint[]) AS unit_id, %(quarter)s::bigint AS quarter_id), {FACT}
    SELECT unit_id, list_set, category_id, count(*)
    FROM fact
    WHERE is_newly_started AND is_reported AND has_no_gap
    GROUP BY unit_id, list_set, category_id
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
    values: dict[str, Any] = {"units": sorted(units), "quarter": quarter.pk}
    with connection.cursor() as cursor:
        cursor.execute(STARTS, values)
        return [Starts(*row) for row in cursor.fetchall()]

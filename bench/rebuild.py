"""Question 1: every cell of every quarter, beside the SELECT of the same statement.

A rebuild works by a session for each share of the units; the SELECT is one statement in one session.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from bench import population
from bench.measure import Contest, Goal, Question, timed
from bench.plans import explain
from projects import rollups

EVERYTHING = """
    WITH target AS (SELECT unit.id AS unit_id, quarter.id AS quarter_id
                    FROM portal_unit unit CROSS JOIN portal_quarter quarter),
"""


@contextmanager
def contest(size: int) -> Iterator[Contest]:
    population.ensure(size)
    yield Contest(
        # The same cells at the same moment: nothing is to be undone.
        {"ours": timed(lambda: rollups.rebuild(at=population.FILLED_AT)), "its SELECT": timed(_select)},
        plans=lambda: [explain("the SELECT of all cells", _cells(), run=False)],
    )


def _cells() -> str:
    return f"{EVERYTHING} {rollups.FACT} {rollups.CELL}"


def _select() -> None:
    """The cells computed and read to the end, in the database: none is sent."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, COSTS OFF) {_cells()}")
        cursor.fetchall()


QUESTION = Question(
    number=1,
    title="rebuild all cells, three grains",
    goals=[Goal(2, "≤", "its SELECT")],
    contest=contest,
    warm_up=False,
)

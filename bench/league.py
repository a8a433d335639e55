"""Question 7: a league table of 2,669 units with rank and growth, from the sums kept, beside the same made from lines.

Both are the figures of the table and nothing else: completion rate, rank by it, and growth over the year before. The
sums of each unit are kept by the worker, like its cells (projects/kept_sums.py); what that costs after a change,
question 8 asks. From lines is the best plain statement: one pass over the accepted lines of two years, each unit's
plans beside it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from bench import population
from bench.measure import Contest, Goal, Question, timed
from bench.plans import explain
from portal.models import Quarter, Unit
from projects import tree_sums

FROM_LINES = """
    WITH done AS (
        SELECT line.unit_id, quarter.year, sum(line.flow) AS year_to_date
        FROM projects_reportline line
        JOIN projects_report report ON report.id = line.report_id AND report.state = 'accepted'
        JOIN portal_quarter quarter ON quarter.id = line.quarter_id
        WHERE quarter.year IN (%(year)s, %(year)s - 1) AND quarter.number <= %(number)s
        GROUP BY line.unit_id, quarter.year
    ),
    plan AS (
        SELECT assignment.unit_id, sum(plan.planned_investment) AS planned
        FROM projects_assignment assignment
        JOIN projects_annualplan plan ON plan.project_id = assignment.project_id AND plan.year = %(year)s
        GROUP BY assignment.unit_id
    )
    SELECT now.unit_id, now.year_to_date / plan.planned AS rate,
           rank() OVER (ORDER BY now.year_to_date / plan.planned DESC),
           now.year_to_date / before.year_to_date - 1 AS growth
    FROM done now JOIN plan USING (unit_id) JOIN done before USING (unit_id)
    WHERE now.year = %(year)s AND before.year = %(year)s - 1
"""
GIVEN = {"year": 2022, "number": 4}
GROUP = 1  # all are ranked among each other


@contextmanager
def contest(size: int) -> Iterator[Contest]:
    population.ensure(size)
    quarter = Quarter.objects.get(**GIVEN)
    units = list(Unit.objects.filter(children=None).values_list("pk", flat=True))
    yield Contest(
        {"ours": timed(lambda: _kept(quarter, units)), "the same from lines": timed(_from_lines)},
        plans=lambda: [
            explain("the league table", tree_sums.LEAGUE, {"quarter": quarter.pk, "units": units}),
            explain("the league table from lines", FROM_LINES, GIVEN),
        ],
    )


def _kept(quarter: Quarter, units: list[int]) -> object:
    """As commitments/league.py does where a group has no scoring items."""
    found = tree_sums.rated(quarter, units, dict.fromkeys(units, GROUP))
    return [(unit, rated.completion_rate, rated.rank, rated.growth_rate) for unit, rated in found.items()]


def _from_lines() -> object:
    with connection.cursor() as cursor:
        cursor.execute(FROM_LINES, GIVEN)
        return cursor.fetchall()


QUESTION = Question(
    number=7,
    title="league table with rank and growth",
    goals=[Goal(300, "≥", "the same from lines")],
    contest=contest,
)

"""The plans of the long statements: PostgreSQL expects about as many rows as there are, and joins by hash or order.

Where it expected 600 rows whatever the size, it looked through one large side for each row of the other, and a rebuild
of 200,000 projects never ended.
"""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.db import connection

from portal.models import Quarter
from projects import audit, rollups
from projects.models import AnnualPlan, Assignment, Mark, Project
from tests import world
from tests.conftest import City
from tests.world import at

Node = dict[str, Any]
DAY = at("2022-04-05")
PROJECTS, YEARS = 400, (2018, 2019, 2020, 2021)
TABLES = ("portal_unit", "portal_quarter", "projects_project", "projects_assignment", "projects_annualplan")
FEWER = 4  # times: of quarters PostgreSQL expects a third; a guess that doesn't grow with the rows lies below that


@pytest.fixture
def country(town: City) -> list[int]:
    """Units that answer for some hundred projects over sixteen quarters, and what PostgreSQL knows about them."""
    units = [world.make_unit(f"4304{number}", town.city).pk for number in range(60, 70)]
    for year in YEARS:
        for number in range(1, 5):
            world.make_quarter(f"{year}Q{number}")
    projects = Project.objects.bulk_create(
        [Project(code=f"B{number}", name_zh=f"项目{number}", stage="continuing") for number in range(PROJECTS)]
    )
    Assignment.objects.bulk_create(
        [
            Assignment(project=each, unit_id=units[number % len(units)], from_on=date(2018, 1, 1), reason="filed")
            for number, each in enumerate(projects)
        ]
    )
    category = world.make_category()
    AnnualPlan.objects.bulk_create(
        [
            AnnualPlan(
                project=each,
                year=year,
                planned_investment=1000,
                category=category,
                in_force_on=date(year, 1, 1),
                reason="filed",
            )
            for each in projects
            for year in YEARS
        ]
    )
    ask(f"ANALYZE {', '.join(TABLES)}")
    return units


def ask(statement: str, given: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return list(cursor.fetchall()) if cursor.description else []


def planned(statement: str, given: dict[str, Any], *, run: bool) -> list[Node]:
    """The nodes of its plan."""
    ((found,),) = ask(f"EXPLAIN (FORMAT JSON{', ANALYZE, TIMING OFF' if run else ''}) {statement}", given)
    return list(_nodes((json.loads(found) if isinstance(found, str) else found)[0]["Plan"]))


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    for each in node.get("Plans", ()):
        yield from _nodes(each)


def test_batch_expects_as_many_rows_as_projects_have_quarters(country: list[int]) -> None:
    quarters = Quarter.objects.filter(year__in=YEARS).values_list("pk", flat=True)
    pairs = [(unit, quarter) for unit in country for quarter in quarters]
    given = {"units": [unit for unit, _ in pairs], "quarters": [quarter for _, quarter in pairs], "at": DAY}
    nodes = planned(rollups.FILL, given, run=True)
    large = [node for node in nodes if node["Actual Rows"] >= PROJECTS * len(YEARS) * 4]
    assert large
    assert [
        (node["Node Type"], node["Plan Rows"]) for node in large if node["Plan Rows"] * FEWER < node["Actual Rows"]
    ] == []


def test_comparison_expects_every_units_quarter_also_after_many_marks(country: list[int]) -> None:
    """What PostgreSQL learned of the marks while a rebuild was under way it believes for a minute or longer."""
    ask(rollups.MARK_ALL, {"quarter": None})
    ask("ANALYZE projects_mark")
    Mark.objects.all().delete()
    nodes = planned(audit.COMPARE, {"units": country, "quarter": None}, run=False)
    (target,) = [node for node in nodes if node.get("Subplan Name") == "CTE target"]
    assert target["Plan Rows"] * FEWER >= len(country) * Quarter.objects.count()

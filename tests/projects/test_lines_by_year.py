"""Lines lie in a partition a year, beside the cells of that year; what leads to one leads to its year, too."""

import re
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from portal.kept_plans import Kept
from portal.models import Quarter
from portal.serve.places import APPLICATION
from projects import drafting, report_lines, tasks
from projects.models import Evidence, Remark, Report, ReportLine
from tests import world
from tests.conftest import City
from tests.world import at

DAY, NEXT_YEAR = at("2022-04-05"), at("2031-04-05")
WHERE = "SELECT tableoid::regclass::text, count(*) FROM projects_reportline GROUP BY 1 ORDER BY 1"


def asked(statement: str, given: dict[str, Any] | None = None) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return list(cursor.fetchall()) if cursor.description else []


def refused(statement: str) -> str:
    """What the database says to it; empty where it does it."""
    try:
        with transaction.atomic():
            asked(statement)
            asked("SET CONSTRAINTS ALL IMMEDIATE")
    except DatabaseError as error:
        return str(error)
    return ""


@pytest.fixture
def begun(town: City) -> Report:
    return drafting.begin(town.county, town.quarter, by=town.staff, at=DAY)


def test_quarter_of_a_new_year_brings_room_for_its_lines_though_the_portal_owns_nothing(
    town: City, begun: Report
) -> None:
    asked(f"SET LOCAL ROLE {APPLICATION}")
    quarter = world.make_quarter("2031Q1")
    asked("RESET ROLE")
    world.make_plan(town.project, 2031, 1000)
    drafting.begin(town.county, quarter, by=town.staff, at=NEXT_YEAR)
    assert asked(WHERE) == [("projects_reportline_2022", begun.lines.count()), ("projects_reportline_2031", 1)]


def test_quarter_without_lines_may_become_one_of_another_year(town: City) -> None:
    Quarter.objects.filter(pk=town.quarter.pk).update(year=2032)
    assert asked("SELECT to_regclass('projects_reportline_2032') IS NOT NULL") == [(True,)]


def test_line_with_a_remark_is_not_deleted(town: City, begun: Report) -> None:
    line = begun.lines.get(project=town.project)
    Remark.objects.create(report=begun, line=line, text="which road?", made_by=town.reviewer, made_at=DAY)
    assert asked("SELECT line_year FROM projects_remark") == [(2022,)]
    assert "projects_remark_line" in refused(f"DELETE FROM projects_reportline WHERE id = {line.pk}")
    line = begun.lines.exclude(project=town.project).get()
    assert refused(f"DELETE FROM projects_reportline WHERE id = {line.pk}") == ""


def test_remark_on_no_line_has_no_year(town: City, begun: Report) -> None:
    Remark.objects.create(report=begun, text="which road?", made_by=town.reviewer, made_at=DAY)
    assert asked("SELECT line_id, line_year FROM projects_remark") == [(None, None)]


@pytest.mark.parametrize("model", [Remark, Evidence])
def test_nothing_leads_to_a_line_that_is_not_there(
    town: City, begun: Report, model: type[Remark] | type[Evidence]
) -> None:
    """Whatever year is claimed for it."""
    table = model._meta.db_table
    keys = asked(
        f"SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = '{table}_line' AND conparentid = 0"
    )
    assert keys == [
        (
            "FOREIGN KEY (line_id, line_year) REFERENCES projects_reportline(id, year) MATCH FULL"
            " DEFERRABLE INITIALLY DEFERRED",
        )
    ]
    said = "(report_id, line_id, line_year, field, text, made_by_id, made_at)"
    if model is Remark:
        assert "projects_remark_line" in refused(
            f"INSERT INTO projects_remark {said} VALUES ({begun.pk}, 0, 2022, '', 'x', {town.staff.pk}, now())"
        )


@pytest.mark.parametrize("statement", [report_lines.STANDING, report_lines.DRAFTED])
def test_lines_of_a_report_are_looked_for_in_their_year_only(town: City, begun: Report, statement: Kept) -> None:
    given = dict.fromkeys(statement.types) | {"report": begun.pk, "year": 2022, "number": 1, "unit": 0}
    plan = "\n".join(str(line) for (line,) in asked(f"EXPLAIN (VERBOSE) {statement.statement}", given))
    scans = re.findall(r"on public\.(projects_reportline_\d+) (.*?)(?=->|$)", plan, re.DOTALL)
    assert {table for table, scan in scans if f"report_id = {begun.pk})" in scan} == {"projects_reportline_2022"}


def test_what_is_known_of_all_years_together_is_gathered_by_the_portal_itself(town: City, begun: Report) -> None:
    known = "SELECT count(*) > 0 FROM pg_stats WHERE tablename = 'projects_reportline' AND inherited"
    assert asked(known) == [(False,)]
    asked(f"SET LOCAL ROLE {APPLICATION}")
    tasks.analyze()
    asked("RESET ROLE")
    assert asked(known) == [(True,)]
    assert ReportLine.objects.count() == begun.lines.count()

"""What the database itself keeps true, whoever writes: constraints, triggers, and what the portal's role may not do."""

from collections.abc import Iterator

import psycopg
import pytest
from django.db import DatabaseError, ProgrammingError, connection, transaction
from pytest_django import DjangoDbBlocker

from projects import drafting, lifecycle
from projects.models import Remark, Report
from tests import world
from tests.conftest import City
from tests.kept import kept
from tests.world import at

DAY = at("2022-04-05")
ROLE = "concentric"

# Each statement and what PostgreSQL names as its obstacle. {draft}, {submitted} … are keys of the rows in `rows`.
REFUSED = [
    ("UPDATE projects_reportline SET flow = -1 WHERE report_id = {draft}", "line_flow_not_negative"),
    ("UPDATE projects_reportline SET flow = 5, year_to_date = 4 WHERE report_id = {draft}", "line_year_to_date_holds"),
    ("UPDATE projects_reportline SET finished_on = '2020-01-01' WHERE report_id = {draft}", "line_finishes_after"),
    ("UPDATE projects_reportline SET unit_id = {county} WHERE report_id = {draft}", "unit and quarter of its report"),
    ("UPDATE projects_reportline SET year = 2021 WHERE report_id = {draft}", "year of its quarter"),
    (
        "INSERT INTO projects_reportline (report_id, project_id, unit_id, quarter_id, year, typed, stage, progress,"
        " obstacle, explanations, answers, version) SELECT report_id, project_id, unit_id, quarter_id, 2021, typed,"
        " stage, progress, obstacle, explanations, answers, version FROM projects_reportline WHERE report_id = {draft}",
        "year of its quarter",
    ),
    ("UPDATE portal_quarter SET year = 2021 WHERE id = {quarter}", "keeps its year"),
    ("UPDATE projects_reportline SET report_id = {draft} WHERE report_id = {submitted}", "never change"),
    ("UPDATE projects_reportline SET progress = 'x' WHERE report_id = {submitted}", "never change"),
    ("DELETE FROM projects_reportline WHERE report_id = {submitted}", "never change"),
    ("UPDATE projects_report SET submitted_at = now() WHERE id = {submitted}", "never changes"),
    ("UPDATE projects_report SET unit_id = {other} WHERE id = {submitted}", "never changes"),
    ("UPDATE projects_report SET preparer_ids = '{{}}' WHERE id = {submitted}", "never changes"),
    ("UPDATE projects_report SET reviewed_at = now() WHERE id = {returned}", "who decided on a report, and when"),
    ("UPDATE projects_report SET reviewed_by_id = {staff} WHERE id = {returned}", "who decided on a report, and when"),
    ("UPDATE projects_report SET state = 'draft' WHERE id = {submitted}", "does not go from submitted to draft"),
    ("UPDATE projects_report SET state = 'accepted' WHERE id = {draft}", "does not go from draft to accepted"),
    (
        "UPDATE projects_report SET state = 'accepted', reviewed_by_id = {staff}, reviewed_at = now()"
        " WHERE id = {submitted}",
        "report_not_accepted_by_who_made_it",
    ),
    ("UPDATE projects_report SET state = 'accepted' WHERE id = {submitted}", "report_reviewed_has_who_and_when"),
    ("DELETE FROM projects_report WHERE id = {draft}", "Cannot delete rows"),
    (
        "INSERT INTO projects_report (unit_id, quarter_id, revision, state, reason, preparer_ids, is_late, answers)"
        " VALUES ({other}, {quarter}, 9, 'draft', 'again', '{{}}', false, '{{}}')",
        "report_one_open_revision",
    ),
    (
        "INSERT INTO projects_report (unit_id, quarter_id, revision, state, reason, preparer_ids, is_late, answers)"
        " VALUES ({city}, {quarter}, 1, 'accepted', '', '{{}}', false, '{{}}')",
        "begins as a draft",
    ),
    (
        "INSERT INTO projects_remark (report_id, field, text, made_by_id, made_at)"
        " VALUES ({submitted}, '', '', {staff}, now())",
        "remark_says_something",
    ),
    (
        "INSERT INTO projects_remark (report_id, field, text, made_by_id, made_at)"
        " VALUES ({submitted}, 'flow', 'x', {staff}, now())",
        "remark_on_a_field_has_a_line",
    ),
    ("UPDATE projects_remark SET text = 'milder'", "Cannot update or delete rows"),
    ("DELETE FROM projects_remark", "Cannot update or delete rows"),
    ("UPDATE projects_reportevent SET by_id = {staff}", "Cannot update or delete rows"),
    ("DELETE FROM projects_reportevent", "Cannot update or delete rows"),
    ("UPDATE portal_unitevent SET code = 'x'", "Cannot update or delete rows"),
    ("DELETE FROM portal_unitevent", "Cannot update or delete rows"),
    ("UPDATE projects_annualplan SET planned_investment = -1", "annual_plan_not_negative"),
    ("UPDATE portal_quarter SET due_on = opens_on - 1", "quarter_opens_is_due_closes"),
    ("UPDATE portal_unit SET parent_id = id WHERE id = {county}", "unit_is_not_its_own_parent"),
    ("UPDATE portal_unit SET parent_id = {county} WHERE id = {city}", "below itself"),
    (
        "INSERT INTO portal_quarter (year, number, opens_on, due_on, closes_on) VALUES (0, 1, now(), now(), now())",
        "quarter_of_a_year",
    ),
    ("UPDATE portal_membership SET valid_until = '1999-01-01'", "membership_ends_after_it_begins"),
]

FORBIDDEN = [
    "TRUNCATE projects_reportline CASCADE",
    "TRUNCATE projects_remark",
    "TRUNCATE portal_unitevent",
    "ALTER TABLE projects_report DISABLE TRIGGER ALL",
    "ALTER TABLE projects_reportline DROP CONSTRAINT line_flow_not_negative",
    "DROP TABLE projects_remark",
    "DROP SCHEMA public CASCADE",
    "CREATE TABLE public.elsewhere (id int)",
    "SET session_replication_role = replica",
    "ALTER ROLE concentric SUPERUSER",
    "COPY projects_remark TO PROGRAM 'cat'",
    "SELECT pg_read_file('/etc/hostname')",
]


@pytest.fixture(scope="module")
def standing_rows(standing_town: City, django_db_blocker: DjangoDbBlocker) -> Iterator[dict[str, int]]:
    with kept(django_db_blocker):
        yield made(standing_town)


@pytest.fixture
def rows(standing_rows: dict[str, int], town: City) -> dict[str, int]:
    return standing_rows


def made(town: City) -> dict[str, int]:
    """A submitted report with a remark from its first revision, and a draft of the other county."""
    first = world.submitted(town.county, town.quarter, 250, by=town.staff, when=DAY)
    draft = lifecycle.send_back(first, by=town.reviewer, at=DAY, remark="count again")
    submitted = lifecycle.submit(draft, by=town.staff, at=DAY)
    world.make_project("B1", town.other)
    other = drafting.begin(town.other, town.quarter, by=town.stranger, at=DAY)
    places = {"city": town.city.pk, "county": town.county.pk, "other": town.other.pk, "quarter": town.quarter.pk}
    return {"returned": first.pk, "submitted": submitted.pk, "draft": other.pk, "staff": town.staff.pk, **places}


@pytest.fixture
def as_portal(town: City) -> Iterator[None]:
    """What the test does from here on, it does as the role of the web and the worker."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {ROLE}")
        yield
        cursor.execute("RESET ROLE")


def attempt(statement: str) -> DatabaseError | None:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except DatabaseError as refused:
        return refused
    return None


@pytest.mark.parametrize(("statement", "obstacle"), REFUSED)
def test_database_refuses_what_may_not_be_so(rows: dict[str, int], statement: str, obstacle: str) -> None:
    refused = attempt(statement.format(**rows))
    assert obstacle in str(refused)


@pytest.mark.parametrize(("statement", "obstacle"), REFUSED)
def test_database_refuses_the_portals_role_the_same(
    rows: dict[str, int], as_portal: None, statement: str, obstacle: str
) -> None:
    refused = attempt(statement.format(**rows))
    assert obstacle in str(refused)


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_portals_role_may_not(rows: dict[str, int], as_portal: None, statement: str) -> None:
    refused = attempt(statement)
    assert isinstance(refused, ProgrammingError)
    assert isinstance(refused.__cause__, psycopg.errors.InsufficientPrivilege)


def test_portals_role_does_a_whole_quarter(town: City, as_portal: None) -> None:
    report = world.submitted(town.county, town.quarter, 250, by=town.staff, when=DAY)
    draft = lifecycle.send_back(report, by=town.reviewer, at=DAY, remark="count again")
    lifecycle.submit(draft, by=town.staff, at=DAY)
    lifecycle.accept(draft, by=town.reviewer, at=DAY)
    assert list(Report.objects.order_by("revision").values_list("state", flat=True)) == ["returned", "accepted"]
    assert Remark.objects.count() == 1


def test_portals_role_owns_nothing_and_is_nobody_else(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolreplication,"
            " pg_has_role(rolname, 'concentric_owner', 'MEMBER'),"
            " (SELECT count(*) FROM pg_class WHERE relowner = pg_roles.oid)"
            " FROM pg_roles WHERE rolname = %s",
            [ROLE],
        )
        assert cursor.fetchone() == (False, False, False, False, False, False, 0)


def test_statements_are_not_compiled(db: None) -> None:
    """Where PostgreSQL is built to, it would take seconds over each drain."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setconfig FROM pg_db_role_setting JOIN pg_database ON oid = setdatabase"
            " WHERE datname = 'concentric' AND setrole = 0"
        )
        assert cursor.fetchall() == [(["jit=off"],)]

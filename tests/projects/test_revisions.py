"""What a submission counts and stores is what counting gives."""

from importlib import import_module

import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError

from projects import check, lifecycle
from projects.models import Report
from projects.models.report import COUNTERS
from projects.revisions import Counters
from projects.threads import Note
from tests import world
from tests.conftest import City
from tests.world import at

DAY = at("2022-04-05")
MIGRATION = import_module("projects.migrations.0015_review")


def stored(report: Report) -> dict[str, object]:
    return dict(Report.objects.values(*COUNTERS).get(pk=report.pk))


def counted(report: Report) -> dict[str, object]:
    found = Counters.of(check.report(report))
    return {name: getattr(found, name) for name in COUNTERS}


@pytest.fixture
def again(town: City) -> Report:
    """A report with a warning that was returned and handed in again with one line changed."""
    report = world.submitted(town.county, town.quarter, 1500, by=town.staff, when=DAY)
    line = report.lines.get(project=town.project)
    draft = lifecycle.send_back(report, by=town.reviewer, at=DAY, notes=[Note(line=line.pk, text="really?")])
    world.fill(draft.lines.get(project=town.second), 1400, by=town.staff, when=DAY)
    return lifecycle.submit(draft, by=town.staff, at=DAY)


def test_what_is_stored_is_what_counting_gives(town: City, again: Report) -> None:
    for report in Report.objects.all():
        assert stored(report) == counted(report)
    assert (again.line_count, again.warning_count, again.unexplained_count, again.changed_count) == (2, 1, 0, 1)


def test_draft_counts_nothing(town: City, again: Report) -> None:
    draft = lifecycle.send_back(again, by=town.reviewer, at=DAY, remark="once more")
    assert set(stored(draft).values()) == {None}


@pytest.mark.parametrize("column", COUNTERS)
def test_counters_freeze_with_the_report_even_by_sql(town: City, again: Report, column: str) -> None:
    with (
        pytest.raises(IntegrityError, match="never changes"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE projects_report SET {column} = 77 WHERE id = %s", [again.pk])


def test_return_without_a_remark_is_refused_even_by_sql(town: City) -> None:
    report = world.submitted(town.county, town.quarter, 5, by=town.staff, when=DAY)
    by, when = town.reviewer.pk, DAY
    with pytest.raises(IntegrityError, match="says what is to be mended"), transaction.atomic():
        Report.objects.filter(pk=report.pk).update(state="returned", reviewed_by=by, reviewed_at=when)


def test_migration_counts_what_was_handed_in_before(town: City, again: Report) -> None:
    """As if the columns had just come: the statements of the migration give what the lifecycle stores."""
    before = {report.pk: stored(report) for report in Report.objects.all()}
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE projects_report DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE projects_report SET line_count = 0, warning_count = 0, changed_count = NULL, year_to_date = NULL,"
            " planned = NULL"
        )
        cursor.execute(MIGRATION.COUNT)
        cursor.execute(MIGRATION.COUNT_CHANGES)
    assert {report.pk: stored(report) for report in Report.objects.all()} == before

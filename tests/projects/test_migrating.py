"""Migrations of a database in which reports stand: nothing in them is lost, and what is stored anew is right."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from portal.models import User
from projects import lifecycle
from projects.models import Remark, Report, ReportLine, Settlement
from projects.threads import Note
from tests import migrated, world
from tests.conftest import make_town
from tests.world import at

pytestmark = pytest.mark.django_db(transaction=True)
# Before sentences on warnings, evidence, counted reports, workbooks and the bell.
BEFORE = (("portal", "0005_account_messages"), ("projects", "0012_project_without_top500"))
DAY, LATER = at("2022-04-05"), at("2022-04-06")


@pytest.fixture
def database_of_its_own(transactional_db: None) -> Iterator[None]:
    """A copy that is thrown away, whatever migrating leaves of it."""
    usual = str(connection.settings_dict["NAME"])
    own = f"{usual}_migrated"
    _run(f'CREATE DATABASE "{own}" TEMPLATE "{usual}"')
    connection.settings_dict["NAME"] = own
    try:
        yield
    finally:
        connection.settings_dict["NAME"] = usual
        _run(f'DROP DATABASE "{own}"')


def _run(statement: str) -> None:
    connection.close()
    with connection._nodb_cursor() as cursor:
        cursor.execute(statement)


def migrate(*targets: tuple[str, str]) -> None:
    """To these, backwards where they lie behind; to the newest where none is named."""
    executor = MigrationExecutor(connection)
    with migrated.quick_states():
        executor.migrate(list(targets) or executor.loader.graph.leaf_nodes())


def rows() -> dict[str, list[Any]]:
    """What stands of the reports, but for the keys of what migrating stores anew."""
    return {
        "reports": list(Report.objects.order_by("pk").values()),
        "lines": list(ReportLine.objects.order_by("pk").values()),
        "remarks": list(Remark.objects.order_by("pk").values()),
        "settled": list(Settlement.objects.order_by("remark").values("remark", "report", "made_by", "made_at")),
        "people": list(User.objects.order_by("pk").values()),
    }


def test_reports_are_the_same_after_migrating(database_of_its_own: None) -> None:
    """Each was counted by the lifecycle; the migration counts them anew, and settles what was remarked on them."""
    town = make_town()
    first = world.submitted(town.county, town.quarter, 250, by=town.staff, when=DAY)
    note = Note(line=first.lines.get(project=town.project).pk, text="which road?")
    second = lifecycle.send_back(first, by=town.reviewer, at=DAY, remark="count again", notes=[note])
    world.fill(second.lines.get(project=town.project), 300, by=town.staff, when=LATER, explanations={})
    world.make_project("B1", town.other)
    world.accepted(lifecycle.submit(second, by=town.staff, at=LATER), by=town.reviewer, when=LATER)
    world.submitted(town.other, town.quarter, 100, by=town.stranger, when=LATER)
    before = rows()
    counted = [
        (row["state"], row["line_count"], row["changed_count"], row["year_to_date"], row["planned"])
        for row in before["reports"]
    ]
    assert counted == [
        ("returned", 2, None, 500, 4000),
        ("accepted", 2, 1, 550, 4000),
        ("submitted", 1, None, 100, 1000),
    ]
    assert len(before["remarks"]) == len(before["settled"]) == 2
    migrate(*BEFORE)
    migrate()
    assert rows() == before

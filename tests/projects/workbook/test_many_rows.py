"""Workbooks too long to wait for: a worker reads and applies them in parts, and goes on where another has stopped."""

import os
import time
from datetime import date
from decimal import Decimal

import pytest

from portal.models import Quarter, Role, Unit, User
from projects.models import AnnualPlan, Assignment, Project, ReportLine, Stage, Workbook
from projects.workbook import lifecycle, reading
from tests import world
from tests.conftest import City
from tests.projects.workbook import books
from tests.projects.workbook.books import downloaded
from tests.world import at

DAY = at("2022-04-05")
COUNT = int(os.environ.get("WORKBOOK_ROWS", "601"))


@pytest.fixture
def person(town: City) -> User:
    return world.make_person("many", unit_of(town), Role.REPORTER)


def unit_of(town: City) -> Unit:
    """A unit that answers for many projects."""
    unit = world.make_unit("430423", town.city)
    made = Project.objects.bulk_create(
        Project(code=f"M{number:05}", name_zh=f"项目{number}", stage=Stage.CONTINUING, started_on=date(2021, 3, 1))
        for number in range(COUNT)
    )
    day, category = date(2021, 1, 1), world.make_category()
    Assignment.objects.bulk_create(Assignment(project=each, unit=unit, from_on=day, reason="t") for each in made)
    AnnualPlan.objects.bulk_create(
        AnnualPlan(
            project=each,
            year=2022,
            in_force_on=date(2022, 1, 1),
            planned_investment=Decimal(1000),
            category=category,
            reason="t",
        )
        for each in made
    )
    return unit


def filled(unit: Unit, quarter: Quarter) -> bytes:
    sheets = books.sheets(downloaded(unit, quarter))
    for number, row in enumerate(next(iter(sheets.values()))[books.FIRST - 1 :]):
        row[5], row[10] = number % 900, "主体施工"
    return books.made(sheets)


def test_worker_reads_and_applies_in_parts(town: City, person: User, monkeypatch: pytest.MonkeyPatch) -> None:
    unit = Unit.objects.get(code="430423")
    began = time.perf_counter()
    content = filled(unit, town.quarter)
    times = {"download and fill": time.perf_counter() - began}
    monkeypatch.setattr(reading, "SMALL", 0)
    workbook = books.uploaded(content, unit, town.quarter, by=person, at=DAY)
    assert (workbook.state, workbook.rows) == (Workbook.State.WAITING, 0)
    began = time.perf_counter()
    assert lifecycle.work(now=lambda: DAY) == 1
    times["read"] = time.perf_counter() - began
    workbook.refresh_from_db()
    assert (workbook.state, workbook.done, workbook.lines.count()) == (Workbook.State.READ, COUNT, COUNT)
    began = time.perf_counter()
    waits = lifecycle.confirm(workbook, take=(), by=person, now=lambda: DAY)
    assert (waits.state, waits.rows) == (Workbook.State.APPLYING, COUNT)
    assert lifecycle.work(now=lambda: DAY) == 1
    times["apply"] = time.perf_counter() - began
    workbook.refresh_from_db()
    assert (workbook.state, workbook.done, workbook.changed) == (Workbook.State.APPLIED, COUNT, COUNT)
    assert ReportLine.objects.filter(unit=unit, version=1, edited_by=person).count() == COUNT
    print(times, len(content))

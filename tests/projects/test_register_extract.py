"""The file of all projects says what the list says of each of them, whatever stands on file."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from portal.extract import copied, listed
from portal.models import Unit
from portal.models.naming import localized
from projects import register_extract
from projects.models import (
    AnnualPlan,
    Assignment,
    Category,
    Chain,
    ListEntry,
    Project,
    ProjectList,
    Valuation,
)
from projects.views.register_list import ProjectTable, cells
from tests import world
from tests.conftest import City

DAY, YEAR = date(2022, 4, 20), 2022
HEADINGS = [name for name in ProjectTable.Meta.sequence if name not in ("name", "list_names")]


@pytest.fixture
def register(town: City) -> City:
    """Projects with several rows of each kind, before and after the day, and with none."""
    chain = Chain.objects.create(code="steel", name_zh="钢铁", name_en="Steel")
    culture, transport = Category.objects.exclude(code="industry")[:2]
    for number in range(5):
        project = world.make_project(f"P{number}", town.county, planned=1000 + number)
        project.name_en = "" if number % 2 else f"= Project, {number}"
        project.category, project.chain = culture, chain if number > 2 else None
        project.location = town.other if number else None
        project.save()
        Assignment.objects.create(project=project, unit=town.other, from_on=date(2022, 4, number * 5 + 1), reason="t")
        AnnualPlan.objects.create(
            project=project,
            year=YEAR,
            in_force_on=date(2022, 4, number * 5 + 1),
            planned_investment=Decimal(7),
            category=transport,
            chain=None if number else chain,
            reason="t",
        )
        Valuation.objects.create(
            project=project, from_on=date(2022, 4, 24 - number * 2), total_investment=None, version="budget", reason="t"
        )
        for index, each in enumerate(ProjectList.objects.all()[: number + 1]):
            ended = date(2022, 4, 20) if index == 1 else date(2022, 4, 21) if index == 2 else None
            ListEntry.objects.filter(project=project, list=each).delete()
            ListEntry.objects.create(
                project=project, list=each, listed_on=date(2022, 1, 1), delisted_on=ended, reason="t"
            )
    bare = Project.objects.create(code="BARE", name_zh="无")
    Project.objects.create(code="LATER", name_zh="以后", is_demonstration=True)
    ListEntry.objects.create(project=bare, list=ProjectList.objects.all()[0], listed_on=date(2022, 4, 21), reason="t")
    return town


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_file_says_what_the_list_says_in_the_same_order(register: City, language: str) -> None:
    with translation.override(language):
        projects = Project.objects.with_facts(on=DAY, year=YEAR).annotate(listed_name=localized())
        fields = ", ".join(f'"{field}"' for cell in cells().values() for field in sorted(cell.fields))
        for field in HEADINGS:
            for asked in (projects.order_by(field, "code"), projects.saying("P").order_by(f"-{field}", "-code")):
                found = register_extract.source(asked, on=DAY, year=YEAR)
                assert _rows(fields, found) == _rows(fields, listed(asked, cells().values()))
        assert len(_rows(fields, register_extract.source(projects.order_by("code"), on=DAY, year=YEAR))) == 9


def _rows(fields: str, source: str) -> list[bytes]:
    return [bytes(row) for row in copied(f"SELECT {fields} FROM ({source}) listed", "CSV")]


def test_file_holds_what_the_address_filters_and_sorts(
    client: Client, register: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.clock.now", lambda: world.at("2022-04-20"))
    client.force_login(register.leader)
    client.cookies["django_language"] = "en"
    lines = _file(client, year=YEAR, text="project, =", sort="-code", export="csv")
    assert [line.split(",")[0] for line in lines[1:]] == ["P4", "P2", "P0"]
    assert '"\'= Project, 4"' in lines[1]  # no formula


def test_file_is_asked_for_by_one_statement_however_many_projects(
    client: Client, town: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.clock.now", lambda: world.at("2022-04-20"))
    client.force_login(town.leader)
    counted, made = [], 0
    for number in (1, 3, 30):
        for index in range(made, number):
            world.make_project(f"Q{index}", town.county)
        made = number
        with CaptureQueriesContext(connection) as asked:
            assert len(_file(client, export="csv", text="Q")) == number + 1
        counted.append(len(asked))
    assert counted == [counted[0]] * 3


def test_percent_signs_and_braces_in_a_search_are_only_signs(
    client: Client, town: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.clock.now", lambda: world.at("2022-04-20"))
    client.force_login(town.leader)
    Project.objects.filter(code="A2").update(investor="100% {chosen} {order} %(on)s")
    for text in ("100%", "{chosen}", "{order}", "%(on)s", "%s"):
        assert len(_file(client, export="csv", text=text)) == (1 if text == "%s" else 2), text
    assert Unit.objects.exists()


def _file(client: Client, **asked: str | int) -> list[str]:
    response = client.get("/projects/", asked)
    assert response.status_code == 200
    return b"".join(response).decode("utf-8-sig").splitlines()

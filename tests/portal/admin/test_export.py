"""Every list of the admin becomes a file, as it is filtered."""

import csv
from io import BytesIO, StringIO

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from python_calamine import CalamineWorkbook

from projects import lifecycle
from projects.models import Project
from tests import world
from tests.conftest import City
from tests.world import at


def rows_of(client: Client, address: str, **query: str) -> list[list[str]]:
    answer = client.get(address, {**query, "export": "csv"})
    assert answer.status_code == 200
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.reader(StringIO(text)))


def test_units_leave_the_admin_as_filtered(town: City, client: Client) -> None:
    client.force_login(town.administrator)
    titles, *rows = rows_of(client, reverse("admin:portal_unit_changelist"), kind__exact="county")
    assert titles[:2] == ["代码", "中文名称"]
    assert [row[0] for row in rows] == ["430421", "430422"]


def test_queue_leaves_the_admin_with_its_sums(town: City, client: Client) -> None:
    report = world.submitted(town.county, town.quarter, 250, by=town.staff, when=at("2022-04-05"))
    lifecycle.accept(report, by=town.reviewer, at=at("2022-04-05"))
    client.force_login(town.reviewer)
    address = reverse("admin:projects_report_changelist")
    assert len(rows_of(client, address)) == 1
    _titles, row = rows_of(client, address, state="accepted")
    assert row[0] == str(town.county)
    assert "500" in row


def test_more_rows_than_a_page_holds_leave_together(town: City, client: Client) -> None:
    for number in range(60):
        world.make_unit(f"X{number:02}", town.city)
    client.force_login(town.administrator)
    assert len(rows_of(client, reverse("admin:portal_unit_changelist"), p="2")) == 1 + 63


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_every_list_of_the_admin_has_its_files(town: City, client: Client, kind: str) -> None:
    world.submitted(town.county, town.quarter, 250, by=town.staff, when=at("2022-04-05"))
    client.force_login(town.administrator)
    for model in admin.site._registry:
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        page = client.get(address)
        assert f"export={kind}" in page.content.decode(), address
        answer = client.get(address, {"export": kind})
        content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
        if kind == "xlsx":
            assert CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0).to_python()[0]
        assert "attachment" in answer["Content-Disposition"], address


def test_who_may_not_see_a_list_gets_no_file(town: City, client: Client) -> None:
    client.force_login(town.leader)
    answer = client.get(reverse("admin:portal_unit_changelist"), {"export": "csv"}, follow=True)
    assert (answer.status_code, answer.has_header("Content-Disposition")) == (403, False)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_file_of_projects_says_by_sql_what_the_list_shows(
    town: City, client: Client, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    Project.objects.filter(pk__in=Project.objects.values("pk")[:1]).update(stage="completed", is_demonstration=True)
    client.force_login(town.administrator)
    client.cookies.load({"django_language": language})
    address = reverse("admin:projects_project_changelist")
    by_sql = rows_of(client, address)
    monkeypatch.setattr(type(admin.site.get_model_admin(Project)), "cells", None)
    assert len(by_sql) > 1
    assert by_sql == rows_of(client, address)

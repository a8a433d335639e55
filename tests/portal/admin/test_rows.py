"""Rows of the admin's lists are those that Django writes, of every list there is."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.templatetags.admin_list import items_for_result
from django.http import HttpRequest, QueryDict
from django.test import Client
from django.urls import resolve, reverse
from django.utils import translation

from portal.admin import rows
from portal.admin.long import LongList
from projects import rollups
from tests import world
from tests.conftest import City
from tests.world import at

QUERIES = ("", "p=1&e=1", "_popup=1")  # what is chosen goes along to a record's page


@pytest.fixture
def filled(town: City) -> City:
    report = world.submitted(town.county, town.quarter, 500, by=town.staff, when=at("2022-04-01"))
    world.accepted(report, by=town.reviewer, when=at("2022-04-02"))
    rollups.drain(at=at("2022-04-02", 11))
    return town


def lists(town: City, query: str) -> Iterator[LongList]:
    for model, its in admin.site._registry.items():
        request = HttpRequest()
        request.method, request.GET, request.user = "GET", QueryDict(query), town.administrator
        request.path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        request.resolver_match = resolve(request.path)
        changes: Any = its.get_changelist_instance(request)
        if isinstance(changes, LongList) and its.get_list_display(request) != ("__str__",):
            yield changes


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_rows_are_those_of_django(filled: City, query: str, language: str) -> None:
    seen: list[str] = []
    with translation.override(language):
        for changes in lists(filled, query):
            expected = ["".join(items_for_result(changes, record, None)) for record in changes.result_list]
            assert list(rows.written(changes)) == expected
            seen += expected
    assert len(seen) > 10
    assert ("?_changelist_filters=p%3D1%26e%3D1" in "".join(seen)) == query.startswith("p")


def test_list_shows_its_rows(filled: City) -> None:
    client: Client = world.signed_in(filled.administrator)
    page = client.get("/admin/projects/reportline/").content.decode()
    assert page.count('<td class="field-quarter_name">') == 2
    assert page.count('<th class="field-project nowrap"><a href="/admin/projects/reportline/') == 2

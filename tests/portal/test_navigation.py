"""The navigation: what each role finds, which page is current, and that it costs one query."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from portal.models import Role
from tests import world
from tests.conftest import City


@pytest.mark.parametrize("role", Role)
def test_navigation_holds_the_admin_for_those_who_may_enter(client: Client, town: City, role: Role) -> None:
    client.force_login(world.make_person("somebody", town.county, role))
    found = {entry.href for entry in client.get("/profile/").context["navigation"]}
    assert (reverse("admin:index") in found) is (role in {Role.REVIEWER, Role.ADMINISTRATOR, Role.AUDITOR})
    assert (reverse("quarter_tasks_home") in found) is (role in {Role.REPORTER, Role.APPROVER, Role.PRINCIPAL})


def test_navigation_of_a_person_without_a_role_is_empty(client: Client, db: None) -> None:
    client.force_login(world.make_person("nobody"))
    assert client.get("/profile/").context["navigation"] == []


def test_navigation_marks_the_page_and_what_lies_below_it(client: Client, town: City) -> None:
    client.force_login(town.staff)
    for address in ("/projects/", "/projects/A1/"):
        current = [entry.href for entry in client.get(address).context["navigation"] if entry.current]
        assert current == ["/projects/"]


def test_navigation_costs_one_query(
    client: Client, town: City, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.force_login(town.administrator)
    with django_assert_num_queries(2):  # session, person, roles
        client.get("/suggestions/new/")


def test_stranger_sees_no_navigation(client: Client, db: None) -> None:
    page = client.get("/accounts/login/").content.decode()
    assert "site-nav" not in page
    assert "skip-link" in page

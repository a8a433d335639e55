"""Whom the admin opens to, and what each may do there."""

import pytest
from django.test import Client

from portal.models import Role
from tests import world
from tests.conftest import City

LISTS = ["unit", "user", "membership", "quarter", "extension", "suggestion", "message"]


def test_admin_sends_strangers_to_the_portals_sign_in(client: Client, db: None) -> None:
    assert client.get("/admin/")["Location"] == "/admin/login/?next=/admin/"
    assert client.get("/admin/login/?next=/admin/")["Location"] == "/accounts/login/?next=/admin/"


@pytest.mark.parametrize("role", Role)
def test_admin_opens_to_reviewers_administrators_and_auditors_only(client: Client, town: City, role: Role) -> None:
    client.force_login(world.make_person("somebody", town.county, role))
    expected = 200 if role in {Role.REVIEWER, Role.ADMINISTRATOR, Role.AUDITOR} else 403
    assert client.get("/admin/", follow=True).status_code == expected
    for name in LISTS:
        assert client.get(f"/admin/portal/{name}/", follow=True).status_code == expected, name


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.AUDITOR])
@pytest.mark.parametrize("name", LISTS)
def test_admin_is_read_only_for_reviewers_and_auditors(client: Client, town: City, role: Role, name: str) -> None:
    client.force_login(world.make_person("somebody", town.city, role))
    assert client.get(f"/admin/portal/{name}/add/").status_code == 403
    assert client.post(f"/admin/portal/{name}/add/", {}).status_code == 403


def test_admin_signs_out_and_changes_passwords_where_the_portal_does(client: Client, town: City) -> None:
    client.force_login(town.administrator)
    assert client.get("/admin/logout/")["Location"] == "/accounts/logout/"
    assert client.get("/admin/password_change/")["Location"] == "/accounts/password/change/"


def test_admin_shows_no_models_of_packages(client: Client, town: City) -> None:
    client.force_login(town.administrator)
    listed = {app["app_label"] for app in client.get("/admin/").context["app_list"]}
    assert listed <= {"portal", "projects", "commitments"}

"""The profile: everybody's own and nobody else's."""

import pytest
from django.test import Client

from portal.models import Role
from tests import world
from tests.conftest import City

FILLED = {"name": "李四", "post": "科长", "language": "en", "wants_notices": "on"}


def test_profile_asks_strangers_to_sign_in(client: Client, db: None) -> None:
    assert client.get("/profile/")["Location"] == "/accounts/login/?next=/profile/"
    assert client.post("/profile/", FILLED)["Location"] == "/accounts/login/?next=/profile/"


@pytest.mark.parametrize("role", Role)
def test_profile_opens_to_every_role(client: Client, town: City, role: Role) -> None:
    client.force_login(world.make_person("somebody", town.county, role))
    assert client.get("/profile/").status_code == 200


def test_profile_keeps_what_the_person_chose_and_nothing_else(client: Client, town: City) -> None:
    client.force_login(town.staff)
    forged = {"email": "other@example.test", "is_active": "", "pk": town.stranger.pk}
    assert client.post("/profile/", {**FILLED, **forged})["Location"] == "/profile/"
    town.staff.refresh_from_db()
    assert (town.staff.name, town.staff.post, town.staff.language) == ("李四", "科长", "en")
    assert (town.staff.wants_weekly, town.staff.wants_notices) == (False, True)
    assert (town.staff.email, town.staff.is_active) == ("staff@example.test", True)


def test_profile_says_it_is_saved_in_the_language_just_chosen(client: Client, town: City) -> None:
    client.force_login(town.staff)
    page = client.post("/profile/", FILLED, follow=True).content.decode()
    assert "Your profile is saved." in page


def test_profile_names_the_person_as_saved_while_a_form_has_errors(client: Client, town: City) -> None:
    client.force_login(town.staff)
    page = client.post("/profile/", {**FILLED, "name": ""}).content.decode()
    assert "<summary>staff</summary>" in page
    assert "invalid-feedback" in page


def test_profile_shows_roles_in_force_today(client: Client, town: City) -> None:
    town.staff.membership_set.filter(role=Role.APPROVER).update(valid_until="2021-12-31")
    client.force_login(town.staff)
    shown = client.get("/profile/").context["memberships"]
    assert [held.role for held in shown] == [Role.REPORTER]

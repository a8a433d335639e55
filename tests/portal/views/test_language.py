"""The language switch: kept with the person, or in a cookie, and never a way to another site."""

import pytest
from django.test import Client

from tests.conftest import City


def test_switch_works_before_sign_in(client: Client, db: None) -> None:
    answer = client.post("/language/", {"language": "en", "next": "/accounts/login/"})
    assert answer["Location"] == "/accounts/login/"
    assert "Sign in" in client.get("/accounts/login/", headers={"accept-language": "zh-CN"}).content.decode()


def test_switch_is_kept_with_the_person(client: Client, town: City) -> None:
    client.force_login(town.staff)
    client.post("/language/", {"language": "en", "next": "/profile/"})
    town.staff.refresh_from_db()
    assert town.staff.language == "en"


@pytest.mark.parametrize("language", ["", "xx", "de"])
def test_switch_takes_only_languages_of_the_portal(client: Client, town: City, language: str) -> None:
    client.force_login(town.staff)
    client.post("/language/", {"language": language, "next": "/profile/"})
    town.staff.refresh_from_db()
    assert town.staff.language == ""


def test_switch_leads_to_no_other_site(client: Client, db: None) -> None:
    assert client.post("/language/", {"language": "en", "next": "https://elsewhere.test/"})["Location"] == "/"


def test_switch_changes_nothing_by_a_link(client: Client, town: City) -> None:
    client.force_login(town.staff)
    assert client.get("/language/", {"language": "en"}).status_code == 405

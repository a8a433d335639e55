"""Suggestions: filed from any page by anybody, read by whoever made them and by administrators."""

import pytest
from django.test import Client

from portal.models import Suggestion, User
from tests.conftest import City
from tests.world import at


def file(by: User, text: str) -> Suggestion:
    return Suggestion.objects.create(page="/projects/", text=text, made_by=by, made_at=at("2022-04-05"))


@pytest.mark.parametrize("address", ["/suggestions/", "/suggestions/new/"])
def test_suggestions_ask_strangers_to_sign_in(client: Client, db: None, address: str) -> None:
    assert client.get(address)["Location"].startswith("/accounts/login/")
    assert client.post(address)["Location"].startswith("/accounts/login/")


def test_suggestion_link_of_a_page_names_the_page(client: Client, town: City) -> None:
    client.force_login(town.staff)
    page = client.get("/suggestions/?text=a%26b").content.decode()
    assert 'href="/suggestions/new/?page=%2Fsuggestions%2F%3Ftext%3Da%2526b"' in page


def test_suggestion_is_filed_with_who_and_where(client: Client, town: City) -> None:
    client.force_login(town.staff)
    form = client.get("/suggestions/new/", {"page": "/projects/?page=2"}).context["form"]
    assert form["page"].value() == "/projects/?page=2"
    client.post("/suggestions/new/", {"text": "带上代码", "page": "/projects/?page=2", "made_by": town.stranger.pk})
    filed = Suggestion.objects.get()
    assert (filed.text, filed.page, filed.made_by) == ("带上代码", "/projects/?page=2", town.staff)


def test_empty_suggestion_is_refused(client: Client, town: City) -> None:
    client.force_login(town.staff)
    assert client.post("/suggestions/new/", {"text": "  ", "page": "/"}).status_code == 200
    assert not Suggestion.objects.exists()


@pytest.mark.parametrize("page", ["https://other.test/", "//other.test/", "javascript:alert(1)", "/\\other.test"])
def test_suggestion_keeps_no_address_of_another_site(client: Client, town: City, page: str) -> None:
    client.force_login(town.staff)
    client.post("/suggestions/new/", {"text": "x", "page": page})
    assert Suggestion.objects.get().page == "/"


def test_suggestions_are_read_by_who_made_them_and_by_administrators(client: Client, town: City) -> None:
    file(town.staff, "from the county")
    for person, sees in [(town.staff, True), (town.stranger, False), (town.leader, False), (town.administrator, True)]:
        client.force_login(person)
        page = client.get("/suggestions/").content.decode()
        assert ("from the county" in page) is sees, person


def test_suggestion_is_answered_in_the_admin_with_who_and_when(client: Client, town: City) -> None:
    note = file(town.staff, "from the county")
    client.force_login(town.administrator)
    client.post(f"/admin/portal/suggestion/{note.pk}/change/", {"answer": "已改", "text": "forged"})
    note.refresh_from_db()
    assert (note.answer, note.answered_by, note.text) == ("已改", town.administrator, "from the county")
    assert note.answered_at is not None


def test_suggestions_filter_by_answer(client: Client, town: City) -> None:
    file(town.staff, "open one")
    done = file(town.staff, "done one")
    done.answer, done.answered_by, done.answered_at = "yes", town.administrator, at("2022-04-06")
    done.save()
    client.force_login(town.staff)
    assert "open one" not in client.get("/suggestions/", {"answered": "yes"}).content.decode()
    assert "done one" not in client.get("/suggestions/", {"answered": "no"}).content.decode()


def test_unreadable_filter_shows_its_error_and_no_rows(client: Client, town: City) -> None:
    file(town.staff, "open one")
    client.force_login(town.staff)
    for query in ({"answered": "perhaps"}, {"answered": "perhaps", "export": "csv"}):
        page = client.get("/suggestions/", query)
        assert not page.streaming
        assert "open one" not in page.content.decode()
        assert "field-error" in page.content.decode()

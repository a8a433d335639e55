"""Pages that say something went wrong: in both languages, with a way on, the last one without a database."""

import pytest
from django.test import Client, RequestFactory
from django.utils import translation

from portal.views import errors
from tests.conftest import City

WORDS = {
    "zh-hans": {403: "您无权打开此页面", 404: "页面不存在", 500: "系统出错"},
    "en": {403: "You may not open this page", 404: "There is no such page", 500: "Something went wrong"},
}


@pytest.mark.parametrize("language", WORDS)
def test_unknown_address_is_not_found_for_strangers_too(client: Client, db: None, language: str) -> None:
    answer = client.get("/no/such/page/", headers={"accept-language": language})
    assert answer.status_code == 404
    assert WORDS[language][404] in answer.content.decode()


@pytest.mark.parametrize("language", WORDS)
def test_page_without_the_right_is_forbidden_with_a_way_on(client: Client, town: City, language: str) -> None:
    client.force_login(town.staff)
    answer = client.get("/admin/", follow=True, headers={"accept-language": language})
    page = answer.content.decode()
    assert answer.status_code == 403
    assert WORDS[language][403] in page
    assert 'class="btn btn-primary" href="/"' in page


def test_stale_form_says_how_nothing_is_lost(town: City) -> None:
    client = Client(enforce_csrf_checks=True, headers={"accept-language": "en"})
    client.force_login(town.staff)
    answer = client.post("/suggestions/new/", {"text": "x"})
    assert answer.status_code == 403
    assert "This form was open for too long" in answer.content.decode()


@pytest.mark.parametrize("language", WORDS)
def test_broken_page_asks_neither_database_nor_session(rf: RequestFactory, language: str) -> None:
    """There is no database in this test at all: asking it would fail."""
    with translation.override(language):
        answer = errors.broken(rf.get("/"))
    assert answer.status_code == 500
    assert WORDS[language][500] in answer.content.decode()
    assert 'href="/static/css/site.css"' in answer.content.decode()

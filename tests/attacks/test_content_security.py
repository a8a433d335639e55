"""In a real browser, no page of the portal or of the admin runs against our content security policy."""

import shutil

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import sync_playwright
from pytest_django.live_server_helper import LiveServer

from portal.models import User
from tests.conftest import City
from tests.portal.test_language import every_address, fill

# Pages that are not there or not open to anybody; a note on password managers.
HARMLESS = ("status of 404", "status of 403", "[DOM]")
WITH_A_DRAWN_CHOICE = "/admin/portal/user/add/"


def cookie_of(person: User) -> str:
    client = Client()
    client.force_login(person)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def complaints(address: str, session: str, pages: list[str]) -> list[str]:
    """What the browser says in its console while it opens these pages, less what is harmless."""
    said: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        context = browser.new_context()
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": address}])
        page = context.new_page()
        page.on("console", lambda message: said.append(f"{page.url}: {message.text}"))
        page.on("pageerror", lambda error: said.append(f"{page.url}: {error}"))
        for each in pages:
            page.goto(address + each)
            if each == WITH_A_DRAWN_CHOICE:  # of units, by a script
                page.click("#membership_set-0 .select2-selection")
                page.wait_for_selector(".select2-results__option")
        browser.close()
    return [words for words in said if not any(each in words for each in HARMLESS)]


def test_no_page_breaks_the_content_security_policy(
    transactional_db: None, town: City, live_server: LiveServer
) -> None:
    session = cookie_of(fill(town, name="Li Si", words="floods", language="en"))
    assert complaints(live_server.url, session, [*every_address(), "/no/such/page/"]) == []


@pytest.mark.parametrize("tag", ["<style>p {color: red}</style>", "<script>document.title = 'x'</script>"])
def test_browser_refuses_inline_style_and_code_of_ours_too(
    transactional_db: None, town: City, live_server: LiveServer, tag: str
) -> None:
    """What the test above would see: a name that were printed unescaped would still do nothing but complain."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.goto(live_server.url + "/accounts/login/")
        page.evaluate("html => document.body.append(document.createRange().createContextualFragment(html))", tag)
        browser.close()
    assert any("Content Security Policy" in words for words in said)

"""What a journey needs: a real browser, a real worker, a real mail server and the portal as people reach it."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connection
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pytest_django import DjangoDbBlocker
from pytest_django.live_server_helper import LiveServer

from portal.celery import app
from portal.models import User
from tests import children, smtp, world
from tests.smtp import Postman

CELERY = ("-m", "celery", "-A", "portal", "worker", "--concurrency", "1", "--loglevel", "INFO")

ARGUMENTS = ["--no-sandbox", "--disable-gpu"]  # nobody looks

PATIENCE = 60_000  # ms: a machine that does other work besides is slow, and not wrong

SignIn = Callable[[User], Page]


@pytest.fixture
def postman() -> Iterator[Postman]:
    with smtp.serving(Postman()) as postman:
        yield postman


@pytest.fixture
def live_server(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[LiveServer]:
    """The portal in a thread, which keeps no connection that would outlive the test's database."""
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 0)
    server = LiveServer("localhost")
    yield server
    server.stop()


@pytest.fixture
def worker(live_server: LiveServer, postman: Postman, tmp_path: Path) -> Iterator[None]:
    """A Celery worker as in production, on the test's database, sending by the test's mail server.

    What a beat of another test has left in the queue, such as Monday's e-mail, isn't this test's.
    """
    app.control.purge()
    addresses = {"CONCENTRIC_URL": live_server.url, "CONCENTRIC_EMAIL_URL": f"smtp://127.0.0.1:{postman.port}"}
    with children.running(*CELERY, log=tmp_path / "worker.log", **addresses):
        yield


@pytest.fixture(scope="module")
def browser_of_the_file(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Browser]:
    """Starting a browser takes more than most journeys in it."""
    with pytest.MonkeyPatch.context() as patch:
        # Playwright keeps an event loop in this thread, in which Django would refuse to ask the database; what the
        # tests ask it there goes over a connection of the loop's own.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
            yield browser
            with django_db_blocker.unblock():
                connection.close()
            browser.close()


@pytest.fixture
def chromium(browser_of_the_file: Browser, live_server: LiveServer) -> Iterator[Browser]:
    yield browser_of_the_file
    for context in browser_of_the_file.contexts:
        context.close()


@pytest.fixture
def sign_in(chromium: Browser, live_server: LiveServer) -> SignIn:
    """Opens a window of its own for a person and signs them in; a script error in it fails the journey."""

    def signed_in(user: User) -> Page:
        page = chromium.new_context(base_url=live_server.url, locale="en-US").new_page()
        page.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        page.on("pageerror", lambda error: pytest.fail(f"{page.url}: {error}"))
        page.goto("/accounts/login/")
        page.locator("[name=login]").fill(user.email)
        page.locator("[name=password]").fill(world.PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: "/accounts/" not in url)
        return page

    return signed_in

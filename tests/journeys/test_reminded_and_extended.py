"""A unit that has not reported: reminded from the board, it asks for more time, gets fewer days, and sees them."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from portal import clock
from portal.models import Quarter, Role, Unit, User
from tests import world
from tests.journeys.conftest import SignIn
from tests.journeys.test_one_quarter import open_quarter, received
from tests.smtp import Postman


@pytest.fixture
def quarter(transactional_db: None) -> Quarter:
    return open_quarter(clock.today())


@pytest.fixture
def county(quarter: Quarter) -> Unit:
    county = world.make_unit("430421", world.make_unit("430400", kind=Unit.Kind.CITY))
    world.make_project("A1", county, planned=1000, year=quarter.year)
    return county


@pytest.fixture
def reporter(county: Unit) -> User:
    return world.make_person("reporter", county, Role.REPORTER, language="en")


@pytest.fixture
def administrator(county: Unit) -> User:
    assert county.parent
    return world.make_person("administrator", county.parent, Role.ADMINISTRATOR, language="en")


def without_scripts(chromium: Browser, live_server: LiveServer, user: User) -> Page:
    """A window in which no script runs, with this person signed in."""
    page = chromium.new_context(base_url=live_server.url, java_script_enabled=False, locale="en-US").new_page()
    page.goto("/accounts/login/")
    page.locator("[name=login]").fill(user.email)
    page.locator("[name=password]").fill(world.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    return page


@pytest.mark.usefixtures("worker")
def test_unit_is_reminded_asks_for_time_and_gets_fewer_days(
    quarter: Quarter,
    county: Unit,
    reporter: User,
    administrator: User,
    postman: Postman,
    chromium: Browser,
    live_server: LiveServer,
    sign_in: SignIn,
) -> None:
    board = sign_in(administrator)
    board.get_by_role("link", name="Who has reported").first.click()
    board.get_by_role("button", name=f"Remind: {county.name_en}").click()
    expect(board.locator("main")).to_contain_text("1 unit reminded to report.")
    expect(board.get_by_role("button", name=f"Remind: {county.name_en}")).to_have_count(0)
    assert "0 of 1 projects filled in" in received(postman, reporter, "Reminder")

    page = without_scripts(chromium, live_server, reporter)
    expect(page.get_by_role("link", name="Notices: 1 unread")).to_be_visible()
    expect(page.locator("main")).to_contain_text("10 days left")
    page.get_by_role("link", name="Notices: 1 unread").click()
    page.get_by_role("link", name="reminds you").click()
    expect(page.get_by_role("link", name="Notices: none unread")).to_be_visible()
    wanted, granted = quarter.due_on + timedelta(days=9), quarter.due_on + timedelta(days=4)
    page.locator("summary", has_text="Ask for more time").click()
    page.get_by_label("More time until").fill(str(wanted))
    page.get_by_label("Why the unit needs more time").fill("The flood cut the road to the site")
    page.get_by_role("button", name="Ask for it").click()
    expect(page.locator("#extensions")).to_contain_text("waiting for a decision")

    board.goto("/")
    board.get_by_role("link", name=county.name_en).first.click()
    expect(board.locator("main")).to_contain_text("The flood cut the road to the site")
    board.get_by_label("Granted until").fill(str(granted))
    board.get_by_role("button", name="Grant", exact=True).click()
    expect(board.locator("main")).to_contain_text(f"Granted until {granted}")

    page.goto("/")
    expect(page.locator("main")).to_contain_text(f"Extended until {granted} · 14 days left")
    expect(page.get_by_role("link", name="Notices: 1 unread")).to_be_visible()
    received(postman, reporter, "More time granted")
    board.goto("/filing/")
    expect(board.locator("tbody")).to_contain_text(f"Extended until {granted}")

"""A quarter filed without a mouse: every step is reached by the Tab key, and where one is can always be seen."""

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from projects.models import Report
from tests import world
from tests.journeys.district import District, make_district

AT = "selector => document.activeElement.matches(selector)"
# What is in focus has an outline or a glow, or the cell around it has.
SEEN = """() => {
    const shown = (part) => {
        const style = getComputedStyle(part);
        return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
    };
    const focused = document.activeElement;
    return focused === document.body || focused.id === "content" || shown(focused) || shown(focused.parentElement);
}"""


class Keyboard:
    """A person with a keyboard and nothing else."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def reach(self, selector: str, *, within: int = 80) -> None:
        """Press Tab until this has the focus; whoever is held fast on the way doesn't arrive."""
        for _step in range(within):
            if self.page.evaluate(AT, selector):
                return
            self.page.keyboard.press("Tab")
            assert self.page.evaluate(SEEN), self.page.evaluate("document.activeElement.outerHTML")
        raise AssertionError(f"{selector} was not reached on {self.page.url}")

    def press(self, selector: str, key: str = "Enter") -> None:
        self.reach(selector)
        self.page.keyboard.press(key)

    def type(self, selector: str, text: str) -> None:
        self.reach(selector)
        self.page.keyboard.type(text)


@pytest.fixture
def district(transactional_db: None) -> District:
    return make_district(3)


def test_a_whole_quarter_is_filed_by_keyboard(district: District, chromium: Browser, live_server: LiveServer) -> None:
    page = chromium.new_context(base_url=live_server.url, locale="en-US").new_page()
    page.set_default_timeout(60_000)
    keyboard = Keyboard(page)
    tasks = f"/quarters/{district.quarter.label}/units/{district.unit.code}/"

    page.goto("/accounts/login/")
    keyboard.type("[name=login]", district.person.email)
    keyboard.type("[name=password]", world.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/accounts/" not in url)

    keyboard.press(f"main a[href='{tasks}']")
    page.wait_for_url(f"**{tasks}")
    keyboard.press(f"a[href='{district.grid}']")
    page.wait_for_url(f"**{district.grid}")
    keyboard.type("[id='P01-flow']", "180")
    keyboard.type("[id='P01-progress']", "Third floor topped")
    keyboard.press("button[name=keep_untouched]")
    expect(page.locator("[data-complete]")).to_contain_text("3 of 3")

    keyboard.press(f"a[href='{tasks}check/']")
    page.wait_for_url(f"**{tasks}check/")
    keyboard.press("[name=signed]", "Space")
    keyboard.press("form[action$='/submit/'] button")
    page.wait_for_url("**/reports/*/")
    assert Report.objects.get(quarter=district.quarter).state == "submitted"

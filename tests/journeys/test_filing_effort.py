"""What filing a quarter costs a district with 25 projects, 5 of them changed: counted, from sign-in to the receipt."""

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from projects.models import Report, ReportLine
from projects.reading import written
from tests import world
from tests.journeys.district import District, make_district

KEY_PRESSES, PAGE_LOADS = 400, 8
CHANGED = {
    "P03": ("180", "Third floor topped"),
    "P07": ("240.5", "Roof is closed"),
    "P12": ("96", "Piles of bridge 2 set"),
    "P18": ("310", "Boilers delivered"),
    "P25": ("150", "Road bed half done"),
}


class Hands:
    """A person at a keyboard and a mouse: every key and every click counts as one press, every page as one load."""

    def __init__(self, page: Page) -> None:
        self.page, self.presses, self.loads = page, 0, 0
        page.on("domcontentloaded", self._loaded)

    def _loaded(self, _page: Page) -> None:
        self.loads += 1

    def type(self, text: str) -> None:
        self.presses += len(text)
        self.page.keyboard.type(text)

    def press(self, *keys: str) -> None:
        self.presses += len(keys)
        for key in keys:
            self.page.keyboard.press(key)

    def click(self, selector: str) -> None:
        self.presses += 1
        self.page.locator(selector).click()


@pytest.fixture
def district(transactional_db: None) -> District:
    return make_district(25)


def test_25_projects_5_changed_are_filed_with_few_keys_and_pages(
    district: District, chromium: Browser, live_server: LiveServer
) -> None:
    page = chromium.new_context(base_url=live_server.url, locale="en-US").new_page()
    page.set_default_timeout(60_000)
    hands = Hands(page)
    tasks = f"/quarters/{district.quarter.label}/units/{district.unit.code}/"

    page.goto("/accounts/login/")
    hands.click("[name=login]")
    hands.type(district.person.email)
    hands.press("Tab")
    hands.type(world.PASSWORD)
    hands.press("Enter")
    page.wait_for_url(lambda url: "/accounts/" not in url)

    hands.click(f"main a[href='{tasks}']")
    hands.click(f"a[href='{district.grid}']")
    for code, (flow, words) in CHANGED.items():
        hands.click(f"[id='{code}-flow']")
        hands.type(flow)
        hands.press("Enter")
        hands.click(f"[id='{code}-progress']")
        hands.type(words)
    hands.click("button[name=keep_untouched]")
    expect(page.locator("main")).to_contain_text("20 projects marked as unchanged")
    expect(page.locator("[data-complete]")).to_contain_text("25 of 25 projects complete")

    hands.click(f"a[href='{tasks}check/']")
    hands.click("[name=signed]")
    hands.click("form[action$='/submit/'] button")
    page.wait_for_url("**/reports/*/")
    expect(page.locator("main")).to_contain_text(f"{district.quarter.label}-{district.unit.code}-1")

    assert hands.presses <= KEY_PRESSES
    assert hands.loads <= PAGE_LOADS
    lines = ReportLine.objects.filter(report=Report.objects.get(quarter=district.quarter))
    said = {line.project.code: (written(line.flow), line.progress) for line in lines.select_related("project")}
    assert {code: said[code] for code in CHANGED} == CHANGED
    assert [flow for code, (flow, _words) in said.items() if code not in CHANGED] == ["0"] * 20

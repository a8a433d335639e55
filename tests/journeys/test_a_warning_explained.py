"""A figure that looks odd: asked about at its field, explained in a sentence, looked at by the reviewer, accepted."""

import pytest
from playwright.sync_api import Page, expect

from portal import clock
from portal.models import Quarter, Role, Unit, User
from projects.models import Report
from tests import world
from tests.journeys.conftest import SignIn
from tests.journeys.test_one_quarter import fill_line, open_quarter

SENTENCE = "It was paid for in full when it came"


@pytest.fixture
def quarter(transactional_db: None) -> Quarter:
    return open_quarter(clock.today())


@pytest.fixture
def county(quarter: Quarter) -> Unit:
    """It answers for one project, whose total of 100 the first figure will pass."""
    county = world.make_unit("430421", world.make_unit("430400", kind=Unit.Kind.CITY))
    world.make_project("A1", county, planned=1000, year=quarter.year, total=100)
    return county


@pytest.fixture
def staff(county: Unit) -> User:
    return world.make_person("staff", county, Role.REPORTER, Role.APPROVER, language="en")


@pytest.fixture
def reviewer(county: Unit) -> User:
    return world.make_person("reviewer", county.parent, Role.REVIEWER, language="en")


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id"))


@pytest.mark.usefixtures("worker")
def test_a_warning_is_explained_by_keyboard_and_ticked_by_the_reviewer(
    county: Unit, quarter: Quarter, staff: User, reviewer: User, sign_in: SignIn
) -> None:
    page, tasks = sign_in(staff), f"/quarters/{quarter.label}/units/{county.code}/"
    page.goto(tasks)
    fill_line(page, "A1", "250")
    summary = page.locator(".error-summary")
    expect(summary).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert focused(page) == "id_explanation:over_total"

    page.goto(tasks + "check/")
    expect(page.locator("form[action$='/submit/'] button")).to_be_disabled()
    page.get_by_role("link", name="more than the total investment").click()
    page.wait_for_url("**/projects/A1/#id_explanation:over_total")
    expect(page.locator("[id='id_explanation:over_total']")).to_be_focused()
    page.keyboard.type(SENTENCE)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(summary).to_have_count(0)
    page.goto(tasks + "check/")
    expect(page.locator("main")).to_contain_text(SENTENCE)
    page.locator("[name=signed]").check()
    page.locator("form[action$='/submit/'] button").click()
    page.wait_for_url("**/reports/*/")

    review = sign_in(reviewer)
    review.goto(f"/admin/projects/report/{Report.objects.get().pk}/change/")
    expect(review.locator(".review-finding")).to_contain_text(SENTENCE)
    review.get_by_role("button", name="Accept").click()
    expect(review.get_by_role("alert")).to_contain_text("A1 over the total investment")
    review.get_by_label("looked at: Project A1, over the total investment").check()
    review.get_by_role("button", name="Accept").click()
    expect(review.locator("main")).to_contain_text("it counts from now on")
    assert Report.objects.get().state == "accepted"

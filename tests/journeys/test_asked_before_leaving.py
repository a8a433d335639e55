"""What was typed and not sent is not left behind unasked: a reviewer's remarks, a suggestion."""

import pytest
from playwright.sync_api import Dialog, Page, expect

from portal.models import Role
from tests import world
from tests.journeys import late
from tests.journeys.conftest import SignIn
from tests.journeys.district import District, make_district
from tests.journeys.test_returned_and_corrected import handed_in


@pytest.fixture
def district(transactional_db: None) -> District:
    return make_district(1)


def asked(page: Page, step: str) -> bool:
    """Whether the browser asks before it leaves by this link; the person stays."""
    dialogs: list[str] = []

    def stay(dialog: Dialog) -> None:
        dialogs.append(dialog.type)
        dialog.dismiss()

    page.once("dialog", stay)
    page.locator(step).first.click(no_wait_after=True)
    expect.set_options(timeout=60_000)
    page.wait_for_timeout(500)
    return dialogs == ["beforeunload"]


def test_remarks_of_a_reviewer_are_not_left_behind_unasked(district: District, sign_in: SignIn) -> None:
    report = handed_in(district)
    reviewer = world.make_person("qian", district.unit.parent, Role.REVIEWER, language="en")
    page = sign_in(reviewer)
    page.goto(f"/admin/projects/report/{report.pk}/change/")
    page.locator("#id_remark").click()
    page.keyboard.type("One figure, please")
    assert asked(page, ".review-next a[data-key=q]")
    expect(page.locator("#id_remark")).to_have_value("One figure, please")
    page.get_by_role("button", name="Return").click()
    page.wait_for_url("**/admin/projects/report/")  # sent: nobody is asked


def test_suggestion_begun_before_the_scripts_were_there_is_not_left_behind_unasked(
    district: District, sign_in: SignIn
) -> None:
    page = sign_in(district.person)
    with late.scripts(page):
        page.goto("/suggestions/new/", wait_until="commit")
        page.locator("textarea").click()
        page.keyboard.type("The grid is too narrow")
    page.wait_for_load_state()
    assert asked(page, "header a")
    page.get_by_role("button", name="File the note").click()
    page.wait_for_url("**/suggestions/")

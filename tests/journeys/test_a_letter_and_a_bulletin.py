"""A letter as people live it: drafted, completed, issued, signed by both, checked by anybody; then a bulletin."""

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from commitments.models import Bulletin, Campaign, LetterVersion
from portal import clock
from portal.models import Quarter, Role, Unit, User
from projects import lifecycle, rollups
from tests import world
from tests.commitments.letters import make_template
from tests.journeys.conftest import SignIn
from tests.journeys.test_one_quarter import open_quarter


@dataclass
class Cast:
    county: Unit
    quarter: Quarter
    reporter: User
    principal: User
    mayor: User
    administrator: User
    reviewer: User


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """A city with a campaign and one county, which answers for a project of the quarter that has just ended."""
    city = world.make_unit("430400", kind=Unit.Kind.CITY)
    county = world.make_unit("430421", city)
    quarter = open_quarter(clock.today())
    world.make_project("A1", county, planned=4000, year=quarter.year)
    campaign = Campaign.objects.create(unit=city, year=quarter.year, name_zh="攻坚年", name_en="Breakthrough")
    make_template(campaign, ("investment", None))
    return Cast(
        county=county,
        quarter=quarter,
        reporter=world.make_person("reporter", county, Role.REPORTER, Role.APPROVER, language="en"),
        principal=world.make_person("principal", county, Role.PRINCIPAL, language="en", post="County mayor"),
        mayor=world.make_person("mayor", city, Role.PRINCIPAL, language="en", post="Mayor"),
        administrator=world.make_person("administrator", city, Role.ADMINISTRATOR, language="en"),
        reviewer=world.make_person("reviewer", city, Role.REVIEWER, language="en"),
    )


def sign(page: Page, person: User, button: str) -> None:
    page.get_by_label("I have read the whole text").check()
    page.get_by_label("Your name").fill(person.name)
    page.get_by_label("Your password, once more").fill(world.PASSWORD)
    page.get_by_role("button", name=button, exact=True).click()


@pytest.mark.django_db(transaction=True)
def test_a_letter_is_signed_by_both_and_anybody_can_check_it(
    cast: Cast, sign_in: SignIn, chromium: Browser, live_server: LiveServer
) -> None:
    letter = f"/letters/{cast.county.code}/{cast.quarter.year}/"

    office = sign_in(cast.administrator)
    office.goto(f"/campaigns/430400/{cast.quarter.year}/letters/")
    office.get_by_role("button", name="Draft letters for all units without one").click()

    staff = sign_in(cast.reporter)
    staff.goto(letter)
    staff.get_by_role("link", name="Finish the draft").click()
    staff.get_by_role("textbox", name=re.compile("responsible leader")).fill("Deputy mayor Li")
    staff.get_by_role("button", name="Save", exact=True).last.click()
    assert LetterVersion.objects.get().pledges.get().leader == "Deputy mayor Li"

    office.goto(letter)
    office.get_by_role("link", name="Check and issue").click()
    office.locator("main form button[type=submit]").last.click()

    head = sign_in(cast.principal)
    head.goto("/")
    expect(head.get_by_role("heading", name="Waiting for your signature")).to_be_visible()
    head.goto(letter)
    head.get_by_role("link", name="Read and sign").first.click()
    head.get_by_role("button", name="Sign", exact=True).click()
    expect(head.get_by_text("Read the text to its end, then tick this box.").first).to_be_visible()
    sign(head, cast.principal, "Sign")

    mayor = sign_in(cast.mayor)
    mayor.goto(letter)
    mayor.get_by_role("link", name="Read and counter-sign").first.click()
    sign(mayor, cast.mayor, "Counter-sign")
    version = LetterVersion.objects.get()
    assert version.state == "in_force"

    anybody = chromium.new_context(base_url=live_server.url, locale="en-US").new_page()
    anybody.goto(f"/verify/{version.serial}")
    expect(anybody.get_by_role("main")).to_contain_text("Valid")
    assert anybody.context.cookies() == []


@pytest.mark.django_db(transaction=True)
def test_a_bulletin_is_published_and_keeps_what_it_said(cast: Cast, sign_in: SignIn) -> None:
    report = world.submitted(cast.county, cast.quarter, 1500, by=cast.reporter, when=clock.now())
    lifecycle.accept(report, by=cast.reviewer, at=clock.now())
    rollups.drain(at=clock.now())

    office = sign_in(cast.administrator)
    office.goto("/campaigns/")
    office.get_by_role("link", name="Bulletins").click()
    office.get_by_role("button", name="Begin this bulletin").first.click()
    office.get_by_label("What comes next, in your own words").fill("Weekly meetings until the year's end.")
    office.get_by_role("button", name="Keep and show in the draft").click()
    expect(office.locator("article")).to_contain_text("Weekly meetings until the year's end.")
    office.get_by_role("button", name="Publish this bulletin").click()
    expect(office.get_by_text("No figure has been corrected since")).to_be_visible()
    with office.expect_download() as downloading:
        office.get_by_role("link", name="PDF", exact=True).click()
    assert downloading.value.path().read_bytes().startswith(b"%PDF-")
    assert Bulletin.objects.get().published_by == cast.administrator

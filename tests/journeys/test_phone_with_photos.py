"""From the building site: the start is reported on a phone with two photos, one is taken back, the reviewer sees it."""

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from portal import clock
from portal.models import Quarter, Role, Unit, User
from projects import attaching
from projects.cleaning import apart
from projects.models import Evidence, Report
from tests import world
from tests.journeys import late
from tests.journeys.conftest import SignIn
from tests.journeys.test_one_quarter import open_quarter
from tests.projects.pictures import HEIC, jpeg

PHONE: ViewportSize = {"width": 375, "height": 740}


@pytest.fixture
def quarter(transactional_db: None) -> Quarter:
    return open_quarter(clock.today())


@pytest.fixture
def county(quarter: Quarter) -> Unit:
    """It answers for one project, which is yet to be started."""
    county = world.make_unit("430421", world.make_unit("430400", kind=Unit.Kind.CITY))
    world.make_project("A1", county, planned=1000, year=quarter.year, stage="preparatory")
    return county


@pytest.fixture
def staff(county: Unit) -> User:
    return world.make_person("staff", county, Role.REPORTER, Role.APPROVER, language="en")


@pytest.fixture
def reviewer(county: Unit) -> User:
    return world.make_person("reviewer", county.parent, Role.REVIEWER, language="en")


@pytest.fixture(autouse=True)
def _in_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attaching, "made_anew", apart.made_anew)


def on_a_phone(chromium: Browser, live_server: LiveServer, person: User, *, scripts: bool = True) -> Page:
    context = chromium.new_context(
        base_url=live_server.url,
        locale="en-US",
        viewport=PHONE,
        has_touch=True,
        is_mobile=True,
        java_script_enabled=scripts,
    )
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.on("pageerror", lambda error: pytest.fail(f"{page.url}: {error}"))
    page.goto("/accounts/login/")
    page.locator("[name=login]").fill(person.email)
    page.locator("[name=password]").fill(world.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/accounts/" not in url)
    return page


def fill(page: Page, quarter: Quarter) -> None:
    page.locator("[name=flow]").fill("250")
    page.locator("[name=stage]").select_option("newly_started")
    page.locator("[name=started_on]").fill(str(quarter.starts_on))
    page.locator("[name=progress]").fill("Foundations are being dug")


def two_photos() -> list[dict[str, object]]:
    return [
        {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": jpeg(1200, 900, orientation=6)},
        {"name": "IMG_2.heic", "mimeType": "image/heic", "buffer": HEIC},
    ]


@pytest.mark.usefixtures("worker")
def test_a_start_is_reported_from_the_site_with_photos(
    county: Unit,
    quarter: Quarter,
    staff: User,
    reviewer: User,
    chromium: Browser,
    live_server: LiveServer,
    sign_in: SignIn,
) -> None:
    tasks = f"/quarters/{quarter.label}/units/{county.code}/"
    page = on_a_phone(chromium, live_server, staff)
    page.goto(tasks + "projects/A1/")
    expect(page.get_by_label("Take a photo")).to_be_visible()
    fill(page, quarter)
    page.locator("[name=progress]").press("Tab")
    warning = page.get_by_text("without a photo or document").first
    expect(warning).to_be_visible()  # saved by itself, and asked about

    page.get_by_label("What they show").select_option("start")
    page.locator("#id_evidence_files").set_input_files(two_photos())  # type: ignore[arg-type]
    pictures = page.locator(".evidence-edited img")
    expect(pictures).to_have_count(2)
    expect(warning).to_have_count(0)
    page.get_by_label("Caption: IMG_1.jpg").fill("West side")
    page.get_by_label("Caption: IMG_1.jpg").press("Tab")

    page.get_by_role("button", name="Remove: IMG_2.jpg").click()
    expect(pictures).to_have_count(1)
    expect(page.get_by_text("IMG_2.jpg was removed.")).to_be_visible()
    page.get_by_role("button", name="Put back: IMG_2.jpg").click()
    expect(pictures).to_have_count(2)
    page.get_by_role("button", name="Remove: IMG_2.jpg").click()
    expect(pictures).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]

    page.get_by_role("button", name="Save and back to the list").click()
    page.wait_for_url(f"**{tasks}")
    page.goto(tasks + "check/")
    expect(page.locator(".evidence img")).to_have_count(1)
    page.get_by_role("checkbox").check()
    page.locator("form[action$='/submit/'] button").click()
    page.wait_for_url("**/reports/*/")
    expect(page.get_by_text("West side")).to_be_visible()

    report = Report.objects.get()
    [kept] = Evidence.objects.all()
    assert (kept.caption, kept.purpose, kept.file.name, kept.file.width, kept.file.height) == (
        "West side",
        "start",
        "IMG_1.jpg",
        900,
        1200,
    )
    review = sign_in(reviewer)
    review.goto(f"/admin/projects/report/{report.pk}/change/")
    shown = review.locator("ul.evidence img")
    shown.scroll_into_view_if_needed()
    expect(shown).not_to_have_js_property("naturalWidth", 0)
    review.locator("ul.evidence a").click()
    review.wait_for_url("**/evidence/*/")
    assert review.evaluate("document.querySelector('img').naturalHeight") == 1200


@pytest.mark.usefixtures("live_server")
def test_without_scripts_photos_go_with_the_form(
    county: Unit, quarter: Quarter, staff: User, chromium: Browser, live_server: LiveServer
) -> None:
    page = on_a_phone(chromium, live_server, staff, scripts=False)
    page.goto(f"/quarters/{quarter.label}/units/{county.code}/projects/A1/")
    fill(page, quarter)
    page.locator("#id_evidence_files").set_input_files(two_photos())  # type: ignore[arg-type]
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".evidence-edited img")).to_have_count(2)
    expect(page.locator("[name=flow]")).to_have_value("250")
    expect(page.locator("[name=progress]")).to_have_value("Foundations are being dug")
    page.get_by_role("button", name="Remove: IMG_2.jpg").click()
    expect(page.locator(".evidence-edited img")).to_have_count(1)
    expect(page.get_by_role("button", name="Put back: IMG_2.jpg")).to_be_visible()


@pytest.mark.usefixtures("live_server")
def test_a_photo_waits_in_the_page_while_the_network_is_gone(
    county: Unit, quarter: Quarter, staff: User, chromium: Browser, live_server: LiveServer
) -> None:
    page = on_a_phone(chromium, live_server, staff)
    page.goto(f"/quarters/{quarter.label}/units/{county.code}/projects/A1/")
    page.context.set_offline(True)
    page.locator("#id_evidence_files").set_input_files(two_photos()[:1])  # type: ignore[arg-type]
    expect(page.get_by_text("IMG_1.jpg was not sent")).to_be_visible()
    page.context.set_offline(False)
    page.get_by_role("button", name="Send again").click()
    expect(page.locator(".evidence-edited img")).to_have_count(1)


@pytest.mark.usefixtures("live_server")
def test_a_photo_chosen_before_the_scripts_are_there_is_sent_by_itself(
    county: Unit, quarter: Quarter, staff: User, chromium: Browser, live_server: LiveServer
) -> None:
    page = on_a_phone(chromium, live_server, staff)
    form = f"/quarters/{quarter.label}/units/{county.code}/projects/A1/"
    with late.scripts(page):
        page.goto(form, wait_until="commit")
        page.locator("#id_evidence_files").set_input_files(two_photos()[:1])  # type: ignore[arg-type]
    expect(page.locator(".evidence-edited img")).to_have_count(1)
    with late.scripts(page):
        page.goto(form, wait_until="commit")
        page.get_by_label("Caption: IMG_1.jpg").fill("West side")
    page.wait_for_load_state("networkidle")
    assert Evidence.objects.get().caption == "West side"

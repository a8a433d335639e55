"""Returned and corrected: a remark at a field, met and answered where it stands, seen again as a mark and a thread."""

from playwright.sync_api import Page, expect

from portal import clock
from portal.models import Role, Unit
from projects.models import Report
from tests import world
from tests.journeys.conftest import SignIn
from tests.journeys.district import District, make_district


def handed_in(district: District) -> Report:
    return world.submitted(district.unit, district.quarter, 300, by=district.colleague, when=clock.now())


def return_with_a_remark(page: Page, report: Report) -> None:
    """On the flow of the first project; the reviewer comes from the queue and goes by keys."""
    page.goto("/admin/projects/report/")
    page.keyboard.press("j")
    expect(page.locator("#result_list tbody tr a:focus")).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{report.pk}/change/**")
    line = page.locator(".review-line").first
    line.locator("summary").click()
    line.locator("select").select_option("flow")
    line.locator("textarea").fill("The invoices add up to 340")
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.press("r")
    expect(page.locator("#id_remark")).to_be_focused()
    page.keyboard.type("a jack")  # no key does anything while one types
    expect(page.locator("#id_remark")).to_have_value("a jack")
    page.locator("#id_remark").fill("One figure, please")
    page.get_by_role("button", name="Return").click()
    page.wait_for_url("**/admin/projects/report/**")


def correct(page: Page, district: District) -> None:
    """In the table, whose cell points to the remark, and once more in the form, where the answer stands."""
    page.goto(district.grid)
    cell = page.locator("td", has=page.locator("#P01-flow"))
    expect(cell.get_by_role("link", name="Remark")).to_be_visible()
    row = page.locator("[data-line=P01]")
    expect(row.locator(".thread")).to_contain_text("The invoices add up to 340")
    page.locator("#P01-flow").fill("340")
    page.locator("#P01-progress").fill("主体封顶，正在装修")
    row.get_by_label("Answer to the remark").fill("Two invoices had come late")
    page.locator("#P02-flow").focus()
    expect(page.locator("[data-saved]")).to_have_attribute("data-state", "saved")
    page.goto(district.grid.replace("grid/", "projects/P01/"))
    flow = page.locator(".talk", has_text="The invoices add up to 340")
    expect(flow.get_by_label("Answer to the remark")).to_have_value("Two invoices had come late")
    tasks = district.grid.replace("grid/", "")
    page.goto(tasks)
    page.get_by_label("Answer to the remark").fill("Mended, see the line")
    page.get_by_role("button", name="Save the answer").click()
    expect(page.locator("main")).to_contain_text("Mended, see the line")
    page.goto(f"{tasks}check/")
    page.locator("[name=signed]").check()
    page.locator("form[action$='/submit/'] button").click()
    page.wait_for_url("**/reports/*/")


def test_remark_at_a_field_is_answered_and_seen_again(transactional_db: None, sign_in: SignIn) -> None:
    district = make_district(2)
    report = handed_in(district)
    zhao = world.make_person("qian", Unit.objects.get(code="430400"), Role.REVIEWER, language="en")
    reviewer, li = sign_in(zhao), sign_in(district.person)
    return_with_a_remark(reviewer, report)
    correct(li, district)

    again = Report.objects.get(revision=2)
    reviewer.goto(f"/admin/projects/report/{again.pk}/change/")
    line = reviewer.locator(".review-line").first
    expect(line.locator("td.is-changed").first).to_contain_text("changed; before: 300")
    expect(line.locator("ins")).to_contain_text("封顶，正在装修")
    expect(line.locator("del").last).to_contain_text("施工")
    thread = line.locator(".review-remark")
    expect(thread).to_contain_text("The invoices add up to 340")
    expect(thread).to_contain_text("Two invoices had come late")
    expect(thread).to_contain_text("when remarked: 300 → now: 340")
    expect(reviewer.locator("#decision")).to_contain_text("Mended, see the line")
    reviewer.keyboard.press("?")
    expect(reviewer.locator("dialog")).to_be_visible()
    reviewer.keyboard.press("a")  # the dialog is open: nothing happens
    reviewer.keyboard.press("Escape")
    expect(reviewer.locator("dialog")).to_be_hidden()
    reviewer.keyboard.press("a")
    reviewer.wait_for_url("**/admin/projects/report/")
    expect(reviewer.locator(".messagelist")).to_contain_text("it counts from now on")
    assert Report.objects.get(pk=again.pk).state == "accepted"

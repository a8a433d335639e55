"""The table in a real browser: pasted into, fought over by two windows, and left open until the session has ended."""

from decimal import Decimal

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, expect

from portal import clock
from portal.models import Role
from portal.serve import processes
from projects import drafting
from projects.models import ReportLine
from tests import world
from tests.journeys import late
from tests.journeys.conftest import SignIn
from tests.journeys.district import District, make_district

BLOCK = (
    "１２．５\t\t续建\t2021年3月1日\t\t主体封顶\r\n"
    '1,234.50\t\t在建\t2021/3/2\t\t"一标段\n二标段"\t征地"未完成\r\n'
    "1.2亿\t\t竣工\t2021-03-03\t2021.6.1\t交工验收\r\n"
    "about 5\t\t胡写\t去年\t\t装修\r\n"
)
PASTE = """(field, [text]) => {
    const clipboard = new DataTransfer();
    clipboard.setData("text/plain", text);
    field.dispatchEvent(new ClipboardEvent("paste", {clipboardData: clipboard, bubbles: true, cancelable: true}));
}"""


@pytest.fixture
def district(transactional_db: None) -> District:
    return make_district(6)


def cell(page: Page, code: str, column: str) -> str:
    return page.locator(f"[id='{code}-{column}']").input_value()


def below(page: Page, code: str) -> str:
    return page.locator(f"[id='below-{code}']").inner_text()


def saved(page: Page) -> None:
    expect(page.locator("[data-saved][data-state=saved]")).to_contain_text("Saved")


def kept(code: str) -> ReportLine:
    return ReportLine.objects.select_related("edited_by").get(project__code=code, report__state="draft")


def paste(page: Page, field: str, text: str) -> None:
    page.locator(f"[id='{field}']").focus()
    page.locator(f"[id='{field}']").evaluate("(field, text) => {(" + PASTE + ")(field, [text])}", text)


def test_block_from_a_spreadsheet_is_read_by_the_portal(district: District, sign_in: SignIn) -> None:
    page = sign_in(district.person)
    page.goto(district.grid)
    paste(page, "P01-flow", BLOCK)
    saved(page)
    page.locator("[id='P06-flow']").click()
    assert [cell(page, code, "flow") for code in ("P01", "P02", "P03", "P04")] == ["12.5", "1234.5", "12000", "about 5"]
    assert [cell(page, code, "year_to_date") for code in ("P01", "P02", "P03")] != ["", "", ""]
    assert [cell(page, code, "stage") for code in ("P01", "P02", "P03", "P04")] == [
        "continuing", "continuing", "completed", "胡写",
    ]  # fmt: skip
    assert [cell(page, code, "started_on") for code in ("P01", "P02", "P03", "P04")] == [
        "2021-03-01", "2021-03-02", "2021-03-03", "去年",
    ]  # fmt: skip
    assert cell(page, "P03", "finished_on") == "2021-06-01"
    assert cell(page, "P02", "progress") == "一标段\n二标段"
    assert cell(page, "P02", "obstacle") == '征地"未完成'
    assert "“1.2亿” was understood as 12000" in below(page, "P03")
    assert "letters and other words" in below(page, "P04")
    assert "is no stage" in below(page, "P04")
    expect(page.locator("[data-total=flow]")).to_contain_text("13,247")
    assert kept("P04").rejected == {"flow": "about 5", "stage": "胡写", "started_on": "去年"}

    page.locator("[data-summary] summary").click()
    page.locator("[data-summary-list] a", has_text="is no stage").click()
    assert page.evaluate("document.activeElement.id") == "P04-stage"
    page.reload()
    assert cell(page, "P04", "flow") == "about 5"
    assert cell(page, "P04", "stage") == "胡写"


def test_pasted_block_can_be_taken_back(district: District, sign_in: SignIn) -> None:
    page = sign_in(district.person)
    page.goto(district.grid)
    paste(page, "P05-flow", "1\r\n2\r\n3\r\n")
    expect(page.locator("[data-note]")).to_contain_text("left out: 1")
    saved(page)
    page.keyboard.press("Control+z")
    expect(page.locator("[data-saved]")).to_contain_text("Saved")
    expect(page.locator("[id='P05-flow']")).to_have_value("")
    page.locator("[id='P01-flow']").focus()
    saved(page)
    assert (kept("P05").flow, kept("P06").flow) == (None, None)


def test_keys_move_edit_and_undo(district: District, sign_in: SignIn) -> None:
    page = sign_in(district.person)
    page.goto(district.grid)
    page.locator("[id='P01-flow']").focus()
    at = "document.activeElement.id"
    walk = [
        ("ArrowDown", "P02-flow"), ("ArrowRight", "P02-year_to_date"), ("ArrowRight", "P02-stage"),
        ("ArrowDown", "P03-stage"), ("Enter", "P04-stage"), ("Shift+Enter", "P03-stage"), ("ArrowUp", "P02-stage"),
        ("ArrowLeft", "P02-year_to_date"), ("Shift+Tab", "P02-flow"), ("ArrowUp", "P01-flow"),
        ("ArrowUp", "P01-flow"), ("Tab", "P01-year_to_date"), ("ArrowLeft", "P01-flow"),
    ]  # fmt: skip
    for key, where in walk:
        page.keyboard.press(key)
        assert page.evaluate(at) == where, key
    assert cell(page, "P02", "stage") == "continuing"  # arrows pass a choice without changing it
    page.keyboard.type("12")
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowUp")
    page.keyboard.type("34")
    assert cell(page, "P01", "flow") == "34"  # typing replaces
    page.keyboard.press("Escape")
    assert cell(page, "P01", "flow") == "12"
    page.keyboard.press("F2")
    page.keyboard.press("ArrowLeft")
    page.keyboard.type("9")
    assert cell(page, "P01", "flow") == "192"
    page.locator("[id='P02-progress']").click()
    page.keyboard.type("ab")
    page.keyboard.press("ArrowLeft")
    page.keyboard.type("c")
    page.keyboard.press("Alt+Enter")
    assert cell(page, "P02", "progress") == "ac\nb"


def test_save_comes_two_seconds_after_the_last_key(district: District, sign_in: SignIn) -> None:
    page = sign_in(district.person)
    page.goto(district.grid)
    page.locator("[id='P01-flow']").focus()
    page.keyboard.type("12")
    expect(page.locator("[data-saved]")).to_contain_text("Not saved yet")
    saved(page)
    assert page.evaluate("document.activeElement.id") == "P01-flow"
    assert kept("P01").flow == 12
    page.keyboard.type("5")
    saved(page)
    page.wait_for_timeout(300)
    assert cell(page, "P01", "flow") == "125"


def test_two_windows_on_one_line_choose_by_cell(district: District, sign_in: SignIn) -> None:
    first, second = sign_in(district.person), sign_in(district.colleague)
    first.goto(district.grid)
    second.goto(district.grid)
    first.locator("[id='P01-flow']").fill("250")
    first.locator("[id='P01-progress']").fill("Roof closed")
    first.locator("[id='P02-flow']").focus()
    saved(first)
    second.locator("[id='P01-flow']").fill("300")
    second.locator("[id='P02-flow']").fill("7")
    second.locator("[id='P03-flow']").focus()
    panel = second.locator("[id='below-P01'] [data-taken]")
    expect(panel).to_contain_text("li saved this line")
    expect(panel.locator("tbody tr", has_text="This quarter")).to_contain_text("300")
    expect(panel.locator("tbody tr", has_text="This quarter")).to_contain_text("250")
    expect(second.locator("[data-saved]")).to_contain_text("Not saved:")
    assert processes.until(lambda: kept("P02").flow == 7, 10)
    assert kept("P01").flow == 250
    panel.locator("[data-decide]").click()
    expect(panel.locator("[data-undecided]")).to_be_visible()
    assert kept("P01").flow == 250
    second.locator("[id='P01-obstacle']").fill("Rain")  # typed after it was sent, so no choice speaks of it
    panel.locator("[name='P01-choice_flow'][value=theirs]").check()
    panel.locator("[data-decide]").click()
    assert processes.until(lambda: kept("P01").edited_by == district.colleague, 10)
    assert (kept("P01").flow, kept("P01").obstacle, kept("P01").progress) == (Decimal(250), "Rain", "Roof closed")
    saved(second)
    assert cell(second, "P01", "progress") == "Roof closed"


def test_without_scripts_it_is_one_form_with_one_button(district: District, sign_in: SignIn) -> None:
    page = sign_in(district.person)
    cookies = page.context.cookies()
    assert page.context.browser is not None
    context = page.context.browser.new_context(java_script_enabled=False, base_url=page.url, locale="en-US")
    context.add_cookies(cookies)  # type: ignore[arg-type]
    plain = context.new_page()
    plain.goto(district.grid)
    world.fill(begun(district), 90, by=district.colleague, when=clock.now(), progress="Walls")
    plain.locator("[id='P01-flow']").fill("１２０")
    plain.locator("[id='P02-flow']").fill("1.2亿")
    plain.get_by_role("button", name="Save", exact=True).click()
    expect(plain.locator("main")).to_contain_text("1 line saved")
    expect(plain.locator("main")).to_contain_text("“1.2亿” was understood as 12000")
    expect(plain.locator("[id='below-P01']")).to_contain_text("wang saved this line")
    assert cell(plain, "P01", "flow") == "１２０"
    assert kept("P01").flow == 90
    plain.get_by_role("button", name="Save", exact=True).click()
    expect(plain.locator("[id='below-P01']")).to_contain_text("90")  # asked again: nobody has chosen
    plain.locator("[name='P01-choice_flow'][value=mine]").check()
    plain.get_by_role("button", name="Save", exact=True).click()
    expect(plain.locator("main")).to_contain_text("1 line saved")
    assert (kept("P01").flow, kept("P01").progress) == (Decimal(120), "Walls")
    plain.get_by_role("button", name="Nothing changed at the 4 untouched projects").click()
    expect(plain.locator("main")).to_contain_text("4 projects marked as unchanged")
    plain.get_by_role("button", name="Undo").click()
    expect(plain.locator("main")).to_contain_text("4 projects are as they were before")
    assert kept("P06").edited_at is None


def begun(district: District) -> ReportLine:
    report = drafting.begin(district.unit, district.quarter, by=district.colleague, at=clock.now())
    return report.lines.get(project__code="P01")


@pytest.mark.parametrize("place", ["grid", "form"])
def test_session_that_ended_keeps_the_text_and_leads_back_to_the_field(
    district: District, sign_in: SignIn, place: str
) -> None:
    page = sign_in(district.person)
    form = district.grid.replace("grid/", "projects/P02/")
    page.goto(district.grid if place == "grid" else form)
    field = "P02-progress" if place == "grid" else "id_progress"
    Session.objects.all().delete()
    page.locator(f"[id='{field}']").fill("写了很久的话")
    status = page.locator("[data-saved]")
    expect(status).to_contain_text("You have been signed out")
    page.get_by_role("link", name="Sign in again").click()
    page.locator("[name=login]").fill(district.person.email)
    page.locator("[name=password]").fill(world.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**{district.grid if place == 'grid' else form}*")
    expect(page.locator(f"[id='{field}']")).to_have_value("写了很久的话")
    assert page.evaluate("document.activeElement.id") == field
    saved(page)
    assert kept("P02").progress == "写了很久的话"
    assert processes.until(lambda: page.evaluate("Object.keys(sessionStorage).length") == 0, 10)


def test_signing_in_in_another_window_lets_the_first_go_on(district: District, sign_in: SignIn) -> None:
    page = sign_in(district.person)
    page.goto(district.grid)
    Session.objects.all().delete()
    page.locator("[id='P01-flow']").fill("77")
    expect(page.locator("[data-saved]")).to_contain_text("You have been signed out")
    other = page.context.new_page()
    other.goto("/accounts/login/")
    other.locator("[name=login]").fill(district.person.email)
    other.locator("[name=password]").fill(world.PASSWORD)
    other.get_by_role("button", name="Sign in").click()
    other.wait_for_url(lambda url: "/accounts/" not in url)
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    saved(page)
    assert kept("P01").flow == 77


def test_words_of_one_person_are_not_shown_to_the_next_at_the_same_computer(
    district: District, sign_in: SignIn
) -> None:
    page = sign_in(district.person)
    page.goto(district.grid)
    Session.objects.all().delete()
    page.locator("[id='P01-progress']").fill("not for others")
    expect(page.locator("[data-saved]")).to_contain_text("You have been signed out")
    page.get_by_role("link", name="Sign in again").click()
    assert page.evaluate("Object.keys(sessionStorage).length") == 1
    page.locator("[name=login]").fill(district.colleague.email)
    page.locator("[name=password]").fill(world.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**{district.grid}*")
    assert "not for others" not in page.content()
    assert cell(page, "P01", "progress") == "主体施工"
    assert page.evaluate("Object.keys(sessionStorage).length") == 0


def test_phone_is_led_to_the_list_of_forms(district: District, sign_in: SignIn) -> None:
    page = sign_in(district.person)
    page.set_viewport_size({"width": 375, "height": 700})
    page.goto(district.grid)
    expect(page.locator("[data-grid]")).to_be_hidden()
    page.locator("main").get_by_role("link", name="To the list of projects").last.click()
    page.get_by_role("link", name="Project P01").click()
    page.locator("[name=flow]").fill("5")
    page.locator("[name=progress]").focus()
    saved(page)
    assert kept("P01").flow == 5


def test_what_is_typed_before_the_scripts_are_there_is_saved(district: District, sign_in: SignIn) -> None:
    page = sign_in(district.person)
    page.set_viewport_size({"width": 375, "height": 700})
    with late.scripts(page):
        page.goto(district.grid.replace("grid/", "projects/P01/"), wait_until="commit")
        page.locator("[name=flow]").fill("5")
        page.locator("[name=stage]").select_option("completed")
        page.locator("[name=progress]").fill("竣工验收")
    saved(page)
    line = kept("P01")
    assert (line.flow, line.stage, line.progress) == (Decimal(5), "completed", "竣工验收")
    assert page.locator("[name=year_to_date]").input_value() == "205"
    assert page.locator("[name=finished_on]").is_visible()


def test_escape_in_a_cell_typed_in_before_the_scripts_were_there_takes_nothing_away(
    district: District, sign_in: SignIn
) -> None:
    page = sign_in(district.person)
    with late.scripts(page):
        page.goto(district.grid, wait_until="commit")
        page.locator("[id='P01-progress']").click()
        page.keyboard.type("竣工验收")
    saved(page)
    page.keyboard.press("Escape")
    page.locator("[id='P02-flow']").click()
    saved(page)
    assert cell(page, "P01", "progress") == kept("P01").progress == "主体施工竣工验收"


def test_principal_reads_the_table(district: District, sign_in: SignIn) -> None:
    page = sign_in(world.make_person("principal", district.unit, Role.PRINCIPAL, language="en"))
    page.goto(district.grid)
    assert not page.locator("[id='P01-flow']").is_editable()
    assert page.get_by_role("button", name="Save", exact=True).count() == 0

"""The quarter as a workbook in a real browser: downloaded, broken in ten ways, mended, applied; and a long one."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from projects.models import ReportLine, Workbook
from projects.workbook import reading
from tests.journeys.conftest import SignIn
from tests.journeys.district import District, make_district
from tests.projects.workbook import books

# Ten ways to spoil a row each: the cell, what is put there, and a word of what the page is to say about it.
SPOILED: dict[str, tuple[Any, str]] = {
    "F4": ("120%", "not a percentage"),
    "F5": ("about 5", "letters and other words"),
    "G6": (12.345, "At most two decimals"),
    "H7": ("在干", "is no stage"),
    "I8": ("去年", "Enter a day with its year"),
    "J9": ("2022-02-30", "no such day"),
    "K10": ("字" * 1001, "1000 fit"),
    "A11": ("X99", "no project with this code"),
    "F12": ("#REF!", "shows an error"),
    "F14": (77, "doesn't say which project"),
}
MENDED = {
    "F4": 120, "F5": 5, "G6": 212.35, "H7": "续建", "I8": "2021年3月1日", "J9": "", "K10": "封顶", "A11": "P08",
    "F12": "1,250.5", "F13": "0.02亿", "F14": "",
}  # fmt: skip


@pytest.fixture
def district(transactional_db: None) -> District:
    return make_district(10)


def kept(code: str) -> Any:
    return ReportLine.objects.select_related("edited_by").get(project__code=code, report__state="draft")


def download(page: Page, link: str, target: Path) -> bytes:
    with page.expect_download() as started:
        page.get_by_role("link", name=link).click()
    started.value.save_as(target)
    return target.read_bytes()


def upload(page: Page, content: bytes, target: Path) -> None:
    target.write_bytes(content)
    page.get_by_label("Filled workbook").set_input_files(target)
    page.get_by_role("button", name="Upload a filled workbook").click()
    page.wait_for_url("**/workbook/*/")


def test_ten_faults_are_named_by_row_and_column_and_the_mended_workbook_is_applied(
    district: District, sign_in: SignIn, tmp_path: Path
) -> None:
    page, tasks = sign_in(district.person), district.grid.removesuffix("grid/")
    page.goto(tasks)
    downloaded = download(page, "Download the workbook", tmp_path / "quarter.xlsx")
    page.get_by_role("link", name="Upload a filled workbook").click()
    spoiled = books.changed(downloaded, {place: cell for place, (cell, _words) in SPOILED.items()})
    upload(page, spoiled, tmp_path / "spoiled.xlsx")
    rows = page.locator(".workbook-faults tbody tr")
    expect(rows).to_have_count(10)
    for place, (_cell, words) in SPOILED.items():
        at = rows.filter(has_text=f"Row {place[1:]}, column {place[0] if place != 'F14' else 'A'} (")
        expect(at).to_have_count(1)
        expect(at).to_contain_text(words)
    expect(page.get_by_role("button", name="Apply")).to_have_count(0)
    assert not ReportLine.objects.filter(report__state="draft").exists()

    annotated = download(page, "Download it with notes", tmp_path / "annotated.xlsx")
    page.get_by_role("link", name="Upload another one").click()
    upload(page, books.changed(annotated, MENDED), tmp_path / "mended.xlsx")
    expect(page.locator(".workbook-faults")).to_have_count(0)
    expect(page.locator("main")).to_contain_text("6 rows would change something")
    expect(page.locator("main")).to_contain_text("120")
    page.get_by_role("button", name="Apply the changes").click()
    page.wait_for_url(f"**{tasks}")
    expect(page.locator(".messages")).to_contain_text("lines changed by the workbook")
    assert (kept("P01").flow, kept("P09").flow, kept("P10").flow) == (120, 1250.5, 200)
    assert kept("P01").edited_by == district.person


def test_line_saved_meanwhile_is_shown_with_both_values(district: District, sign_in: SignIn, tmp_path: Path) -> None:
    page, tasks = sign_in(district.person), district.grid.removesuffix("grid/")
    page.goto(tasks + "workbook/")
    downloaded = download(page, "Download the workbook", tmp_path / "quarter.xlsx")
    colleague = sign_in(district.colleague)
    colleague.goto(tasks + "projects/P01/")
    colleague.locator("[name=flow]").fill("250")
    colleague.get_by_role("button", name="Save", exact=True).click()
    colleague.wait_for_load_state()
    upload(page, books.changed(downloaded, {"F4": 300, "F5": 7}), tmp_path / "filled.xlsx")
    panel = page.locator("section", has=page.get_by_role("heading", name="Changed in the portal"))
    expect(panel).to_contain_text("250")
    expect(panel).to_contain_text("300")
    page.get_by_label("The workbook is right").check()
    page.get_by_role("button", name="Apply the changes").click()
    page.wait_for_url(f"**{tasks}")
    assert (kept("P01").flow, kept("P02").flow) == (300, 7)


@pytest.mark.usefixtures("worker")
def test_long_workbook_goes_on_while_one_is_away(
    district: District, sign_in: SignIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "SMALL", 0)
    page, tasks = sign_in(district.person), district.grid.removesuffix("grid/")
    page.goto(tasks + "workbook/")
    downloaded = download(page, "Download the workbook", tmp_path / "quarter.xlsx")
    upload(page, books.changed(downloaded, {f"F{row}": row for row in range(4, 14)}), tmp_path / "filled.xlsx")
    page.goto("/dashboard/")
    page.goto(tasks)
    page.get_by_role("link", name="filled.xlsx").click()
    expect(page.locator("main")).to_contain_text("10 rows would change something")
    page.get_by_role("button", name="Apply the changes").click()
    page.wait_for_url(f"**{tasks}")
    assert Workbook.objects.get().changed == 10
    assert kept("P10").flow == 13

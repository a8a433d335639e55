"""The pages of a workbook: what is offered to whom, what a preview says, and that nothing happens by itself."""

import io
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from python_calamine import CalamineWorkbook

from portal.models import Role
from projects import drafting as reports
from projects.models import ReportLine, Workbook
from projects.views import workbook as views
from projects.workbook import lifecycle, reading
from tests import world
from tests.conftest import City
from tests.projects.workbook import books
from tests.projects.workbook.books import changed, downloaded
from tests.world import at

DAY = at("2022-04-05")
ENGLISH = {"accept-language": "en"}
TASKS = "/quarters/2022Q1/units/430421/"
HOME = TASKS + "workbook/"
MARK = "<img src=x onerror=alert(1)>\"'><script>alert(2)</script>{{ 7*7 }}"


@pytest.fixture(autouse=True)
def _april() -> Iterator[None]:
    with time_machine.travel(DAY, tick=False):
        yield


@pytest.fixture
def staff(town: City, client: Client) -> Client:
    client.force_login(town.staff)
    return client


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def upload(client: Client, content: bytes, name: str = "filled.xlsx", **headers: str) -> Any:
    sent = {"workbook": SimpleUploadedFile(name, content)}
    return client.post(HOME, sent, headers=headers or ENGLISH)


def page(client: Client, address: str) -> str:
    answer = client.get(address, headers=ENGLISH)
    assert answer.status_code == 200
    return text_of(answer)


def kept(code: str) -> ReportLine:
    return ReportLine.objects.get(project__code=code, report__state="draft")


def test_download_is_named_in_chinese_and_holds_the_draft(town: City, staff: Client) -> None:
    report = reports.begin(town.county, town.quarter, by=town.staff, at=DAY)
    world.fill(report.lines.get(project=town.project), "12.5", by=town.staff, when=DAY, obstacle="=1+1")
    answer = staff.get(HOME + "file/", headers={"accept-language": "zh-hans"})
    assert unquote(answer["Content-Disposition"]).endswith("''单位4304212022年第1季度进度报告.xlsx")
    table = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert table[2][5] == "本季度完成投资（万元）"
    assert [table[3][index] for index in (0, 5, 7, 11)] == ["A1", 12.5, "续建", "=1+1"]


def test_looking_and_downloading_write_nothing(town: City, staff: Client) -> None:
    assert "Download the workbook" in page(staff, TASKS)
    page(staff, HOME)
    staff.get(HOME + "file/")
    assert not ReportLine.objects.exists()


def test_preview_says_before_and_after_and_applies_by_one_button(town: City, staff: Client) -> None:
    filled = changed(downloaded(town.county, town.quarter), {"F4": 12.5, "K4": "封顶", "F5": "120%"})
    address = upload(staff, filled)["Location"]
    text = page(staff, address)
    assert "1</strong> rows would change something" in text
    assert "Row 5, column F (Completed this quarter (10,000 CNY))" in text
    assert "“120%”" in text
    assert "not a percentage" in text
    assert "Apply what is sound" in text
    assert not ReportLine.objects.exists()
    assert "filled.xlsx" in page(staff, TASKS)
    for _click in range(2):
        assert staff.post(address, {"apply": "1"}, headers=ENGLISH)["Location"] == TASKS
    text = page(staff, TASKS)
    assert "1 line changed by the workbook" in text
    assert "1 row was left out" in text
    assert (kept("A1").version, kept("A1").progress) == (1, "封顶")
    assert "applied, 1 line changed" in page(staff, address)


def test_workbook_put_away_is_never_applied(town: City, staff: Client) -> None:
    address = upload(staff, changed(downloaded(town.county, town.quarter), {"F4": 5}))["Location"]
    assert staff.post(address, {"abandon": "1"})["Location"] == HOME
    staff.post(address, {"apply": "1"})
    assert not ReportLine.objects.exists()
    assert "put away" in page(staff, address)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.xlsx", b"", "The file is empty"),
        ("a.xls", b"\xd0\xcf\x11\xe0" + bytes(600), "old workbook (.xls or .et)"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "has a password"),
        ("a.csv", "项目代码,本季完成\nA1,5\n".encode("gb18030"), "a text or CSV file"),
        ("a.xlsx", b"%PDF-1.7", "no workbook but PDF"),
        ("a.xlsx", b"PK\x03\x04 broken", "damaged"),
        ("a.xlsx", books.made({"s": [["a", "b"], [1, 2]]}), "No sheet has the headers"),
        ("a.xlsx", books.made({"s": []}), "No sheet has the headers"),
        ("a.xlsx", books.made({"s": [["Project name", "Lists"], ["x", "y"]]}), "None of the columns to fill in"),
        ("a.xlsx", books.made({"s": [["Stage", "Physical progress"], ["x", "y"]]}), "Neither the column"),
    ],
)
def test_file_that_is_no_workbook_says_what_to_send(
    town: City, staff: Client, name: str, content: bytes, words: str
) -> None:
    text = page(staff, upload(staff, content, name)["Location"])
    assert words in text
    assert "This file can't be read" in text
    assert "Upload a filled workbook" in text


def test_no_file_and_a_file_too_large_are_said_at_the_field(
    town: City, staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = staff.post(HOME, {}, headers=ENGLISH)
    assert answer.status_code == 422
    assert "Choose the workbook" in text_of(answer)
    monkeypatch.setattr(views, "MAX_BYTES", 1_000_000)
    answer = upload(staff, bytes(1_100_000))
    assert answer.status_code == 422
    assert "The file has 1.1 MB; at most 1 MB are read" in text_of(answer)
    assert not Workbook.objects.exists()


@pytest.mark.parametrize(("code", "label"), [("430422", "2022Q1"), ("430421", "2022Q2")])
def test_workbook_of_another_unit_or_quarter_is_refused(town: City, staff: Client, code: str, label: str) -> None:
    world.make_project("B1", town.other)
    second = world.make_quarter("2022Q2")
    unit = town.other if code == "430422" else town.county
    content = downloaded(unit, second if label == "2022Q2" else town.quarter)
    copied = books.made(dict(list(books.sheets(content).items())[:1]))  # without the hidden sheet
    for each in (content, copied):
        assert f"This workbook is of {code} · {label}" in page(staff, upload(staff, each)["Location"])


def test_conflict_is_decided_by_a_tick(town: City, staff: Client) -> None:
    filled = changed(downloaded(town.county, town.quarter), {"F4": 300, "F5": 8})
    colleague = world.make_person("colleague", town.county, Role.REPORTER)
    report = reports.begin(town.county, town.quarter, by=colleague, at=DAY)
    for line in report.lines.all():
        world.fill(line, 250, by=colleague, when=DAY)
    address = upload(staff, filled)["Location"]
    text = page(staff, address)
    assert "Changed in the portal since the download" in text
    assert "<td>250</td> <td>300</td>" in text
    [row] = Workbook.objects.get().lines.filter(code="A1")
    staff.post(address, {"apply": "1", "take": str(row.pk)})
    assert (str(kept("A1").flow), str(kept("A2").flow)) == ("300.00", "250.00")


def test_page_in_another_language_says_the_faults_in_it(town: City, staff: Client) -> None:
    address = upload(staff, changed(downloaded(town.county, town.quarter), {"F4": "120%"}))["Location"]
    assert "not a percentage" in page(staff, address)
    text = text_of(staff.get(address, headers={"accept-language": "zh-hans"}))
    assert "第 4 行 F 列（Completed this quarter (10,000 CNY)）" in text
    assert "not a percentage" not in text


def test_annotated_workbook_keeps_the_values_and_can_be_mended(town: City, staff: Client) -> None:
    filled = changed(downloaded(town.county, town.quarter), {"F4": "120%", "I4": "去年", "F5": 7, "K5": "基础"})
    address = upload(staff, filled)["Location"]
    staff.post(address, {"apply": "1"})
    content = staff.get(address + "annotated/", headers=ENGLISH).content
    table = next(iter(books.sheets(content).values()))
    assert (table[3][5], table[3][8], table[4][5]) == ("120%", "去年", 7)
    assert table[2][13] == "What to mend"
    assert "■ F Completed this quarter (10,000 CNY): Enter an amount" in table[3][13]
    assert "Applied in the portal" in table[4][13]
    mended = changed(content, {"F4": 5, "I4": "2021-03-01", "K4": "封顶"})
    again = upload(staff, mended)["Location"]
    found = Workbook.objects.latest("pk")
    assert [(row.code, row.outcome) for row in found.lines.all()] == [("A1", "changed")]
    staff.post(again, {"apply": "1"})
    assert kept("A1").progress == "封顶"


def test_report_handed_in_meanwhile_refuses_the_workbook(town: City, staff: Client) -> None:
    address = upload(staff, changed(downloaded(town.county, town.quarter), {"F4": 5}))["Location"]
    world.submitted(town.county, town.quarter, 5, by=town.staff, when=DAY)
    answer = staff.post(address, {"apply": "1"}, headers=ENGLISH)
    assert answer.status_code == 409
    assert "submitted by now" in text_of(answer)
    assert Workbook.objects.get().state == "read"


def test_large_workbook_shows_how_far_a_worker_is(town: City, staff: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "SMALL", 0)
    monkeypatch.setattr(reading, "AT_ONCE", 0)
    address = upload(staff, changed(downloaded(town.county, town.quarter), {"F4": 5}))["Location"]
    text = page(staff, address)
    assert "<progress" in text
    assert "Waiting for its turn" in text
    assert staff.get(address + "progress/").json() == {
        "busy": True, "done": 0, "rows": 0, "words": "正在排队。",
    }  # fmt: skip
    lifecycle.work(now=lambda: DAY)
    assert staff.get(address + "progress/").json()["busy"] is False
    assert staff.post(address, {"apply": "1"})["Location"] == address
    lifecycle.work(now=lambda: DAY)
    assert "applied, 1 line changed" in page(staff, address)


def test_principal_looks_and_may_not_upload_or_apply(town: City, staff: Client, client: Client) -> None:
    address = upload(staff, changed(downloaded(town.county, town.quarter), {"F4": 5}))["Location"]
    client.force_login(world.make_person("principal", town.county, Role.PRINCIPAL))
    assert "Reporters and approvers apply a workbook" in page(client, address)
    assert "Upload a filled workbook" not in page(client, HOME)
    assert upload(client, b"x").status_code == 403
    assert client.post(address, {"apply": "1"}).status_code == 403
    assert not ReportLine.objects.exists()


def test_markup_in_a_workbook_is_words(town: City, staff: Client) -> None:
    cells = {"F4": MARK, "K4": MARK, "A5": MARK, "B5": MARK, "O3": MARK}
    address = upload(staff, changed(downloaded(town.county, town.quarter), cells), "<img src=x>.xlsx")["Location"]
    for each in (address, HOME, TASKS):
        text = page(staff, each)
        assert "<img src=x" not in text
        assert "<script>alert" not in text
        assert "&lt;img src=x" in text


@pytest.mark.parametrize("count", [1, 3, 120])
def test_preview_costs_the_same_queries_for_any_number_of_rows(
    town: City, client: Client, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    unit = world.make_unit("430423", town.city)
    person = world.make_person("many", unit, Role.REPORTER)
    for number in range(count):
        world.make_project(f"M{number:03}", unit)
    cells = {f"F{number}": 5 for number in range(4, 4 + count)}
    found = books.uploaded(changed(downloaded(unit, town.quarter), cells), unit, town.quarter, by=person, at=DAY)
    client.force_login(person)
    address = f"/quarters/2022Q1/units/430423/workbook/{found.pk}/"
    with django_assert_num_queries(12):
        client.get(address, headers=ENGLISH)


def test_what_was_uploaded_a_month_ago_is_let_go_of(town: City, staff: Client) -> None:
    address = upload(staff, changed(downloaded(town.county, town.quarter), {"F4": 5}))["Location"]
    assert lifecycle.forget(at=at("2022-05-04")) == 0
    assert lifecycle.forget(at=at("2022-05-06")) == 1
    found = Workbook.objects.get()
    assert (found.content, found.state, found.lines.count()) == (None, "abandoned", 0)
    assert staff.get(address + "annotated/").status_code == 404

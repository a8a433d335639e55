"""Files of readings: a template that comes back, errors by row and column, and nothing before the confirmation."""

import io
import re
from decimal import Decimal

import pytest
import time_machine
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from python_calamine import CalamineWorkbook

from commitments.models import Reading, ReadingFile
from portal.models import Role
from tests import world
from tests.commitments.statistics import Bureau, make_bureau, make_indicator, make_reading
from tests.conftest import City
from tests.world import at, signed_in

LIST = "/admin/commitments/readingfile/"
ADD = f"{LIST}add/"
HEAD = "指标代码,单位代码,季度,数值,计量单位\n"


@pytest.fixture(autouse=True)
def april() -> object:
    with time_machine.travel(at("2022-04-25")):
        yield


@pytest.fixture
def bureau(town: City) -> Bureau:
    return make_bureau(town)


@pytest.fixture
def clerk(bureau: Bureau) -> Client:
    return signed_in(bureau.reviewer, "zh-hans")


def upload(client: Client, town: City, content: str | bytes, name: str = "a.csv", **fields: object) -> str:
    """Hand in a file; the address of its preview, or the page that refuses it."""
    sent = SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)
    posted = {"quarter": town.quarter.pk, "source": "统计公报", "published_on": "2022-04-20", "file": sent}
    response = client.post(ADD, {**posted, **fields})
    return response["Location"] if response.status_code == 302 else response.content.decode()


def preview(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def fingerprint(page: str) -> str:
    found = re.search(r'name="fingerprint"\s+value="([0-9a-f]{64})"', page)
    assert found, page
    return found[1]


def problems(page: str) -> list[tuple[int, str, str]]:
    """Row, column and what to mend, as the preview says them."""
    rows = re.findall(r"<tr>\s*<td>(\d+)</td>\s*<td>([^<]*)</td>\s*<td>([^<]*)</td>\s*</tr>", page)
    return [(int(row), column, message) for row, column, message in rows]


def test_template_holds_every_indicator_and_unit_and_comes_back_filled_in(
    clerk: Client, town: City, bureau: Bureau
) -> None:
    make_reading(bureau.visitors, town.county, town.quarter, "80", by=bureau.reviewer)
    response = clerk.get(f"{LIST}template/2022Q1/")
    assert "2022Q1.xlsx" in response["Content-Disposition"]
    rows = CalamineWorkbook.from_filelike(io.BytesIO(response.content)).get_sheet_by_index(0).to_python()
    assert rows[0][:7] == ["指标代码", "指标", "单位代码", "单位", "季度", "数值", "计量单位"]
    assert [(row[0], row[2], row[5], row[6]) for row in rows[1:]] == [
        ("growth", "430400", "", "%"),
        ("growth", "430421", "", "%"),
        ("growth", "430422", "", "%"),
        ("visitors", "430400", "", "万人次"),
        ("visitors", "430421", 80, "万人次"),
        ("visitors", "430422", "", "万人次"),
    ]
    address = upload(clerk, town, response.content, "readings.xlsx")
    assert "均已录入" in preview(clerk, address)
    filled = io.BytesIO()
    with xlsxwriter.Workbook(filled) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, [*row[:5], 12.5 if number == 1 else row[5], *row[6:7]])
    page = preview(clerk, upload(clerk, town, filled.getvalue(), "readings.xlsx"))
    assert "新增1条，变更0条，无变化1条" in page
    assert "12.5 %" in page


def test_upload_previews_and_loads_nothing_until_confirmed_and_then_once(
    clerk: Client, town: City, bureau: Bureau
) -> None:
    text = f"{HEAD}visitors,430421,2022Q1,１２０.5,万人次\n投资增速,单位430422,2022年一季度,12%,\ngrowth,430421,,,\n"
    address = upload(clerk, town, text)
    page = preview(clerk, address)
    assert "新增2条，变更0条，无变化0条" in page
    assert not Reading.objects.exists()
    seen = fingerprint(page)
    assert clerk.post(address, {"fingerprint": seen}).status_code == 302
    again = clerk.post(address, {"fingerprint": seen})
    assert "SHA-256" in again.content.decode()
    found = Reading.objects.order_by("indicator__code")
    assert [(each.indicator.code, each.unit.code, each.value, each.source) for each in found] == [
        ("growth", "430422", 12, "统计公报"),
        ("visitors", "430421", Decimal("120.5"), "统计公报"),
    ]
    assert {each.loaded_by for each in found} == {bureau.reviewer}
    assert ReadingFile.objects.get().applied_by == bureau.reviewer


def test_errors_are_listed_by_row_and_column_with_how_to_mend(clerk: Client, town: City, bureau: Bureau) -> None:
    foreign = world.make_unit("B-SWJ", town.city, "bureau")
    make_indicator("exports", foreign, "出口额")
    rows = [
        "visitors,430421,2022Q1,abc,",
        "visitors,430422,2022Q1,100001,",
        "visitors,B-TJJ,2022Q1,5,",
        "nonsense,430421,2022Q1,5,",
        "exports,430421,2022Q1,5,",
        "investment,430421,2022Q1,5,",
        "visitors,430499,2022Q1,5,",
        "visitors,430421,2021Q4,5,",
        "growth,430421,2022Q1,5,万人次",
        "growth,430422,2022Q1,5,%",
        "growth,430422,2022Q1,6,%",
        ",430422,2022Q1,6,",
        "growth,,2022Q1,6,",
    ]
    page = preview(clerk, upload(clerk, town, HEAD + "\n".join(rows)))
    found = problems(page)
    assert [(row, column[:1]) for row, column, _message in found] == [
        (2, "D"),
        (3, "D"),
        (4, "B"),
        (5, "A"),
        (6, "A"),
        (7, "A"),
        (8, "B"),
        (9, "C"),
        (10, "E"),
        (12, "D"),
        (13, "A"),
        (14, "B"),
    ]
    said = {row: message for row, _column, message in found}
    assert "“abc”不是数字" in said[2]
    assert "100001" in said[3]
    assert "单位B-SWJ" in said[6]
    assert "第11行" in said[12]
    assert "fingerprint" not in page


def test_changed_figures_need_a_reason_and_keep_their_history(clerk: Client, town: City, bureau: Bureau) -> None:
    reading = make_reading(bureau.visitors, town.county, town.quarter, "80", by=bureau.administrator)
    address = upload(clerk, town, f"{HEAD}visitors,430421,2022Q1,90,\nvisitors,430422,2022Q1,7,\n")
    page = preview(clerk, address)
    assert "80 万人次 → 90 万人次" in page
    seen = fingerprint(page)
    refused = clerk.post(address, {"fingerprint": seen, "change_reason": " "})
    assert "更改已录入数据的原因" in refused.content.decode()
    assert Reading.objects.count() == 1
    assert clerk.post(address, {"fingerprint": seen, "change_reason": "五月公报修订"}).status_code == 302
    reading.refresh_from_db()
    assert (reading.value, reading.change_reason) == (Decimal(90), "五月公报修订")
    assert Reading.objects.get(unit=town.other).change_reason == ""
    assert ReadingFile.objects.get().change_reason == "五月公报修订"


def test_readings_that_changed_since_are_shown_again(clerk: Client, town: City, bureau: Bureau) -> None:
    address = upload(clerk, town, f"{HEAD}visitors,430421,2022Q1,90,\n")
    seen = fingerprint(preview(clerk, address))
    make_reading(bureau.visitors, town.county, town.quarter, "80", by=bureau.administrator)
    page = clerk.post(address, {"fingerprint": seen}).content.decode()
    assert "预览之后指标数据已有变动" in page
    assert Reading.objects.get().value == 80


def test_file_that_cannot_be_read_is_refused_at_the_field_and_not_kept(clerk: Client, town: City) -> None:
    page = upload(clerk, town, "foo,bar\n1,2\n")
    assert "未识别到表头" in page
    assert 'value="统计公报"' in page
    assert "缺少“指标”列" in preview(clerk, upload(clerk, town, "单位,数值\n单位430421,5\n"))
    assert ReadingFile.objects.count() == 1
    page = preview(clerk, upload(clerk, town, HEAD + "visitors,430421,2022Q1,,\n"))
    assert "没有任何一行填有数值" in page


def test_share_typed_for_per_cent_is_pointed_out(clerk: Client, town: City, bureau: Bureau) -> None:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["指标代码", "单位代码", "数值"])
        sheet.write_row(1, 0, ["growth", "430421", 0.12])
    page = preview(clerk, upload(clerk, town, content.getvalue(), "a.xlsx"))
    assert "第2行：0.12%，不足百分之一" in page
    assert fingerprint(page)


@pytest.mark.parametrize(
    ("who", "status"),
    [("reviewer", 200), ("administrator", 200), ("auditor", 403), ("county", 403), ("city", 200), ("nobody", 403)],
)
def test_files_are_handed_in_by_who_loads_readings(town: City, bureau: Bureau, who: str, status: int) -> None:
    people = {
        "county": world.make_person("r1", town.county, Role.REVIEWER),
        "city": town.reviewer,
        "nobody": town.leader,
    }
    client = signed_in(people.get(who) or getattr(bureau, who))
    for address in (ADD, LIST, f"{LIST}template/2022Q1/"):
        assert client.get(address, follow=True).status_code == status
    later = client.get(f"{LIST}template/2022Q2/", follow=True)
    assert later.status_code == (404 if status == 200 else 403)


def test_file_of_somebody_else_is_theirs_and_of_who_administers_all(clerk: Client, town: City, bureau: Bureau) -> None:
    address = upload(clerk, town, f"{HEAD}visitors,430421,2022Q1,90,\n")
    assert signed_in(bureau.administrator).get(address).status_code == 404
    assert signed_in(town.administrator).get(address).status_code == 200

"""Imports in the admin: nothing before the confirmation, then exactly what was previewed; administrators only."""

import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from python_calamine import CalamineWorkbook

from portal.models import Role
from projects.models import Assignment, ImportFile, Project
from tests import world
from tests.conftest import City

LIST = "/admin/projects/importfile/"
ADD = f"{LIST}add/"


@pytest.fixture
def admin(client: Client, town: City) -> Client:
    client.force_login(town.administrator)
    return client


def upload(client: Client, text: str | bytes, name: str = "a.csv", kind: str = "projects", **fields: str) -> str:
    """Hand in a file; the address of its preview, or the page that refuses it."""
    content = text.encode() if isinstance(text, str) else text
    posted = {"kind": kind, "file": SimpleUploadedFile(name, content), "in_force_on": "2022-05-01", "reason": "r"}
    response = client.post(ADD, {**posted, **fields})
    return response["Location"] if response.status_code == 302 else response.content.decode()


def fingerprint(page: str) -> str:
    found = re.search(r'name="fingerprint"\s+value="([0-9a-f]{64})"', page)
    assert found, page
    return found[1]


def preview(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def test_upload_previews_and_changes_nothing_until_confirmed(admin: Client, town: City) -> None:
    address = upload(admin, "名称,责任单位\n新项目,430421\n项目A1,430422\n")
    page = preview(admin, address)
    assert "新增1条，变更1条，无变化0条" in page
    assert "单位430421 → 单位430422" in page
    assert not Project.objects.filter(name_zh="新项目").exists()
    admin.post(address, {"fingerprint": fingerprint(page)})
    row = Assignment.objects.get(project__name_zh="新项目")
    assert (row.recorded_by, row.reason, str(row.from_on)) == (town.administrator, "r", "2022-05-01")
    sent = ImportFile.objects.get()
    assert (sent.applied_by, sent.outcome) == (town.administrator, "新增1条，变更1条，无变化0条")
    assert len(sent.digest) == 64
    assert sent.digest in preview(admin, address)


def test_confirming_twice_imports_once(admin: Client, town: City) -> None:
    address = upload(admin, "名称,责任单位\n新项目,430421\n")
    seen = fingerprint(preview(admin, address))
    assert admin.post(address, {"fingerprint": seen}).status_code == 302
    assert "SHA-256" in admin.post(address, {"fingerprint": seen}).content.decode()
    assert Assignment.objects.filter(project__name_zh="新项目").count() == 1


def test_register_that_changed_since_is_shown_again(admin: Client, town: City) -> None:
    address = upload(admin, "名称,责任单位\n项目A1,430422\n项目A2,430422\n")
    seen = fingerprint(preview(admin, address))
    Assignment.objects.create(project=town.project, unit=town.other, from_on="2022-04-30", reason="test")
    page = admin.post(address, {"fingerprint": seen}).content.decode()
    assert "预览之后项目库已有变动" in page
    assert "变更1条，无变化1条" in page
    assert Assignment.objects.filter(project=town.second).count() == 1
    admin.post(address, {"fingerprint": fingerprint(page)})
    assert Assignment.objects.filter(project=town.second).count() == 2


def test_problems_are_shown_by_row_and_column_and_nothing_can_be_confirmed(admin: Client, town: City) -> None:
    address = upload(admin, "名称,责任单位,总投资（万元）\n甲,999,x\n")
    page = preview(admin, address)
    assert "<td>B 责任单位</td>" in page
    assert "<td>C 总投资（万元）</td>" in page
    assert "fingerprint" not in page
    admin.post(address, {"fingerprint": "0" * 64})
    assert not Project.objects.filter(name_zh="甲").exists()


def test_columns_can_be_read_otherwise(admin: Client, town: City) -> None:
    address = upload(admin, "名称,谁,总投资\n甲,430421,5\n")
    assert "计量单位" in preview(admin, address)
    admin.post(
        address,
        {"columns": "1", "column-0": "name_zh", "column-1": "unit", "column-2": "total_investment:100m_cny"},
    )
    page = preview(admin, address)
    assert "50,000" in page
    admin.post(address, {"fingerprint": fingerprint(page)})
    assert Project.objects.get(name_zh="甲").assignment_set.get().unit == town.county


def test_column_choice_that_was_not_offered_is_left_out(admin: Client, town: City) -> None:
    address = upload(admin, "名称,谁\n甲,430421\n")
    admin.post(address, {"columns": "1", "column-0": "name_zh", "column-1": "password"})
    assert ImportFile.objects.get().columns == {"名称": "name_zh"}


def test_same_file_again_has_nothing_to_import(admin: Client, town: City) -> None:
    text = "名称,责任单位\n项目A1,430421\n"
    page = preview(admin, upload(admin, text))
    assert "项目库与文件内容一致" in page
    assert "fingerprint" not in page


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.xlsx", b"\x89PNG\r\n\x1a\n" + b"\0" * 60, "image/png"),
        ("a.csv", b"foo,bar\n1,2\n", "未识别到表头"),
        ("a.csv", b"", "空"),
        ("a.exe", b"MZ", "只支持"),
        ("a.csv", b"name\n" + b"x" * 10_000_001, "MB"),
    ],
)
def test_file_that_cannot_be_read_is_not_kept(admin: Client, town: City, name: str, content: bytes, says: str) -> None:
    page = upload(admin, content, name)
    assert says in page
    assert ImportFile.objects.count() == 0


def test_upload_needs_kind_day_and_reason(admin: Client, town: City) -> None:
    page = upload(admin, "名称\n甲\n", kind="people", in_force_on="soon", reason="")
    assert page.count("errorlist") >= 3
    assert ImportFile.objects.count() == 0


@pytest.mark.parametrize("kind", ["units", "projects", "plans"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_template_is_filled_in_and_imported(admin: Client, town: City, kind: str, language: str) -> None:
    town.administrator.language = language
    town.administrator.save()
    response = admin.get(f"{LIST}template/{kind}/")
    book = CalamineWorkbook.from_filelike(io.BytesIO(response.content))
    assert len(book.get_sheet_by_index(0).to_python()) == 1
    notes = book.get_sheet_by_index(1).to_python()
    assert [note[0] for note in notes] == book.get_sheet_by_index(0).to_python()[0]
    assert "attachment" in response["Content-Disposition"]


def test_template_of_no_kind_is_not_found(admin: Client, town: City) -> None:
    assert admin.get(f"{LIST}template/people/").status_code == 404
    assert admin.get(f"{LIST}x/change/").status_code == 404
    assert admin.get(f"{LIST}999/change/").status_code == 404


def test_imports_open_to_administrators_of_the_whole_tree_only(client: Client, town: City) -> None:
    client.force_login(town.administrator)
    own = upload(client, "名称\n甲\n")
    below = world.make_person("below", town.county, Role.ADMINISTRATOR)
    auditor = world.make_person("auditor", town.city, Role.AUDITOR)
    places = (LIST, ADD, own, f"{LIST}template/units/")
    for person in (town.reviewer, auditor, below):
        client.force_login(person)
        assert [client.get(place).status_code for place in places] == [403] * 4
        assert client.post(own, {"fingerprint": "x"}).status_code == 403
    for person in (town.staff, town.leader):
        client.force_login(person)
        assert [client.get(place, follow=True).status_code for place in places] == [403] * 4
    client.logout()
    assert [client.get(place).status_code for place in places] == [302] * 4


@pytest.mark.parametrize("count", [1, 3, 300])
def test_list_of_imports_costs_the_same_queries(
    admin: Client, town: City, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ImportFile.objects.bulk_create(
        ImportFile(
            kind="projects",
            name=f"{number}.csv",
            content=b"x",
            in_force_on="2022-01-01",
            uploaded_by=town.administrator,
            uploaded_at=world.at("2022-04-01"),
        )
        for number in range(count)
    )
    with django_assert_num_queries(5):
        admin.get(LIST)

"""Long files of plans: a worker reads them, a person confirms, a worker imports exactly that."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory

from portal import alone, uploads
from portal.models import User
from projects.importing import applying, background
from projects.importing.applying import Source
from projects.models import AnnualPlan, ImportFile
from tests.conftest import City
from tests.world import at

LIST = "/admin/projects/importfile/"
NOW = at("2022-04-05")
HEAD = "code,year,planned_investment_10k_cny,category\n"
GOOD = HEAD + "A1,2023,1500,industry\nA2,2023,7,industry\n"
State = ImportFile.State


@pytest.fixture(autouse=True)
def every_file_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "SMALL", 0)


@pytest.fixture
def admin(client: Client, town: City) -> Client:
    client.force_login(town.administrator)
    return client


def upload(admin: Client, text: str) -> str:
    """Hand in a file; gives the address of its page."""
    file = SimpleUploadedFile("plans.csv", text.encode())
    sent = {"kind": "plans", "file": file, "in_force_on": "2023-01-01", "reason": "r"}
    return admin.post(f"{LIST}add/", sent)["Location"]


def work() -> ImportFile:
    background.work(now=lambda: NOW)
    return ImportFile.objects.get()


def fingerprint(page: str) -> str:
    found = re.search(r'name="fingerprint" value="(\w+)"', page)
    assert found
    return found[1]


def test_a_worker_reads_a_person_confirms_a_worker_imports(admin: Client, town: City) -> None:
    address = upload(admin, GOOD)
    page = admin.get(address).content.decode()
    pk = ImportFile.objects.get().pk
    assert f'data-progress="{LIST}{pk}/progress/"' in page
    assert admin.get(f"{LIST}{pk}/progress/").json()["busy"] is True
    assert work().state == State.CHECKED
    assert admin.get(f"{LIST}{pk}/progress/").json()["busy"] is False
    assert not AnnualPlan.objects.filter(year=2023).exists()
    page = admin.get(address).content.decode()
    assert "A1 · 项目A1 · 2023" in page
    admin.post(address, {"fingerprint": fingerprint(page)})
    assert ImportFile.objects.get().state == State.APPLYING
    done = work()
    assert (done.applied_by, done.applied_at) == (town.administrator, NOW)
    plans = AnnualPlan.objects.filter(year=2023).order_by("project__code")
    assert [plan.planned_investment for plan in plans] == [1500, 7]
    assert {plan.recorded_by for plan in plans} == {town.administrator}
    assert "SHA-256" in admin.get(address).content.decode()
    assert background.work(now=lambda: NOW) == 0


def test_what_is_to_be_mended_is_shown_by_row_and_column(admin: Client, town: City) -> None:
    address = upload(admin, HEAD + "A1,2023,many,industry\nZZ,2023,7,industry\n")
    work()
    page = admin.get(address).content.decode()
    assert "<td>C planned_investment_10k_cny</td>" in page
    assert "<td>A code</td>" in page
    assert "fingerprint" not in page
    admin.post(address, {"fingerprint": "0" * 64})
    work()
    assert not AnnualPlan.objects.filter(year=2023).exists()


def test_a_register_that_changed_since_is_shown_again(admin: Client, town: City) -> None:
    address = upload(admin, GOOD)
    work()
    seen = fingerprint(admin.get(address).content.decode())
    upload_of_another = HEAD + "A2,2023,7,industry\n"
    applying.apply(
        Source(kind="plans", name="o.csv", content=upload_of_another.encode(), in_force_on=NOW.date(), reason="r"),
        by=None,
    )
    admin.post(address, {"fingerprint": seen})
    assert work().state == State.CHECKED
    page = admin.get(address).content.decode()
    assert "预览之后项目库已有变动" in page
    assert AnnualPlan.objects.filter(year=2023).count() == 1
    admin.post(address, {"fingerprint": fingerprint(page)})
    work()
    assert AnnualPlan.objects.filter(year=2023).count() == 2


def test_a_file_that_breaks_off_is_told_of(admin: Client, town: City) -> None:
    address = upload(admin, GOOD + "A1,2024,1,industry\n" * 10 + '"A3,2023\n')
    assert work().state == State.UNREADABLE
    assert "引号" in admin.get(address).content.decode()


def test_columns_are_read_otherwise(admin: Client, town: City) -> None:
    address = upload(admin, "code,year,钱,category\nA1,2023,1,industry\n")
    work()
    chosen = {"columns": "1", "column-0": "code", "column-1": "year", "column-3": "category"}
    admin.post(address, {**chosen, "column-2": "planned_investment:100m_cny"})
    work()
    page = admin.get(address).content.decode()
    admin.post(address, {"fingerprint": fingerprint(page)})
    work()
    assert AnnualPlan.objects.get(project=town.project, year=2023).planned_investment == 10_000


def test_two_confirmations_import_once(admin: Client, town: City) -> None:
    address = upload(admin, GOOD)
    work()
    seen = fingerprint(admin.get(address).content.decode())
    admin.post(address, {"fingerprint": seen})
    assert not background.confirm(ImportFile.objects.get(), by=town.administrator, seen=seen)
    work()
    assert AnnualPlan.objects.filter(year=2023).count() == 2


def test_whoever_was_lost_too_often_is_given_up(admin: Client, town: City) -> None:
    upload(admin, GOOD)
    ImportFile.objects.update(tries=alone.TRIES)
    assert work().state == State.UNREADABLE


def test_only_who_may_import_sends_more_than_other_pages_take(town: City) -> None:
    def most(address: str, user: User) -> int:
        request = RequestFactory().post(address)
        request.user = user
        return uploads.BoundedHandler(request).most[0]

    assert most(f"{LIST}add/", town.administrator) == 150_000_000
    assert most(f"{LIST}add/", town.staff) == uploads.LARGEST
    assert most("/projects/", town.administrator) == uploads.LARGEST
    assert most("/nowhere/", town.administrator) == uploads.LARGEST

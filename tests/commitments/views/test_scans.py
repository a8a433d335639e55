"""Scans: what is taken, told by its content; who adds and who reads them; how they are sent."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from commitments import scans
from commitments.models import Attachment, LetterEvent
from portal.models import User
from portal.uploads import File
from tests.commitments.letters import SIGNED, Campaigning, campaigning
from tests.world import signed_in

__all__ = ["campaigning"]
ADDRESS = "/letters/430421/2022/1/scans/"
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF"


def upload(user: User, *files: tuple[str, bytes]) -> tuple[int, str]:
    posted = [SimpleUploadedFile(name, content) for name, content in files]
    answer = signed_in(user).post(ADDRESS, {"scan": posted}, follow=True)
    return answer.status_code, answer.content.decode()


def test_unit_and_administrator_add_scans_and_the_step_is_kept(campaigning: Campaigning) -> None:
    campaigning.issued()
    assert "2 scans added." in upload(campaigning.town.staff, ("第一页.pdf", PDF), ("p2.png", PNG))[1]
    page = upload(campaigning.town.administrator, ("p3.jpeg", JPEG))[1]
    for part in ("第一页.pdf", "p2.png", "p3.jpeg", "file attached"):
        assert part in page
    assert list(Attachment.objects.values_list("content_type", flat=True)) == [
        "application/pdf",
        "image/png",
        "image/jpeg",
    ]
    assert LetterEvent.objects.filter(verb="attach").count() == 2


def test_same_scan_twice_is_kept_once(campaigning: Campaigning) -> None:
    campaigning.issued()
    upload(campaigning.town.staff, ("a.pdf", PDF))
    assert "has this scan already" in upload(campaigning.town.staff, ("b.pdf", PDF))[1]
    assert Attachment.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.pdf", b"", "is empty"),
        ("a.pdf", b"<html><script>", "is no PDF, JPEG or PNG"),
        ("a.pdf", b"MZ\x90\x00", "is no PDF, JPEG or PNG"),
        ("a.gif", b"GIF89a\x01\x00", "is no PDF, JPEG or PNG"),
        ("a.pdf", PDF + b"0" * Attachment.LARGEST, "is larger than 10 MB"),
    ],
)
def test_what_is_no_scan_is_refused_with_the_reason_and_nothing_is_kept(
    campaigning: Campaigning, name: str, content: bytes, words: str
) -> None:
    campaigning.issued()
    status, page = upload(campaigning.town.staff, ("good.png", PNG), (name, content))
    assert status == 200
    assert words in page
    assert not Attachment.objects.exists()


def test_nothing_chosen_and_too_many_are_told(campaigning: Campaigning) -> None:
    campaigning.issued()
    assert "Choose a file first." in upload(campaigning.town.staff)[1]
    many = [(f"{number}.png", PNG) for number in range(11)]
    assert "At most 10 files at a time." in upload(campaigning.town.staff, *many)[1]


@pytest.mark.parametrize(
    ("given", "kept"),
    [("a.exe", "a.exe.pdf"), ("../../etc/a.PDF", "a.PDF"), ("", "scan.pdf"), ("字" * 300, "字" * 196 + ".pdf")],
)
def test_name_says_what_the_file_is(campaigning: Campaigning, given: str, kept: str) -> None:
    version = campaigning.issued()
    [scan] = scans.attach(version, [File(name=given, content=PDF)], by=campaigning.town.staff, at=SIGNED)
    assert scan.name == kept


def test_readers_add_and_read_no_scan_and_strangers_find_none(client: Client, campaigning: Campaigning) -> None:
    campaigning.signed()
    upload(campaigning.town.staff, ("a.pdf", PDF))
    address = f"/letters/430421/2022/scans/{Attachment.objects.get().pk}/"
    for person, status in ((campaigning.town.leader, 403), (campaigning.town.stranger, 404)):
        assert signed_in(person).post(ADDRESS).status_code == status
        assert signed_in(person).get(address).status_code == status
    assert signed_in(campaigning.town.reviewer).post(ADDRESS).status_code == 403
    assert signed_in(campaigning.town.reviewer).get(address).status_code == 200
    assert client.get(address)["Location"].startswith("/accounts/login/")
    assert "Scans" not in signed_in(campaigning.town.leader).get("/letters/430421/2022/").content.decode()


def test_scan_is_sent_to_be_saved_and_never_shown(campaigning: Campaigning) -> None:
    campaigning.signed()
    upload(campaigning.town.staff, ("承诺书.pdf", PDF))
    pk = Attachment.objects.get().pk
    answer = signed_in(campaigning.town.staff).get(f"/letters/430421/2022/scans/{pk}/")
    assert answer.content == PDF
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert signed_in(campaigning.town.staff).get(f"/letters/430422/2022/scans/{pk}/").status_code == 404


def test_draft_takes_no_scan_and_a_get_leads_back(campaigning: Campaigning) -> None:
    campaigning.begun()
    assert "by now: somebody has dealt with it" in upload(campaigning.town.staff, ("a.pdf", PDF))[1]
    assert signed_in(campaigning.town.staff).get(ADDRESS)["Location"] == "/letters/430421/2022/1/"

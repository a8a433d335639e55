"""Who may print which version, and that the print is a whole PDF with what proves it."""

from io import BytesIO

from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from commitments.models import LetterVersion
from portal.models import Role, User
from tests import world
from tests.commitments.letters import Campaigning, campaigning
from tests.world import signed_in

__all__ = ["campaigning"]


def status(user: User, version: LetterVersion) -> int:
    address = reverse("letter_pdf", args=[version.letter.unit.code, 2022, version.number])
    return signed_in(user).get(address).status_code


def test_draft_is_printed_for_the_units_people_and_those_who_administer_it_only(campaigning: Campaigning) -> None:
    version, town = campaigning.begun(), campaigning.town
    auditor = world.make_person("auditor", town.city, Role.AUDITOR)
    for user in (town.staff, campaigning.principal, town.administrator, auditor):
        assert status(user, version) == 200
    viewer = world.make_person("viewer", town.county, Role.VIEWER)
    for user in (town.leader, viewer, town.stranger):
        assert status(user, version) == 404
    signed = campaigning.signed(campaigning.issued())
    for user in (town.leader, viewer):
        assert status(user, signed) == 200
    assert status(town.stranger, signed) == 404


def test_version_that_is_not_there_is_not_found(campaigning: Campaigning) -> None:
    campaigning.in_force()
    client = signed_in(campaigning.town.staff)
    for path in ("/letters/430421/2022/2.pdf", "/letters/430421/2021/1.pdf", "/letters/nobody/2022/1.pdf"):
        assert client.get(path).status_code == 404
    assert Client().get("/letters/430421/2022/1.pdf").status_code == 302


def test_print_holds_text_number_signatures_and_the_hash(campaigning: Campaigning) -> None:
    version = campaigning.in_force()
    client = signed_in(campaigning.town.staff)
    answer = client.get(reverse("letter_pdf", args=["430421", 2022, 1]))
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("inline; filename*=utf-8''2022%E5%B9%B4")
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)
    text = "".join(text.split())
    for told in (str(version.serial), version.sha256, "承诺单位", "principal", "项目A2", "万人次", "市委、市政府"):
        assert told in text
    campaigning.town.leader.language = "en"
    assert signed_in(campaigning.town.leader).get(answer.request["PATH_INFO"]).content == answer.content

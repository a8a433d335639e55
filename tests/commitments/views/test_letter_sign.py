"""Signing and counter-signing: the whole text, the box, the name, the password; and the receipt."""

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from commitments import canonical, lifecycle
from commitments.lifecycle import Draft
from commitments.models import LetterSignature, LetterState, LetterVersion
from portal.models import Role, User
from tests import world
from tests.commitments.letters import DAY, SIGNED, Campaigning, campaigning, changed
from tests.world import PASSWORD, signed_in

__all__ = ["campaigning"]
ADDRESS = "/letters/430421/2022/sign/"
RECEIPT = "/letters/430421/2022/1/receipt/"


@pytest.fixture(autouse=True)
def empty_cache(db: None) -> None:
    """Attempts at a password are counted there."""
    cache.clear()


def sign(user: User, version: LetterVersion, **said: str) -> tuple[int, str]:
    """Status and text of the page on which one ends up; a value of "" leaves its field out."""
    told = {"read": "on", "name": user.name, "post": "县长", "password": PASSWORD}
    told |= {"seen": canonical.fingerprint(version), **said}
    with time_machine.travel(SIGNED):
        answer = signed_in(user).post(ADDRESS, {name: text for name, text in told.items() if text}, follow=True)
    return answer.status_code, answer.content.decode()


def state() -> str:
    return LetterVersion.objects.latest("number").state


def test_signing_is_for_principals_of_unit_and_city_only(client: Client, campaigning: Campaigning) -> None:
    campaigning.issued()
    assert client.get(ADDRESS)["Location"] == f"/accounts/login/?next={ADDRESS}"
    assert signed_in(campaigning.town.stranger).get(ADDRESS).status_code == 404
    above = world.make_person("above", campaigning.town.city, Role.ADMINISTRATOR, Role.APPROVER)
    for person in (campaigning.town.leader, campaigning.town.staff, campaigning.town.administrator, above):
        assert signed_in(person).get(ADDRESS).status_code == 403
        assert signed_in(person).post(ADDRESS).status_code == 403
    assert signed_in(campaigning.principal).get(ADDRESS).status_code == 200


def test_principal_reads_the_whole_text_signs_and_gets_a_receipt(campaigning: Campaigning) -> None:
    version = campaigning.issued()
    page = signed_in(campaigning.principal).get(ADDRESS).content.decode()
    for part in (version.opening, "项目A2", "王县长", "以上承诺，请监督。", "I have read the whole text"):
        assert part in page
    status, page = sign(campaigning.principal, version)
    signature = LetterSignature.objects.get()
    assert (status, state(), signature.post) == (200, LetterState.SIGNED, "县长")
    for part in (str(version.serial), signature.sha256, "2022-02-07 10:00:00", "the city counter-signs (mayor)"):
        assert part in page, part


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"read": ""}, "Read the text to its end"),
        ({"name": ""}, "This field is required."),
        ({"name": "somebody else"}, "Type your name as it is kept here: principal."),
        ({"post": ""}, "This field is required."),
        ({"password": ""}, "This field is required."),
        ({"password": "wrong"}, "This is not your password"),
    ],
)
def test_signature_that_lacks_something_says_so_at_the_field_and_keeps_the_rest(
    campaigning: Campaigning, said: dict[str, str], fault: str
) -> None:
    status, page = sign(campaigning.principal, campaigning.issued(), **said)
    assert (status, state()) == (422, LetterState.ISSUED)
    assert page.count(fault) == 2  # at the field and in the summary above the text
    assert PASSWORD not in page
    if "name" not in said:
        assert 'value="principal"' in page


def test_wrong_passwords_are_counted(campaigning: Campaigning) -> None:
    version = campaigning.issued()
    for _attempt in range(5):
        sign(campaigning.principal, version, password="wrong")
    status, page = sign(campaigning.principal, version)
    assert (status, state()) == (422, LetterState.ISSUED)
    assert "The password was wrong too often." in page


def test_letter_changed_since_it_was_read_is_shown_anew_and_not_signed(campaigning: Campaigning) -> None:
    version = campaigning.issued()
    seen = canonical.fingerprint(version)
    administrator = campaigning.town.administrator
    version = lifecycle.take_back(version, by=administrator, at=DAY, reason="改")
    said = changed(Draft.of(version), campaigning.tourism, leader="李县长")
    version = lifecycle.save_draft(version, said, edition=version.edition, by=administrator, at=DAY)
    status, page = sign(campaigning.principal, version, seen=seen)
    assert status == 200  # taken back: there is nothing to be signed, and the page says so
    assert "doesn&#x27;t wait for your signature now" in page
    version = lifecycle.issue(version, by=administrator, at=DAY)
    status, page = sign(campaigning.principal, version, seen=seen, name="principal")
    assert (status, state()) == (409, LetterState.ISSUED)
    assert "The letter has changed since you opened this page." in page
    assert "李县长" in page
    assert canonical.fingerprint(version) in page
    assert 'value="principal"' in page


def test_second_click_gives_the_same_receipt(campaigning: Campaigning) -> None:
    version = campaigning.issued()
    first = sign(campaigning.principal, version)
    second = sign(campaigning.principal, version)
    assert LetterSignature.objects.count() == 1
    for status, page in (first, second):
        assert status == 200
        assert "Number of the letter" in page
    assert signed_in(campaigning.principal).get(ADDRESS)["Location"] == RECEIPT


def test_city_counter_signs_and_the_letter_is_in_force(campaigning: Campaigning) -> None:
    version = campaigning.signed()
    page = signed_in(campaigning.mayor).get(ADDRESS).content.decode()
    assert "Counter-sign the letter" in page
    assert "Decline with a reason" in page
    status, page = sign(campaigning.mayor, version, post="市长")
    assert (status, state()) == (200, LetterState.IN_FORCE)
    assert "the letter is in force" in page
    assert LetterSignature.objects.get(party="city").sha256 in page


def test_city_does_not_sign_before_the_unit(campaigning: Campaigning) -> None:
    version = campaigning.issued()
    status, page = sign(campaigning.mayor, version)
    assert (status, state()) == (200, LetterState.ISSUED)
    assert "doesn&#x27;t wait for your signature now" in page


def test_who_signed_for_the_unit_does_not_counter_sign(campaigning: Campaigning) -> None:
    both = world.make_person("both", campaigning.town.county, Role.PRINCIPAL)
    both.membership_set.create(unit=campaigning.town.city, role=Role.PRINCIPAL)
    version = campaigning.sign(campaigning.issued(), both)
    status, page = sign(both, version)
    assert (status, state()) == (422, LetterState.SIGNED)
    assert "You have signed for the unit" in page


def test_receipt_is_read_by_all_who_may_read_the_letter_and_by_nobody_before_it_is_signed(
    client: Client, campaigning: Campaigning
) -> None:
    version = campaigning.issued()
    assert signed_in(campaigning.principal).get(RECEIPT).status_code == 404
    campaigning.signed(version)
    assert signed_in(campaigning.town.leader).get(RECEIPT).status_code == 200
    assert signed_in(campaigning.town.stranger).get(RECEIPT).status_code == 404
    assert client.get(RECEIPT)["Location"] == f"/accounts/login/?next={RECEIPT}"


def test_principal_finds_the_letter_on_every_page_until_it_is_signed(campaigning: Campaigning) -> None:
    words = "waits for your signature"
    assert words not in signed_in(campaigning.principal).get("/quarters/").content.decode()
    version = campaigning.issued()
    for address in ("/quarters/", "/letters/430421/2022/", "/dashboard/"):
        assert words in signed_in(campaigning.principal).get(address).content.decode()
    assert words not in signed_in(campaigning.mayor).get("/dashboard/").content.decode()
    assert words not in signed_in(campaigning.town.staff).get("/quarters/").content.decode()
    campaigning.signed(version)
    assert words not in signed_in(campaigning.principal).get("/quarters/").content.decode()
    assert words in signed_in(campaigning.mayor).get("/dashboard/").content.decode()

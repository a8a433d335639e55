"""The letter as it is read: who reads which version, whose turn it is, what an amendment changed; and its steps."""

from dataclasses import replace
from decimal import Decimal

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from commitments import lifecycle
from commitments.lifecycle import Draft
from commitments.models import LetterState, LetterVersion
from portal.models import Role, User
from tests import world
from tests.commitments.letters import DAY, SIGNED, Campaigning, campaigning, changed
from tests.conftest import City
from tests.world import signed_in

__all__ = ["campaigning"]
ADDRESS = "/letters/430421/2022/"


def page(user: User, address: str = ADDRESS) -> str:
    answer = signed_in(user).get(address)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("address", [ADDRESS, ADDRESS + "1/"])
def test_letter_is_for_those_who_reach_the_unit(client: Client, campaigning: Campaigning, address: str) -> None:
    campaigning.signed()
    assert client.get(address)["Location"] == f"/accounts/login/?next={address}"
    assert signed_in(campaigning.town.stranger).get(address).status_code == 404
    for person in (campaigning.town.leader, campaigning.town.staff, campaigning.town.reviewer):
        assert signed_in(person).get(address).status_code == 200
    assert signed_in(campaigning.town.leader).get("/letters/430422/2022/").status_code == 404
    assert signed_in(campaigning.town.leader).get("/letters/430421/2021/").status_code == 404


def test_letter_reads_like_a_letter(campaigning: Campaigning) -> None:
    campaigning.in_force()
    text = page(campaigning.town.leader)
    for part in (
        "2022年重点项目建设承诺书",
        "市委、市政府：",
        "单位430421承担重点项目2个，年度计划投资4,000万元。",
        "项目A1",
        "Completed investment",
        "10,000 visits",
        "王县长",
        "以上承诺，请监督。",
        "principal",
        "市长",
        "2022-02-07 10:00",
        "counter-signed",
    ):
        assert part in text, part
    version = LetterVersion.objects.get()
    assert str(version.serial) in text
    assert version.sha256[:16] in text


@pytest.mark.parametrize("issued", [False, True])
def test_letter_before_its_signature_is_read_by_the_units_people_and_staff_only(
    campaigning: Campaigning, issued: bool
) -> None:
    version = campaigning.issued() if issued else campaigning.begun()
    for person in (campaigning.town.staff, campaigning.principal, campaigning.town.administrator):
        assert version.title in page(person)
    text = page(campaigning.town.leader)
    assert "is being prepared" in text
    assert version.title not in text
    assert signed_in(campaigning.town.leader).get(ADDRESS + "1/").status_code == 404


def test_letter_says_whose_turn_it_is(campaigning: Campaigning) -> None:
    town = campaigning.town
    version = campaigning.begun()
    assert "Finish the draft" in page(town.staff)
    assert "Check and issue" in page(town.administrator)
    version = campaigning.issued()
    assert "Read and sign" in page(campaigning.principal)
    assert "waits for the signature of the unit's principal: principal" in page(town.staff)
    assert "Take back" in page(town.administrator)
    version = campaigning.signed(version)
    assert "Read and counter-sign" in page(campaigning.mayor)
    assert "It waits for the counter-signature: mayor" in page(campaigning.principal)
    assert "Decline" in page(town.administrator)
    assert "Decline" not in page(town.leader)


def test_draft_that_nobody_can_issue_yet_says_what_is_missing(campaigning: Campaigning) -> None:
    campaigning.begun()
    assert "Give the target of the year." in page(campaigning.town.administrator)


def test_amendment_shows_what_it_changes_and_the_old_version_stays_readable(campaigning: Campaigning) -> None:
    version = campaigning.in_force()
    draft = lifecycle.amend(version, by=campaigning.town.staff, at=SIGNED, reason="客流回升")
    said = changed(Draft.of(draft), campaigning.tourism, target=Decimal(150))
    said = replace(said, measures="一、加强营销。")
    draft = lifecycle.save_draft(draft, said, edition=draft.edition, by=campaigning.town.staff, at=SIGNED)
    assert "客流回升" not in page(campaigning.town.leader)
    draft = lifecycle.issue(draft, by=campaigning.town.administrator, at=SIGNED)
    campaigning.in_force(draft)
    text = page(campaigning.town.leader)
    assert "What this amendment changes of version 1" in text
    for part in ("客流回升", "<strong>150</strong>", ">120<", "一、加强营销。"):
        assert part in text, part
    old = page(campaigning.town.leader, ADDRESS + "1/")
    assert "superseded by an amendment" in old
    assert "You are reading version 1." in old
    assert "一、加强营销。" not in old


@pytest.mark.parametrize("projects", [1, 3, 30])
def test_letter_costs_the_same_however_many_projects(
    campaigning: Campaigning, projects: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(projects):
        world.make_project(f"N{number:02}", campaigning.town.county)
    campaigning.in_force()
    client = signed_in(campaigning.town.leader)
    with django_assert_num_queries(9):
        assert client.get(ADDRESS).status_code == 200


def test_letters_home_leads_a_unit_to_its_letter_and_others_to_the_list(campaigning: Campaigning) -> None:
    assert signed_in(campaigning.town.staff).get("/letters/")["Location"] == "/campaigns/430400/2022/letters/"
    campaigning.begun()
    assert signed_in(campaigning.town.staff).get("/letters/")["Location"] == ADDRESS
    assert signed_in(campaigning.town.leader).get("/letters/")["Location"] == "/campaigns/430400/2022/letters/"


def test_letters_home_without_a_campaign_says_so(town: City) -> None:
    assert "There is no campaign yet" in page(town.leader, "/letters/")


# Steps


def step(user: User, name: str, reason: str | None = None) -> tuple[int, str]:
    """Status and text of the page on which one ends up."""
    with time_machine.travel(SIGNED):
        posted = {} if reason is None else {"reason": reason}
        answer = signed_in(user).post(f"{ADDRESS}steps/{name}/", posted, follow=True)
    return answer.status_code, answer.content.decode()


def state() -> str:
    return LetterVersion.objects.latest("number").state


@pytest.mark.parametrize("name", ["issue", "take-back", "remind", "amend", "decline"])
def test_steps_are_closed_to_readers_and_strangers(campaigning: Campaigning, name: str) -> None:
    campaigning.signed()
    for person, status in ((campaigning.town.leader, 403), (campaigning.town.stranger, 404)):
        assert step(person, name, "r")[0] == status
        assert signed_in(person).get(f"{ADDRESS}steps/{name}/").status_code == status
    assert state() == LetterState.SIGNED


@pytest.mark.parametrize("name", ["edit", "sign", "burn"])
def test_only_known_steps_have_a_page(campaigning: Campaigning, name: str) -> None:
    campaigning.begun()
    assert step(campaigning.town.administrator, name)[0] == 404


def test_administrator_issues_after_the_check_and_takes_back_with_a_reason(campaigning: Campaigning) -> None:
    administrator = campaigning.town.administrator
    version = campaigning.begun()
    assert "Give the target of the year." in page(administrator, ADDRESS + "steps/issue/")
    status, text = step(administrator, "issue")
    assert (status, state()) == (422, LetterState.DRAFT)
    said = changed(Draft.of(version), campaigning.tourism, target=Decimal(120))
    lifecycle.save_draft(version, said, edition=version.edition, by=administrator, at=DAY)
    status, text = step(administrator, "issue")
    assert (status, state()) == (200, LetterState.ISSUED)
    assert "Issued:" in text
    status, text = step(administrator, "take-back", "  ")
    assert (status, state()) == (422, LetterState.ISSUED)
    assert "This field is required." in text
    status, text = step(administrator, "take-back", "写错了")
    assert (status, state()) == (200, LetterState.DRAFT)
    assert "写错了" in text


def test_step_that_was_taken_already_is_told_and_nothing_happens(campaigning: Campaigning) -> None:
    campaigning.issued()
    status, text = step(campaigning.town.administrator, "issue")
    assert status == 200
    assert "can&#x27;t be taken now" in text


def test_reminding_one_letter_twice_says_why_not(campaigning: Campaigning) -> None:
    campaigning.issued()
    assert "Reminded:" in step(campaigning.town.administrator, "remind")[1]
    status, text = step(campaigning.town.administrator, "remind")
    assert status == 422
    assert "It was reminded within the last 24 hours." in text


def test_city_declines_with_a_reason_and_the_unit_amends(campaigning: Campaigning) -> None:
    campaigning.signed()
    status, text = step(campaigning.mayor, "decline", "目标偏低")
    assert (status, state()) == (200, LetterState.DECLINED)
    assert "目标偏低" in text
    status, text = step(campaigning.town.staff, "amend", "上调目标")
    assert status == 200
    assert "上调目标" in text
    assert (state(), LetterVersion.objects.count()) == (LetterState.DRAFT, 2)


def test_principal_of_the_unit_does_not_decline_for_the_city(campaigning: Campaigning) -> None:
    campaigning.signed()
    assert step(campaigning.principal, "decline", "r")[0] == 403


def test_people_of_a_principals_role_elsewhere_are_not_the_principal(campaigning: Campaigning) -> None:
    campaigning.issued()
    other = world.make_person("above", campaigning.town.city, Role.PRINCIPAL)
    assert "Read and sign" not in page(other)

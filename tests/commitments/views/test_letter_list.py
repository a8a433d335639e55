"""Who has signed: whom the list shows what, its counts and filters, and the steps with many letters at once."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from commitments import lifecycle
from commitments.models import LetterEvent, LetterState, LetterVersion
from portal.models import Message, Role, User
from tests import world
from tests.commitments.letters import DAY, SIGNED, Campaigning, campaigning
from tests.world import signed_in

__all__ = ["campaigning"]
ADDRESS = "/campaigns/430400/2022/letters/"


def rows(client: Client, query: str = "") -> list[tuple[str, str]]:
    """Code and standing of the units shown."""
    table = client.get(ADDRESS + query).context["table"]
    return [(row.record.code, row.record.standing) for row in table.rows]


def test_list_sends_the_anonymous_to_sign_in(client: Client, db: None) -> None:
    assert client.get(ADDRESS)["Location"] == f"/accounts/login/?next={ADDRESS}"


def test_list_is_not_there_for_strangers_and_other_years(campaigning: Campaigning) -> None:
    elsewhere = world.make_person("elsewhere", world.make_unit("440100"), Role.ADMINISTRATOR)
    assert signed_in(elsewhere).get(ADDRESS).status_code == 404
    assert signed_in(campaigning.mayor).get("/campaigns/430400/2021/letters/").status_code == 404


def test_list_shows_everybody_the_units_within_reach_and_how_far_they_are(campaigning: Campaigning) -> None:
    campaigning.signed()
    assert rows(signed_in(campaigning.town.leader)) == [("430421", "signed"), ("430422", "none")]
    assert rows(signed_in(campaigning.town.stranger)) == [("430422", "none")]
    page = signed_in(campaigning.town.leader).get(ADDRESS).content.decode()
    for text in (
        "1 of 2 signed",
        "principal · 县长",
        "2022-02-07 10:00",
        "no letter yet",
        "signed, to be counter-signed",
    ):
        assert text in page
    assert "Draft letters for all units" not in page


def test_list_tells_an_amendment_from_what_is_in_force(campaigning: Campaigning) -> None:
    campaigning.amended(campaigning.in_force())
    client = signed_in(campaigning.town.leader)
    assert rows(client, "?state=amending") == [("430421", "in_force")]
    page = client.get(ADDRESS).content.decode()
    assert "amendment: " in page
    assert "issued, to be signed" in page


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("?signed=yes", ["430421"]),
        ("?signed=no", ["430422"]),
        ("?state=none", ["430422"]),
        ("?state=in_force", []),
        ("?kind=county", ["430421", "430422"]),
        ("?kind=park", []),
        ("?text=单位430421", ["430421"]),
    ],
)
def test_list_is_filtered(campaigning: Campaigning, query: str, codes: list[str]) -> None:
    campaigning.signed()
    assert [code for code, _standing in rows(signed_in(campaigning.town.leader), query)] == codes


def test_list_is_exported_with_words_and_without_markup(campaigning: Campaigning) -> None:
    campaigning.signed()
    response = signed_in(campaigning.town.administrator).get(ADDRESS + "?export=csv")
    text = b"".join(response.streaming_content).decode()  # type: ignore[attr-defined]
    assert '430421,Unit 430421,county,"signed, to be counter-signed",1,' in text
    assert "<" not in text


@pytest.mark.parametrize("letters", [1, 3, 30])
def test_list_costs_the_same_however_many(
    campaigning: Campaigning, letters: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(letters):
        world.make_unit(f"U{number:02}", campaigning.town.city)
    lifecycle.begin_all(campaigning.campaign, by=campaigning.town.administrator, at=DAY)
    client = signed_in(campaigning.town.leader)
    with django_assert_num_queries(9):
        assert client.get(ADDRESS).status_code == 200


def post(user: User, step: str, *codes: str, query: str = "") -> str:
    """The list as it is shown after this step."""
    with time_machine.travel(SIGNED):
        answer = signed_in(user).post(ADDRESS + query, {"step": step, "unit": codes}, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("step", ["begin", "issue", "remind", "remind_all"])
def test_steps_are_for_the_administrator_of_the_campaign(campaigning: Campaigning, step: str) -> None:
    county = world.make_person("own", campaigning.town.county, Role.ADMINISTRATOR)
    for person in (county, campaigning.town.leader, campaigning.town.staff, campaigning.principal):
        assert signed_in(person).post(ADDRESS, {"step": step, "unit": ["430421"]}).status_code == 403
    assert not LetterVersion.objects.exists()


def test_step_that_does_not_exist_is_a_bad_request(campaigning: Campaigning) -> None:
    assert signed_in(campaigning.town.administrator).post(ADDRESS, {"step": "burn"}).status_code == 400


def test_administrator_drafts_letters_for_all_units_without_one(campaigning: Campaigning) -> None:
    campaigning.begun()
    world.make_unit("430481", campaigning.town.city, kind="county_city")
    page = post(campaigning.town.administrator, "begin")
    assert "1 letter drafted." in page
    assert "Unit 430481</strong>: The campaign has no template for units of this kind." in page
    assert LetterVersion.objects.filter(state=LetterState.DRAFT).count() == 2


def test_administrator_issues_the_letters_ticked_and_hears_why_others_are_not(campaigning: Campaigning) -> None:
    campaigning.signed()
    campaigning.begun(campaigning.town.other)
    page = post(campaigning.town.administrator, "issue", "430421", "430422", query="?sort=-code")
    assert "0 letters issued." in page
    assert "It has no draft to be issued." in page
    assert "To be mended before the letter can be issued" in page
    assert "Choose units first" in post(campaigning.town.administrator, "issue")


def test_administrator_reminds_by_unit_at_most_once_a_day(campaigning: Campaigning) -> None:
    campaigning.issued()
    page = post(campaigning.town.administrator, "remind_all")
    assert "1 unit reminded." in page
    assert "Unit 430421</strong>: e-mail to principal" in page
    again = post(campaigning.town.administrator, "remind", "430421", "430422")
    assert "It was reminded within the last 24 hours." in again
    assert "It has no letter that waits for its signature." in again
    assert Message.objects.filter(kind="letter_reminder").count() == 1
    assert LetterEvent.objects.filter(verb="remind").count() == 1
    with time_machine.travel(SIGNED + timedelta(hours=25)):
        page = signed_in(campaigning.town.administrator).get(ADDRESS).content.decode()
    assert "reminded." not in page  # what came of it is said once


def test_list_in_chinese_names_everything_in_chinese(campaigning: Campaigning) -> None:
    campaigning.signed()
    page = signed_in(campaigning.town.administrator, "zh-hans").get(ADDRESS).content.decode()
    for text in ("2022年承诺书签署情况", "已签署，待会签", "催签所选单位"):
        assert text in page

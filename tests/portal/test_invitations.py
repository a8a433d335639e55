"""Invitations and resets: one letter with one link, in the person's language, good once."""

import re

import pytest
from django.conf import settings as site
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from portal import invitations
from portal.models import Message, Role, User
from tests import world
from tests.conftest import City
from tests.world import at

NEW = "another long pass phrase"


def link_in(letter: mail.EmailMessage) -> str:
    [address] = set(re.findall(r"http\S+/accounts/password/reset/key/\S+/", str(letter.body)))
    return str(address).removeprefix(site.SITE_URL)


def set_password(client: Client, address: str) -> int:
    """Follow the link as a browser does and send the form; returns the status of the last page."""
    form = client.get(address, follow=True)
    if "form" not in (form.context or {}):
        return form.status_code
    sent = client.post(form.request["PATH_INFO"], {"password1": NEW, "password2": NEW}, follow=True)
    return sent.status_code


@pytest.mark.parametrize(
    ("language", "subject"), [("en", "Your invitation to Concentric"), ("zh-hans", "同心圆使用邀请")]
)
def test_invitation_is_worded_in_the_persons_language_and_not_kept(db: None, language: str, subject: str) -> None:
    person = world.make_person("new", language=language)
    invitations.send(person, at=at("2022-04-05"))
    [letter] = mail.outbox
    assert (letter.subject, letter.to) == (subject, ["new@example.test"])
    assert not Message.objects.exists()
    person.refresh_from_db()
    assert person.invited_at == at("2022-04-05")


def test_invitation_link_sets_a_password_and_signs_in_once(client: Client, town: City) -> None:
    person = User.objects.create_user("new@example.test", name="new")
    invitations.send(person, at=at("2022-04-05"))
    address = link_in(mail.outbox[0])
    set_password(client, address)
    assert client.get("/profile/").status_code == 200
    assert client.get("/profile/").context["user"] == person
    stranger = Client()
    page = stranger.get(address, follow=True)
    assert page.context["token_fail"]


def test_link_of_a_closed_account_lets_nobody_in(client: Client, town: City) -> None:
    invitations.send(town.staff, at=at("2022-04-05"))
    User.objects.filter(pk=town.staff.pk).update(is_active=False)
    set_password(client, link_in(mail.outbox[0]))
    assert client.get("/profile/").status_code == 302


def test_reset_sends_a_link_to_known_people_only_and_says_the_same_to_all(client: Client, town: City) -> None:
    answers = [
        client.post("/accounts/password/reset/", {"email": email})["Location"]
        for email in ("STAFF@example.test", "nobody@example.test")
    ]
    assert answers == ["/accounts/password/reset/done/"] * 2
    assert [letter.to for letter in mail.outbox] == [["staff@example.test"]]
    set_password(client, link_in(mail.outbox[0]))
    assert client.get("/profile/").context["user"] == town.staff


def test_invite_command_makes_the_first_administrator(town: City, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        call_command("invite", "Chief@example.test", name="首席", unit="430400", role="administrator")
    chief = User.objects.get(email="chief@example.test")
    assert [(held.unit, held.role) for held in chief.membership_set.all()] == [(town.city, Role.ADMINISTRATOR)]
    assert capsys.readouterr().out.count("/accounts/password/reset/key/") == 2
    assert len(mail.outbox) == 2


def test_mail_server_away_leaves_the_link_to_the_operator_and_the_page_of_a_reset_whole(
    settings: Settings, client: Client, town: City, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_PORT = "portal.mail.smtp.Backend", 1
    call_command("invite", "chief@example.test", unit="430400", role="administrator")
    said = capsys.readouterr()
    assert "/accounts/password/reset/key/" in said.out
    assert "hand the link over" in said.err
    answer = client.post("/accounts/password/reset/", {"email": "staff@example.test"})
    assert answer["Location"] == "/accounts/password/reset/done/"


def test_invite_command_refuses_what_it_does_not_know(town: City) -> None:
    with pytest.raises(CommandError, match="no unit with the code 999"):
        call_command("invite", "a@example.test", unit="999", role="administrator")
    with pytest.raises(CommandError, match="not an e-mail address"):
        call_command("invite", "a.example.test", unit="430400", role="administrator")

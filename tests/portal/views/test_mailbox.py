"""The demo's mailbox: for those signed in to the demo, nowhere else, and an e-mail can do nothing in it."""

import pytest
from django.core.mail import EmailMultiAlternatives, get_connection
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from portal.models import MailboxMessage
from tests import world
from tests.conftest import City
from tests.world import at


def a_mail(number: int = 1) -> MailboxMessage:
    return MailboxMessage.objects.create(
        recipient="li@example.test",
        subject=f"Subject {number}",
        text="Text https://portal.example.cn/",
        html='<html><head></head><body><p style="color: red">Body</p><script>alert(1)</script></body></html>',
        received_at=at("2022-04-04", 8),
    )


@pytest.fixture
def demo(settings: Settings, db: None) -> MailboxMessage:
    settings.DEMO = True
    return a_mail()


def addresses(mail: MailboxMessage) -> list[str]:
    return [reverse("mail_list"), reverse("mail", args=[mail.pk]), reverse("mail_html", args=[mail.pk])]


def test_mailbox_sends_strangers_to_the_sign_in_and_opens_to_people_of_the_demo(
    client: Client, town: City, demo: MailboxMessage
) -> None:
    for address in addresses(demo):
        client.logout()
        assert client.get(address).status_code == 302
        client.force_login(town.stranger)
        assert client.get(address).status_code == 200
        assert client.post(address).status_code == 405


def test_mailbox_is_not_there_outside_the_demo(client: Client, town: City, settings: Settings) -> None:
    settings.DEMO = False
    client.force_login(town.administrator)
    for address in addresses(a_mail()):
        assert client.get(address).status_code == 404


def test_mail_is_framed_without_scripts_forms_or_other_hosts(client: Client, town: City, demo: MailboxMessage) -> None:
    client.force_login(town.staff)
    page = client.get(reverse("mail", args=[demo.pk]))
    assert "frame-src 'self'" in page["Content-Security-Policy"]
    assert 'sandbox="allow-top-navigation-by-user-activation"' in page.content.decode()
    frame = client.get(reverse("mail_html", args=[demo.pk]))
    policy = frame["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox allow-top-navigation-by-user-activation" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'self'" in policy
    assert frame["X-Frame-Options"] == "SAMEORIGIN"


def test_mailbox_backend_keeps_what_django_sends(demo: MailboxMessage) -> None:
    email = EmailMultiAlternatives("Reset", "text", to=["wang@example.test"])
    email.attach_alternative("<p>html</p>", "text/html")
    assert get_connection("portal.mail.mailbox.Backend").send_messages([email]) == 1
    kept = MailboxMessage.objects.get(recipient="wang@example.test")
    assert (kept.subject, kept.text, kept.html) == ("Reset", "text", "<p>html</p>")


def test_mailbox_finds_by_recipient(client: Client, town: City, demo: MailboxMessage) -> None:
    client.force_login(town.staff)
    assert b"Subject 1" in client.get(reverse("mail_list"), {"to": "LI@"}).content
    assert b"Subject 1" not in client.get(reverse("mail_list"), {"to": "wang"}).content


@pytest.mark.parametrize("count", [1, 3, 300])
def test_mailbox_takes_the_same_queries_for_any_number(
    client: Client, town: City, demo: MailboxMessage, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(1, count):
        a_mail(number)
    client.force_login(world.make_person("reader"))
    client.get(reverse("mail_list"))
    with django_assert_num_queries(4):
        client.get(reverse("mail_list"))

"""The outbox in the admin: read by those who may enter, sent again by administrators only."""

import pytest
from django.test import Client
from django.urls import reverse

from portal.mail import delivery
from portal.models import Message, Role
from tests import world
from tests.conftest import City
from tests.world import at


@pytest.fixture
def uncertain(town: City) -> Message:
    message = Message.objects.create(
        kind="test", period="1", recipient=town.staff, subject="Lost", text="x", created_at=at("2022-04-04")
    )
    delivery.claim(at=at("2022-04-04"))
    return message


def send_again(client: Client, message: Message) -> int:
    chosen = {"action": "send_again", "_selected_action": [message.pk]}
    return client.post(reverse("admin:portal_message_changelist"), chosen).status_code


def test_outbox_opens_to_those_who_may_enter_the_admin(client: Client, town: City, uncertain: Message) -> None:
    address = reverse("admin:portal_message_changelist")
    one = reverse("admin:portal_message_change", args=[uncertain.pk])
    assert client.get(address).status_code == 302
    client.force_login(town.staff)
    assert client.get(address).status_code in {302, 403}
    client.force_login(world.make_person("auditor", town.city, Role.AUDITOR))
    assert client.get(address).status_code == 200
    assert client.get(one).status_code == 200
    assert client.post(one, {"subject": "changed"}).status_code == 403


def test_only_an_administrator_sends_again(client: Client, town: City, uncertain: Message) -> None:
    client.force_login(town.reviewer)
    send_again(client, uncertain)
    uncertain.refresh_from_db()
    assert uncertain.state == "sending"
    client.force_login(town.administrator)
    send_again(client, uncertain)
    uncertain.refresh_from_db()
    assert uncertain.state == "waiting"

"""E-mails leave once, whatever the mail server, the network or a second deliverer does."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial

import pytest
from django.db import connection
from pytest_django import Settings

from portal.mail import delivery
from portal.models import Message, User
from tests import children, smtp, world
from tests.smtp import Postman
from tests.world import at

MONDAY = at("2022-04-04", 8)


def now() -> datetime:
    return MONDAY


def a_message(user: User, *, kind: str = "test", period: str = "1") -> Message:
    return Message.objects.create(
        kind=kind,
        period=period,
        recipient=user,
        subject="季度填报 opened",
        text="正文\n",
        html="<p>正文</p>",
        created_at=MONDAY,
    )


@pytest.fixture
def postman(settings: Settings) -> Iterator[Postman]:
    with smtp.serving(Postman()) as postman:
        settings.EMAIL_BACKEND = "portal.mail.smtp.Backend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", postman.port
        yield postman


def test_delivery_sends_each_person_a_message_of_their_own_over_one_connection(db: None, postman: Postman) -> None:
    for name in ("li", "wang", "zhao"):
        a_message(world.make_person(name))
    assert delivery.deliver(now=now) == 3
    assert postman.connections == 1
    assert sorted(str(message["To"]) for message in postman.received) == [
        "li@example.test",
        "wang@example.test",
        "zhao@example.test",
    ]
    first = postman.received[0]
    assert first["Subject"] == "季度填报 opened"
    assert first["List-Unsubscribe"].startswith("<http://")
    assert [part.get_content_type() for part in first.iter_parts()] == ["text/plain", "text/html"]
    assert set(Message.objects.values_list("state", "sent_at")) == {("sent", MONDAY)}


def test_delivery_puts_back_what_a_dead_server_did_not_take_and_sends_it_later(db: None, settings: Settings) -> None:
    message = a_message(world.make_person("li"))
    with smtp.serving(Postman()) as gone:
        settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = (
            "portal.mail.smtp.Backend",
            "127.0.0.1",
            gone.port,
        )
    delivery.deliver(now=now)
    message.refresh_from_db()
    assert (message.state, message.attempts, message.claimed_at) == ("waiting", 1, None)
    assert message.not_before == MONDAY + timedelta(minutes=1)
    assert "refused" in message.error
    with smtp.serving(Postman()) as postman:
        settings.EMAIL_PORT = postman.port
        assert delivery.deliver(now=now) == 0
        assert delivery.deliver(now=lambda: MONDAY + timedelta(minutes=1)) == 1
        assert len(postman.received) == 1


def test_delivery_pauses_longer_after_each_failure_and_never_over_an_hour(db: None, settings: Settings) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = "portal.mail.smtp.Backend", "127.0.0.1", 1
    message = a_message(world.make_person("li"))
    pauses = []
    moment = MONDAY
    for _attempt in range(9):
        delivery.deliver(now=partial(lambda when: when, moment))
        message.refresh_from_db()
        assert message.not_before is not None
        pauses.append((message.not_before - moment) // timedelta(minutes=1))
        moment = message.not_before
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]


@pytest.mark.parametrize(("step", "state"), [("MAIL", "waiting"), ("DATA", "sending")])
@pytest.mark.parametrize("fault", ["hangs_up_at", "slow_at"])
def test_delivery_repeats_only_what_was_certainly_not_handed_over(
    db: None, postman: Postman, settings: Settings, fault: str, step: str, state: str
) -> None:
    message = a_message(world.make_person("li"))
    setattr(postman, fault, step)
    settings.EMAIL_TIMEOUT = 0.5
    delivery.deliver(now=now)
    settings.EMAIL_TIMEOUT = 20
    message.refresh_from_db()
    assert message.state == state
    assert message.error
    setattr(postman, fault, "")
    received = len(postman.received)
    delivery.deliver(now=lambda: MONDAY + timedelta(days=1))
    assert len(postman.received) - received == (1 if state == "waiting" else 0)


def test_delivery_keeps_what_the_server_said_of_a_recipient_and_goes_on(db: None, postman: Postman) -> None:
    gone, here = a_message(world.make_person("gone")), a_message(world.make_person("here"))
    postman.refused["gone@example.test"] = "550 5.1.1 no such person"
    delivery.deliver(now=now)
    gone.refresh_from_db()
    here.refresh_from_db()
    assert (gone.state, here.state) == ("failed", "sent")
    assert "no such person" in gone.error
    assert postman.connections == 1


def test_delivery_gives_a_recipient_refused_for_now_three_days(db: None, postman: Postman) -> None:
    message = a_message(world.make_person("full"))
    postman.refused["full@example.test"] = "452 4.2.2 mailbox full"
    delivery.deliver(now=now)
    message.refresh_from_db()
    assert message.state == "waiting"
    delivery.deliver(now=lambda: MONDAY + timedelta(days=4))
    message.refresh_from_db()
    assert message.state == "failed"


def test_crash_after_the_server_took_it_leaves_it_uncertain_and_it_is_not_repeated(
    transactional_db: None, postman: Postman
) -> None:
    message, other = a_message(world.make_person("li")), a_message(world.make_person("wang"))
    code = "import django; django.setup(); from portal import clock; from portal.mail import delivery;"
    child = subprocess.Popen(
        [sys.executable, "-c", f"{code} delivery.deliver(now=clock.now)"],
        env=children.environment(
            DJANGO_SETTINGS_MODULE="portal.settings", CONCENTRIC_EMAIL_URL=f"smtp://127.0.0.1:{postman.port}"
        ),
    )
    postman.on_data = lambda: os.kill(child.pid, signal.SIGKILL)
    child.wait(30)
    message.refresh_from_db()
    other.refresh_from_db()
    assert (message.state, other.state) == ("sending", "waiting")
    postman.on_data = lambda: None
    assert message.claimed_at is not None
    later = message.claimed_at + timedelta(hours=1)
    assert delivery.deliver(now=lambda: later) == 1
    assert len(postman.to("li@example.test")) == 1
    assert list(Message.objects.filter(delivery.uncertain(at=later))) == [message]


def test_administrator_sends_an_uncertain_message_again_but_none_under_way_or_sent(db: None, postman: Postman) -> None:
    message = a_message(world.make_person("li"))
    claimed = delivery.claim(at=MONDAY)
    assert claimed == message
    assert not delivery.send_again(message, at=MONDAY + timedelta(minutes=1))
    assert delivery.send_again(message, at=MONDAY + timedelta(hours=1))
    assert delivery.deliver(now=now) == 1
    assert not delivery.send_again(message, at=MONDAY + timedelta(days=1))


def test_two_deliverers_at_once_send_each_message_once(transactional_db: None, postman: Postman) -> None:
    for number in range(30):
        a_message(world.make_person(f"p{number}"))

    def one() -> int:
        try:
            return delivery.deliver(now=now)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        sent = list(pool.map(lambda _: one(), range(4)))
    assert sum(sent) == 30
    assert len({str(message["To"]) for message in postman.received}) == len(postman.received) == 30


def test_a_batch_ends_at_its_limit(db: None, postman: Postman) -> None:
    for number in range(3):
        a_message(world.make_person(f"p{number}"))
    assert delivery.deliver(now=now, limit=2) == 2
    assert Message.objects.filter(state="waiting").count() == 1

"""How e-mails leave: each is claimed, and the claim committed, before the mail server hears of it.

So a crash leaves a message at "sending", where an administrator sees it and decides; it is never repeated by itself.
What the server has certainly not taken goes back to waiting; what it refused for good is failed, with its words.
"""

import contextlib
import smtplib
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import Enum, auto
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from portal.mail.smtp import Unreached
from portal.models import Message

BATCH = 100
LONGEST_PAUSE = timedelta(hours=1)
# As mail servers do among themselves: a recipient refused "for now" this long is refused.
PATIENCE = timedelta(days=3)
# A message claimed this long ago is not under way any more: whoever claimed it has crashed or lost the server.
UNDER_WAY = timedelta(minutes=10)

State = Message.State


class Verdict(Enum):
    """What a failure means for the message."""

    LATER = auto()  # the server refused this message for now
    NO_SERVER = auto()  # the server could not be had: later, and the others too
    REFUSED = auto()  # for good
    UNKNOWN = auto()  # the connection broke after the e-mail was handed over


def deliver(*, now: Callable[[], datetime], limit: int = BATCH) -> int:
    """Send what waits, over one connection; returns how many were claimed (as many as `limit`: there may be more).

    Any number may run at once: a message is claimed by one.
    """
    claimed = 0
    connection = get_connection()
    try:
        while claimed < limit and (message := claim(at=now())):
            claimed += 1
            if not _send(message, connection, now=now):
                break
    finally:
        # What was sent is recorded by now; a server that ends the conversation rudely changes nothing.
        with contextlib.suppress(OSError):
            connection.close()
    return claimed


def claim(*, at: datetime) -> Message | None:
    """The next message that waits and is due, marked as being sent and committed."""
    with transaction.atomic(durable=True):
        waiting = Message.objects.filter(Q(not_before=None) | Q(not_before__lte=at), state=State.WAITING)
        waiting = waiting.select_for_update(skip_locked=True, of=("self",)).select_related("recipient")
        message = waiting.order_by("id").first()
        if message:
            message.state, message.claimed_at = State.SENDING, at
            message.attempts += 1
            message.save(update_fields=["state", "claimed_at", "attempts"])
    return message


def uncertain(*, at: datetime) -> Q:
    """Messages of which nobody knows whether they arrived."""
    return Q(state=State.SENDING, claimed_at__lt=at - UNDER_WAY)


def send_again(message: Message, *, at: datetime) -> bool:
    """Let a failed or uncertain message wait once more, because an administrator wants it; says whether it does now."""
    chosen = Message.objects.filter(Q(state=State.FAILED) | uncertain(at=at), pk=message.pk)
    return bool(chosen.update(state=State.WAITING, claimed_at=None, attempts=0, not_before=None, error=""))


def _send(message: Message, connection: BaseEmailBackend, *, now: Callable[[], datetime]) -> bool:
    """Hand a claimed message over and record what came of it; says whether the connection is good for another."""
    try:
        connection.open()
        connection.send_messages([_composed(message)])
    except Exception as error:  # what it means is decided below; anything unforeseen counts as unknown
        return _record_failure(message, error, at=now())
    Message.objects.filter(pk=message.pk).update(state=State.SENT, sent_at=now(), error="")
    return True


def _composed(message: Message) -> EmailMultiAlternatives:
    """One recipient in To:, nobody else; the number in Message-ID lets a mail program see a repetition."""
    host = urlsplit(settings.SITE_URL).hostname
    email = EmailMultiAlternatives(
        subject=message.subject,
        body=message.text,
        to=[message.recipient.email],
        headers={
            "Message-ID": f"<{message.kind}.{message.pk}@{host}>",
            "Auto-Submitted": "auto-generated",
            "List-Unsubscribe": f"<{settings.SITE_URL}{reverse('profile')}>",
        },
    )
    if message.html:
        email.attach_alternative(message.html, "text/html")
    return email


def verdict(error: Exception) -> Verdict:
    match error:
        case Unreached() | smtplib.SMTPSenderRefused():  # a sender refused is a site misconfigured, or a busy server
            return Verdict.NO_SERVER
        case smtplib.SMTPRecipientsRefused():
            [(code, _words)] = error.recipients.values()
        case smtplib.SMTPResponseException():
            code = error.smtp_code
        case ValueError():  # an address or header that can't be written: nothing was sent
            return Verdict.REFUSED
        case _:
            return Verdict.UNKNOWN
    return Verdict.REFUSED if code >= 500 else Verdict.LATER


def _record_failure(message: Message, error: Exception, *, at: datetime) -> bool:
    found = verdict(error)
    record = Message.objects.filter(pk=message.pk, state=State.SENDING)
    if found is Verdict.LATER and at - message.created_at > PATIENCE:
        found = Verdict.REFUSED
    if found is Verdict.REFUSED:
        record.update(state=State.FAILED, error=str(error))
    elif found is Verdict.UNKNOWN:
        record.update(error=str(error) or type(error).__name__)
    else:
        pause = min(timedelta(minutes=2 ** min(message.attempts - 1, 6)), LONGEST_PAUSE)
        record.update(state=State.WAITING, claimed_at=None, not_before=at + pause, error=str(error))
    return found in (Verdict.LATER, Verdict.REFUSED)

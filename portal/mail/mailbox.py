"""Where the demo's e-mails go instead of out: into rows, shown under /demo/mail/."""

from collections.abc import Sequence

from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend

from portal import clock
from portal.models import MailboxMessage


class Backend(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        received = [_received(message, to) for message in email_messages for to in message.recipients()]
        MailboxMessage.objects.bulk_create(received)
        return len(email_messages)


def _received(message: EmailMessage, recipient: str) -> MailboxMessage:
    parts = message.alternatives if isinstance(message, EmailMultiAlternatives) else []
    pages = [str(content) for content, kind in parts if kind == "text/html"]
    return MailboxMessage(
        recipient=recipient,
        subject=message.subject[:300],
        text=str(message.body),
        html=pages[0] if pages else "",
        received_at=clock.now(),
    )

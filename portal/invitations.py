"""Letters that carry a one-time link to set a password: an invitation, and a reset somebody asked for.

They are sent at once and never lie in the outbox, where others could read the link. Links stay on real time, whatever
the demo's clock says, and end when they are used or after settings.PASSWORD_RESET_TIMEOUT.
"""

from datetime import datetime, timedelta

from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse

from portal.mail import outbox
from portal.models import User

GOOD_FOR = timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)


def link(person: User) -> str:
    """The address where this person sets a password, once."""
    key = {"uidb36": user_pk_to_url_str(person), "key": default_token_generator.make_token(person)}
    return settings.SITE_URL + reverse("account_reset_password_from_key", kwargs=key)


def send(person: User, *, at: datetime) -> None:
    """Invite the person, for the first time or again. Raises OSError where the mail server can't be had."""
    post("invitation", person, link(person), at=at)
    person.invited_at = at
    person.save(update_fields=["invited_at"])


def post(kind: str, person: User, address: str, *, at: datetime) -> None:
    """Word templates/emails/<kind>/ in the person's language and send it now."""
    worded = outbox.worded(kind, "", person, {"address": address, "days": GOOD_FOR.days}, at=at)
    letter = EmailMultiAlternatives(subject=worded.subject, body=worded.text, to=[person.email])
    letter.attach_alternative(worded.html, "text/html")
    letter.send()

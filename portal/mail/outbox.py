"""How an e-mail comes about: a row worded in the person's language, in the transaction of what it tells of."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache

import css_inline
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation

from portal import doorbell
from portal.clock import SHANGHAI
from portal.models import Message, User

Letter = tuple[User, Mapping[str, object]]


def write(kind: str, period: str, letters: Iterable[Letter], *, at: datetime) -> None:
    """Put one e-mail of this kind and period a person into the outbox, all in one statement.

    Worded from templates/emails/<kind>/. Whoever has one of this kind and period already gets no second: the database
    decides that, so two writers at once are harmless.
    """
    messages = [worded(kind, period, user, about, at=at) for user, about in letters]
    if messages:
        Message.objects.bulk_create(messages, ignore_conflicts=True)
        doorbell.ring("portal.tasks.deliver")


def worded(kind: str, period: str, user: User, about: Mapping[str, object], *, at: datetime) -> Message:
    """The e-mail as this person will read it: in their language, with times of Beijing and whole addresses."""
    context = {**about, "recipient": user, "at": at, "site": settings.SITE_URL}
    with translation.override(user.language or settings.LANGUAGE_CODE), timezone.override(SHANGHAI):
        subject, text, html = (
            render_to_string(f"emails/{kind}/{name}", context) for name in ("subject.txt", "body.txt", "body.html")
        )
    return Message(
        kind=kind,
        period=period,
        recipient=user,
        subject=" ".join(subject.split())[:300],
        text=re.sub(r"\n\s*\n\s*\n", "\n\n", text).strip() + "\n",
        html=_inliner().inline(html),
        created_at=at,
    )


@cache
def _inliner() -> css_inline.CSSInliner:
    """Mail programs drop style sheets, so each rule is written on the element. Nothing is fetched from anywhere."""
    return css_inline.CSSInliner(load_remote_stylesheets=False)

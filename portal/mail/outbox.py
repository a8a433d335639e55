"""How an e-mail comes about: a row worded in the person's language, in the transaction of what it tells of."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache

import css_inline
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.html import escape

from portal import doorbell
from portal.clock import SHANGHAI
from portal.models import Message, User

Letter = tuple[User, Mapping[str, object]]
Rendered = tuple[str, str, str]
SOMEBODY = "\ue000\ue001"  # stands for a name that is filled in; no text has these signs


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
    """The e-mail as this person will read it: in their language, with times of Beijing and whole addresses.

    Where `about` brings a dictionary `made`, people with the same `alike` get the same e-mail but for the name: it is
    rendered once in each language.
    """
    language = user.language or settings.LANGUAGE_CODE
    made: dict[object, Rendered] | None = about.get("made")  # type: ignore[assignment]
    key = (kind, about.get("alike"), language)
    if made is None or key[1] is None:
        subject, text, html = _rendered(kind, language, {**about, "recipient": user}, at=at)
    else:
        if key not in made:
            made[key] = _rendered(kind, language, {**about, "recipient": SOMEBODY}, at=at)
        subject, text, html = made[key]
        text, html = text.replace(SOMEBODY, str(user)), html.replace(SOMEBODY, escape(str(user)))
    return Message(kind=kind, period=period, recipient=user, subject=subject, text=text, html=html, created_at=at)


def _rendered(kind: str, language: str, about: Mapping[str, object], *, at: datetime) -> Rendered:
    """Subject, text and page."""
    context = {**about, "at": at, "site": settings.SITE_URL}
    with translation.override(language), timezone.override(SHANGHAI):
        subject, text, html = (
            render_to_string(f"emails/{kind}/{name}", context) for name in ("subject.txt", "body.txt", "body.html")
        )
    subject = " ".join(subject.split())[:300]
    return subject, re.sub(r"\n\s*\n\s*\n", "\n\n", text).strip() + "\n", _inliner().inline(html)


@cache
def _inliner() -> css_inline.CSSInliner:
    """Mail programs drop style sheets, so each rule is written on the element. Nothing is fetched from anywhere."""
    return css_inline.CSSInliner(load_remote_stylesheets=False)

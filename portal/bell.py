"""What the bell tells: a row a person, written in the transaction of what it tells of, worded where it is read."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from portal.models import Notice, Quarter, Unit, User
from portal.models.naming import in_language
from portal.models.quarter import parts

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

Kind = Notice.Kind
KEPT = timedelta(days=90)  # after it was read
BATCH = 1000

SENTENCES: Mapping[str, "StrPromise"] = {
    Kind.OPENED: _("%(quarter)s is open for reporting, due on %(day)s."),
    Kind.DUE_SOON: _("%(unit)s, %(quarter)s: the report is due on %(day)s and has not been submitted."),
    Kind.OVERDUE: _("%(unit)s, %(quarter)s: the report was due on %(day)s and has not been submitted."),
    Kind.REMINDED: _(
        "%(who)s reminds you: the report of %(unit)s for %(quarter)s is due on %(day)s, not submitted yet."
    ),
    Kind.SUBMITTED: _("%(who)s has submitted the report of %(unit)s for %(quarter)s, receipt %(receipt)s."),
    Kind.RESUBMITTED: _("%(unit)s has submitted %(quarter)s again, which you had returned: it waits for review."),
    Kind.WITHDRAWN: _("%(who)s has withdrawn the report of %(unit)s for %(quarter)s: %(words)s"),
    Kind.RETURNED: _("The report of %(unit)s for %(quarter)s is returned, due again on %(day)s: %(words)s"),
    Kind.ACCEPTED: _("The report of %(unit)s for %(quarter)s is accepted: its figures count."),
    Kind.EXTENSION_ASKED: _("%(unit)s asks for more time for %(quarter)s, until %(day)s: %(words)s"),
    Kind.EXTENSION_GRANTED: _("%(unit)s has more time for %(quarter)s: until %(day)s. %(words)s"),
    Kind.EXTENSION_REFUSED: _("No more time for %(unit)s, %(quarter)s: %(words)s"),
    Kind.LETTER_ISSUED: _("The letter of commitment of %(unit)s for %(year)s waits for your signature."),
    Kind.LETTER_SIGNED: _(
        "%(unit)s has signed its letter of commitment for %(year)s: it waits for your counter-signature."
    ),
    Kind.LETTER_IN_FORCE: _("The letter of commitment of %(unit)s for %(year)s is in force."),
    Kind.LETTER_REMINDER: _("Reminder: the letter of commitment of %(unit)s for %(year)s is not signed yet."),
    Kind.RELIEF_DECIDED: _("%(unit)s, letter of %(year)s: what was asked for a pledge has been decided."),
    Kind.SETTLEMENT_OPENED: _("%(unit)s, letter of %(year)s: your own account of the year is awaited by %(day)s."),
    Kind.SETTLEMENT_VERIFIED: _("%(unit)s, letter of %(year)s: the results are verified; you may object."),
    Kind.FIGURES_REPAIRED: _(
        "The nightly audit found figures that their lines didn't make, and has repaired them: %(count)s, see which."
    ),
}


def notice(
    kind: Kind, about: str, person: User, *, link: str, at: datetime, facts: Mapping[str, object] | None = None
) -> Notice:
    """A notice not yet written. `about` tells it from others of its kind: a person gets one of each, once.

    `link` is an address of ours, without the host. `facts` are what the kind's sentence asks for: a unit, a quarter,
    or a text such as a day; they are kept so that the sentence can be made in any language.
    """
    kept = {name: _kept(fact) for name, fact in (facts or {}).items()}
    return Notice(kind=kind, about=about, recipient=person, facts=kept, link=link, created_at=at)


def write(notices: Iterable[Notice]) -> None:
    """Write them in one statement. Whoever has one of a kind about the same thing already gets no second."""
    Notice.objects.bulk_create(notices, batch_size=BATCH, ignore_conflicts=True)


def tell(
    kind: Kind,
    about: str,
    people: Iterable[User],
    *,
    link: str,
    at: datetime,
    facts: Mapping[str, object] | None = None,
) -> None:
    """Write the same to each of these people."""
    write([notice(kind, about, person, link=link, at=at, facts=facts) for person in people])


def settle(kinds: Collection[Kind], about: str, *, at: datetime) -> int:
    """What these asked for is done: whoever hasn't read them needn't. `about` is what their own begins with."""
    asking = Notice.objects.filter(kind__in=kinds, about__startswith=about)
    return asking.mark_read(at=at)


def prune(*, at: datetime) -> int:
    """Delete what was read long ago; returns how many. What nobody has read stays."""
    deleted, _by_model = Notice.objects.all().to_be_pruned(read_before=at - KEPT).delete()
    return deleted


class _Facts(dict[str, object]):
    """A fact that an older row doesn't have is a dash: the page must not break on it."""

    def __missing__(self, name: str) -> str:
        return "—"


def words(told: Notice) -> str:
    """The sentence, in the language of the page."""
    sentence = SENTENCES.get(told.kind)
    if sentence is None:
        return told.about
    return str(sentence % _Facts({name: _shown(name, fact) for name, fact in told.facts.items()}))


def _kept(fact: object) -> object:
    if isinstance(fact, Unit):
        return {"zh": fact.name_zh, "en": fact.name_en}
    if isinstance(fact, Quarter):
        return fact.label
    return fact if isinstance(fact, int) else str(fact)


def _shown(name: str, fact: object) -> str:
    if isinstance(fact, dict):
        return in_language(fact.get("zh", ""), fact.get("en", ""))
    found = parts(str(fact)) if name == "quarter" else None
    return Quarter(year=found[0], number=found[1]).name if found else str(fact)

"""Which e-mails a letter sends, to whom, and what stands in them: once it is issued, and while it isn't signed."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, datetime

from django.urls import reverse

from commitments.models import LetterState, LetterVersion
from portal.clock import SHANGHAI
from portal.mail import outbox
from portal.models import Membership, Message, Role, User
from portal.roles import UNIT_PEOPLE

# While it is a draft, all of a unit's people can do something about it; once it is issued, only who signs it.
AWAITED = {LetterState.DRAFT: UNIT_PEOPLE, LetterState.ISSUED: frozenset({Role.PRINCIPAL})}


def issued(version: LetterVersion, *, at: datetime) -> None:
    """Tell the unit's principals that the letter waits for their signature; each time it is issued anew."""
    people = at_units([version.letter.unit_id], AWAITED[LetterState.ISSUED], on=at.astimezone(SHANGHAI).date())
    _write(Message.Kind.LETTER_ISSUED, version, people[version.letter.unit_id], at=at)


def reminder(version: LetterVersion, people: Iterable[User], *, at: datetime) -> None:
    _write(Message.Kind.LETTER_REMINDER, version, people, at=at)


def at_units(units: Collection[int], roles: Collection[str], *, on: date) -> defaultdict[int, list[User]]:
    """By unit, those who hold one of these roles at the unit itself, may sign in and want e-mails at once; one query.

    A role held above doesn't make anybody one of the unit's people here: who reaches all units would hear of each.
    """
    members = Membership.objects.in_force(on=on).filter(
        unit__in=units, role__in=roles, user__is_active=True, user__wants_notices=True
    )
    found: defaultdict[int, list[User]] = defaultdict(list)
    for member in members.select_related("user").order_by("user__email"):
        if member.user not in found[member.unit_id]:
            found[member.unit_id].append(member.user)
    return found


def _write(kind: Message.Kind, version: LetterVersion, people: Iterable[User], *, at: datetime) -> None:
    """`period` names the version and the minute: a step taken twice at once tells nobody twice."""
    letter = version.letter
    about = {
        "letter": letter,
        "version": version,
        "campaign": letter.campaign,
        "is_draft": version.state == LetterState.DRAFT,
        "address": reverse("letter", args=[letter.unit.code, letter.campaign.year]),
    }
    period = f"{version.pk}-{at.astimezone(SHANGHAI):%Y%m%dT%H%M}"
    outbox.write(kind, period, [(person, about) for person in people], at=at)

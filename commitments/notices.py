"""Who is told of a letter's steps, at the bell and by e-mail: whose signature it waits for, and that it is in force."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime

from django.urls import reverse

from commitments.models import LetterState, LetterVersion
from portal import bell
from portal.clock import SHANGHAI
from portal.mail import outbox
from portal.models import Membership, Message, Notice, Role, Unit, User
from portal.roles import UNIT_PEOPLE

Kind = Notice.Kind
ASKING_THE_UNIT = frozenset({Kind.LETTER_ISSUED, Kind.LETTER_REMINDER})
# While it is a draft, all of a unit's people can do something about it; once it is issued, only who signs it.
AWAITED = {LetterState.DRAFT: UNIT_PEOPLE, LetterState.ISSUED: frozenset({Role.PRINCIPAL})}


def issued(version: LetterVersion, *, at: datetime) -> None:
    """Tell the unit's principals that the letter waits for their signature; each time it is issued anew."""
    principals = _at_unit(version.letter.unit, AWAITED[LetterState.ISSUED], at=at)
    _write(Message.Kind.LETTER_ISSUED, version, [each for each in principals if each.wants_notices], at=at)
    _ring(Kind.LETTER_ISSUED, version, principals, at=at)


def signed(version: LetterVersion, *, at: datetime) -> None:
    """At the bell: the principals of the campaign's unit, who counter-sign."""
    bell.settle(ASKING_THE_UNIT, _about(version), at=at)
    _ring(Kind.LETTER_SIGNED, version, _at_unit(version.letter.campaign.unit, {Role.PRINCIPAL}, at=at), at=at)


def in_force(version: LetterVersion, *, at: datetime) -> None:
    """At the bell: all the unit's people."""
    bell.settle({Kind.LETTER_SIGNED}, _about(version), at=at)
    _ring(Kind.LETTER_IN_FORCE, version, _at_unit(version.letter.unit, UNIT_PEOPLE, at=at), at=at)


def reminder(version: LetterVersion, people: Sequence[User], *, at: datetime) -> None:
    _write(Message.Kind.LETTER_REMINDER, version, people, at=at)
    _ring(Kind.LETTER_REMINDER, version, people, at=at)


def withdrawn(version: LetterVersion, *, at: datetime) -> None:
    """Taken back or declined: it waits for nobody's signature any more."""
    bell.settle(ASKING_THE_UNIT | {Kind.LETTER_SIGNED}, _about(version), at=at)


def _ring(kind: Notice.Kind, version: LetterVersion, people: Iterable[User], *, at: datetime) -> None:
    letter = version.letter
    waits = kind in (Kind.LETTER_ISSUED, Kind.LETTER_SIGNED)
    bell.tell(
        kind,
        f"{_about(version)}{_minute(at)}",
        people,
        link=reverse("letter_sign" if waits else "letter", args=[letter.unit.code, letter.campaign.year]),
        at=at,
        facts={"unit": letter.unit, "year": letter.campaign.year},
    )


def _about(version: LetterVersion) -> str:
    return f"{version.pk}/"


def _at_unit(unit: Unit, roles: Collection[str], *, at: datetime) -> list[User]:
    return at_units([unit.pk], roles, on=at.astimezone(SHANGHAI).date(), by_mail=False)[unit.pk]


def at_units(
    units: Collection[int], roles: Collection[str], *, on: date, by_mail: bool = True
) -> defaultdict[int, list[User]]:
    """By unit, those who hold one of these roles at the unit itself and may sign in; one query.

    By mail, only those who want e-mails at once. A role held above doesn't make anybody one of the unit's people here:
    who reaches all units would hear of each.
    """
    members = Membership.objects.in_force(on=on).filter(unit__in=units, role__in=roles, user__is_active=True)
    if by_mail:
        members = members.filter(user__wants_notices=True)
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
    outbox.write(kind, f"{version.pk}-{_minute(at)}", [(person, about) for person in people], at=at)


def _minute(at: datetime) -> str:
    return f"{at.astimezone(SHANGHAI):%Y%m%dT%H%M}"

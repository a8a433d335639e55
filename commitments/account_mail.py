"""Who is told of a decided adjustment and of a year's account, by e-mail and at the bell, and what."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from commitments import notices
from commitments.models import Campaign, LetterVersion, Relief, Settlement
from portal import bell
from portal.clock import SHANGHAI
from portal.mail import outbox
from portal.models import Message, Notice, User
from portal.roles import UNIT_PEOPLE


def relief_decided(relief: Relief, version: LetterVersion, *, at: datetime) -> None:
    """Tell the unit's people whether what was asked for was granted, and why."""
    letter = version.letter
    about = {"relief": relief, "letter": letter, "address": f"{_letter(version)}fulfilment/"}
    people = _people([version], at=at)[letter.unit_id]
    outbox.write(Message.Kind.RELIEF_DECIDED, str(relief.pk), [(person, about) for person in people], at=at)
    bell.write(_rung(Notice.Kind.RELIEF_DECIDED, f"{relief.pk}/", [version], page="fulfilment", at=at))


def settlements_opened(campaign: Campaign, settlements: Sequence[Settlement], *, at: datetime) -> None:
    """Tell the people of the units that their own account of the year is awaited: one e-mail a person, in one write."""
    people = _people([settlement.version for settlement in settlements], at=at)
    theirs: defaultdict[User, list[dict[str, object]]] = defaultdict(list)
    for settlement in settlements:
        opened = {"unit": settlement.version.letter.unit, "address": f"{_letter(settlement.version)}settlement/"}
        for person in people[settlement.version.letter.unit_id]:
            theirs[person].append(opened)
    due_on = settlements[0].due_on if settlements else None
    letters = [(who, {"campaign": campaign, "due_on": due_on, "opened": own}) for who, own in theirs.items()]
    outbox.write(Message.Kind.SETTLEMENT_OPENED, f"{campaign.pk}-{_minute(at)}", letters, at=at)
    versions = [settlement.version for settlement in settlements]
    kind = Notice.Kind.SETTLEMENT_OPENED
    bell.write(_rung(kind, f"{_minute(at)}/", versions, page="settlement", at=at, day=due_on))


def settlement_verified(settlement: Settlement, *, at: datetime) -> None:
    """Tell the unit's people that the results are verified and may be objected to."""
    version = settlement.version
    about = {"letter": version.letter, "address": f"{_letter(version)}settlement/"}
    people = _people([version], at=at)[version.letter.unit_id]
    letters = [(person, about) for person in people]
    outbox.write(Message.Kind.SETTLEMENT_VERIFIED, f"{settlement.pk}-{_minute(at)}", letters, at=at)
    bell.write(_rung(Notice.Kind.SETTLEMENT_VERIFIED, f"{_minute(at)}/", [version], page="settlement", at=at))


def _people(versions: Sequence[LetterVersion], *, at: datetime, by_mail: bool = True) -> defaultdict[int, list[User]]:
    units = [version.letter.unit_id for version in versions]
    return notices.at_units(units, UNIT_PEOPLE, on=at.astimezone(SHANGHAI).date(), by_mail=by_mail)


def _rung(
    kind: Notice.Kind,
    about: str,
    versions: Sequence[LetterVersion],
    *,
    page: str,
    at: datetime,
    **facts: object,
) -> list[Notice]:
    """For each of the units' people a notice of each letter, whose page is the settlement or the fulfilment."""
    people = _people(versions, at=at, by_mail=False)
    return [
        bell.notice(
            kind,
            f"{about}{version.pk}",
            person,
            link=f"{_letter(version)}{page}/",
            at=at,
            facts={"unit": version.letter.unit, "year": version.letter.campaign.year, **facts},
        )
        for version in versions
        for person in people[version.letter.unit_id]
    ]


def _letter(version: LetterVersion) -> str:
    return f"/letters/{version.letter.unit.code}/{version.letter.campaign.year}/"


def _minute(at: datetime) -> str:
    """A step taken twice at once tells nobody twice."""
    return f"{at.astimezone(SHANGHAI):%Y%m%dT%H%M}"

"""The year-end account 年底交总账: opened by the city, assessed by the unit, verified from accepted figures, closed.

open → assessed → verified (the unit may object, the administrator answers and may verify again) → closed. One verb, one
transaction: each locks the letter, checks role and step and writes the event; triggers keep what is closed. Verified
results are those of commitments/fulfilment.py for the fourth quarter at that moment, copied, never typed.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from commitments import account_mail, attachments
from commitments.fulfilment import Fulfilment, fulfilments
from commitments.models import (
    Attachment,
    Campaign,
    Letter,
    LetterEvent,
    LetterVersion,
    Pledge,
    Settlement,
    SettlementEntry,
)
from commitments.publishing import refuse_moving
from commitments.steps import locked, record, require
from portal.models import Quarter, User
from portal.roles import ADMINISTRATORS, SUBMITTERS, UNIT_PEOPLE
from portal.uploads import File
from projects.lifecycle import StepRefused, StepTaken, local_day

State = Settlement.State
Verb = LetterEvent.Verb
RATE_LIMIT = Decimal(10) ** 6  # the column holds six digits before the point


@dataclass(frozen=True, kw_only=True)
class Own:
    """What the unit says of one pledge: a figure in its unit of measure, null where none is given, and words."""

    value: Decimal | None
    words: str


def last_quarter(campaign: Campaign) -> Quarter:
    """Raises StepRefused where the calendar has no fourth quarter of the campaign's year."""
    found = Quarter.objects.filter(year=campaign.year, number=4).first()
    if found is None:
        raise StepRefused(_("The calendar has no fourth quarter of %(year)s.") % {"year": campaign.year})
    return found


def open_all(campaign: Campaign, *, due_on: date, by: User, at: datetime) -> list[Settlement]:
    """Open the account of every letter in force that has none yet; an administrator of the campaign's unit does.

    Each pledge gets an entry with its target at the year's end. The units' people get an e-mail. Takes the same number
    of queries for any number of letters. Raises StepRefused before the fourth quarter has ended, for a due day that
    has passed, and where no letter waits for it.
    """
    require(by, ADMINISTRATORS, campaign.unit, at=at)
    quarter = last_quarter(campaign)
    if local_day(at) <= quarter.ends_on:
        raise StepRefused(_("The year's account can be opened once the fourth quarter has ended."))
    if due_on < local_day(at):
        raise StepRefused(_("Give the units time: the due day has passed already."))
    with transaction.atomic():
        Campaign.objects.select_for_update(of=("self",), no_key=True).get(pk=campaign.pk)
        # None of them is amended while its account is opened: a counter-signature waits for this, and is refused then.
        list(Letter.objects.select_for_update(no_key=True).filter(campaign=campaign).order_by("pk").values_list("pk"))
        versions = list(waiting(campaign))
        if not versions:
            raise StepRefused(_("No letter in force waits for its account to be opened."))
        opened = [Settlement(version=version, due_on=due_on, opened_at=at) for version in versions]
        Settlement.objects.bulk_create(opened)
        pledges = list(Pledge.objects.filter(version__in=versions))
        found = fulfilments(pledges, quarter)
        by_version = {settlement.version_id: settlement for settlement in opened}
        SettlementEntry.objects.bulk_create(
            [
                SettlementEntry(settlement=by_version[pledge.version_id], pledge=pledge, target=found[pledge.pk].target)
                for pledge in pledges
            ]
        )
        LetterEvent.objects.bulk_create(
            [
                LetterEvent(letter=version.letter, version=version, verb=Verb.OPEN_SETTLEMENT, by=by, at=at)
                for version in versions
            ]
        )
        account_mail.settlements_opened(campaign, opened, at=at)
        return opened


def waiting(campaign: Campaign) -> QuerySet[LetterVersion]:
    """The campaign's versions in force without an account."""
    versions = LetterVersion.objects.in_force().filter(letter__campaign=campaign, settlement=None)
    return versions.select_related("letter__unit", "letter__campaign").order_by("letter__unit__code")


def fingerprint(entries: Sequence[SettlementEntry]) -> str:
    """Stands for what the unit has said so far: two people who write at once don't overwrite each other unseen."""
    said = "\x1f".join(f"{entry.pk}\x1e{entry.own_value}\x1e{entry.own_words}" for entry in entries)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def _locked(settlement: Settlement, *states: str) -> Settlement:
    """The settlement as it is now, its letter locked; raises StepTaken where it is in none of these states any more."""
    locked(settlement.version)
    found = Settlement.objects.select_related("version__letter__unit", "version__letter__campaign__unit").get(
        pk=settlement.pk
    )
    if states and found.state not in states:
        raise StepTaken(
            _("This account is “%(state)s” by now: somebody has dealt with it in the meantime.")
            % {"state": found.get_state_display()}
        )
    return found


def _record(settlement: Settlement, verb: str, *, by: User, at: datetime, reason: str = "") -> None:
    record(settlement.version, verb, by=by, at=at, reason=reason)


def assess(
    settlement: Settlement, own: Mapping[int, Own], *, seen: str, by: User, at: datetime
) -> Sequence[SettlementEntry]:
    """Keep what the unit says, by entry id, as long as the account isn't handed in.

    `seen` is the fingerprint of what was shown. The same again changes nothing. Raises StepTaken where somebody else
    has written in the meantime.
    """
    with transaction.atomic():
        settlement = _locked(settlement, State.OPEN)
        require(by, UNIT_PEOPLE, settlement.version.letter.unit, at=at)
        entries = list(settlement.entries.select_related("pledge"))
        changed = [
            entry
            for entry in entries
            if entry.pk in own and (entry.own_value, entry.own_words) != (own[entry.pk].value, own[entry.pk].words)
        ]
        if changed and seen != fingerprint(entries):
            raise StepTaken(_("Somebody has written into this account in the meantime. Compare, then save again."))
        for entry in changed:
            entry.own_value, entry.own_words = own[entry.pk].value, own[entry.pk].words
        SettlementEntry.objects.bulk_update(changed, ["own_value", "own_words"])
        return entries


def hand_in(settlement: Settlement, *, by: User, at: datetime) -> Settlement:
    """Hand in the unit's own account; an approver or the principal does. A second click gives the same.

    Raises StepRefused where a pledge has neither a figure nor a word.
    """
    with transaction.atomic():
        settlement = _locked(settlement, State.OPEN, State.ASSESSED)
        require(by, SUBMITTERS, settlement.version.letter.unit, at=at)
        if settlement.state == State.ASSESSED:
            return settlement
        silent = [entry.pledge for entry in settlement.entries.select_related("pledge") if not _is_said(entry)]
        if silent:
            names = "; ".join(str(pledge) for pledge in silent)
            raise StepRefused(_("Give a figure or say a word on: %(pledges)s") % {"pledges": names})
        settlement.state = State.ASSESSED
        settlement.save()
        _record(settlement, Verb.ASSESS, by=by, at=at)
        return settlement


def _is_said(entry: SettlementEntry) -> bool:
    return entry.own_value is not None or bool(entry.own_words.strip())


def attach(entry: SettlementEntry, file: File, *, by: User, at: datetime) -> Attachment:
    """Keep a file as evidence beside an entry: while the unit assesses itself, and for an objection.

    Raises attachments.FileRefused as `taken` does.
    """
    with transaction.atomic():
        settlement = _locked(entry.settlement, State.OPEN, State.VERIFIED)
        require(by, UNIT_PEOPLE, settlement.version.letter.unit, at=at)
        kind = Attachment.Kind.EVIDENCE
        found, is_new = attachments.taken(file, kind, version=settlement.version, entry=entry, by=by, at=at)
        if is_new:
            _record(settlement, Verb.ATTACH, by=by, at=at, reason=f"{entry.pledge} · {found.name}")
        return found


def verify(settlement: Settlement, *, by: User, at: datetime) -> Settlement:
    """Copy what the fourth quarter's accepted figures say beside the unit's own account; again after a correction.

    An administrator of the campaign's unit verifies, never who handed the account in; one that the unit hasn't handed
    in by its due day is verified without. The unit's people get an e-mail. Raises StepTaken while the figures are being
    recomputed.
    """
    with transaction.atomic():
        settlement = _locked(settlement, State.OPEN, State.ASSESSED, State.VERIFIED)
        letter = settlement.version.letter
        require(by, ADMINISTRATORS, letter.campaign.unit, at=at)
        _refuse_own(settlement, by)
        if settlement.state == State.OPEN and local_day(at) <= settlement.due_on:
            raise StepRefused(
                _("The unit has time until %(day)s to hand in its own account.") % {"day": settlement.due_on}
            )
        entries = list(settlement.entries.select_related("pledge"))
        quarter = last_quarter(letter.campaign)
        found = fulfilments([entry.pledge for entry in entries], quarter)
        refuse_moving(letter.unit, quarter)
        changed = [entry for entry in entries if _copy(entry, found[entry.pledge_id])]
        again = settlement.state == State.VERIFIED
        if again and not changed:
            raise StepRefused(_("Nothing has changed since the results were verified."))
        SettlementEntry.objects.bulk_update(changed, ["target", "verified_value", "verified_rate", "verified_state"])
        settlement.state = State.VERIFIED
        settlement.save()
        _record(settlement, Verb.VERIFY, by=by, at=at, reason=_("verified again") if again else "")
        account_mail.settlement_verified(settlement, at=at)
        return settlement


def _refuse_own(settlement: Settlement, by: User) -> None:
    if settlement.version.events.filter(verb=Verb.ASSESS, by=by).exists():
        raise StepRefused(_("Nobody verifies or closes an account that they handed in."))


def _copy(entry: SettlementEntry, found: Fulfilment) -> bool:
    """Write the computed result into the entry; whether it says anything new."""
    rate = None if found.rate is None else max(min(found.rate, RATE_LIMIT - 1), 1 - RATE_LIMIT)
    before = (entry.target, entry.verified_value, entry.verified_rate, entry.verified_state)
    entry.target = found.target
    entry.verified_value = None if found.actual is None else found.actual.quantize(Decimal("0.0001"))
    entry.verified_rate = None if rate is None else rate.quantize(Decimal("0.000001"))
    entry.verified_state = found.state
    return before != (entry.target, entry.verified_value, entry.verified_rate, entry.verified_state)


def object_to(entry: SettlementEntry, objection: str, *, by: User, at: datetime) -> SettlementEntry:
    """Object to a verified result, once a pledge and until it is answered; the unit's people do."""
    with transaction.atomic():
        settlement = _locked(entry.settlement, State.VERIFIED)
        require(by, UNIT_PEOPLE, settlement.version.letter.unit, at=at)
        entry = settlement.entries.select_related("pledge").get(pk=entry.pk)
        words = objection.strip()
        if not words:
            raise StepRefused(_("Say what the verified result is wrong about."))
        if entry.objection == words:
            return entry
        if entry.answer:
            raise StepRefused(_("This objection has been answered."))
        entry.objection, entry.objected_at = words, at
        entry.save()
        _record(settlement, Verb.OBJECT, by=by, at=at, reason=f"{entry.pledge} · {words}")
        return entry


def answer(entry: SettlementEntry, words: str, *, by: User, at: datetime) -> SettlementEntry:
    """Answer an objection; an administrator of the campaign's unit does. A given answer stays.

    Raises StepTaken where it was answered otherwise in the meantime.
    """
    with transaction.atomic():
        settlement = _locked(entry.settlement, State.VERIFIED)
        require(by, ADMINISTRATORS, settlement.version.letter.campaign.unit, at=at)
        _refuse_own(settlement, by)
        entry = settlement.entries.select_related("pledge").get(pk=entry.pk)
        if not entry.objection:
            raise StepRefused(_("Nobody has objected to this result."))
        if not words.strip():
            raise StepRefused(_("Write an answer to the objection."))
        if entry.answer == words.strip():
            return entry
        if entry.answer:
            raise StepTaken(_("This objection has been answered."))
        entry.answer, entry.answered_at = words.strip(), at
        entry.save()
        _record(settlement, Verb.ANSWER, by=by, at=at, reason=f"{entry.pledge} · {entry.answer}")
        return entry


def close(settlement: Settlement, *, conclusion: str, by: User, at: datetime) -> Settlement:
    """Close the account with a conclusion, for good; an administrator of the campaign's unit does.

    Raises StepRefused where an objection has no answer yet, or no conclusion is given.
    """
    with transaction.atomic():
        settlement = _locked(settlement, State.VERIFIED, State.CLOSED)
        require(by, ADMINISTRATORS, settlement.version.letter.campaign.unit, at=at)
        if settlement.state == State.CLOSED and settlement.conclusion == conclusion.strip():
            return settlement
        settlement = _locked(settlement, State.VERIFIED)
        _refuse_own(settlement, by)
        if not conclusion.strip():
            raise StepRefused(_("Write the conclusion."))
        unanswered = settlement.entries.exclude(objection="").filter(answer="").count()
        if unanswered:
            raise StepRefused(_("Objections without an answer: %(count)s. Answer them first.") % {"count": unanswered})
        settlement.state = State.CLOSED
        settlement.conclusion, settlement.closed_at = conclusion.strip(), at
        settlement.save()
        _record(settlement, Verb.CLOSE, by=by, at=at)
        return settlement


def again(settlement: Settlement) -> Settlement:
    """The settlement as it is by now."""
    related = ("version__letter__unit", "version__letter__campaign__unit")
    return Settlement.objects.select_related(*related).get(pk=settlement.pk)

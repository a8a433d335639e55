"""Adjustments and exemptions 调整与免责: a unit asks, an administrator of the campaign decides.

The letter stays as signed. What was asked is granted or refused once and for good (trigger). `at` and `by` are given.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from commitments import account_mail
from commitments.models import Direction, LetterEvent, LetterState, Pledge, Relief, Settlement
from commitments.steps import locked, reason_given, record, require
from portal.models import Quarter, User
from portal.roles import ADMINISTRATORS, UNIT_PEOPLE
from projects.lifecycle import StepRefused, StepTaken

Verb = LetterEvent.Verb
Kind = Relief.Kind
QUARTERLY = ("target_q1", "target_q2", "target_q3", "target")


@dataclass(frozen=True, kw_only=True)
class Targets:
    """New targets in the pledge's unit of measure, cumulative; null where nothing is promised by then."""

    target: Decimal | None = None
    target_q1: Decimal | None = None
    target_q2: Decimal | None = None
    target_q3: Decimal | None = None

    @classmethod
    def from_quarter(cls, number: int) -> "Targets":
        """Those of a milestone to be reached by the end of this quarter of the year."""
        return cls(
            target=Decimal(1),
            target_q1=Decimal(1) if number <= 1 else None,
            target_q2=Decimal(1) if number <= 2 else None,
            target_q3=Decimal(1) if number <= 3 else None,
        )


EXEMPT = Targets()


def ask(
    pledge: Pledge, *, kind: str, from_quarter: Quarter, targets: Targets = EXEMPT, reason: str, by: User, at: datetime
) -> Relief:
    """Ask for new targets, or for an exemption, from a quarter of the year on; the unit's people do.

    Asked for again just as before, by a double click, it is the same. Raises StepRefused where the letter isn't in
    force, its account is closed, an answer is still due, the targets are wanting or fall, or no reason is given.
    """
    with transaction.atomic():
        version = locked(pledge.version, LetterState.IN_FORCE)
        require(by, UNIT_PEOPLE, version.letter.unit, at=at)
        if from_quarter.year != version.letter.campaign.year:
            raise StepRefused(_("Choose a quarter of %(year)s.") % {"year": version.letter.campaign.year})
        if Settlement.objects.filter(version=version, state=Settlement.State.CLOSED).exists():
            raise StepRefused(_("The year's account of this letter is closed: nothing is adjusted any more."))
        targets = _checked(pledge, targets) if kind == Kind.ADJUSTED else EXEMPT
        wanted = {"kind": Kind(kind), "from_quarter": from_quarter, "reason": reason_given(reason)}
        relief = Relief(pledge=pledge, asked_by=by, asked_at=at, **wanted, **vars(targets))
        waiting = Relief.objects.filter(pledge=pledge, granted=None).first()
        if waiting is not None:
            return _same(waiting, relief)
        relief.save()
        record(version, Verb.ASK_RELIEF, by=by, at=at, reason=_words(relief))
        return relief


def _same(waiting: Relief, asked: Relief) -> Relief:
    names = ("kind", "from_quarter_id", "reason", "asked_by_id", *QUARTERLY)
    if all(getattr(waiting, name) == getattr(asked, name) for name in names):
        return waiting
    raise StepRefused(_("An answer is still due to what was asked for this pledge before."))


def _checked(pledge: Pledge, targets: Targets) -> Targets:
    given = [value for name in QUARTERLY if (value := getattr(targets, name)) is not None]
    if targets.target is None:
        raise StepRefused(_("Give the new target of the year."))
    if pledge.direction == Direction.MORE and given != sorted(given):
        raise StepRefused(
            _("Targets are cumulative: no quarter's can be below the one before it, or above the year's.")
        )
    if all(getattr(pledge, name) == getattr(targets, name) for name in QUARTERLY):
        raise StepRefused(_("These are the targets as they were signed: change what is to be adjusted."))
    return targets


def decide(relief: Relief, *, granted: bool, answer: str, by: User, at: datetime) -> Relief:
    """Grant or refuse what was asked; an administrator of the unit that runs the campaign does, never who asked.

    The unit's people get an e-mail. Decided again the same way by the same person, by a double click, it is the same.
    Raises StepTaken where it was decided otherwise in the meantime, StepRefused for a refusal without an answer.
    """
    with transaction.atomic():
        version = locked(relief.pledge.version)
        relief = Relief.objects.select_related("pledge", "from_quarter").get(pk=relief.pk)
        require(by, ADMINISTRATORS, version.letter.campaign.unit, at=at)
        if relief.asked_by_id == by.pk:
            raise StepRefused(_("Nobody decides on what they asked for themselves."))
        if relief.decided_at is not None:
            if (relief.granted, relief.decided_by_id) == (granted, by.pk):
                return relief
            raise StepTaken(_("%(who)s has decided on this already.") % {"who": relief.decided_by})
        if not granted and not answer.strip():
            raise StepRefused(_("Say why it is refused."))
        if Settlement.objects.filter(version__letter=version.letter_id, state=Settlement.State.CLOSED).exists():
            raise StepRefused(_("The year's account of this letter is closed: nothing is adjusted any more."))
        relief.granted, relief.answer = granted, answer.strip()
        relief.decided_by, relief.decided_at = by, at
        relief.save()
        words = f"{_('granted') if granted else _('refused')} · {_words(relief)}"
        record(version, Verb.DECIDE_RELIEF, by=by, at=at, reason=f"{words}: {relief.answer}" if answer else words)
        account_mail.relief_decided(relief, version, at=at)
        return relief


def _words(relief: Relief) -> str:
    """What stands among the letter's steps, in the language of who takes the step."""
    quarter = _("from %(quarter)s on") % {"quarter": relief.from_quarter.name}
    return f"{relief.pledge} · {relief.wish} · {quarter} · {relief.reason}"

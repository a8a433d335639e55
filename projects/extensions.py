"""More days for a unit's quarter: its people ask, an administrator above it grants them or says why not.

What was granted is a row of `Extension`; from then on it makes the due date wherever one is shown. `at` and `by` are
given, as for every verb.
"""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from portal import bell
from portal.mail import outbox, recipients
from portal.models import Extension, ExtensionRequest, Membership, Message, Notice, Quarter, Role, Unit, User
from portal.roles import PREPARERS
from projects.duty import NOT_FILED, Duty, State, duties
from projects.lifecycle import StepRefused, StepTaken, local_day

MOST_DAYS = 30  # past the closing, or past today where that is later
REASON_LENGTH = 500
Asked = ExtensionRequest.State


def latest(quarter: Quarter, *, on: date) -> date:
    """The last day that may be asked for on this day."""
    return max(quarter.closes_on, on) + timedelta(days=MOST_DAYS)


def earliest(duty: Duty) -> date:
    """The first day, today or later, that would give the unit more time than it has."""
    return max(duty.due_on + timedelta(days=1), duty.on)


def may_be_asked(duty: Duty) -> bool:
    """Whether there is something to ask more time for: the quarter has opened and the unit has not reported it."""
    return duty.state in NOT_FILED


def ask(unit: Unit, quarter: Quarter, *, until: date, reason: str, by: User, at: datetime) -> ExtensionRequest:
    """Ask for time until this day; the unit's reporters and approvers do, also once the report is late.

    Asked again just as before, by a double click, it is the same request. Raises StepRefused where the report is
    submitted, the day is no later than the unit's own or too late, no reason is given or an answer is still due.
    """
    reason = _said(reason, _("Say why the unit needs more time."))
    with transaction.atomic():
        Unit.objects.select_for_update(of=("self",), no_key=True).get(pk=unit.pk)
        if not Unit.objects.reached_by(by, PREPARERS, on=local_day(at)).filter(pk=unit.pk).exists():
            raise StepRefused(_("Your role at this unit doesn't allow this step."))
        waiting = ExtensionRequest.objects.waiting().filter(unit=unit, quarter=quarter).first()
        if waiting is not None:
            if (waiting.until, waiting.reason, waiting.asked_by_id) == (until, reason, by.pk):
                return waiting
            raise StepRefused(_("An answer is still due to what was asked before."))
        _refuse_day(_duty(unit, quarter, at=at), until)
        asked = {"unit": unit, "quarter": quarter, "until": until, "reason": reason}
        request = ExtensionRequest.objects.create(**asked, asked_by=by, asked_at=at)
        _tell_administrators(request, at=at)
        return request


def _duty(unit: Unit, quarter: Quarter, *, at: datetime) -> Duty:
    [duty] = duties([unit], [quarter], on=local_day(at))
    if duty.state == State.NOT_OPEN:
        raise StepRefused(_("This quarter opens on %(day)s.") % {"day": quarter.opens_on})
    if not may_be_asked(duty):
        raise StepRefused(_("The unit has nothing to submit for this quarter at present, so no more time is needed."))
    return duty


def _refuse_day(duty: Duty, until: date) -> None:
    if until < earliest(duty):
        raise StepRefused(
            _("Choose a day from %(day)s on: until then there is time already.") % {"day": earliest(duty)}
        )
    if until > latest(duty.quarter, on=duty.on):
        raise StepRefused(
            _("Choose a day no later than %(day)s: nobody gets more than that at once.")
            % {"day": latest(duty.quarter, on=duty.on)}
        )


def grant(request: ExtensionRequest, *, until: date, answer: str, by: User, at: datetime) -> ExtensionRequest:
    """Grant what was asked, or fewer days; the unit hears of it at the bell and by e-mail.

    Raises StepTaken where it has been decided otherwise in the meantime, StepRefused for a day that gives no time or
    more than was asked, or somebody who may not decide.
    """
    with transaction.atomic():
        request = _locked(request)
        _require(request, by, at=at)
        if _is_decided(request, Asked.GRANTED, by=by) and request.extension and request.extension.until == until:
            return request
        _refuse_decided(request)
        duty = _duty(request.unit, request.quarter, at=at)
        if not earliest(duty) <= until <= request.until:
            raise StepRefused(
                _("Choose a day from %(first)s to %(last)s, which was asked for.")
                % {"first": earliest(duty), "last": request.until}
            )
        granted = {"unit": request.unit, "quarter": request.quarter, "until": until, "reason": request.reason}
        request.extension = Extension.objects.create(**granted, granted_by=by, granted_at=at)
        return _decide(request, Asked.GRANTED, answer.strip(), by=by, at=at)


def refuse(request: ExtensionRequest, *, answer: str, by: User, at: datetime) -> ExtensionRequest:
    """Say why there are no more days; the unit hears of it. Raises as `grant` does, and where nothing is said."""
    answer = _said(answer, _("Say why it is not granted."))
    with transaction.atomic():
        request = _locked(request)
        _require(request, by, at=at)
        if _is_decided(request, Asked.REFUSED, by=by) and request.answer == answer:
            return request
        _refuse_decided(request)
        return _decide(request, Asked.REFUSED, answer, by=by, at=at)


def _said(words: str, missing: str) -> str:
    if not words.strip():
        raise StepRefused(missing)
    return words.strip()[:REASON_LENGTH]


def _locked(request: ExtensionRequest) -> ExtensionRequest:
    """The request as it is now, locked: whoever submits the report waits here before they let it lapse."""
    found = ExtensionRequest.objects.select_for_update(of=("self",))
    return found.select_related("unit", "quarter", "asked_by", "decided_by", "extension").get(pk=request.pk)


def _require(request: ExtensionRequest, by: User, *, at: datetime) -> None:
    if request.asked_by_id == by.pk:
        raise StepRefused(_("Nobody decides on what they asked for themselves."))
    if not Unit.objects.given_time_by(by, on=local_day(at)).filter(pk=request.unit_id).exists():
        raise StepRefused(_("Your role at this unit doesn't allow this step."))


def _is_decided(request: ExtensionRequest, state: str, *, by: User) -> bool:
    """Whether this person has decided it so already, by a double click."""
    return (request.state, request.decided_by_id) == (state, by.pk)


def _refuse_decided(request: ExtensionRequest) -> None:
    if request.state == Asked.LAPSED:
        raise StepTaken(_("The unit has submitted its report in the meantime: nothing is to be decided any more."))
    if request.state != Asked.WAITING:
        raise StepTaken(_("%(who)s has decided on this already.") % {"who": request.decided_by})


def _decide(request: ExtensionRequest, state: str, answer: str, *, by: User, at: datetime) -> ExtensionRequest:
    request.state, request.answer, request.decided_by, request.decided_at = state, answer, by, at
    request.save()
    _tell_unit(request, at=at)
    return request


def _tell_administrators(request: ExtensionRequest, *, at: datetime) -> None:
    """At the bell: those who may decide on it."""
    held = Membership.objects.in_force(on=local_day(at)).filter(role=Role.ADMINISTRATOR).reaching(request.unit)
    above = held.exclude(unit=request.unit, unit__parent__isnull=False)
    deciding = User.objects.filter(is_active=True, pk__in=above.values("user")).exclude(pk=request.asked_by_id)
    facts = {"unit": request.unit, "quarter": request.quarter, "day": request.until, "words": request.reason}
    link = reverse("extension", args=[request.pk])
    bell.tell(Notice.Kind.EXTENSION_ASKED, f"{request.pk}/", deciding, link=link, at=at, facts=facts)


def _tell_unit(request: ExtensionRequest, *, at: datetime) -> None:
    """At the bell and by e-mail: those who can act for the unit, and who asked."""
    bell.settle({Notice.Kind.EXTENSION_ASKED}, f"{request.pk}/", at=at)
    people = recipients.acting([request.unit_id], on=local_day(at))[request.unit_id]
    link = reverse("quarter_tasks", args=[request.quarter.label, request.unit.code])
    is_granted = request.extension is not None
    kind = Notice.Kind.EXTENSION_GRANTED if is_granted else Notice.Kind.EXTENSION_REFUSED
    facts = {"unit": request.unit, "quarter": request.quarter, "words": request.answer}
    if request.extension:
        facts["day"] = request.extension.until
    bell.tell(kind, f"{request.pk}/", people, link=link, at=at, facts=facts)
    about = {"request": request, "extension": request.extension, "address": link}
    letters = [(person, about) for person in people if person.wants_notices]
    outbox.write(Message.Kind.EXTENSION_DECIDED, str(request.pk), letters, at=at)

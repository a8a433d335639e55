"""A reviewer reminds units that have not reported a quarter. Never reminded is who has filed.

What a unit owes is asked anew, in the transaction in which the notices are written. `at` and `by` are given.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from portal import bell
from portal.clock import SHANGHAI
from portal.mail import outbox, recipients
from portal.models import Message, Notice, Quarter, Reminder, Unit, User
from portal.models.reminder import ONE_REMINDER
from portal.roles import REVIEWERS
from projects.duty import NOT_FILED, Duty, duties
from projects.lifecycle import StepRefused, local_day
from projects.notices import about_quarter

AT_ONCE = 300  # units: each e-mail is worded while the reviewer waits


@dataclass(frozen=True)
class Reminded:
    """Which units were reminded, each with who was told, and which were not, each with the reason."""

    sent: Sequence[tuple[Unit, Sequence[User]]]
    skipped: Sequence[tuple[Unit, str]]


def remind(quarter: Quarter, units: Collection[Unit], *, by: User, at: datetime) -> Reminded:
    """Remind those who can act for units that have not reported this quarter, at the bell and by e-mail.

    A reviewer or administrator of the units does, at most once a unit and 24 hours, whoever asks: of two at once the
    second finds the first one's row. Raises StepRefused where there is nothing to remind of yet.
    """
    if local_day(at) < quarter.opens_on:
        raise StepRefused(_("This quarter opens on %(day)s.") % {"day": quarter.opens_on})
    units = sorted(units, key=lambda unit: unit.code)
    with transaction.atomic():
        Quarter.objects.select_for_update(no_key=True).get(pk=quarter.pk)  # one who reminds of it after the other
        found = {duty.unit.pk: duty for duty in duties(units, [quarter], on=local_day(at))}
        people = recipients.acting([unit.pk for unit in units], on=local_day(at))
        reasons = _reasons(quarter, found, people, by=by, at=at)
        for unit in [unit for unit in units if unit.pk not in reasons][AT_ONCE:]:
            reasons[unit.pk] = _("Too many for one go: remind once more for the rest.")
        sent = [(unit, people[unit.pk]) for unit in units if unit.pk not in reasons]
        when = {"at": at, "again_at": at + ONE_REMINDER}
        rows = [
            Reminder(unit=unit, quarter=quarter, by=by, told_ids=[each.pk for each in told], **when)
            for unit, told in sent
        ]
        if rows:
            reminder = Reminder.objects.bulk_create(rows)[0]
            _tell(reminder, [(found[unit.pk], told) for unit, told in sent])
    return Reminded(sent=sent, skipped=[(unit, reasons[unit.pk]) for unit in units if unit.pk in reasons])


def _reasons(
    quarter: Quarter, found: Mapping[int, Duty], people: Mapping[int, Sequence[User]], *, by: User, at: datetime
) -> dict[int, str]:
    """Why a unit isn't reminded, by its id."""
    reached = set(Unit.objects.reached_by(by, REVIEWERS, on=local_day(at)).values_list("pk", flat=True))
    again = dict(
        Reminder.objects.filter(quarter=quarter, unit__in=found, again_at__gt=at).values_list("unit_id", "again_at")
    )
    reasons = {}
    for pk, duty in found.items():
        if pk not in reached:
            reasons[pk] = _("Your role at this unit doesn't allow this step.")
        elif duty.state not in NOT_FILED:
            reasons[pk] = _("It is not asked for anything: %(state)s.") % {"state": duty.state.label}
        elif pk in again:
            time = again[pk].astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
            reasons[pk] = _("It was reminded within the last 24 hours; again from %(time)s on.") % {"time": time}
        elif not people[pk]:
            reasons[pk] = _("Nobody of this unit who could be told: check its memberships.")
    return reasons


def _tell(reminder: Reminder, reminded: Iterable[tuple[Duty, Sequence[User]]]) -> None:
    """A notice for each unit, and for each person one e-mail that names all of theirs; the first row names both."""
    notices: list[Notice] = []
    theirs: dict[User, list[Duty]] = {}
    for duty, told in reminded:
        facts = {"who": reminder.by, "unit": duty.unit, "quarter": duty.quarter, "day": duty.due_on}
        for person in told:
            said = bell.notice(
                Notice.Kind.REMINDED,
                f"{about_quarter(duty.quarter, duty.unit)}{reminder.pk}",
                person,
                link=_tasks(duty),
                at=reminder.at,
                facts=facts,
            )
            notices.append(said)
            if person.wants_notices:
                theirs.setdefault(person, []).append(duty)
    bell.write(notices)
    asked = {"quarter": reminder.quarter, "by": reminder.by}
    letters = [(who, {**asked, "owed": owed}) for who, owed in theirs.items()]
    outbox.write(Message.Kind.REMINDED, f"{reminder.quarter.label}-{reminder.pk}", letters, at=reminder.at)


def _tasks(duty: Duty) -> str:
    return reverse("quarter_tasks", args=[duty.quarter.label, duty.unit.code])

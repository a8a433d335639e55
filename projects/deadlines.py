"""What the calendar tells those who have not reported: three days and one day before the due date, and once after."""

from datetime import date, datetime, timedelta

from django.db.models import Q
from django.urls import reverse

from portal import bell
from portal.clock import SHANGHAI
from portal.mail import recipients
from portal.models import Extension, Notice, Quarter, Unit, User
from projects.duty import NOT_FILED, Duty, State, duties
from projects.models import Report
from projects.notices import about_quarter

WARNED_DAYS = (3, 1)
LATE = -1
STILL_TAKEN = NOT_FILED - {State.MISSED}


def warn(*, at: datetime) -> int:
    """Tell, once each, who has not reported three days and one day before the due date and once it has passed.

    Beat calls it several times a day; whoever is told already isn't told again. Returns the number of units asked of.
    """
    today = at.astimezone(SHANGHAI).date()
    found = [(duty, stage) for duty in _concerned(on=today) if (stage := _stage(duty)) is not None]
    people = recipients.acting({duty.unit.pk for duty, _stage in found}, on=today)
    bell.write([_warning(duty, stage, who, at=at) for duty, stage in found for who in people[duty.unit.pk]])
    return len(found)


def _concerned(*, on: date) -> list[Duty]:
    """The quarters that are open, or that some unit still has time for; all their units, in a few queries."""
    soon = on + timedelta(days=max(WARNED_DAYS))
    extended = Extension.objects.filter(until__gte=on).values("quarter")
    returned = Report.objects.open().filter(due_on__isnull=False).values("quarter")
    quarters = Quarter.objects.opened(on=on).filter(
        Q(due_on__lte=soon, closes_on__gte=on) | Q(pk__in=extended) | Q(pk__in=returned)
    )
    return [
        duty
        for quarter in quarters
        for duty in duties(list(Unit.objects.alive(on=quarter.ends_on)), [quarter], on=on)
        if duty.state in STILL_TAKEN
    ]


def _stage(duty: Duty) -> int | None:
    """Which warning is due: the days before the due date, LATE once it has passed; null where none is yet."""
    if duty.days_left < 0:
        return LATE
    return min((days for days in WARNED_DAYS if duty.days_left <= days), default=None)


def _warning(duty: Duty, stage: int, person: User, *, at: datetime) -> Notice:
    return bell.notice(
        Notice.Kind.OVERDUE if stage == LATE else Notice.Kind.DUE_SOON,
        f"{about_quarter(duty.quarter, duty.unit)}{duty.due_on}/{stage}",
        person,
        link=reverse("quarter_tasks", args=[duty.quarter.label, duty.unit.code]),
        facts={"unit": duty.unit, "quarter": duty.quarter, "day": duty.due_on},
        at=at,
    )

"""Which e-mails a return, an acceptance and an opened quarter send at once, to whom, and what stands in them."""

from datetime import datetime

from django.db import transaction
from django.db.models import Count, Q, Sum

from portal.clock import SHANGHAI
from portal.mail import outbox, recipients
from portal.models import Quarter, Unit
from portal.roles import PREPARERS
from projects.duty import State, duties
from projects.models import Report

STILL_TO_REPORT = frozenset({State.TO_BEGIN, State.DRAFT})


def returned(report: Report, draft: Report, *, at: datetime) -> None:
    """Tell the unit's reporters and approvers what is to be mended, line by line, and by when."""
    remarks = list(report.remarks.select_related("line__project", "made_by").order_by("line__project__code", "id"))
    about = {
        "report": report,
        "draft": draft,
        "on_report": [remark for remark in remarks if remark.line is None],
        "on_lines": [remark for remark in remarks if remark.line is not None],
    }
    _tell("returned", report, about, at=at)


def accepted(report: Report, *, at: datetime) -> None:
    """Give the unit's reporters and approvers the receipt and the sums that count from now on, in 万元."""
    sums = report.lines.aggregate(projects=Count("pk"), flow=Sum("flow"), year_to_date=Sum("year_to_date"))
    _tell("accepted", report, {"report": report, **sums}, at=at)


def _tell(kind: str, report: Report, about: dict[str, object], *, at: datetime) -> None:
    people = recipients.of_unit(report.unit, PREPARERS, on=at.astimezone(SHANGHAI).date())
    outbox.write(kind, str(report.receipt), [(person, about) for person in people], at=at)


def announce(*, at: datetime) -> list[Quarter]:
    """Announce each quarter that has opened and not closed, once; returns those announced now."""
    today = at.astimezone(SHANGHAI).date()
    with transaction.atomic():
        opened = Quarter.objects.opened(on=today).filter(announced_at=None, closes_on__gte=today)
        quarters = list(opened.select_for_update(skip_locked=True))
        for quarter in quarters:
            _opened(quarter, at=at)
            quarter.announced_at = at
            quarter.save(update_fields=["announced_at"])
    return quarters


def _opened(quarter: Quarter, *, at: datetime) -> None:
    """One e-mail a person, naming every unit of theirs that owes the quarter and has not reported it."""
    today = at.astimezone(SHANGHAI).date()
    units = list(Unit.objects.alive(on=quarter.ends_on))
    owed = {each.unit.pk: each for each in duties(units, [quarter], on=today) if each.state in STILL_TO_REPORT}
    letters: list[outbox.Letter] = []
    for recipient in recipients.everyone(on=today, wanting=Q(wants_notices=True)):
        theirs = [owed[pk] for pk in recipient.units(PREPARERS) if pk in owed]
        if theirs:
            theirs.sort(key=lambda each: each.unit.code)
            letters.append((recipient.user, {"quarter": quarter, "owed": theirs}))
    outbox.write("opened", quarter.label, letters, at=at)

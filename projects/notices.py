"""Who is told at once of a report's steps and of an opened quarter, at the bell and by e-mail, and what."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Q, Sum
from django.urls import reverse
from django.utils.text import Truncator

from portal import bell
from portal.clock import SHANGHAI
from portal.mail import outbox, recipients
from portal.models import Notice, Quarter, Unit, User
from portal.roles import ADMINISTRATORS, PREPARERS
from projects.duty import State, duties
from projects.models import Report, ReportState

Kind = Notice.Kind
# What asks for a report, and is done once it has been submitted.
ASKING = frozenset({Kind.DUE_SOON, Kind.OVERDUE, Kind.REMINDED, Kind.RETURNED})
REMARKS_SHOWN = 200  # characters; the draft shows them all
STILL_TO_REPORT = frozenset({State.TO_BEGIN, State.DRAFT})


def repaired(units: Collection[int], *, at: datetime) -> None:
    """At the bell: each administrator hears how many cells of units within reach the audit has found wrong.

    `units` are the ids of the cells' units, one a cell. Nothing where there are none.
    """
    if not units:
        return
    day = at.astimezone(SHANGHAI)
    link, about = reverse("admin:projects_rollupalarm_changelist"), f"audit-{day:%Y-%m-%dT%H:%M}"
    told = []
    for recipient in recipients.everyone(on=day.date(), wanting=Q()):
        reached = recipient.units(ADMINISTRATORS)
        if count := sum(unit in reached for unit in units):
            facts = {"count": count}
            told.append(bell.notice(Kind.FIGURES_REPAIRED, about, recipient.user, link=link, at=at, facts=facts))
    bell.write(told)


def submitted(report: Report, *, at: datetime) -> None:
    """At the bell: whoever prepared it hears that it went out, and who returned it that it is back.

    What asked for it until now, of whomever, is done and counts as read.
    """
    bell.settle(ASKING, about_quarter(report.quarter, report.unit), at=at)
    by = report.submitted_by_id
    facts = {"who": report.submitted_by, "receipt": report.receipt, **_which(report)}
    preparers = _people(set(report.preparer_ids) - {by})
    bell.tell(Kind.SUBMITTED, _about(report), preparers, link=_receipt(report), at=at, facts=facts)
    before = report.based_on
    if before and before.state == ReportState.RETURNED:
        returner = _people({before.reviewed_by_id})
        review = reverse("admin:projects_report_change", args=[report.pk])
        bell.tell(Kind.RESUBMITTED, _about(report), returner, link=review, at=at, facts=_which(report))


def withdrawn(report: Report, *, reason: str, at: datetime) -> None:
    """At the bell: whoever prepared it, but not who withdrew it, who is the one who submitted it."""
    facts = {"who": report.submitted_by, "words": reason, **_which(report)}
    preparers = _people(set(report.preparer_ids) - {report.submitted_by_id})
    bell.tell(Kind.WITHDRAWN, _about(report), preparers, link=_tasks(report), at=at, facts=facts)


def returned(report: Report, draft: Report, *, at: datetime) -> None:
    """Tell the unit's reporters and approvers what is to be mended, line by line, and by when; its principal too."""
    remarks = list(report.remarks.select_related("line__project", "made_by").order_by("line__project__code", "id"))
    about = {
        "report": report,
        "draft": draft,
        "on_report": [remark for remark in remarks if remark.line is None],
        "on_lines": [remark for remark in remarks if remark.line is not None],
    }
    _send("returned", report, about, at=at)
    said = sorted(remarks, key=lambda remark: remark.line is not None)  # what is said of the whole stands first
    words = " · ".join(" ".join(remark.text.split()) for remark in said)
    facts = {"day": draft.due_on, "words": Truncator(words).chars(REMARKS_SHOWN), **_which(report)}
    _ring(Kind.RETURNED, report, link=_tasks(report), facts=facts, at=at)
    bell.settle({Kind.RESUBMITTED}, _about(report), at=at)


def accepted(report: Report, *, at: datetime) -> None:
    """Give the unit's reporters and approvers the receipt and the sums that count from now on, in 万元."""
    told = recipients.told(report.unit_id, on=at.astimezone(SHANGHAI).date())
    by_mail = [each.user for each in told if each.by_mail]
    if by_mail:
        sums = report.lines.aggregate(projects=Count("pk"), flow=Sum("flow"), year_to_date=Sum("year_to_date"))
        about = {"report": report, **sums, "alike": report.pk, "made": {}}
        outbox.write("accepted", str(report.receipt), [(person, about) for person in by_mail], at=at)
    if told:
        people, link = [each.user for each in told], _receipt(report)
        bell.tell(Kind.ACCEPTED, _about(report), people, link=link, at=at, facts=_which(report))
    if report.based_on and report.based_on.state == ReportState.RETURNED:
        bell.settle({Kind.RESUBMITTED}, _about(report), at=at)


def _send(kind: str, report: Report, about: dict[str, object], *, at: datetime) -> None:
    people = recipients.of_unit(report.unit, PREPARERS, on=at.astimezone(SHANGHAI).date())
    outbox.write(kind, str(report.receipt), [(person, about) for person in people], at=at)


def _ring(kind: Notice.Kind, report: Report, *, link: str, facts: Mapping[str, object], at: datetime) -> None:
    people = recipients.acting([report.unit_id], on=at.astimezone(SHANGHAI).date())[report.unit_id]
    bell.tell(kind, _about(report), people, link=link, at=at, facts=facts)


def _people(ids: Collection[int | None]) -> list[User]:
    return list(User.objects.filter(pk__in=[pk for pk in ids if pk], is_active=True))


def about_quarter(quarter: Quarter, unit: Unit) -> str:
    """What notices about a unit's quarter begin with, so that they are found once it has been reported."""
    return f"{quarter.label}/{unit.code}/"


def _about(report: Report) -> str:
    return f"{about_quarter(report.quarter, report.unit)}{report.revision}"


def _which(report: Report) -> dict[str, object]:
    return {"unit": report.unit, "quarter": report.quarter}


def _tasks(report: Report) -> str:
    return reverse("quarter_tasks", args=[report.quarter.label, report.unit.code])


def _receipt(report: Report) -> str:
    return reverse("report_detail", args=[report.pk])


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
    """One notice a person, and one e-mail that names every unit of theirs that owes the quarter and hasn't reported."""
    today = at.astimezone(SHANGHAI).date()
    units = list(Unit.objects.alive(on=quarter.ends_on))
    owed = {each.unit.pk: each for each in duties(units, [quarter], on=today) if each.state in STILL_TO_REPORT}
    letters: list[outbox.Letter] = []
    notices: list[Notice] = []
    for recipient in recipients.everyone(on=today, wanting=Q()):
        theirs = sorted((owed[pk] for pk in recipient.units(PREPARERS) if pk in owed), key=lambda each: each.unit.code)
        if theirs:
            link = reverse("quarter_tasks", args=[quarter.label, theirs[0].unit.code])
            notices.append(
                bell.notice(
                    Kind.OPENED,
                    quarter.label,
                    recipient.user,
                    link=link if len(theirs) == 1 else reverse("quarter_tasks_home"),
                    facts={"quarter": quarter, "day": quarter.due_on},
                    at=at,
                )
            )
        if theirs and recipient.user.wants_notices:
            letters.append((recipient.user, {"quarter": quarter, "owed": theirs}))
    bell.write(notices)
    outbox.write("opened", quarter.label, letters, at=at)

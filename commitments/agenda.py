"""What a person has to do today, as home shows it: what is owed and by when, what came back, what waits for a word."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from portal.models import ExtensionRequest, Quarter, Unit, User
from portal.roles import ADMIN_ROLES, SUBMITTERS, UNIT_PEOPLE
from projects.duty import Duty, State, of_people, owing
from projects.filing import Board
from projects.models import Remark, Report

SHOWN = 20  # of each kind; the page says how many there are beyond and where they stand


@dataclass(frozen=True)
class Returned:
    """A quarter that came back, and what the reviewer said last."""

    duty: Duty
    remarks: Sequence[Remark]


@dataclass(frozen=True, kw_only=True)
class OwnWork:
    """What the person's own units ask of them. A quarter stands in one of the lists only."""

    units: Sequence[Unit]
    returned: Sequence[Returned] = ()
    to_submit: Sequence[Duty] = ()
    to_fill: Sequence[Duty] = ()
    in_review: Sequence[Duty] = ()
    requests: Sequence[ExtensionRequest] = ()


@dataclass(frozen=True, kw_only=True)
class Oversight:
    """What reviewers and administrators look after; `to_review` are the oldest of `waiting` reports."""

    waiting: int = 0
    to_review: Sequence[Report] = ()
    requests: Sequence[ExtensionRequest] = ()
    board: Board | None = None


def own_work(user: User, *, on: date) -> OwnWork:
    """Of the units for which this person prepares, approves or signs; as many queries however many they are."""
    units = list(Unit.objects.reached_by(user, UNIT_PEOPLE, on=on))
    if not units:
        return OwnWork(units=units)
    found = of_people(units, on=on)
    returned = [duty for duty in owing(found) if duty.state == State.RETURNED]
    others = [duty for duty in owing(found) if duty.state != State.RETURNED]
    complete = [duty for duty in others if duty.draft and not duty.left]
    submits = bool(user.roles(on=on) & SUBMITTERS)
    asked = ExtensionRequest.objects.filter(unit__in=units).waiting()
    return OwnWork(
        units=units,
        returned=_with_remarks(returned),
        to_submit=complete if submits else [],
        to_fill=[duty for duty in others if not (submits and duty in complete)],
        in_review=[duty for duty in found if duty.state == State.SUBMITTED],
        requests=list(asked.select_related("unit", "quarter", "asked_by", "decided_by", "extension")[:SHOWN]),
    )


def _with_remarks(duties: Sequence[Duty]) -> list[Returned]:
    """With what was said at the last return of each, in one query."""
    of_reports = {report.pk: (duty, report.revision) for duty in duties for report in duty.reports}
    said: defaultdict[tuple[int, int], dict[int, list[Remark]]] = defaultdict(dict)
    remarks = Remark.objects.filter(report__in=of_reports).select_related("made_by", "line__project")
    for remark in remarks:
        duty, revision = of_reports[remark.report_id]
        said[duty.unit.pk, duty.quarter.pk].setdefault(revision, []).append(remark)
    found = []
    for duty in duties:
        by_revision = said[duty.unit.pk, duty.quarter.pk]
        found.append(Returned(duty, by_revision[max(by_revision)] if by_revision else []))
    return found


def oversight(user: User, *, on: date) -> Oversight:
    """Of the units that this person reviews, administers or audits."""
    waiting = Report.objects.reviewable_by(user, on=on).select_related("unit", "quarter", "submitted_by")
    quarter = Quarter.objects.current(on=on)
    units = list(Unit.objects.reached_by(user, ADMIN_ROLES, on=on))
    decidable = ExtensionRequest.objects.decidable_by(user, on=on).order_by("asked_at")
    return Oversight(
        waiting=waiting.count(),
        to_review=list(waiting.order_by("submitted_at")[:SHOWN]),
        requests=list(decidable.select_related("unit", "quarter", "asked_by")[:SHOWN]),
        board=Board.read(quarter, units, on=on) if quarter else None,
    )

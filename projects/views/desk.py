"""What one person sees of one unit's quarter: who they are there decides what opens. A foreign unit is a 404."""

from dataclasses import dataclass
from datetime import date

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from portal import clock, roles
from portal.accounts import signed_in
from portal.models import Quarter, Unit
from projects import check
from projects.check import CheckedReport
from projects.duty import Duty, duties
from projects.models import Report
from projects.threads import Threads


@dataclass(frozen=True, kw_only=True)
class Desk:
    unit: Unit
    quarter: Quarter
    duty: Duty
    roles: frozenset[str]
    today: date

    @property
    def is_own(self) -> bool:
        """Whether the person belongs to the unit's people, who see its drafts."""
        return bool(self.roles & roles.UNIT_PEOPLE)

    @property
    def may_prepare(self) -> bool:
        return bool(self.roles & roles.PREPARERS)

    @property
    def may_submit(self) -> bool:
        return bool(self.roles & roles.SUBMITTERS)

    @property
    def is_to_fill(self) -> bool:
        """Whether lines may be typed: a draft is open, or a first one may be begun."""
        return self.may_prepare and self.duty.owes

    @property
    def newest_seen(self) -> Report | None:
        """The newest revision that the person may see."""
        return next((each for each in self.duty.reports if self.is_own or each.state != "draft"), None)

    def remarks(self) -> Threads:
        """The remarks still open, while the draft that is to meet them is; none for those who don't see drafts."""
        if not (self.is_own and self.duty.draft):
            return Threads()
        return Threads.of_report(self.duty.draft).open

    def draft(self) -> CheckedReport:
        """The open draft, checked, or what a first draft would begin with. Asks only for reading."""
        report = self.duty.draft or Report(unit=self.unit, quarter=self.quarter)
        report.unit, report.quarter = self.unit, self.quarter
        return check.report(report)


def at(request: HttpRequest, label: str, code: str) -> Desk:
    """The unit's quarter, for whoever reaches the unit by any role."""
    today = clock.today()
    quarter = get_object_or_404(Quarter.objects.labelled(label))
    unit = get_object_or_404(Unit, code=code)
    held = roles.at(unit, signed_in(request), on=today)
    if not held:
        raise Http404
    [duty] = duties([unit], [quarter], on=today)
    return Desk(unit=unit, quarter=quarter, duty=duty, roles=held, today=today)


def own(request: HttpRequest, label: str, code: str) -> Desk:
    """The unit's quarter, for the unit's people only: drafts are theirs."""
    desk = at(request, label, code)
    if not desk.is_own:
        raise PermissionDenied
    return desk

"""What one person sees of one unit's quarter: who they are there decides what opens. A foreign unit is a 404."""

from dataclasses import dataclass
from datetime import date

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest

from portal import clock, roles
from portal.accounts import signed_in
from portal.kept_plans import Kept
from portal.models import Quarter, Unit
from portal.models.quarter import parts
from portal.replicas import alias, connection
from portal.rows import Columns
from projects import check
from projects.check import CheckedReport
from projects.duty import Duty, duties
from projects.models import Report
from projects.threads import Threads

UNIT, QUARTER = Columns(Unit, "unit"), Columns(Quarter, "quarter")
HOLDING = roles.REACHING % {"units": "ARRAY[unit.id]", "user": "%(user)s", "day": "%(day)s"}
REACHED = Kept(
    f"""
    SELECT ARRAY ({HOLDING}), {UNIT}, {QUARTER}
    FROM portal_unit unit, portal_quarter quarter
    WHERE unit.code = %(code)s AND quarter.year = %(year)s AND quarter.number = %(number)s
    """,
    year="smallint",
    number="smallint",
    code="text",
    user="bigint",
    day="date",
)


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
    today, named = clock.today(), parts(label)
    if named is None:
        raise Http404
    given = {"year": named[0], "number": named[1], "code": code, "user": signed_in(request).pk, "day": today}
    with connection.cursor() as cursor:
        REACHED.run(cursor, given)
        row = cursor.fetchone()
    if row is None or not row[0]:
        raise Http404
    unit = UNIT.made(row[1 : 1 + len(UNIT)], alias=alias())
    quarter = QUARTER.made(row[1 + len(UNIT) :], alias=alias())
    [duty] = duties([unit], [quarter], on=today)
    return Desk(unit=unit, quarter=quarter, duty=duty, roles=frozenset(row[0]), today=today)


def own(request: HttpRequest, label: str, code: str) -> Desk:
    """The unit's quarter, for the unit's people only: drafts are theirs."""
    desk = at(request, label, code)
    if not desk.is_own:
        raise PermissionDenied
    return desk

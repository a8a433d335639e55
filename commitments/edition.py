"""Everything a week's e-mails are made of, read once for all people: duties, remarks, reviews waiting, figures."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q

from commitments.board import Board
from commitments.models import Policy
from portal.clock import SHANGHAI
from portal.models import Quarter, Unit
from projects.duty import Duty, State, duties
from projects.models import Remark, Report, ReportState
from projects.selection import Catalogue, Tree
from projects.standings import Standings

OPEN = (ReportState.DRAFT, ReportState.SUBMITTED)


@dataclass(frozen=True, kw_only=True)
class Edition:
    """As of `at`, in a number of queries that hangs neither on people nor on units.

    `boards` are the current quarter and the one before, of all units: the one before is told of by those whose current
    quarter isn't accepted yet.
    """

    at: datetime
    everywhere: Tree
    duties: dict[int, list[Duty]]
    remarks: dict[int, list[Remark]]
    waiting: list[Report]
    boards: list[Board]

    @property
    def today(self) -> date:
        return self.at.astimezone(SHANGHAI).date()

    @classmethod
    def read(cls, *, at: datetime) -> "Edition":
        today = at.astimezone(SHANGHAI).date()
        units = list(Unit.objects.all())
        latest = list(Quarter.objects.opened(on=today).order_by("-year", "-number")[:2])
        owed = _duties(units, latest[0], on=today) if latest else {}
        return cls(
            at=at,
            everywhere=Tree([unit for unit in units if unit.parent_id is None], units),
            duties=owed,
            remarks=_remarks(owed),
            waiting=list(Report.objects.waiting_for_review().select_related("unit", "quarter")),
            boards=_boards(latest, units),
        )

    def among(self, of: Collection[int]) -> list[Unit]:
        """These units, in the order of their codes."""
        return [unit for unit in self.everywhere.reached if unit.pk in of]

    def board(self, of: Collection[int]) -> Board | None:
        """The newest quarter with a figure of these units, looked at from their topmost; null where there is none."""
        for board in self.boards:
            if board.standings.total(of).year_to_date is not None:
                reached = self.among(of)
                tops = [unit for unit in reached if unit.parent_id not in of]
                return Board(board.quarter, Tree(tops, reached), board.catalogue, board.standings, board.policy)
        return None


def _duties(units: list[Unit], current: Quarter, *, on: date) -> dict[int, list[Duty]]:
    """What units have before them: this year's quarters that have opened, and whatever else is open, the newest first.

    A quarter of an earlier year that was never submitted is told of no more: no figure of this year waits for it.
    """
    asked = Quarter.objects.opened(on=on).filter(Q(year=current.year) | Q(report__state__in=OPEN)).distinct()
    found: defaultdict[int, list[Duty]] = defaultdict(list)
    for duty in duties(units, asked, on=on):
        if duty.quarter.year == current.year or (duty.open and duty.state != State.MISSED):
            found[duty.unit.pk].append(duty)
    return found


def _remarks(owed: dict[int, list[Duty]]) -> dict[int, list[Remark]]:
    """What was remarked on each returned report, by the draft that is to mend it."""
    drafts = {
        duty.open.based_on_id: duty.open.pk
        for of_unit in owed.values()
        for duty in of_unit
        if duty.open and duty.state == State.RETURNED
    }
    found: defaultdict[int, list[Remark]] = defaultdict(list)
    for remark in Remark.objects.filter(report__in=[pk for pk in drafts if pk]).select_related("line__project"):
        found[drafts[remark.report_id]].append(remark)
    return found


def _boards(quarters: list[Quarter], units: list[Unit]) -> list[Board]:
    catalogue, everywhere = Catalogue.read(), [unit.pk for unit in units]
    return [
        Board(
            quarter,
            Tree([], units),
            catalogue,
            Standings.read(quarter, everywhere),
            Policy.objects.in_force(on=quarter.ends_on),
        )
        for quarter in quarters
    ]

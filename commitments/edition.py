"""Everything a week's e-mails are made of, read once for all people: duties, remarks, reviews waiting, figures."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

from django.db.models import Q

from commitments.board import Board
from commitments.models import Campaign
from commitments.yardstick import Yardstick
from portal.clock import SHANGHAI
from portal.models import Quarter, Unit
from projects.duty import Duty, State, duties
from projects.models import Remark, Report, ReportState
from projects.selection import Catalogue, Tree
from projects.standings import Standings

OPEN = (ReportState.DRAFT, ReportState.SUBMITTED)


@dataclass(frozen=True, kw_only=True)
class Edition:
    """As of `at`, in a number of queries that hangs neither on people nor on units, only on the campaigns there are.

    `standings` are those of the current quarter and of the one before, of all units: the one before is told of by those
    whose current quarter isn't accepted yet. `yardsticks` are read when the first of a campaign's units is judged.
    """

    at: datetime
    everywhere: Tree
    duties: dict[int, list[Duty]]
    remarks: dict[int, list[Remark]]
    waiting: list[Report]
    catalogue: Catalogue
    standings: list[Standings]
    campaigns: list[Campaign]
    yardsticks: dict[tuple[int, int | None], Yardstick] = field(default_factory=dict)

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
            catalogue=Catalogue.read(),
            standings=[Standings.read(quarter, [unit.pk for unit in units]) for quarter in latest],
            campaigns=list(Campaign.objects.filter(year__in={quarter.year for quarter in latest})),
        )

    def among(self, of: Collection[int]) -> list[Unit]:
        """These units, in the order of their codes."""
        units, places = self.everywhere.reached, self._places
        return [units[place] for place in sorted(places[pk] for pk in of)]

    def board(self, of: Collection[int]) -> Board | None:
        """The newest quarter with a figure of these units, looked at from their topmost; null where there is none."""
        for standings in self.standings:
            if standings.total(of).year_to_date is not None:
                reached = self.among(of)
                tops = [unit for unit in reached if unit.parent_id not in of]
                quarter, tree = standings.quarter, Tree(tops, reached)
                return Board(quarter, tree, self.catalogue, standings, self._yardstick(quarter, tops[0]))
        return None

    def _yardstick(self, quarter: Quarter, unit: Unit) -> Yardstick:
        """By what the unit is judged: by its campaign's policy, or by that of the nearest unit above it."""
        campaigns = {campaign.unit_id: campaign for campaign in self.campaigns if campaign.year == quarter.year}
        step: Unit | None = unit
        while step is not None and step.pk not in campaigns:
            step = self._units.get(step.parent_id or 0)
        campaign = campaigns[step.pk] if step else None
        key = (quarter.pk, campaign.pk if campaign else None)
        if key not in self.yardsticks:
            self.yardsticks[key] = Yardstick.read(quarter, campaign=campaign)
        return self.yardsticks[key]

    @cached_property
    def _places(self) -> dict[int, int]:
        """Where each unit stands among all, in the order of their codes."""
        return {unit.pk: place for place, unit in enumerate(self.everywhere.reached)}

    @cached_property
    def _units(self) -> dict[int, Unit]:
        return {unit.pk: unit for unit in self.everywhere.reached}


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

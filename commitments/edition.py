"""Everything a week's e-mails are made of, read once for all people: duties, remarks, reviews waiting, figures."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

from django.db import connection
from django.db.models import Q

from commitments.board import Board
from commitments.models import Campaign
from commitments.yardstick import Yardstick
from portal.clock import SHANGHAI
from portal.models import Quarter, Unit
from projects.duty import OWING, Duty, State, duties
from projects.models import Remark, Report, ReportState
from projects.selection import Catalogue, Tree
from projects.standings import Standings

OPEN = (ReportState.DRAFT, ReportState.SUBMITTED)
# Where a report is open, and where lines are owed, or may be since a mark waits, and none is accepted.
UNSETTLED = """
    SELECT unit_id, quarter_id FROM projects_report WHERE quarter_id = ANY(%(quarters)s) AND state = ANY(%(open)s)
    UNION (
        SELECT unit_id, quarter_id FROM projects_cell
        WHERE grain = 'unit' AND year = ANY(%(years)s) AND quarter_id = ANY(%(quarters)s) AND lines_expected > 0
        UNION SELECT unit_id, quarter_id FROM projects_mark WHERE quarter_id = ANY(%(quarters)s)
        EXCEPT
        SELECT unit_id, quarter_id FROM projects_report
        WHERE quarter_id = ANY(%(quarters)s) AND state = %(accepted)s
    )
"""


@dataclass(frozen=True, kw_only=True)
class Edition:
    """As of `at`, in a number of queries that hangs neither on people nor on units, only on the campaigns there are.

    `duties` are those of units and quarters of which something is still asked. `latest` are the current quarter and the
    one before, which is told of by those whose current quarter isn't accepted yet; the standings of each are read, of
    all units, when the first is asked about. So are `yardsticks` when the first of a campaign's units is judged.
    """

    at: datetime
    everywhere: Tree
    duties: dict[int, list[Duty]]
    remarks: dict[int, list[Remark]]
    waiting: list[Report]
    catalogue: Catalogue
    latest: list[Quarter]
    campaigns: list[Campaign]
    standings: dict[int, Standings] = field(default_factory=dict)
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
            latest=latest,
            campaigns=list(Campaign.objects.filter(year__in={quarter.year for quarter in latest})),
        )

    @cached_property
    def late(self) -> list[tuple[int, Duty]]:
        """What is overdue or was missed, each with the unit's id, of all units in the order of their codes."""
        return [
            (pk, duty)
            for pk in self._places
            for duty in self.duties.get(pk, ())
            if (state := duty.state) == State.MISSED or (state in OWING and duty.days_left < 0)
        ]

    def among(self, of: Collection[int]) -> list[Unit]:
        """These units, in the order of their codes."""
        units, places = self._all, self._places
        return [units[place] for place in sorted(places[pk] for pk in of)]

    def board(self, of: Collection[int]) -> Board | None:
        """The newest quarter with a figure of these units, looked at from their topmost; null where there is none."""
        for quarter in self.latest:
            standings = self._standings(quarter)
            if standings.total(of).year_to_date is not None:
                reached = self.among(of)
                tops = [unit for unit in reached if unit.parent_id not in of]
                tree = Tree(tops, reached)
                return Board(quarter, tree, self.catalogue, standings, self._yardstick(quarter, tops[0]))
        return None

    def _standings(self, quarter: Quarter) -> Standings:
        if quarter.pk not in self.standings:
            self.standings[quarter.pk] = Standings.read(quarter, list(self._places))
        return self.standings[quarter.pk]

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
    def _all(self) -> list[Unit]:
        return list(self.everywhere.reached)

    @cached_property
    def _places(self) -> dict[int, int]:
        """Where each unit stands among all, in the order of their codes."""
        return {unit.pk: place for place, unit in enumerate(self._all)}

    @cached_property
    def _units(self) -> dict[int, Unit]:
        return {unit.pk: unit for unit in self.everywhere.reached}


def _duties(units: list[Unit], current: Quarter, *, on: date) -> dict[int, list[Duty]]:
    """What units have before them: this year's quarters that have opened, and whatever else is open, the newest first.

    A quarter of an earlier year that was never submitted is told of no more: no figure of this year waits for it.
    """
    asked = Quarter.objects.opened(on=on).filter(Q(year=current.year) | Q(report__state__in=OPEN)).distinct()
    unsettled = _unsettled(quarters := list(asked))
    with_some, when = {unit for unit, _quarter in unsettled}, {quarter for _unit, quarter in unsettled}
    theirs = [unit for unit in units if unit.pk in with_some]
    found: defaultdict[int, list[Duty]] = defaultdict(list)
    for duty in duties(theirs, [quarter for quarter in quarters if quarter.pk in when], on=on):
        if duty.quarter.year == current.year or (duty.open and duty.state != State.MISSED):
            found[duty.unit.pk].append(duty)
    return found


def _unsettled(quarters: list[Quarter]) -> set[tuple[int, int]]:
    """Units' quarters of which something may still be asked: in most weeks of the year few among thousands."""
    with connection.cursor() as cursor:
        cursor.execute(
            UNSETTLED,
            {
                "quarters": [quarter.pk for quarter in quarters],
                "years": list({quarter.year for quarter in quarters}),
                "open": list(OPEN),
                "accepted": ReportState.ACCEPTED,
            },
        )
        return set(cursor.fetchall())


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

"""What a policy would do to the last quarter that has accepted reports, before it holds: scores, ranks, lights, groups.

The league table of the quarter's campaign is judged anew; where the year has no campaign, the dashboard's figures are.
Nothing is written.
"""

from dataclasses import dataclass, replace
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from commitments.board import Board
from commitments.figures import Figures
from commitments.league import League
from commitments.models import Campaign, Policy
from commitments.yardstick import Yardstick
from portal.models import Quarter, Unit
from projects.models import ReportState
from projects.selection import Tree
from projects.standings import Total


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a unit stands by one policy; `rank` is null where nothing ranks it, `score` where it isn't scored."""

    group: str
    rank: int | None
    score: Decimal | None
    figures: Figures


# The units of each group by one policy, under the group's name.
Standing = list[tuple[str, list[tuple[Unit, Place]]]]


@dataclass(frozen=True, kw_only=True)
class Moved:
    """A unit as it stands now, and as it would."""

    unit: Unit
    now: Place
    then: Place

    @property
    def name(self) -> str:
        return self.unit.name

    @property
    def changes_group(self) -> bool:
        return self.now.group != self.then.group

    @property
    def changes_rank(self) -> bool:
        return self.now.rank != self.then.rank

    @property
    def changes_score(self) -> bool:
        return self.now.score != self.then.score

    @property
    def changes_light(self) -> bool:
        """By what people see of a light: a copy of a policy has lights of its own that look the same."""
        now, then = self.now.figures.light, self.then.figures.light
        return (now and (now.sign, now.colour)) != (then and (then.sign, then.colour))

    @property
    def changes(self) -> bool:
        return self.changes_group or self.changes_rank or self.changes_score or self.changes_light

    def words(self) -> list[str]:
        """Each change with a symbol; nothing where the unit stands as before."""
        said = []
        if self.changes_group:
            said.append("⇄ " + _("was in the group “%(group)s”") % {"group": self.now.group})
        elif self.changes_rank and self.now.rank and self.then.rank:
            places = self.now.rank - self.then.rank
            up = ngettext("up %(places)s place", "up %(places)s places", abs(places))
            down = ngettext("down %(places)s place", "down %(places)s places", abs(places))
            said.append(("↑ " + up if places > 0 else "↓ " + down) % {"places": abs(places)})
        elif self.changes_rank:
            said.append("+ " + _("has a rank") if self.then.rank else "− " + _("has no rank"))
        if self.changes_score:
            said.append("± " + _("another score"))
        if self.changes_light:
            said.append("◐ " + _("another light"))
        return said


@dataclass(frozen=True, kw_only=True)
class Effect:
    """On one quarter: by group of the new policy, every unit with what changes for it."""

    quarter: Quarter
    now: Yardstick
    then: Yardstick
    groups: list[tuple[str, list[Moved]]]

    @property
    def moved(self) -> list[Moved]:
        return [moved for _name, rows in self.groups for moved in rows]

    @property
    def is_scored(self) -> bool:
        """Whether either policy gives anybody points."""
        return any(place.score is not None for moved in self.moved for place in (moved.now, moved.then))

    @property
    def other_lights(self) -> int:
        return sum(moved.changes_light for moved in self.moved)

    @property
    def other_ranks(self) -> int:
        return sum(moved.changes_rank for moved in self.moved)

    @property
    def other_scores(self) -> int:
        return sum(moved.changes_score for moved in self.moved)

    @property
    def other_groups(self) -> int:
        return sum(moved.changes_group for moved in self.moved)


def effect(policy: Policy) -> Effect | None:
    """The policy's effect on the units it is for: those of its campaign, or all; null where no report is accepted yet.

    Compared with what judges that quarter now, whether or not the new policy's day would lie in it.
    """
    quarter = Quarter.objects.filter(report__state=ReportState.ACCEPTED).order_by("year", "number").last()
    if quarter is None:
        return None
    tops = [policy.campaign.unit] if policy.campaign else list(Unit.objects.filter(parent=None))
    campaign = Campaign.objects.filter(unit=tops[0], year=quarter.year).first() if len(tops) == 1 else None
    board = Board.read(quarter, Tree(tops, list(Unit.objects.within(*tops))))
    planned = replace(board, yardstick=Yardstick.of(policy, quarter))
    standing = [_in_league(each, campaign) if campaign else _on_board(each) for each in (board, planned)]
    places = {unit.pk: place for _name, rows in standing[0] for unit, place in rows}
    moved = [
        (name, [_moved(unit, places.get(unit.pk), then, board.yardstick) for unit, then in rows])
        for name, rows in standing[1]
    ]
    return Effect(quarter=quarter, now=board.yardstick, then=planned.yardstick, groups=moved)


def _in_league(board: Board, campaign: Campaign) -> Standing:
    """As the campaign's league table has them, by the board's policy; last those that no group compares."""
    league = League.read(board.quarter, campaign, yardstick=board.yardstick)
    found: Standing = [
        (
            table.group.name,
            [(row.unit, _place(table.group.name, row.total, board, row.rank, row.score)) for row in table.rows],
        )
        for table in league.tables
    ]
    alone = _("Not compared")
    below = {unit: board.standings.total(board.tree.below([unit])) for unit in league.ungrouped}
    ungrouped = [(unit, _place(alone, total, board)) for unit, total in below.items()]
    return [*found, (alone, ungrouped)] if ungrouped else found


def _on_board(board: Board) -> Standing:
    return [
        (
            each.name,
            [(row.unit, _place(each.name, row.figures.total, board, row.rank)) for row in each.rows if row.unit],
        )
        for each in board.units()
    ]


def _place(group: str, total: Total, board: Board, rank: int | None = None, score: Decimal | None = None) -> Place:
    return Place(group=group, rank=rank, score=score, figures=Figures(total=total, yardstick=board.yardstick))


def _moved(unit: Unit, now: Place | None, then: Place, yardstick: Yardstick) -> Moved:
    """A unit that has no row of its own now, as one below another of its group, comes from where nobody compares it."""
    nowhere = Place(
        group=_("Not compared"),
        rank=None,
        score=None,
        figures=Figures(total=then.figures.total, yardstick=yardstick),
    )
    return Moved(unit=unit, now=now or nowhere, then=then)


def judged_anew(policy: Policy) -> list[Quarter]:
    """The quarters with accepted reports that the policy would judge from now on, where its day lies in the past."""
    same = Policy.objects.filter(campaign=policy.campaign)
    following = same.filter(effective_on__gt=policy.effective_on).order_by("effective_on").first()
    reported = Quarter.objects.filter(report__state=ReportState.ACCEPTED).distinct().order_by("year", "number")
    return [
        quarter
        for quarter in reported
        if policy.effective_on <= quarter.ends_on and (following is None or quarter.ends_on < following.effective_on)
    ]

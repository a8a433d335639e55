"""What a policy would do to the last quarter that has accepted reports, before it holds: ranks, lights, groups.

Only the board's figures are judged anew; nothing is written.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from commitments.board import Board
from commitments.figures import Comparison, Figures, Row
from commitments.models import Policy
from commitments.yardstick import Yardstick
from portal.models import Quarter, Unit
from projects.models import ReportState
from projects.selection import Tree


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a unit stands by one policy; `rank` is null where it has no rate or nobody compares it."""

    group: str
    rank: int | None
    figures: Figures

    @classmethod
    def of(cls, comparison: Comparison, row: Row) -> "Place":
        return cls(group=comparison.name, rank=row.rank, figures=row.figures)


@dataclass(frozen=True, kw_only=True)
class Moved:
    """A unit as it stands now, and as it would."""

    name: str
    now: Place
    then: Place

    @property
    def changes_group(self) -> bool:
        return self.now.group != self.then.group

    @property
    def changes_rank(self) -> bool:
        return self.now.rank != self.then.rank

    @property
    def changes_light(self) -> bool:
        """By what people see of a light: a copy of a policy has lights of its own that look the same."""
        now, then = self.now.figures.light, self.then.figures.light
        return (now and (now.sign, now.colour)) != (then and (then.sign, then.colour))

    @property
    def changes(self) -> bool:
        return self.changes_group or self.changes_rank or self.changes_light

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
    def other_lights(self) -> int:
        return sum(moved.changes_light for moved in self.moved)

    @property
    def other_ranks(self) -> int:
        return sum(moved.changes_rank for moved in self.moved)

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
    board = Board.read(quarter, Tree(tops, list(Unit.objects.within(*tops))))
    planned = replace(board, yardstick=Yardstick.of(policy, quarter))
    now = {
        row.unit.pk: Place.of(comparison, row)
        for comparison in board.units()
        for row in comparison.rows
        if row.unit is not None
    }
    groups = [(comparison.name, list(_moved(comparison, now))) for comparison in planned.units()]
    return Effect(quarter=quarter, now=board.yardstick, then=planned.yardstick, groups=groups)


def _moved(comparison: Comparison, now: dict[int, Place]) -> Iterator[Moved]:
    for row in comparison.rows:
        if row.unit is not None:
            yield Moved(name=row.name, now=now[row.unit.pk], then=Place.of(comparison, row))


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

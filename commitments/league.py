"""League tables 榜单: the units of each comparison group at a quarter's end, ranked by score; units, never people.

Everything is computed when read, from accepted figures and readings. Listed are the units of a campaign that are alive
on the quarter's last day, but not the one that runs it. Each stands with all that lies below it, and so a unit below
another of its own group has no row of its own. Without a figure that counts a unit has no rank: it stands below.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import cast

from django.db import models
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from commitments.actuals import Actuals
from commitments.fulfilment import Fulfilment, fulfilments
from commitments.models import (
    Campaign,
    LetterVersion,
    Pledge,
    PledgeState,
    PolicyGroup,
    PolicyLight,
    ScoringItem,
    ScoringRuling,
)
from commitments.scoring import Basis, Given, Sheet, ranked, sheets
from commitments.yardstick import Yardstick
from portal.models import Quarter, Unit
from projects import tree_sums
from projects.models import Cell, Grain
from projects.selection import Tree
from projects.standings import Coverage, Total
from projects.tree_sums import Rated


class Place(models.TextChoices):
    """Where a unit stands in its table. Only the ranked have a rank; the others stand below in this order."""

    RANKED = "ranked", _("ranked")
    OUT = "out", _("out of the ranking")
    INCOMPLETE = "incomplete", _("score incomplete")
    NOT_REPORTED = "not_reported", _("not reported")


BELOW = tuple(Place)


@dataclass(frozen=True, kw_only=True)
class Row:
    """A unit in its group's table. `sheet` is null where the policy has no items for the group.

    `rated` is what the table says of it, `total` every figure, which is asked for in one query for all rows.
    `reasons` say why it has no rank, beyond a missing report: what was ruled, or the items without a figure. `before`
    is its row in the same group's table a quarter earlier in the year.
    """

    unit: Unit
    rated: Rated
    totals: Mapping[int, Total] = field(repr=False, compare=False)
    light: PolicyLight | None
    sheet: Sheet | None
    place: Place
    rank: int | None = None
    reasons: tuple[str, ...] = ()
    rulings: tuple[ScoringRuling, ...] = ()
    before: "Row | None" = None

    @property
    def total(self) -> Total:
        return self.totals[self.unit.pk]

    @property
    def score(self) -> Decimal | None:
        """The total in points; null where it is incomplete, or where the group isn't scored."""
        return self.sheet.total if self.sheet else None

    @property
    def score_before(self) -> Decimal | None:
        return self.before.score if self.before else None

    @property
    def rank_before(self) -> int | None:
        return self.before.rank if self.before else None

    @property
    def climbed(self) -> int | None:
        """Places gained since the quarter before, below zero where lost; null where one of the two has no rank."""
        return None if self.rank is None or self.rank_before is None else self.rank_before - self.rank

    @property
    def moved(self) -> int:
        """By how many places it rose or fell."""
        return abs(self.climbed or 0)


@dataclass(frozen=True, kw_only=True)
class Table:
    """A group's table: the ranked by rank, the rest below. Without items it ranks by completion rate.

    `none_owed`: units of the group that have no project with a plan for the year, and so nothing to be ranked by.
    """

    group: PolicyGroup
    items: Sequence[ScoringItem]
    rows: Sequence[Row]
    none_owed: Sequence[Unit]
    coverage: Coverage

    @property
    def is_scored(self) -> bool:
        return bool(self.items)

    @property
    def ranked(self) -> int:
        """How many units have a rank."""
        return sum(row.rank is not None for row in self.rows)


@dataclass(frozen=True, kw_only=True)
class League:
    """All groups' tables of a campaign's quarter; `ungrouped` are units with projects that no group compares.

    `previous` is the league of the quarter before in the same year, by the policy in force then; null for the first
    quarter, and where the calendar doesn't have it.
    """

    campaign: Campaign
    quarter: Quarter
    yardstick: Yardstick
    tables: Sequence[Table]
    ungrouped: Sequence[Unit]
    computed_at: datetime | None
    previous: "League | None" = None

    @classmethod
    def read(cls, quarter: Quarter, campaign: Campaign, *, yardstick: Yardstick | None = None) -> "League":
        """In a number of queries that doesn't hang on the number of units; `yardstick` previews another policy."""
        units = list(Unit.objects.within(campaign.unit))
        now = _read(quarter, campaign, units, yardstick or Yardstick.read(quarter, campaign=campaign))
        earlier = Quarter.objects.filter(year=quarter.year, number=quarter.number - 1).first()
        if earlier is None:
            return now
        return _beside(now, _read(earlier, campaign, units, Yardstick.read(earlier, campaign=campaign)))

    @property
    def policy_has_changed(self) -> bool:
        """Whether the quarter before was judged by another policy, so that ranks may have moved by that alone."""
        return self.previous is not None and self.previous.yardstick.policy != self.yardstick.policy

    def find(self, unit: Unit) -> tuple[Table, Row] | None:
        """The unit's row and the table it stands in; null where it isn't listed in this quarter."""
        for table in self.tables:
            for row in table.rows:
                if row.unit.pk == unit.pk:
                    return table, row
        return None


def _read(quarter: Quarter, campaign: Campaign, units: Sequence[Unit], yardstick: Yardstick) -> League:
    alive = set(Unit.objects.within(campaign.unit).alive(on=quarter.ends_on).values_list("pk", flat=True))
    grouped, ungrouped = _grouped(units, alive - {campaign.unit_id}, yardstick)
    rulings = list(ScoringRuling.objects.of(campaign, quarter))
    judge = _Judge.read(quarter, grouped, ungrouped, rulings, yardstick)
    tree = Tree([unit for unit in units if unit.pk == campaign.unit_id], list(units))
    indicators = list({item.indicator for item in yardstick.items})
    actuals = Actuals.read(quarter, units, indicators, tree=tree, totals=judge.totals)
    listed = [unit for members in grouped.values() for unit in members if judge.is_listed(unit)]
    pledged = _pledged(campaign, quarter, yardstick, actuals)
    given = _given(actuals, listed, yardstick, pledged, _exempt(rulings))
    tables = [judge.table(group, grouped[group.pk], given) for group in yardstick.groups]
    cells = Cell.objects.filter(grain=Grain.UNIT, quarter=quarter, year=quarter.year)
    return League(
        campaign=campaign,
        quarter=quarter,
        yardstick=yardstick,
        tables=[table for table in tables if table.rows],
        ungrouped=[unit for unit in ungrouped if judge.is_listed(unit)],
        computed_at=cells.filter(unit__in=Unit.objects.within(campaign.unit)).aggregate(models.Max("computed_at"))[
            "computed_at__max"
        ],
    )


def _beside(now: League, before: League) -> League:
    """This quarter's rows with those of the quarter before, where the unit was in the same group (by its code)."""
    earlier = {(table.group.code, row.unit.pk): row for table in before.tables for row in table.rows}
    tables = [
        replace(table, rows=[replace(row, before=earlier.get((table.group.code, row.unit.pk))) for row in table.rows])
        for table in now.tables
    ]
    return replace(now, tables=tables, previous=before)


def _grouped(
    units: Iterable[Unit], alive: Collection[int], yardstick: Yardstick
) -> tuple[dict[int, list[Unit]], list[Unit]]:
    """The units of each group, and those of none. A unit below another of its group is part of that one's figures."""
    group_of = {unit.pk: group.pk for unit in units if unit.pk in alive and (group := yardstick.group_of(unit))}
    parents = {unit.pk: unit.parent_id for unit in units}
    found: dict[int, list[Unit]] = {group.pk: [] for group in yardstick.groups}
    for unit in units:
        if unit.pk not in group_of:
            continue
        own, step = group_of[unit.pk], unit.parent_id
        while step is not None and group_of.get(step) != own:
            step = parents.get(step)
        if step is None:
            found[own].append(unit)
    return found, [unit for unit in units if unit.pk in alive and unit.pk not in group_of]


def counts_for(item: ScoringItem, group: PolicyGroup) -> bool:
    """Whether the item is part of this group's scoring: it names the group's code, or no group at all."""
    named = [code.strip() for code in item.groups.replace("，", ",").split(",") if code.strip()]
    return not named or group.code in named


Key = tuple[int, int]  # unit, indicator


def _given(
    actuals: Actuals,
    listed: Sequence[Unit],
    yardstick: Yardstick,
    pledged: Mapping[Key, Fulfilment],
    exempt: Collection[tuple[int, str]],
) -> dict[int, dict[int, Given]]:
    """What each unit brings to each item, by unit and item: its value, its pledged target, whether it is excused."""
    found: dict[int, dict[int, Given]] = {}
    for unit in listed:
        own = found[unit.pk] = {}
        for item in yardstick.items:
            actual, pledge = actuals.of(unit, item.indicator), None
            if item.reference == ScoringItem.Reference.TARGET:
                pledge = pledged.get((unit.pk, item.indicator_id))
            own[item.pk] = Given(
                value=actual.value,
                known=actual.known,
                baseline=yardstick.baseline * 100,
                target=pledge.to_date if pledge else None,
                exempt=(unit.pk, item.code) in exempt or bool(pledge and pledge.state == PledgeState.EXEMPT),
            )
    return found


def _exempt(rulings: Iterable[ScoringRuling]) -> set[tuple[int, str]]:
    """Units with the codes of the items they are excused from."""
    return {(ruling.unit_id, ruling.item_code) for ruling in rulings if ruling.kind == ScoringRuling.Kind.EXEMPT}


def _pledged(campaign: Campaign, quarter: Quarter, yardstick: Yardstick, known: Actuals) -> dict[Key, Fulfilment]:
    """What has become of the pledges that items measure by, from the letters in force."""
    asked = {item.indicator_id for item in yardstick.items if item.reference == ScoringItem.Reference.TARGET}
    if not asked:
        return {}
    signed = Pledge.objects.filter(
        version__in=LetterVersion.objects.in_force(), version__letter__campaign=campaign, indicator__in=asked
    )
    pledges = list(signed)
    found = fulfilments(pledges, quarter, known=known)
    return {
        (pledge.version.letter.unit_id, pledge.indicator_id): found[pledge.pk]
        for pledge in pledges
        if pledge.indicator_id
    }


@dataclass(frozen=True)
class _Judge:
    """What a quarter's tables are made from: each unit with all that lies below it, and what was ruled about it.

    Ranks by completion rate are those of the units that nobody disqualified.
    """

    rated: Mapping[int, Rated]
    totals: Mapping[int, Total]
    rulings: Mapping[int, Sequence[ScoringRuling]]
    yardstick: Yardstick

    @classmethod
    def read(
        cls,
        quarter: Quarter,
        grouped: Mapping[int, Sequence[Unit]],
        ungrouped: Sequence[Unit],
        rulings: Iterable[ScoringRuling],
        yardstick: Yardstick,
    ) -> "_Judge":
        ruled: dict[int, list[ScoringRuling]] = {}
        for ruling in rulings:
            ruled.setdefault(ruling.unit_id, []).append(ruling)
        group_of = {unit.pk: group for group, members in grouped.items() for unit in members}
        asked = [*group_of, *(unit.pk for unit in ungrouped)]
        in_rank = {unit: group for unit, group in group_of.items() if not _is_out(ruled.get(unit, ()))}
        return cls(
            rated=tree_sums.rated(quarter, asked, in_rank),
            totals=cast("Mapping[int, Total]", SimpleLazyObject(lambda: tree_sums.wholes(quarter, asked))),
            rulings=ruled,
            yardstick=yardstick,
        )

    def is_listed(self, unit: Unit) -> bool:
        """Whether a report was owed, this quarter or, where all its projects are completed, earlier in the year."""
        rated = self.rated[unit.pk]
        return bool(rated.owing) or rated.completion_rate is not None

    def table(self, group: PolicyGroup, members: Sequence[Unit], given: Mapping[int, Mapping[int, Given]]) -> Table:
        listed = [unit for unit in members if self.is_listed(unit)]
        items = [item for item in self.yardstick.items if counts_for(item, group)]
        own = {unit.pk: given[unit.pk] for unit in listed} if items else {}
        out = {unit for unit in own if _is_out(self.rulings.get(unit, ()))}
        scored = sheets(items, own, policy=self.yardstick.policy, out=out) if items else {}
        rows = [self._row(unit, scored.get(unit.pk)) for unit in listed]
        return Table(
            group=group,
            items=items,
            rows=_in_order(rows),
            none_owed=[unit for unit in members if not self.is_listed(unit)],
            coverage=_covered([self.rated[unit.pk] for unit in listed]),
        )

    def _row(self, unit: Unit, sheet: Sheet | None) -> Row:
        rated, rulings = self.rated[unit.pk], tuple(self.rulings.get(unit.pk, ()))
        place, reasons = _placed(rated, sheet, rulings)
        return Row(
            unit=unit,
            rated=rated,
            totals=self.totals,
            light=self.yardstick.light(rated.completion_rate),
            sheet=sheet,
            place=place,
            reasons=reasons,
            rulings=rulings,
        )


def _covered(rows: Iterable[Rated]) -> Coverage:
    """Of units none of which lies below another."""
    found = list(rows)
    return Coverage.counted(
        sum(row.owing for row in found),
        sum(row.reported for row in found),
        planned=sum((row.planned for row in found), Decimal()),
        planned_covered=sum((row.planned_covered for row in found), Decimal()),
    )


def _is_out(rulings: Iterable[ScoringRuling]) -> bool:
    return any(_disqualifies(ruling) for ruling in rulings)


def _disqualifies(ruling: ScoringRuling) -> bool:
    return ruling.kind == ScoringRuling.Kind.DISQUALIFIED


def _placed(rated: Rated, sheet: Sheet | None, rulings: Iterable[ScoringRuling]) -> tuple[Place, tuple[str, ...]]:
    if ruled := tuple(ruling.reason for ruling in rulings if _disqualifies(ruling)):
        return Place.OUT, ruled
    if rated.completion_rate is None:
        return Place.NOT_REPORTED, ()
    if sheet is not None and sheet.is_out:
        return Place.OUT, tuple(sheet.reasons)
    if sheet is not None and sheet.total is None:
        missing = tuple(points.item.name for points in sheet.items if points.basis == Basis.MISSING)
        return Place.INCOMPLETE, missing or tuple(sheet.reasons)
    return Place.RANKED, ()


def _in_order(rows: Sequence[Row]) -> list[Row]:
    """The ranked first, by rank; then the others; among equals by the unit's code, whatever order they came in."""
    standing = [row for row in rows if row.place == Place.RANKED]
    if all(row.sheet for row in standing):
        ranks: Mapping[int, int | None] = ranked({row.unit.pk: row.sheet for row in standing if row.sheet})
    else:
        ranks = {row.unit.pk: row.rated.rank for row in standing}
    placed = [replace(row, rank=ranks.get(row.unit.pk)) for row in rows]
    return sorted(placed, key=lambda row: (BELOW.index(row.place), row.rank or 0, row.unit.code))

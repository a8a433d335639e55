"""A figure opened: the facts that it is made of, in one year or in both that it compares, and what they add up to."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from operator import attrgetter
from typing import TYPE_CHECKING

from django.db.models import Sum

from portal.models import Quarter, Unit
from projects import facts
from projects.facts import MEASURES, Fact, Measure
from projects.models import Cell, Grain
from projects.selection import Selection, Tree
from projects.standings import WHOLE, Growth, Slice, Standings, Total

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


@dataclass(frozen=True, kw_only=True)
class Made:
    """A figure made anew from its lines: the quarter's facts, which of them it takes, and its value."""

    quarter: Quarter
    all: list[Fact]
    taken: list[Fact]
    value: Decimal | None

    @classmethod
    def of(cls, quarter: Quarter, found: list[Fact], measure: Measure) -> "Made":
        return cls(quarter=quarter, all=found, taken=measure.taken(found), value=measure.value(found))


@dataclass(frozen=True, kw_only=True)
class Opened:
    """`now` is of the selection's quarter; `before` of the year before, and `compared` how, where it is a growth."""

    selection: Selection
    measure: Measure
    now: Made
    before: Made | None = None
    compared: Growth | None = None

    @classmethod
    def read(cls, selection: Selection, units: Collection[int], part: Slice, measure: Measure) -> "Opened":
        """In as many queries however many facts there are, as of the selection's moment."""
        quarter, known_at = selection.quarter, selection.as_of.at if selection.as_of else None
        if measure is not MEASURES["growth"]:
            now = Made.of(quarter, facts.read(quarter, units, part, known_at=known_at), measure)
            return cls(selection=selection, measure=measure, now=now)
        compared = Standings.read(quarter, units, known_at=known_at).growth(units, part)
        now, before = _both_years(quarter, compared, part, known_at)
        return cls(selection=selection, measure=measure, now=now, before=before, compared=compared)

    @property
    def value(self) -> Decimal | None:
        """What the page shows: a sum in 万元, a count, a share or a growth; null where there is nothing to show."""
        return self.growth if self.compared else self.now.value

    @property
    def growth(self) -> Decimal | None:
        """As the lines make it; null where it is not asked for, not comparable or nothing to divide by."""
        if self.compared is None or self.compared.is_not_comparable or self.now.value is None:
            return None
        return self.now.value / self.before.value - 1 if self.before and self.before.value else None

    @property
    def left_out(self) -> list[Fact]:
        """The projects that the figure would be about if their reports were accepted."""
        return [fact for fact in self.now.all if not self.measure.base.holds(fact)]

    @property
    def divided(self) -> list[tuple["StrPromise", Decimal | int, bool]]:
        """What a rate divides, above and below the line, and whether that is money; nothing for other figures."""
        measure, taken = self.measure, self.now.taken
        if measure.over:
            return [(MEASURES[each].label, facts.total(taken, each), True) for each in (measure.amount, measure.over)]
        if measure.part:
            started = sum(map(measure.part, taken))
            return [(MEASURES["started"].label, started, False), (facts.DUE_TO_START, len(taken), False)]
        return []


def _both_years(quarter: Quarter, growth: Growth, part: Slice, known_at: datetime | None) -> tuple[Made, Made | None]:
    """Both years' lines of the units that the growth compares; the year before is null where it has no quarter."""
    now = _compared(quarter, growth.units_now, part, known_at)
    before = Quarter.objects.filter(year=quarter.year - 1, number=quarter.number).first()
    return now, _compared(before, growth.units_before, part, known_at) if before else None


def _compared(quarter: Quarter, units: Collection[int], part: Slice, known_at: datetime | None) -> Made:
    """The reports of compared units count in both years: where they have nothing of the part in one, it is 0."""
    made = Made.of(quarter, facts.read(quarter, units, part, known_at=known_at), MEASURES["growth"])
    return replace(made, value=Decimal()) if units and made.value is None else made


# More projects than these are not listed in one page: it tells what each unit below adds, and opens that.
MOST = 5_000
# What cells hold of a measure; of the others a page of many units tells only where to look.
IN_CELLS: Mapping[str, Callable[[Total], Decimal | int | None]] = {
    **{
        name: attrgetter(name)
        for name in (
            "projects",
            "planned",
            "total_investment",
            "expected_output",
            "large",
            "flow",
            "year_to_date",
            "completion_rate",
            "started",
            "start_rate",
            "completed",
            "completed_output",
        )
    },
    "growth": attrgetter("growth.rate"),
    "reported": attrgetter("coverage.planned_covered"),
    "missing": lambda total: total.planned - total.coverage.planned_covered,
}


@dataclass(frozen=True, kw_only=True)
class Branch:
    """A unit right below, with all below it, or what the top itself answers for; `value` as `Opened.value` has it.

    `value` is null where nothing is reported, and where the cells of so many units don't tell it at once.
    """

    unit: Unit
    selection: Selection
    value: Decimal | int | None


@dataclass(frozen=True, kw_only=True)
class Branches:
    """A figure of too many projects to be listed: the units that it is added up from, each with its own lines.

    `kind` is money, count or share: how its values are printed. `are_told`: whether the rows' values are known at all;
    where they are not, null doesn't mean "not reported".
    """

    kind: str
    value: Decimal | int | None
    projects: int
    computed_at: datetime | None
    are_told: bool
    rows: Sequence[Branch]

    @classmethod
    def read(cls, selection: Selection, tree: Tree, part: Slice, name: str) -> "Branches":
        """From the cells, in as many queries however many units and projects.

        No cell is kept of a moment in the past, and nobody waits for so many to be made: then no value is told.
        """
        ahead = [part] if part.grain == Grain.CLASS else []
        standings = Standings.read(selection.quarter, tree.whole, ahead=ahead)
        are_told = not selection.as_of and name in IN_CELLS and (part == WHOLE or bool(ahead))
        value = (lambda total: None) if selection.as_of else IN_CELLS.get(name, lambda total: None)
        rows = [
            Branch(
                unit=unit,
                selection=its,
                value=value(standings.total(ids, part)) if are_told else None,
            )
            for unit, its, ids in _branches(selection, tree)
            if standings.total(ids).counts_any
        ]
        whole = standings.total(tree.whole, part)
        return cls(
            kind="share" if name == "growth" else MEASURES[name].kind,
            value=value(whole),
            projects=whole.projects,
            computed_at=whole.computed_at,
            are_told=are_told,
            rows=rows,
        )


def _branches(selection: Selection, tree: Tree) -> Iterator[tuple[Unit, Selection, frozenset[int]]]:
    """The selection's units where it names several, else those right below the one, and the one itself."""
    several = len(tree.tops) > 1
    for unit in tree.tops if several else tree.children(tree.tops[0]):
        yield unit, selection.but(units=(unit.code,)), tree.below([unit])
    if not several:
        top = tree.tops[0]
        yield top, selection.but(units=(top.code,), itself=True), frozenset({top.pk})


def is_too_much(selection: Selection, tree: Tree) -> bool:
    """Whether there are more projects than are listed, and units below to be told of instead; one query."""
    if selection.itself or (len(tree.tops) == 1 and not tree.children(tree.tops[0])):
        return False
    cells = Cell.objects.filter(grain=Grain.UNIT, quarter=selection.quarter, unit__in=tree.whole)
    return (cells.aggregate(projects=Sum("projects"))["projects"] or 0) > MOST

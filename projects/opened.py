"""A figure opened: the facts that it is made of, in one year or in both that it compares, and what they add up to."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from portal.models import Quarter
from projects import facts
from projects.facts import MEASURES, Fact, Measure
from projects.selection import Selection
from projects.standings import Growth, Slice, Standings

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
    measure = MEASURES["growth"]
    now = Made.of(quarter, facts.read(quarter, growth.units_now, part, known_at=known_at), measure)
    before = Quarter.objects.filter(year=quarter.year - 1, number=quarter.number).first()
    if before is None:
        return now, None
    return now, Made.of(before, facts.read(before, growth.units_before, part, known_at=known_at), measure)

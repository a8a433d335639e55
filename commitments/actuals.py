"""What each indicator has come to at a quarter's end: derived from cells and accepted lines, or read by its bureau.

A derived value is a unit's with everything below it, over the units whose report counts (figures.md, Coverage). What
there is nothing of is 0 where it is a sum or a count (the register says so, whoever has reported), and "nothing to
judge" where it is a rate. A reading is a unit's own: statistics of a city aren't the sum of its counties'.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import cast

from django.db import models
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from commitments.models import Indicator, Pledge, Reading
from portal.models import Quarter, Unit
from projects import milestones, starts
from projects.milestones import Milestones
from projects.models import ProjectList
from projects.selection import Tree
from projects.standings import WHOLE, Coverage, Slice, Standings, Total
from projects.starts import Starts

Measure = Indicator.Measure


class Known(models.TextChoices):
    KNOWN = "known", _("known")
    MISSING = "missing", _("not reported")
    NOTHING = "nothing", _("nothing to judge")


@dataclass(frozen=True)
class Actual:
    """In the indicator's unit of measure: percentages as 135.1, money in 万元. A value only where it is known."""

    value: Decimal | None
    known: Known


MISSING = Actual(None, Known.MISSING)
NOTHING = Actual(None, Known.NOTHING)
ZERO = Actual(Decimal(0), Known.KNOWN)


@dataclass(frozen=True)
class Actuals:
    """Some indicators of some units at a quarter's end."""

    quarter: Quarter
    tree: Tree
    standings: Standings
    totals: Mapping[int, Total]
    parts: Mapping[int, Slice]
    readings: Mapping[tuple[int, int], Sequence[Reading]]
    starts: Mapping[int, Sequence[Starts]]
    milestones: Mapping[int, Milestones]

    @classmethod
    def read(
        cls,
        quarter: Quarter,
        units: Collection[Unit],
        indicators: Collection[Indicator],
        *,
        tree: Tree | None = None,
        projects: Collection[int] = (),
        totals: Mapping[int, Total] | None = None,
    ) -> "Actuals":
        """In as many queries however many units, indicators and projects there are.

        `tree` holds the units with everything below them; without it, it is read. `projects`: ids whose milestones
        will be asked about. `totals`: of units, with everything below them, that are known already.
        """
        tree = tree or Tree(list(units), list(Unit.objects.within(*units)))
        whole = tree.below(units)
        derived = [each for each in indicators if each.source == Indicator.Source.DERIVED]
        parts = _parts(derived)
        newly = any(each.measure == Measure.NEWLY_STARTED for each in derived)
        return cls(
            quarter=quarter,
            tree=tree,
            standings=cast(
                "Standings", SimpleLazyObject(lambda: Standings.read(quarter, whole, ahead=set(parts.values())))
            ),
            totals={} if totals is None else totals,
            parts=parts,
            readings=_readings(quarter, units, indicators) if len(derived) < len(indicators) else {},
            starts=_by_unit(starts.read(quarter, whole)) if newly else {},
            milestones=milestones.read(quarter, projects) if projects else {},
        )

    def of(self, unit: Unit, indicator: Indicator) -> Actual:
        """What this indicator has come to for the unit, derived ones with everything below it."""
        if indicator.source == Indicator.Source.READINGS:
            return added_up(self.readings_of(unit, indicator), indicator, self.quarter)
        part = self.parts[indicator.pk]
        total = self._total(unit, part)
        if indicator.measure != Measure.NEWLY_STARTED:
            return derived(total, Measure(indicator.measure))
        if total.year_to_date is None:
            return MISSING if total.counts_any else ZERO
        return Actual(Decimal(self._newly_started(unit, part)), Known.KNOWN)

    def _newly_started(self, unit: Unit, part: Slice) -> int:
        below = self._below(unit)
        rows = (row for each in below for row in self.starts.get(each, ()))
        return sum(row.number for row in rows if part.takes(row.list_set, row.category_id))

    def readings_of(self, unit: Unit, indicator: Indicator) -> Sequence[Reading]:
        """The unit's readings of the year up to the quarter, the earliest first."""
        return self.readings.get((unit.pk, indicator.pk), ())

    def total(self, unit: Unit) -> Total:
        """All projects of the unit with everything below it."""
        return self._total(unit, WHOLE)

    def _total(self, unit: Unit, part: Slice) -> Total:
        if part == WHOLE and unit.pk in self.totals:
            return self.totals[unit.pk]
        return self.standings.total(self._below(unit), part)

    def _below(self, unit: Unit) -> frozenset[int]:
        """The unit with everything below it: looked up for each of its pledges, and found once."""
        if unit.pk not in self._wholes:
            self._wholes[unit.pk] = self.tree.below([unit])
        return self._wholes[unit.pk]

    @cached_property
    def _wholes(self) -> dict[int, frozenset[int]]:
        return {}

    def coverage(self, unit: Unit) -> Coverage:
        """n of m units whose report counts, of the unit with everything below it."""
        return self.total(unit).coverage

    def coverage_of(self, unit: Unit, indicator: Indicator) -> Coverage:
        """As `coverage`, over the units that have projects of this derived indicator."""
        return self.standings.total(self._below(unit), self.parts[indicator.pk]).coverage

    def as_of(self, unit: Unit) -> datetime | None:
        """When the unit's cells were computed; null where it has none."""
        return self.total(unit).computed_at

    def milestone(self, project: int, milestone: str) -> Actual:
        """1 where an accepted line up to the quarter states it, else 0 where the quarter's line is accepted."""
        said = self.milestones.get(project)
        if said is None:
            return MISSING
        reached = said.is_started if milestone == Pledge.Milestone.START else said.is_completed
        if reached:
            return Actual(Decimal(1), Known.KNOWN)
        return ZERO if said.is_reported else MISSING

    def reached_on(self, project: int, milestone: str) -> date | None:
        """The day of a milestone, as reported; null where it isn't reached, or no day was given."""
        said = self.milestones.get(project)
        if said is None:
            return None
        return said.started_on if milestone == Pledge.Milestone.START else said.completed_on


def derived(total: Total, measure: Indicator.Measure) -> Actual:
    """A measure of a total, but for newly started projects, which no cell holds; rates as percentages."""
    match measure:
        case Measure.PROJECTS | Measure.LARGE | Measure.PLANNED:
            register: dict[Measure, Decimal | int] = {
                Measure.PROJECTS: total.projects,
                Measure.LARGE: total.large,
                Measure.PLANNED: total.planned,
            }
            return Actual(Decimal(register[measure]), Known.KNOWN)
        case Measure.COMPLETION_RATE:
            return _rate(total, total.completion_rate)
        case Measure.START_RATE:
            return _rate(total, total.start_rate)
        case Measure.GROWTH:
            return _growth(total)
        case _:
            accepted = {
                Measure.INVESTMENT: total.year_to_date,
                Measure.STARTED: total.started,
                Measure.COMPLETED: total.completed,
                Measure.COMPLETED_OUTPUT: total.completed_output,
            }
            return _accepted(total, accepted[measure])


def _accepted(total: Total, value: Decimal | int | None) -> Actual:
    if value is not None:
        return Actual(Decimal(value), Known.KNOWN)
    return MISSING if total.counts_any else ZERO


def _rate(total: Total, rate: Decimal | None) -> Actual:
    """Where those who reported have nothing that the rate is about, but not all have, it is missing."""
    if rate is not None:
        return Actual(rate * 100, Known.KNOWN)
    is_silent = total.counts_any and total.year_to_date is None
    return MISSING if is_silent or not total.coverage.is_complete else NOTHING


def _growth(total: Total) -> Actual:
    """Missing where this year's reports are; nothing to judge where no figure of last year's can be compared."""
    if total.growth.rate is not None:
        return Actual(total.growth.rate * 100, Known.KNOWN)
    return MISSING if total.counts_any and total.year_to_date is None else NOTHING


def added_up(readings: Iterable[Reading], indicator: Indicator, quarter: Quarter) -> Actual:
    """The year's readings up to the quarter, by `adds_up`; missing where one that it takes hasn't been loaded."""
    by_number = {reading.quarter.number: reading.value for reading in readings}
    if indicator.adds_up == Indicator.AddsUp.LATEST:
        latest = by_number.get(quarter.number)
        return MISSING if latest is None else Actual(latest, Known.KNOWN)
    if any(number not in by_number for number in range(1, quarter.number + 1)):
        return MISSING
    whole = sum(by_number.values(), Decimal())
    if indicator.adds_up == Indicator.AddsUp.AVERAGE:
        return Actual(whole / len(by_number), Known.KNOWN)
    return Actual(whole, Known.KNOWN)


def _parts(indicators: Collection[Indicator]) -> dict[int, Slice]:
    """The slice of each derived indicator; one query, and only where an indicator names a tier."""
    tiers: defaultdict[str, set[str]] = defaultdict(set)
    if any(each.tier for each in indicators):
        for code, tier in ProjectList.objects.values_list("code", "tier"):
            tiers[tier].add(code)
    return {
        each.pk: Slice(lists=frozenset(tiers[each.tier]) if each.tier else None, category=each.category_id)
        for each in indicators
    }


def _readings(
    quarter: Quarter, units: Collection[Unit], indicators: Collection[Indicator]
) -> Mapping[tuple[int, int], Sequence[Reading]]:
    found: defaultdict[tuple[int, int], list[Reading]] = defaultdict(list)
    year = Reading.objects.filter(
        unit__in=units, indicator__in=indicators, quarter__year=quarter.year, quarter__number__lte=quarter.number
    )
    for reading in year.select_related("quarter").order_by("quarter__number"):
        found[reading.unit_id, reading.indicator_id].append(reading)
    return found


def _by_unit(rows: Iterable[Starts]) -> Mapping[int, Sequence[Starts]]:
    found: defaultdict[int, list[Starts]] = defaultdict(list)
    for row in rows:
        found[row.unit_id].append(row)
    return found

"""What a figure adds up: cells of one grain, summed over the units whose report counts (figures.md, Coverage).

Nothing is stored: sums, coverage and growth are computed when read. Money in 万元; null is "not reported", 0 is 0.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from portal.models import Quarter, Unit
from projects.models import Cell, Grain


@dataclass(frozen=True, kw_only=True)
class Slice:
    """Which of the units' projects: all, or those on any of these lists and of this category, or of this chain."""

    lists: frozenset[str] | None = None
    category: int | None = None
    chain: int | None = None

    @property
    def grain(self) -> Grain:
        """The one grain that a figure about this slice reads."""
        if self.chain is not None:
            return Grain.CHAIN
        return Grain.UNIT if self.lists is None and self.category is None else Grain.CLASS

    def holds(self, cell: Cell) -> bool:
        """Whether a cell of this slice's grain belongs to it."""
        if self.chain is not None:
            return cell.chain_id == self.chain
        on_list = self.lists is None or not self.lists.isdisjoint(cell.list_set.split(","))
        return on_list and self.category in (None, cell.category_id)


WHOLE = Slice()


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """n of m units, x% of the plan. Units are distinct ones that owe a line; money in 万元."""

    owing: frozenset[int]
    reported: frozenset[int]
    planned: Decimal
    planned_covered: Decimal

    @property
    def is_complete(self) -> bool:
        return self.owing == self.reported

    @property
    def share(self) -> Decimal | None:
        """The share of the plan that the rate covers; null where nothing is planned."""
        return self.planned_covered / self.planned if self.planned else None


@dataclass(frozen=True, kw_only=True)
class Growth:
    """This year's standing and last year's at the same quarter's end, both over the units covered in both, in 万元.

    Last year's is as now restated, with the lists as they stood then. A unit that took over another in between is
    compared together with it, or, where only one of them is asked about, not at all: `apart`. The numbers of projects
    say how far the lists changed.
    """

    now: Decimal
    before: Decimal
    projects_now: int
    projects_before: int
    units_now: frozenset[int]
    units_before: frozenset[int]
    apart: bool

    @property
    def rate(self) -> Decimal | None:
        """now ÷ before - 1 (同比); null where nothing can be compared."""
        return self.now / self.before - 1 if self.before else None

    @property
    def is_not_comparable(self) -> bool:
        return self.apart and self.rate is None


@dataclass(frozen=True, kw_only=True)
class Total:
    """What some units' cells add up to in one slice. Money in 万元; null where no unit's report counts."""

    # From the register, whether or not anybody has reported.
    projects: int
    planned: Decimal
    large: int
    total_investment: Decimal
    expected_output: Decimal

    # From accepted reports, over the covered units only; due_to_start is the register's, over the same units.
    year_to_date: Decimal | None
    started: int | None
    completed: int | None
    completed_output: Decimal | None
    due_to_start: int | None
    due_started: int | None

    # From the accepted reports of this quarter, whether or not the earlier ones are in.
    flow: Decimal | None

    covered_units: frozenset[int]
    reported_units: frozenset[int]
    coverage: Coverage
    growth: Growth
    computed_at: datetime | None

    @property
    def completion_rate(self) -> Decimal | None:
        """Completed year to date ÷ annual plan, both over the covered units, uncapped (domain.md, Figures)."""
        planned = self.coverage.planned_covered
        return self.year_to_date / planned if self.year_to_date is not None and planned else None

    @property
    def start_rate(self) -> Decimal | None:
        """Started ÷ due to start by the quarter's end, over the covered units; null where nothing is due."""
        if self.due_to_start is None or self.due_started is None or not self.due_to_start:
            return None
        return Decimal(self.due_started) / self.due_to_start


class _Year:
    """One year's cells of the quarter. A page asks for few slices and many units: a slice is cut once."""

    def __init__(self, cells: Iterable[Cell]) -> None:
        self._grains: defaultdict[str, list[Cell]] = defaultdict(list)
        for cell in cells:
            self._grains[cell.grain].append(cell)
        self._cut: dict[Slice, Mapping[int, list[Cell]]] = {}

    def cut(self, part: Slice) -> Mapping[int, list[Cell]]:
        """The slice's cells by unit."""
        if part not in self._cut:
            found: defaultdict[int, list[Cell]] = defaultdict(list)
            for cell in self._grains[part.grain]:
                if part.holds(cell):
                    found[cell.unit_id].append(cell)
            self._cut[part] = dict(found)
        return self._cut[part]

    def known(self, units: Collection[int], part: Slice) -> list[Cell] | None:
        """These units' cells of the slice; null where a report that they rest on is missing.

        A unit whose report counts and that has nothing in the slice is known to have nothing there.
        """
        cells = [cell for unit in units for cell in self.cut(part).get(unit, ())]
        grounds = cells or [cell for unit in units for cell in self.cut(WHOLE).get(unit, ())]
        return cells if grounds and all(cell.is_covered for cell in grounds) else None


class Standings:
    """A quarter's cells, and those of the same quarter a year before. `mergers`: unit → the unit that took it over."""

    def __init__(self, quarter: Quarter, cells: Iterable[Cell], mergers: Mapping[int, int]) -> None:
        self.quarter = quarter
        self.mergers = mergers
        both = list(cells)
        self._now = _Year(cell for cell in both if cell.quarter_id == quarter.pk)
        self._before = _Year(cell for cell in both if cell.quarter_id != quarter.pk)

    @classmethod
    def read(cls, quarter: Quarter, units: Collection[int]) -> "Standings":
        """The cells of these units, in two queries however many there are."""
        year_before = Quarter(year=quarter.year - 1, number=quarter.number)
        cells = Cell.objects.filter(
            unit__in=units, quarter__number=quarter.number, quarter__year__in=[quarter.year - 1, quarter.year]
        )
        ended = Unit.objects.filter(
            successor__isnull=False, valid_until__gte=year_before.ends_on, valid_until__lt=quarter.ends_on
        )
        return cls(quarter, cells, dict(ended.values_list("pk", "successor_id")))

    def total(self, units: Collection[int], part: Slice = WHOLE) -> Total:
        """What these units' cells of the quarter add up to."""
        cut = self._now.cut(part)
        by_unit = {unit: cut[unit] for unit in units if unit in cut}
        cells = [cell for own in by_unit.values() for cell in own]
        covered_units = frozenset(unit for unit, own in by_unit.items() if all(cell.is_covered for cell in own))
        reported_units = frozenset(unit for unit, own in by_unit.items() if all(cell.is_reported for cell in own))
        covered = [cell for cell in cells if cell.unit_id in covered_units]
        reported = [cell for cell in cells if cell.unit_id in reported_units]
        owing = frozenset(unit for unit, own in by_unit.items() if any(cell.lines_expected for cell in own))
        planned = sum((cell.planned for cell in cells), Decimal())
        return Total(
            projects=sum(cell.projects for cell in cells),
            planned=planned,
            large=sum(cell.large for cell in cells),
            total_investment=sum((cell.total_investment for cell in cells), Decimal()),
            expected_output=sum((cell.expected_output for cell in cells), Decimal()),
            year_to_date=_money(cell.year_to_date for cell in covered),
            started=_count(cell.started for cell in covered),
            completed=_count(cell.completed for cell in covered),
            completed_output=_money(cell.completed_output for cell in covered),
            due_to_start=_count(cell.due_to_start for cell in covered),
            due_started=_count(cell.due_started for cell in covered),
            flow=_money(cell.flow for cell in reported),
            covered_units=covered_units,
            reported_units=reported_units,
            coverage=Coverage(
                owing=owing,
                reported=owing & covered_units,
                planned=planned,
                planned_covered=sum((cell.planned for cell in covered), Decimal()),
            ),
            growth=self.growth(units, part),
            computed_at=max((cell.computed_at for cell in cells), default=None),
        )

    def growth(self, units: Collection[int], part: Slice = WHOLE) -> Growth:
        """This year beside last year, over those of these units that are covered in both."""
        both_now: list[Cell] = []
        both_before: list[Cell] = []
        apart = False
        asked = frozenset(units)
        for heir in {self._heir(unit) for unit in asked}:
            family = {heir} | {unit for unit in self.mergers if self._heir(unit) == heir}
            if not family <= asked:
                apart = True
                continue
            cells_now, cells_before = self._now.known(family, part), self._before.known(family, part)
            if cells_now is None or cells_before is None:
                continue
            both_now += cells_now
            both_before += cells_before
        return Growth(
            now=_money(cell.year_to_date for cell in both_now) or Decimal(),
            before=_money(cell.year_to_date for cell in both_before) or Decimal(),
            projects_now=sum(cell.projects for cell in both_now),
            projects_before=sum(cell.projects for cell in both_before),
            units_now=frozenset(cell.unit_id for cell in both_now),
            units_before=frozenset(cell.unit_id for cell in both_before),
            apart=apart,
        )

    def _heir(self, unit: int) -> int:
        """The unit that answers now for what this one answered for a year before."""
        seen = {unit}
        while (following := self.mergers.get(unit)) is not None and following not in seen:
            unit = following
            seen.add(unit)
        return unit


def _money(amounts: Iterable[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal()) if known else None


def _count(counts: Iterable[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None

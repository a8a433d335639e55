"""What a figure adds up: cells of one grain, summed over the units whose report counts (figures.md, Coverage).

Nothing is stored: sums, coverage and growth are computed when read. Money in 万元; null is "not reported", 0 is 0.

Growth compares each year's register as it stood. Where a year ago that register held nothing of a tier (provincial,
municipal, county) from which this year's figure has projects that are on no list of a tier held then, the two figures
are of different registers and the growth is "not comparable" (不可比): such is a total beside a base year that knew the
provincial lists only. The rule goes by tier, since lists are renamed and new ones come every year (a quarter's group
start) whose projects stand on a lasting list as well. Projects on no list don't count against it. The growth of a list
or a tier compares it with itself and stays. The Top 500 lists say who invests and are no tier here. Cells by
chain don't know lists: a chain follows the total of its units.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from portal.models import Quarter, Unit
from projects import sums
from projects.models import Grain
from projects.sums import Keyed, Sums


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

    @property
    def name(self) -> str:
        """Under which its sums are kept (projects/kept_sums.py): all is ''."""
        if self.grain == Grain.UNIT:
            return ""
        lists = "" if self.lists is None else ",".join(sorted(self.lists)) or "-"
        return f"{lists}|{self.category or ''}|{self.chain or ''}"

    def holds(self, key: Keyed) -> bool:
        """Whether what has this key belongs to the slice."""
        if key.grain != self.grain:
            return False
        if self.chain is not None:
            return key.chain_id == self.chain
        return self.takes(key.list_set, key.category_id)

    def takes(self, list_set: str, category: int | None) -> bool:
        """Whether projects of this set of lists and this category belong to a slice by lists and category."""
        on_list = self.lists is None or not self.lists.isdisjoint(list_set.split(","))
        return on_list and self.category in (None, category)


WHOLE = Slice()


class HowMany(Collection[int]):
    """So many units, where nobody has asked which."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __len__(self) -> int:
        return self.number

    def __iter__(self) -> Iterator[int]:
        raise TypeError("these figures say how many units, not which")

    def __contains__(self, unit: object) -> bool:
        raise TypeError("these figures say how many units, not which")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Collection) and len(other) == self.number

    def __hash__(self) -> int:
        return hash(self.number)


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """n of m units, x% of the plan. Units are distinct ones that owe a line; money in 万元."""

    owing: Collection[int]
    reported: Collection[int]
    planned: Decimal
    planned_covered: Decimal

    @classmethod
    def counted(cls, owing: int, reported: int, *, planned: Decimal, planned_covered: Decimal) -> "Coverage":
        """Of so many units, where nobody has asked which."""
        return cls(owing=HowMany(owing), reported=HowMany(reported), planned=planned, planned_covered=planned_covered)

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
    say how far the lists changed. `has_new_tier`: this year's is of a tier that last year's register held nothing of.
    """

    now: Decimal
    before: Decimal
    projects_now: int
    projects_before: int
    units_now: Collection[int]
    units_before: Collection[int]
    apart: bool
    has_new_tier: bool = False

    @property
    def rate(self) -> Decimal | None:
        """now ÷ before - 1 (同比); null where nothing can be compared."""
        return growth_rate(self.now, self.before, has_new_tier=self.has_new_tier)

    @property
    def is_not_comparable(self) -> bool:
        """Whether both years have figures that mustn't be compared; where one has none, there is nothing to say."""
        return (self.apart and not self.before) or (self.has_new_tier and bool(self.before))


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

    coverage: Coverage
    growth: Growth
    computed_at: datetime | None

    @property
    def counts_any(self) -> bool:
        """Whether any project counts here; one that others answer for does, with a share of its money."""
        return self.computed_at is not None

    @property
    def completion_rate(self) -> Decimal | None:
        """Completed year to date ÷ annual plan, both over the covered units, uncapped (domain.md, Figures)."""
        return completion_rate(self.year_to_date, self.coverage.planned_covered)

    @property
    def start_rate(self) -> Decimal | None:
        """Started ÷ due to start by the quarter's end, over the covered units; null where nothing is due."""
        if self.due_to_start is None or self.due_started is None or not self.due_to_start:
            return None
        return Decimal(self.due_started) / self.due_to_start


def completion_rate(year_to_date: Decimal | None, planned_covered: Decimal) -> Decimal | None:
    """Null where nothing is reported or nothing was planned."""
    return year_to_date / planned_covered if year_to_date is not None and planned_covered else None


def growth_rate(now: Decimal, before: Decimal, *, has_new_tier: bool) -> Decimal | None:
    """Null where there is nothing to compare with, or the two are of different registers."""
    return now / before - 1 if before and not has_new_tier else None


@dataclass(frozen=True, kw_only=True)
class _Compared:
    """Units whose reports count in both years; `apart`: others were left out since they were merged."""

    now: dict[int, Sums]
    before: dict[int, Sums]
    apart: bool

    @property
    def units(self) -> frozenset[int]:
        return frozenset(self.now) | frozenset(self.before)


class Standings:
    """What the cells of a quarter say of each unit, and those of the same quarter a year before.

    `mergers`: unit → the unit that took it over. `newcomers`: sets of lists of a tier new to the register → the units
    that have them. By lists, category and chain the database sums them up when it is first asked, once for each set of
    units; a slice that was read `ahead` is summed up here, from cells of one query for all units.
    """

    def __init__(
        self,
        quarter: Quarter,
        by_unit: Iterable[tuple[int, Sums]],
        mergers: Mapping[int, int],
        newcomers: Mapping[str, frozenset[int]],
        known_at: datetime | None = None,
    ) -> None:
        self.quarter = quarter
        self.known_at = known_at
        self.mergers = mergers
        self.newcomers = newcomers
        both = list(by_unit)
        self._now = {unit: own for unit, own in both if own.is_now}
        self._before = {unit: own for unit, own in both if not own.is_now}
        self._families: dict[int, set[int]] = {}
        for unit in mergers:
            heir = self._heir(unit)
            self._families.setdefault(heir, {heir}).add(unit)
        self._compared_units: dict[frozenset[int], _Compared] = {}
        self._by_key: dict[frozenset[int], list[Keyed]] = {}
        self._totals: dict[tuple[frozenset[int], Slice], Total] = {}
        self._ahead: frozenset[Slice] = frozenset()
        self._by_class: defaultdict[int, list[Keyed]] = defaultdict(list)

    @classmethod
    def read(
        cls,
        quarter: Quarter,
        units: Collection[int],
        *,
        ahead: Collection[Slice] = (),
        known_at: datetime | None = None,
    ) -> "Standings":
        """The cells of these units, in as many queries however many there are.

        `ahead`: slices by lists and category that will be asked about for many sets of these units. `known_at`: with
        what had been recorded by that moment, not to be asked for together with `ahead`; the calendar, units and their
        mergers, and which tiers the register held a year before, are as they are now.
        """
        year_before = Quarter(year=quarter.year - 1, number=quarter.number)
        ended = Unit.objects.filter(
            successor__isnull=False, valid_until__gte=year_before.ends_on, valid_until__lt=quarter.ends_on
        )
        mergers = dict(ended.values_list("pk", "successor_id"))
        by_unit = sums.by_unit(quarter, units, known_at=known_at)
        found = cls(quarter, by_unit, mergers, sums.newcomers(quarter, units), known_at)
        found._read_ahead(units, frozenset(part for part in ahead if part.grain == Grain.CLASS))
        return found

    def _read_ahead(self, units: Collection[int], parts: frozenset[Slice]) -> None:
        if not parts:
            return
        self._ahead = parts
        lists = frozenset[str]().union(*(part.lists for part in parts if part.lists is not None))
        categories = {part.category for part in parts if part.category is not None}
        for unit, key in sums.by_class(self.quarter, units, categories=categories, lists=lists):
            self._by_class[unit].append(key)

    def total(self, units: Collection[int], part: Slice = WHOLE) -> Total:
        """What these units' cells of the quarter add up to; added up once, however often it is asked for."""
        asked = (frozenset(units), part)
        if asked not in self._totals:
            self._totals[asked] = self._total(*asked)
        return self._totals[asked]

    def _total(self, units: frozenset[int], part: Slice) -> Total:
        growth = self.growth(units, part)
        if part == WHOLE:
            return _added([self._now[unit] for unit in units if unit in self._now], growth)
        return _added([key for key in self._keys(units, part) if key.is_now], growth)

    def growth(self, units: Collection[int], part: Slice = WHOLE) -> Growth:
        """This year beside last year, over those of these units that are covered in both."""
        compared = self._compared(units)
        if part == WHOLE:
            now = [(own.year_to_date, own.projects) for own in compared.now.values()]
            before = [(own.year_to_date, own.projects) for own in compared.before.values()]
        else:
            keys = [(key.is_now, key.compared_year_to_date, key.compared_projects) for key in self._keys(units, part)]
            now = [(amount, projects) for is_now, amount, projects in keys if is_now]
            before = [(amount, projects) for is_now, amount, projects in keys if not is_now]
        return Growth(
            now=_money(amount for amount, _projects in now) or Decimal(),
            before=_money(amount for amount, _projects in before) or Decimal(),
            projects_now=sum(projects for _amount, projects in now),
            projects_before=sum(projects for _amount, projects in before),
            units_now=frozenset(compared.now),
            units_before=frozenset(compared.before),
            apart=compared.apart,
            has_new_tier=self._has_new_tier(compared.units, units, part),
        )

    def _has_new_tier(self, compared: frozenset[int], units: Collection[int], part: Slice) -> bool:
        if part.lists is not None or not self.newcomers:
            return False
        if part.category is not None:
            keys = (key for key in self._keys(units, part) if key.is_now)
            return any(key.compared_projects for key in keys if key.list_set in self.newcomers)
        return any(not compared.isdisjoint(found) for found in self.newcomers.values())

    def _keys(self, units: Collection[int], part: Slice) -> list[Keyed]:
        asked = frozenset(units)
        if part in self._ahead:
            return self._keys_ahead(asked, part)
        if asked not in self._by_key:
            self._by_key[asked] = sums.by_key(
                self.quarter, asked, compared=self._compared(asked).units, known_at=self.known_at
            )
        return [key for key in self._by_key[asked] if part.holds(key)]

    def _keys_ahead(self, units: frozenset[int], part: Slice) -> list[Keyed]:
        compared = self._compared(units).units
        return [
            key if unit in compared else replace(key, compared_year_to_date=None, compared_projects=0)
            for unit in units
            for key in self._by_class.get(unit, ())
            if part.holds(key)
        ]

    def _compared(self, units: Collection[int]) -> _Compared:
        """The same units for a figure and for each of its parts, so that parts add up in both years."""
        asked = frozenset(units)
        if asked in self._compared_units:
            return self._compared_units[asked]
        found = _Compared(now={}, before={}, apart=False)
        for heir in {self._heir(unit) for unit in asked}:
            family = self._families.get(heir, {heir})
            if not family <= asked:
                found = replace(found, apart=True)
                continue
            now, before = _known(family, self._now), _known(family, self._before)
            if now and before:
                found.now.update(now)
                found.before.update(before)
        self._compared_units[asked] = found
        return found

    def _heir(self, unit: int) -> int:
        """The unit that answers now for what this one answered for a year before."""
        if unit not in self.mergers:
            return unit
        seen = {unit}
        while (following := self.mergers.get(unit)) is not None and following not in seen:
            unit = following
            seen.add(unit)
        return unit


def _known(family: Iterable[int], cells: Mapping[int, Sums]) -> dict[int, Sums]:
    """What is known of the family; nothing where a report that it rests on is missing."""
    own = {unit: cells[unit] for unit in family if unit in cells}
    return own if all(each.year_to_date is not None for each in own.values()) else {}


def _added(keys: Sequence[Sums], growth: Growth) -> Total:
    planned = sum((key.planned for key in keys), Decimal())
    return Total(
        projects=sum(key.projects for key in keys),
        planned=planned,
        large=sum(key.large for key in keys),
        total_investment=sum((key.total_investment for key in keys), Decimal()),
        expected_output=sum((key.expected_output for key in keys), Decimal()),
        year_to_date=_money(key.year_to_date for key in keys),
        started=_count(key.started for key in keys),
        completed=_count(key.completed for key in keys),
        completed_output=_money(key.completed_output for key in keys),
        due_to_start=_count(key.due_to_start for key in keys),
        due_started=_count(key.due_started for key in keys),
        flow=_money(key.flow for key in keys),
        coverage=Coverage(
            owing=frozenset().union(*(key.owing for key in keys if key.owing)),
            reported=frozenset().union(*(key.reported for key in keys if key.reported)),
            planned=planned,
            planned_covered=_money(key.planned_covered for key in keys) or Decimal(),
        ),
        growth=growth,
        computed_at=max((key.computed_at for key in keys), default=None),
    )


def _money(amounts: Iterable[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal()) if known else None


def _count(counts: Iterable[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None

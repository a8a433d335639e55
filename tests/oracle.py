"""Every figure once more, slowly and project by project, written from the rules of counting and from no statement.

What is read here are rows of the register, accepted reports with their lines, units and quarters, each table once and
plainly. Nothing is taken from the code that computes figures: not its SQL, its sums, its coverage or its growth, nor
the tables it keeps (cells, kept totals). Money in 万元; null is "not reported", 0 is 0.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any, TypeVar

from portal.models import Quarter, Unit
from projects.models import AnnualPlan, Assignment, ListEntry, ProjectList, Report, ReportLine, Share, Stage, Valuation
from projects.models.project import STARTED

NOUGHT = Decimal()
LARGE = 100_000
Row = TypeVar("Row")


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A project in a unit's quarter; amounts are the unit's part of them."""

    unit: int
    project: int
    is_own: bool
    list_set: str
    category: int
    chain: int | None
    planned: Decimal
    planned_to_date: Decimal | None
    total: Decimal
    output: Decimal
    flow: Decimal | None
    year_to_date: Decimal
    is_large: bool
    is_expected: bool
    has_line: bool
    has_no_gap: bool
    is_started: bool
    is_newly_started: bool
    is_completed: bool
    is_due_to_start: bool
    is_due_to_finish: bool


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What units' facts add up to in one slice."""

    projects: int
    planned: Decimal
    large: int
    total_investment: Decimal
    expected_output: Decimal
    flow: Decimal | None
    year_to_date: Decimal | None
    started: int | None
    completed: int | None
    completed_output: Decimal | None
    due_to_start: int | None
    due_started: int | None
    owing: frozenset[int]
    reported: frozenset[int]
    planned_covered: Decimal

    @property
    def rate(self) -> Decimal | None:
        """Completed year to date ÷ the plan of the same units."""
        if self.year_to_date is None or not self.planned_covered:
            return None
        return self.year_to_date / self.planned_covered


@dataclass(frozen=True, kw_only=True)
class Growth:
    """Both years' standings over the units that are covered in both; `apart`: a merged unit's family is not whole."""

    now: Decimal
    before: Decimal
    projects_now: int
    projects_before: int
    apart: bool


class Oracle:
    """The figures of what is recorded at the moment when it is made."""

    def __init__(self) -> None:
        self.quarters = sorted(Quarter.objects.all(), key=lambda each: (each.year, each.number))
        self.units = {unit.pk: unit for unit in Unit.objects.all()}
        self.tiers = dict(ProjectList.objects.values_list("code", "tier"))
        self.assigned: dict[int, list[tuple[date, int]]] = defaultdict(list)
        for project, unit, day in Assignment.objects.values_list("project", "unit", "from_on"):
            self.assigned[project].append((day, unit))
        self.plans: dict[tuple[int, int], list[tuple[date, AnnualPlan]]] = defaultdict(list)
        for plan in AnnualPlan.objects.all():
            self.plans[plan.project_id, plan.year].append((plan.in_force_on, plan))
        self.listed: dict[int, list[ListEntry]] = defaultdict(list)
        for entry in ListEntry.objects.select_related("list"):
            self.listed[entry.project_id].append(entry)
        self.shares: dict[tuple[int, int], list[tuple[date, Decimal]]] = defaultdict(list)
        for share in Share.objects.all():
            self.shares[share.project_id, share.unit_id].append((share.from_on, share.share))
        self.valued: dict[int, list[tuple[date, Valuation]]] = defaultdict(list)
        for each in Valuation.objects.all():
            self.valued[each.project_id].append((each.from_on, each))
        self.accepted = set(Report.objects.filter(state="accepted").values_list("unit", "quarter"))
        self.lines: dict[tuple[int, int], ReportLine] = {}
        lines = ReportLine.objects.filter(report__state="accepted").select_related("report")
        for line in lines.order_by("report__reviewed_at", "pk"):  # where two units have reported it, the last accepted
            self.lines[line.project_id, line.quarter_id] = line
        self.facts, self.cells, self.expected = cache(self._facts), cache(self._cells), cache(self._expected)

    # What is in force on a quarter's last day

    def answering(self, project: int, quarter: Quarter) -> int | None:
        return _latest(self.assigned[project], quarter.ends_on)

    def plan(self, project: int, quarter: Quarter) -> AnnualPlan | None:
        return _latest(self.plans[project, quarter.year], quarter.ends_on)

    def share(self, project: int, unit: int, quarter: Quarter) -> Decimal:
        return _latest(self.shares[project, unit], quarter.ends_on) or NOUGHT

    def list_set(self, project: int, quarter: Quarter) -> str:
        day = quarter.ends_on
        standing = {
            each.list.code
            for each in self.listed[project]
            if each.listed_on <= day and (each.delisted_on is None or each.delisted_on > day)
        }
        return ",".join(sorted(standing))

    def _expected(self, project: int, quarter: Quarter) -> bool:
        if self.answering(project, quarter) is None or self.plan(project, quarter) is None:
            return False
        return not any(line.stage == Stage.COMPLETED for line in self._said(project, quarter, before=True))

    def _said(self, project: int, quarter: Quarter, *, before: bool = False, year: bool = False) -> list[ReportLine]:
        """The accepted lines on the project up to this quarter, the earliest first."""
        return [
            self.lines[project, each.pk]
            for each in self.quarters
            if (each.year, each.number) < (quarter.year, quarter.number + (not before))
            and (not year or each.year == quarter.year)
            and (project, each.pk) in self.lines
        ]

    # Facts and what they add up to

    def _facts(self, unit: int, quarter: Quarter) -> list[Fact]:
        found = []
        for project in sorted({project for project, year in self.plans if year == quarter.year}):
            answering, plan = self.answering(project, quarter), self.plan(project, quarter)
            if answering is None or plan is None:
                continue
            if answering == unit or self.share(project, unit, quarter) > 0:
                found.append(self._fact(unit, project, quarter, plan, is_own=answering == unit))
        return found

    def _fact(self, unit: int, project: int, quarter: Quarter, plan: AnnualPlan, *, is_own: bool) -> Fact:
        def part(amount: Decimal) -> Decimal:
            if not is_own:
                return _cents(amount * self.share(project, unit, quarter))
            others = (_cents(amount * self.share(project, each, quarter)) for each in self.units if each != unit)
            return amount - sum(others, NOUGHT)

        line = self.lines.get((project, quarter.pk))
        said, this_year = self._said(project, quarter), self._said(project, quarter, year=True)
        starts = [each for each in said if each.stage in STARTED]
        valued = _latest(self.valued[project], quarter.ends_on)
        total = valued.total_investment if valued and valued.total_investment is not None else NOUGHT
        output = valued.expected_annual_output if valued and valued.expected_annual_output is not None else NOUGHT
        to_date = [plan.cumulative_q1, plan.cumulative_q2, plan.cumulative_q3, plan.planned_investment]
        to_now = to_date[quarter.number - 1]
        year = [each for each in self.quarters if each.year == quarter.year and each.number <= quarter.number]
        return Fact(
            unit=unit,
            project=project,
            is_own=is_own,
            list_set=self.list_set(project, quarter),
            category=plan.category_id,
            chain=plan.chain_id,
            planned=part(plan.planned_investment),
            planned_to_date=None if to_now is None else part(to_now),
            total=part(total),
            output=part(output),
            flow=None if line is None or line.flow is None else part(line.flow),
            year_to_date=part(sum((each.flow for each in this_year if each.flow is not None), NOUGHT)),
            is_large=total >= LARGE,
            is_expected=self.expected(project, quarter),
            has_line=line is not None,
            has_no_gap=all((project, each.pk) in self.lines for each in year if self.expected(project, each)),
            is_started=bool(starts),
            is_newly_started=bool(starts) and _is_new(starts[0], [each.pk for each in year], quarter.year),
            is_completed=any(each.stage == Stage.COMPLETED for each in said),
            is_due_to_start=plan.start_due_on is not None and plan.start_due_on <= quarter.ends_on,
            is_due_to_finish=plan.finish_due_on is not None and plan.finish_due_on <= quarter.ends_on,
        )

    def has_reported(self, unit: int, quarter: Quarter) -> bool:
        """Whether the unit's report is accepted, or none is owed; and those of the projects that it only shares."""
        facts = self.facts(unit, quarter)
        owed = any(each.is_own and each.is_expected for each in facts)
        theirs = all(each.has_line for each in facts if not each.is_own and each.is_expected)
        return ((unit, quarter.pk) in self.accepted or not owed) and theirs

    def cell(self, unit: int, quarter: Quarter, facts: Collection[Fact]) -> dict[str, Any]:
        """The columns of a cell of these facts of the unit's quarter."""
        own = [each for each in facts if each.is_own]
        reported = self.has_reported(unit, quarter)
        covered = reported and all(each.has_no_gap for each in self.facts(unit, quarter))
        planned_to_date = [each.planned_to_date for each in facts]
        done = {
            "flow": _sum(each.flow or NOUGHT for each in facts) if reported else None,
            "year_to_date": _sum(each.year_to_date for each in facts) if covered else None,
            "started": sum(each.is_started for each in own) if covered else None,
            "newly_started": sum(each.is_newly_started for each in own) if covered else None,
            "completed": sum(each.is_completed for each in own) if covered else None,
            "due_started": sum(each.is_started and each.is_due_to_start for each in own) if covered else None,
            "completed_output": _sum(each.output for each in facts if each.is_completed) if covered else None,
        }
        return {
            "lines_expected": sum(each.is_expected for each in own),
            "lines_reported": sum(each.is_expected and each.has_line for each in own),
            "is_reported": reported,
            "is_covered": covered,
            **done,
            "projects": len(own),
            "planned": _sum(each.planned for each in facts),
            "planned_to_date": None
            if None in planned_to_date
            else _sum(each for each in planned_to_date if each is not None),
            "due_to_start": sum(each.is_due_to_start for each in own),
            "due_to_finish": sum(each.is_due_to_finish for each in own),
            "large": sum(each.is_large for each in own),
            "total_investment": _sum(each.total for each in facts),
            "expected_output": _sum(each.output for each in facts),
        }

    def _cells(self, unit: int, quarter: Quarter) -> dict[tuple[str, str, int | None, int | None], dict[str, Any]]:
        """All of the unit's quarter, by grain, set of lists, category and chain."""
        keyed: dict[tuple[str, str, int | None, int | None], list[Fact]] = defaultdict(list)
        for each in self.facts(unit, quarter):
            keyed["unit", "", None, None].append(each)
            keyed["class", each.list_set, each.category, None].append(each)
            if each.chain is not None:
                keyed["chain", "", None, each.chain].append(each)
        return {key: self.cell(unit, quarter, facts) for key, facts in keyed.items()}

    def total(
        self,
        units: Collection[int],
        quarter: Quarter,
        *,
        lists: Collection[str] | None = None,
        category: int | None = None,
        chain: int | None = None,
    ) -> Standing:
        """Over the units whose report counts, numerator and denominator alike."""

        def takes(grain: str, list_set: str, its: int | None, of_chain: int | None) -> bool:
            if chain is not None:
                return grain == "chain" and of_chain == chain
            if lists is None and category is None:
                return grain == "unit"
            on_list = lists is None or bool(set(lists) & set(list_set.split(",")))
            return grain == "class" and on_list and category in (None, its)

        found = [(unit, cell) for unit in units for key, cell in self.cells(unit, quarter).items() if takes(*key)]
        columns = [cell for _unit, cell in found]
        covered = [cell for cell in columns if cell["is_covered"]]
        register = ("projects", "large", "planned", "total_investment", "expected_output")
        accepted = ("year_to_date", "started", "completed", "completed_output", "due_to_start", "due_started")
        sums: dict[str, Any] = {name: sum(cell[name] for cell in columns) for name in register}
        sums |= {name: _known(cell[name] for cell in covered) for name in accepted}
        return Standing(
            **sums,
            flow=_known(cell["flow"] for cell in columns),
            owing=frozenset(unit for unit, cell in found if cell["lines_expected"]),
            reported=frozenset(unit for unit, cell in found if cell["lines_expected"] and cell["is_covered"]),
            planned_covered=_sum(cell["planned"] for cell in covered),
        )

    # Growth

    def growth(self, units: Collection[int], quarter: Quarter, **part: Any) -> Growth:
        """This quarter's standing beside that of a year before, over the units that are compared."""
        last_year = self.last_year(quarter)
        of_now, of_before, apart = self.compared(units, quarter)
        now = self.total(of_now, quarter, **part)
        before = self.total(of_before, last_year, **part) if last_year else None
        return Growth(
            now=now.year_to_date or NOUGHT,
            before=before.year_to_date or NOUGHT if before else NOUGHT,
            projects_now=now.projects,
            projects_before=before.projects if before else 0,
            apart=apart,
        )

    def heir(self, unit: int, quarter: Quarter) -> int:
        """Who has taken the unit over between a year before and this quarter's end, over any number of mergers."""
        before = date(quarter.year - 1, quarter.ends_on.month, quarter.ends_on.day)
        seen = set()
        while unit not in seen:
            seen.add(unit)
            its = self.units[unit]
            if its.successor_id is None or its.valid_until is None or not before <= its.valid_until < quarter.ends_on:
                break
            unit = its.successor_id
        return unit

    def compared(self, units: Collection[int], quarter: Quarter) -> tuple[set[int], set[int], bool]:
        """Units covered now and a year before, a unit and those that it took over as one; whether some stand apart."""
        last_year = self.last_year(quarter)
        families: dict[int, set[int]] = defaultdict(set)
        for unit in self.units:
            families[self.heir(unit, quarter)].add(unit)
        now: set[int] = set()
        before: set[int] = set()
        apart = False
        for heir in {self.heir(unit, quarter) for unit in units}:
            family = families[heir]
            if not family <= set(units):
                apart = True
                continue
            has_now = self._all_covered(family, quarter)
            had = self._all_covered(family, last_year) if last_year else set()
            if has_now and had:
                now |= has_now
                before |= had
        return now, before, apart

    def last_year(self, quarter: Quarter) -> Quarter | None:
        found = [each for each in self.quarters if (each.year, each.number) == (quarter.year - 1, quarter.number)]
        return found[0] if found else None

    def _all_covered(self, family: Iterable[int], quarter: Quarter) -> set[int]:
        cells = {unit: self.cells(unit, quarter).get(("unit", "", None, None)) for unit in family}
        own = {unit: cell for unit, cell in cells.items() if cell}
        return set(own) if all(cell["is_covered"] for cell in own.values()) else set()


def ranks(rates: Mapping[int, Decimal | None]) -> dict[int, int | None]:
    """Place by rate, the highest first; equal rates share the better place and none follows at once; no rate, none."""
    return {
        unit: None if rate is None else 1 + sum(other is not None and other > rate for other in rates.values())
        for unit, rate in rates.items()
    }


def _is_new(first: ReportLine, year_so_far: Collection[int], year: int) -> bool:
    """Whether the first line that states a start is of this year and the start, too: else it was under way before."""
    this_year = first.started_on is None or first.started_on.year >= year
    return first.quarter_id in year_so_far and (first.stage == Stage.NEWLY_STARTED or this_year)


def _latest(rows: Iterable[tuple[date, Row]], day: date) -> Row | None:
    standing = [row for row in rows if row[0] <= day]
    return max(standing, key=lambda row: row[0])[1] if standing else None


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, NOUGHT)


def _known(amounts: Iterable[Any]) -> Any:
    known = [each for each in amounts if each is not None]
    return sum(known) if known else None

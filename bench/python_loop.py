"""Question 2: the same cells by a Python loop, written in bulk or saved row by row.

The loop is the best plain one: every table is read once, as tuples, and each project's quarters are walked through in
order with running sums. What it writes is compared with a recompute, so that nobody is faster by computing less; the
rows here know no shares and no mergers, and neither does it.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from bench import population
from bench.measure import Contest, Goal, Question, timed
from portal.models import Quarter
from projects import rollups
from projects.models import AnnualPlan, Assignment, Cell, ListEntry, Report, ReportLine, Stage, Valuation
from projects.models.project import STARTED

LARGE = 100_000  # 万元
NOTHING = Decimal()
Key = tuple[str, int, int, str, int | None, int | None]  # grain, unit, quarter, lists, category, chain


@contextmanager
def contest(size: int) -> Iterator[Contest]:
    population.ensure(size)
    yield Contest(
        {
            "ours": timed(lambda: rollups.rebuild(at=population.FILLED_AT)),
            "loop, bulk writes": timed(lambda: _loop(_write_in_bulk)),
            "loop, save per row": timed(lambda: _loop(_save_each)),
        },
        notes=_same_cells,
    )


def _same_cells() -> dict[str, Any]:
    _loop(_write_in_bulk)
    return {"lines": ReportLine.objects.count(), "cells of the loop that differ from ours": len(rollups.differences())}


@transaction.atomic
def _loop(write: Callable[[Iterable[Cell]], None]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM projects_cell")
    write(_cells())


def _write_in_bulk(cells: Iterable[Cell]) -> None:
    Cell.objects.bulk_create(cells, batch_size=5_000)


def _save_each(cells: Iterable[Cell]) -> None:
    for cell in cells:
        cell.save()


@dataclass(slots=True)
class Sum:
    """What is added up in one cell."""

    expected: int = 0
    reported: int = 0
    flow: Decimal = NOTHING
    year_to_date: Decimal = NOTHING
    started: int = 0
    newly_started: int = 0
    completed: int = 0
    due_started: int = 0
    completed_output: Decimal = NOTHING
    projects: int = 0
    planned: Decimal = NOTHING
    planned_to_date: Decimal | None = NOTHING
    due_to_start: int = 0
    due_to_finish: int = 0
    large: int = 0
    total: Decimal = NOTHING
    output: Decimal = NOTHING


@dataclass(frozen=True, slots=True)
class Register:
    """The register and the accepted lines, read once: for each project its rows by day or quarter."""

    quarters: list[Quarter]
    years: dict[int, int]
    assigned: dict[int, list[tuple[date, int]]]
    plans: dict[tuple[int, int], list[tuple[Any, ...]]]
    values: dict[int, list[tuple[date, Decimal | None, Decimal | None]]]
    entries: dict[int, list[tuple[str, date, date | None]]]
    lines: dict[int, dict[int, tuple[Decimal | None, str, date | None]]]
    accepted: set[tuple[int, int]]


@dataclass(slots=True)
class Sums:
    by_key: dict[Key, Sum] = field(default_factory=lambda: defaultdict(Sum))
    owing: set[tuple[int, int]] = field(default_factory=set)
    gaps: set[tuple[int, int]] = field(default_factory=set)


def _read() -> Register:
    found = Register(
        quarters=sorted(Quarter.objects.all(), key=lambda quarter: (quarter.year, quarter.number)),
        years=dict(Quarter.objects.values_list("pk", "year")),
        assigned=defaultdict(list),
        plans=defaultdict(list),
        values=defaultdict(list),
        entries=defaultdict(list),
        lines=defaultdict(dict),
        accepted=set(Report.objects.accepted().values_list("unit_id", "quarter_id")),
    )
    for project, day, unit in Assignment.objects.order_by("from_on").values_list("project_id", "from_on", "unit_id"):
        found.assigned[project].append((day, unit))
    plan = ("project_id", "year", "in_force_on", "planned_investment", "cumulative_q1", "cumulative_q2")
    rest = ("cumulative_q3", "category_id", "chain_id", "start_due_on", "finish_due_on")
    for project, year, *version in AnnualPlan.objects.order_by("in_force_on").values_list(*plan, *rest):
        found.plans[project, year].append(tuple(version))
    value = ("project_id", "from_on", "total_investment", "expected_annual_output")
    for project, *worth in Valuation.objects.order_by("from_on").values_list(*value):
        found.values[project].append(tuple(worth))
    entry = ("project_id", "list__code", "listed_on", "delisted_on")
    for project, *listed in ListEntry.objects.order_by("list__code").values_list(*entry):
        found.entries[project].append(tuple(listed))
    line = ("project_id", "quarter_id", "flow", "stage", "started_on")
    lines = ReportLine.objects.accepted().order_by("report__reviewed_at").values_list(*line)
    for project, quarter, *said in lines.iterator(chunk_size=20_000):
        found.lines[project][quarter] = tuple(said)
    return found


def _cells() -> Iterator[Cell]:
    register, sums = _read(), Sums()
    for project in register.assigned:
        _add_project(project, register, sums)
    for key, added in sums.by_key.items():
        yield _cell(key, added, register, sums)


def _add_project(project: int, register: Register, sums: Sums) -> None:
    """Walk through the quarters in order; what is said up to each is kept running."""
    lines, numbers = register.lines[project], set[int]()
    stage, completed_in, first_started, year, to_date = "", None, None, 0, NOTHING
    for quarter in register.quarters:
        order = quarter.year * 10 + quarter.number
        if quarter.year != year:
            year, to_date, numbers = quarter.year, NOTHING, set()
        line = lines.get(quarter.pk)
        if line:
            to_date += line[0] or NOTHING
            stage = line[1]
            numbers.add(quarter.number)
            if stage == Stage.COMPLETED and completed_in is None:
                completed_in = order
            if stage in STARTED and first_started is None:
                begun = stage == Stage.NEWLY_STARTED or line[2] is None or line[2].year >= year
                first_started = year if begun else 0
        day = quarter.ends_on
        unit = _in_force(register.assigned[project], day)
        plan = _in_force(register.plans.get((project, year), ()), day)
        if unit is None or plan is None:
            continue
        place = (unit[1], quarter.pk)
        if completed_in is None or completed_in >= order:
            sums.owing.add(place)
        if _has_gap(project, quarter, numbers, completed_in, register):
            sums.gaps.add(place)
        expected = completed_in is None or completed_in >= order
        value = _in_force(register.values[project], day)
        added = _addends(line, to_date, stage, expected, quarter, plan, value)
        added.newly_started = int(first_started == year)
        for key in _keys(place, plan, _lists(register.entries[project], day)):
            _add(sums.by_key[key], added)


def _in_force(rows: Sequence[tuple[Any, ...]], day: date) -> Any:
    """Of rows in the order of their first day, the last one that has begun."""
    if len(rows) == 1:
        return rows[0] if rows[0][0] <= day else None
    begun = bisect_right(rows, day, key=lambda row: row[0])
    return rows[begun - 1] if begun else None


def _lists(entries: Sequence[tuple[str, date, date | None]], day: date) -> str:
    return ",".join(code for code, on, off in entries if on <= day and (off is None or off > day))


def _has_gap(project: int, quarter: Quarter, numbers: set[int], completed_in: int | None, register: Register) -> bool:
    """Whether a quarter of the year up to this one owed a line of the project and has none."""
    if len(numbers) == quarter.number:
        return False
    for owed in register.quarters:
        if owed.year != quarter.year or owed.number > quarter.number or owed.number in numbers:
            continue
        due = completed_in is None or completed_in >= owed.year * 10 + owed.number
        planned = _in_force(register.plans[project, owed.year], owed.ends_on) is not None
        if due and planned and _in_force(register.assigned[project], owed.ends_on) is not None:
            return True
    return False


def _addends(
    line: tuple[Decimal | None, str, date | None] | None,
    to_date: Decimal,
    stage: str,
    expected: bool,
    quarter: Quarter,
    plan: tuple[Any, ...],
    value: tuple[date, Decimal | None, Decimal | None] | None,
) -> Sum:
    day = quarter.ends_on
    total, output = (value[1], value[2]) if value else (None, None)
    due = plan[7] is not None and plan[7] <= day
    is_started, is_completed = stage in STARTED, stage == Stage.COMPLETED
    return Sum(
        expected=int(expected),
        reported=int(expected and line is not None),
        flow=(line[0] if line else None) or NOTHING,
        year_to_date=to_date,
        started=int(is_started),
        completed=int(is_completed),
        due_started=int(due and is_started),
        completed_output=(output or NOTHING) if is_completed else NOTHING,
        projects=1,
        planned=plan[1],
        planned_to_date=plan[quarter.number + 1] if quarter.number < 4 else plan[1],
        due_to_start=int(due),
        due_to_finish=int(plan[8] is not None and plan[8] <= day),
        large=int(total is not None and total >= LARGE),
        total=total or NOTHING,
        output=output or NOTHING,
    )


def _keys(place: tuple[int, int], plan: tuple[Any, ...], lists: str) -> Iterator[Key]:
    yield ("unit", *place, "", None, None)
    yield ("class", *place, lists, plan[5], None)
    if plan[6] is not None:
        yield ("chain", *place, "", None, plan[6])


def _add(into: Sum, added: Sum) -> None:
    into.expected += added.expected
    into.reported += added.reported
    into.flow += added.flow
    into.year_to_date += added.year_to_date
    into.started += added.started
    into.newly_started += added.newly_started
    into.completed += added.completed
    into.due_started += added.due_started
    into.completed_output += added.completed_output
    into.projects += 1
    into.planned += added.planned
    known = into.planned_to_date is not None and added.planned_to_date is not None
    into.planned_to_date = into.planned_to_date + added.planned_to_date if known else None  # type: ignore[operator]
    into.due_to_start += added.due_to_start
    into.due_to_finish += added.due_to_finish
    into.large += added.large
    into.total += added.total
    into.output += added.output


def _cell(key: Key, added: Sum, register: Register, sums: Sums) -> Cell:
    grain, unit, quarter, lists, category, chain = key
    place = (unit, quarter)
    is_reported = place not in sums.owing or place in register.accepted
    is_covered = is_reported and place not in sums.gaps
    return Cell(
        grain=grain,
        unit_id=unit,
        quarter_id=quarter,
        year=register.years[quarter],
        list_set=lists,
        category_id=category,
        chain_id=chain,
        lines_expected=added.expected,
        lines_reported=added.reported,
        is_reported=is_reported,
        is_covered=is_covered,
        flow=added.flow if is_reported else None,
        year_to_date=added.year_to_date if is_covered else None,
        started=added.started if is_covered else None,
        newly_started=added.newly_started if is_covered else None,
        completed=added.completed if is_covered else None,
        due_started=added.due_started if is_covered else None,
        completed_output=added.completed_output if is_covered else None,
        projects=added.projects,
        planned=added.planned,
        planned_to_date=added.planned_to_date,
        due_to_start=added.due_to_start,
        due_to_finish=added.due_to_finish,
        large=added.large,
        total_investment=added.total,
        expected_output=added.output,
        computed_at=population.FILLED_AT,
    )


QUESTION = Question(
    number=2,
    title="all cells, beside Python",
    goals=[Goal(10, "≥", "loop, bulk writes"), Goal(100, "≥", "loop, save per row")],
    contest=contest,
    small=(400,),
    full=(400, 7_500),  # 120,000 lines, of 20 units: each has as many as at a million projects
    runs=1,
    warm_up=False,
)

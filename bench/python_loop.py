"""Question 2: the same cells by a Python loop, written in bulk or saved line by line.

The loop is the one that is usually written for this, by somebody who knows Django: every table is read once, as model
instances with the rows they need joined in (no query for a row), kept in dictionaries by project; each project's
quarters are walked through in order with running sums, and the cells are added up in a dictionary. In bulk, the cells
are deleted and created 5,000 at a time, in one transaction. Saved for each line, they are written as by a portal whose
lines save what they count in: two or three cells a line, each by one statement in a transaction of its own, whose sums
are ready; of ten lines one is saved, and counts ten times. The notes say what it costs to save each cell once. Nothing
is made slower on purpose; tuples in place of instances would about halve the loop. What it writes is compared with a
recompute, so that nobody is faster by computing less; the rows here know no shares and no mergers, and neither does it.
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from bench import population
from bench.measure import Contest, Goal, Question, timed
from portal.models import Quarter
from projects import audit, rollups
from projects.models import AnnualPlan, Assignment, Cell, ListEntry, Report, ReportLine, Stage, Valuation
from projects.models.project import STARTED

LARGE = 100_000  # 万元
NOTHING = Decimal()
SAVED = 10  # of so many lines one is saved
Key = tuple[str, int, int, str, int | None, int | None]  # grain, unit, quarter, lists, category, chain


@contextmanager
def contest(size: int) -> Iterator[Contest]:
    population.ensure(size)
    yield Contest(
        {
            "ours": timed(lambda: rollups.rebuild(at=population.FILLED_AT)),
            "loop, bulk writes": timed(lambda: _write_in_bulk(_cells())),
            "loop, save per row": _saved_for_each_line,
        },
        notes=_same_cells,
    )


def _same_cells() -> dict[str, Any]:
    once = timed(lambda: _save(_cells()))()
    _write_in_bulk(_cells())  # the cells of the loop alone: saved over ours, one too few would not be noticed
    return {
        "lines": ReportLine.objects.count(),
        "cells of the loop that differ from ours": len(audit.differences()),
        "seconds of the loop that saves each cell once": once,
    }


@transaction.atomic
def _write_in_bulk(cells: Iterable[Cell]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM projects_cell")
    Cell.objects.bulk_create(cells, batch_size=5_000)


KEY = ("grain", "unit_id", "quarter_id", "list_set", "category_id", "chain_id", "year")
SUMS = [each.attname for each in Cell._meta.concrete_fields if each.attname not in {"id", *KEY}]


def _saved_for_each_line() -> float:
    begun = time.perf_counter()
    register, sums = _added()
    looped = time.perf_counter()
    for keys in sums.of_lines[::SAVED]:
        _save(_cell(key, sums.by_key[key], register, sums) for key in keys)
    return looped - begun + SAVED * (time.perf_counter() - looped)


def _save(cells: Iterable[Cell]) -> None:
    for cell in cells:
        its = Cell.objects.filter(**{name: getattr(cell, name) for name in KEY})
        if not its.update(**{name: getattr(cell, name) for name in SUMS}):
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
    assigned: dict[int, list[Assignment]]
    plans: dict[tuple[int, int], list[AnnualPlan]]
    values: dict[int, list[Valuation]]
    entries: dict[int, list[ListEntry]]
    lines: dict[int, dict[int, ReportLine]]
    accepted: set[tuple[int, int]]


@dataclass(slots=True)
class Sums:
    """What is added up by cell, and of each line the cells that it counts in."""

    of_lines: list[list[Key]] = field(default_factory=list)
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
    for assignment in Assignment.objects.order_by("from_on"):
        found.assigned[assignment.project_id].append(assignment)
    for plan in AnnualPlan.objects.order_by("in_force_on"):
        found.plans[plan.project_id, plan.year].append(plan)
    for value in Valuation.objects.order_by("from_on"):
        found.values[value.project_id].append(value)
    for entry in ListEntry.objects.select_related("list").order_by("list__code"):
        found.entries[entry.project_id].append(entry)
    for line in ReportLine.objects.accepted().select_related("report").order_by("report__reviewed_at"):
        found.lines[line.project_id][line.quarter_id] = line
    return found


def _added() -> tuple[Register, Sums]:
    register, sums = _read(), Sums()
    for project in register.assigned:
        _add_project(project, register, sums)
    return register, sums


def _cells() -> Iterator[Cell]:
    register, sums = _added()
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
            to_date += line.flow or NOTHING
            stage = line.stage
            numbers.add(quarter.number)
            if stage == Stage.COMPLETED and completed_in is None:
                completed_in = order
            if stage in STARTED and first_started is None:
                begun = stage == Stage.NEWLY_STARTED or line.started_on is None or line.started_on.year >= year
                first_started = year if begun else 0
        day = quarter.ends_on
        assignment = _in_force(register.assigned[project], "from_on", day)
        plan = _in_force(register.plans.get((project, year), ()), "in_force_on", day)
        if assignment is None or plan is None:
            continue
        place = (assignment.unit_id, quarter.pk)
        if completed_in is None or completed_in >= order:
            sums.owing.add(place)
        if _has_gap(project, quarter, numbers, completed_in, register):
            sums.gaps.add(place)
        expected = completed_in is None or completed_in >= order
        value = _in_force(register.values[project], "from_on", day)
        added = _addends(line, to_date, stage, expected, quarter, plan, value)
        added.newly_started = int(first_started == year)
        keys = list(_keys(place, plan, _lists(register.entries[project], day)))
        sums.of_lines += [keys] if line else []
        for key in keys:
            _add(sums.by_key[key], added)


def _in_force(rows: Sequence[Any], column: str, day: date) -> Any:
    """Of rows in the order of their first day, the last one that has begun."""
    found = None
    for row in rows:
        if getattr(row, column) <= day:
            found = row
    return found


def _lists(entries: Sequence[ListEntry], day: date) -> str:
    return ",".join(
        entry.list.code
        for entry in entries
        if entry.listed_on <= day and (entry.delisted_on is None or entry.delisted_on > day)
    )


def _has_gap(project: int, quarter: Quarter, numbers: set[int], completed_in: int | None, register: Register) -> bool:
    """Whether a quarter of the year up to this one owed a line of the project and has none."""
    if len(numbers) == quarter.number:
        return False
    for owed in register.quarters:
        if owed.year != quarter.year or owed.number > quarter.number or owed.number in numbers:
            continue
        due = completed_in is None or completed_in >= owed.year * 10 + owed.number
        planned = _in_force(register.plans[project, owed.year], "in_force_on", owed.ends_on) is not None
        if due and planned and _in_force(register.assigned[project], "from_on", owed.ends_on) is not None:
            return True
    return False


def _addends(
    line: ReportLine | None,
    to_date: Decimal,
    stage: str,
    expected: bool,
    quarter: Quarter,
    plan: AnnualPlan,
    value: Valuation | None,
) -> Sum:
    day = quarter.ends_on
    total, output = (value.total_investment, value.expected_annual_output) if value else (None, None)
    due = plan.start_due_on is not None and plan.start_due_on <= day
    to_date_by_plan = (plan.cumulative_q1, plan.cumulative_q2, plan.cumulative_q3, plan.planned_investment)
    is_started, is_completed = stage in STARTED, stage == Stage.COMPLETED
    return Sum(
        expected=int(expected),
        reported=int(expected and line is not None),
        flow=(line.flow if line else None) or NOTHING,
        year_to_date=to_date,
        started=int(is_started),
        completed=int(is_completed),
        due_started=int(due and is_started),
        completed_output=(output or NOTHING) if is_completed else NOTHING,
        projects=1,
        planned=plan.planned_investment,
        planned_to_date=to_date_by_plan[quarter.number - 1],
        due_to_start=int(due),
        due_to_finish=int(plan.finish_due_on is not None and plan.finish_due_on <= day),
        large=int(total is not None and total >= LARGE),
        total=total or NOTHING,
        output=output or NOTHING,
    )


def _keys(place: tuple[int, int], plan: AnnualPlan, lists: str) -> Iterator[Key]:
    yield ("unit", *place, "", None, None)
    yield ("class", *place, lists, plan.category_id, None)
    if plan.chain_id is not None:
        yield ("chain", *place, "", None, plan.chain_id)


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

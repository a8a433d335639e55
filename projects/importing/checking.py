"""What a file says, row by row, and all that has to be mended in it: pure functions of the table and what is known."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Generic, TypeVar

from django.utils.translation import gettext as _

from portal.models import Unit
from projects.importing.cells import Row
from projects.importing.mapping import Layout, simplified
from projects.importing.table import Problem, Table
from projects.models import Stage, Valuation
from projects.models.project import CODE

# Other words for stages in the files of this field.
STAGE_WORDS = {
    "new_start": Stage.NEWLY_STARTED,
    "新开": Stage.NEWLY_STARTED,
    "续建": Stage.CONTINUING,
    "竣工": Stage.COMPLETED,
    "谋划": Stage.RESERVE,
    "储备": Stage.RESERVE,
    "前期": Stage.PREPARATORY,
    "停工": Stage.SUSPENDED,
}
KIND_WORDS = {
    "区": Unit.Kind.DISTRICT,
    "县": Unit.Kind.COUNTY,
    "市": Unit.Kind.CITY,
    "平台": Unit.Kind.PLATFORM_COMPANY,
}


@dataclass(frozen=True)
class Known:
    """What the portal has, by simplified code or name; names of projects may be shared, so they give several ids."""

    units: Mapping[str, int] = field(default_factory=dict)
    categories: Mapping[str, int] = field(default_factory=dict)
    chains: Mapping[str, int] = field(default_factory=dict)
    lists: Mapping[str, int] = field(default_factory=dict)
    codes: Mapping[str, int] = field(default_factory=dict)
    names: Mapping[str, list[int]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class UnitEntry:
    """A row of a file of units; parent and location are codes, "" where the cell is blank."""

    row: int
    code: str
    kind: str
    name_zh: str
    name_en: str
    parent: str
    located_in: str
    note: str


@dataclass(frozen=True, kw_only=True)
class ProjectEntry:
    """A row of a file of projects. Money in 万元. `project` is the one it is about, null for a new one.

    Null and "" mean that the cell is blank: a total that is null has not been published.
    """

    row: int
    project: int | None
    code: str
    name_zh: str
    unit: int | None
    lists: tuple[int, ...]
    total_investment: Decimal | None
    expected_annual_output: Decimal | None
    version: str
    facts: Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class PlanEntry:
    """A row of a file of annual plans. Money in 万元; null where the cell is blank."""

    row: int
    project: int
    year: int
    in_force_on: date | None
    planned_investment: Decimal
    cumulative_q1: Decimal | None
    cumulative_q2: Decimal | None
    cumulative_q3: Decimal | None
    category: int | None
    chain: int | None
    content: str
    batch: str
    start_due_on: date | None
    finish_due_on: date | None


E = TypeVar("E")


@dataclass(frozen=True)
class Checked(Generic[E]):
    """The rows that could be understood, and every problem of the file in the order of its rows."""

    entries: list[E]
    problems: list[Problem]


def check(table: Table, layout: Layout, read: Callable[[Row], E | None]) -> Checked[E]:
    """Read every row below the header; where the header itself is wrong, its problems are all there is to say."""
    problems = [*layout.problems, *(problem for problem in table.problems if problem.row >= layout.row)]
    if layout.problems:
        return Checked([], problems)
    entries = []
    for number, cells in table.rows:
        if number <= layout.row:
            continue
        row = Row(number, cells, layout)
        entry = read(row)
        problems += row.problems
        if entry is not None and not row.problems:
            entries.append(entry)
    if not problems and all(number <= layout.row for number, _cells in table.rows):
        problems.append(Problem(layout.row, "", _("There is no row below the header.")))
    return Checked(entries, sorted(problems, key=lambda problem: problem.row))


def refuse_twice(seen: dict[str, int], key: str, row: Row, name: str) -> None:
    """Refuse a key that an earlier row of the file has."""
    if not key:
        return
    if key in seen:
        row.refuse(name, _("Row %(row)s says the same. Delete one of the two.") % {"row": seen[key]})
    seen.setdefault(key, row.number)


def check_units(table: Table, layout: Layout) -> Checked[UnitEntry]:
    """Units by code; whether their parents exist is for the comparison with the register to say."""
    seen: dict[str, int] = {}

    def read(row: Row) -> UnitEntry:
        entry = UnitEntry(
            row=row.number,
            code=row.required("code"),
            kind=row.choice("kind", Unit.Kind, KIND_WORDS),
            name_zh=row.required("name_zh"),
            name_en=row.text("name_en"),
            parent=row.text("parent"),
            located_in=row.text("located_in"),
            note=row.text("note"),
        )
        row.required("kind")
        refuse_twice(seen, simplified(entry.code), row, "code")
        return entry

    return check(table, layout, read)


def check_projects(table: Table, layout: Layout, known: Known) -> Checked[ProjectEntry]:
    """Projects by code, by Chinese name where the row has no code."""
    codes: dict[str, int] = {}
    names: dict[str, int] = {}
    without_code: set[str] = set()

    def read(row: Row) -> ProjectEntry:
        code, name = row.text("code"), row.required("name_zh")
        key = simplified(name)
        if code and not re.match(CODE, code):
            row.refuse("code", _("A code stands in addresses: letters, digits, dots and hyphens only."))
        refuse_twice(codes, simplified(code), row, "code")
        if not code:
            without_code.add(key)
        if key in without_code:  # two projects may share a name where both have codes
            refuse_twice(names, key, row, "name_zh")
        names.setdefault(key, row.number)
        entry = ProjectEntry(
            row=row.number,
            project=_project(row, code, name, known, new_allowed=True),
            code=code,
            name_zh=name,
            unit=row.reference("unit", known.units),
            lists=tuple(dict.fromkeys((*row.references("lists", known.lists), *row.references("top500", known.lists)))),
            total_investment=row.money("total_investment"),
            expected_annual_output=row.money("expected_annual_output"),
            version=row.choice("version", Valuation.Version),
            facts=_facts(row, known),
        )
        _in_order(row, entry.facts)
        return entry

    return check(table, layout, read)


def _facts(row: Row, known: Known) -> dict[str, object]:
    """What stands on the project itself, under the names of its columns; blank cells are left out: they say nothing."""
    facts: dict[str, object] = {
        "name_en": row.text("name_en"),
        "location_id": row.reference("location", known.units),
        "category_id": row.reference("category", known.categories),
        "chain_id": row.reference("chain", known.chains),
        "stage": row.choice("stage", Stage, STAGE_WORDS),
        "planned_start_on": row.day("planned_start_on"),
        "planned_finish_on": row.day("planned_finish_on"),
        "started_on": row.day("started_on"),
        "finished_on": row.day("finished_on"),
        "investor": row.text("investor"),
        "basis": row.text("basis"),
    }
    return {name: value for name, value in facts.items() if value not in (None, "")}


def _in_order(row: Row, facts: Mapping[str, object]) -> None:
    for first, last in (("planned_start_on", "planned_finish_on"), ("started_on", "finished_on")):
        start, finish = facts.get(first), facts.get(last)
        if isinstance(start, date) and isinstance(finish, date) and finish < start:
            row.refuse(last, _("The finish lies before the start."))


def _project(row: Row, code: str, name: str, known: Known, *, new_allowed: bool) -> int | None:
    """The project a row is about, by its code, else by its Chinese name; null where it is new."""
    found = known.names.get(simplified(name), [])
    if code:
        project = known.codes.get(simplified(code))
        if project is None and found and new_allowed:
            row.refuse("code", _("A project of this name is in the register under another code, which it keeps."))
        if project is None and not new_allowed:
            row.refuse("code", _("No project has the code “%(code)s”. Import the project first.") % {"code": code})
        return project
    if len(found) > 1:
        row.refuse("name_zh", _("Several projects have this name. Give the code."))
    if name and not found and not new_allowed:
        row.refuse("name_zh", _("No project has this name. Import the project first."))
    return found[0] if len(found) == 1 else None


def read_plan(row: Row, known: Known) -> PlanEntry:
    """What a row of annual plans says; 0 for a project or year that isn't understood.

    Whether an earlier row says the same, and what is in the register, is for projects/importing/plans.py.
    """
    code, name = row.text("code"), row.text("name_zh")
    if not code and not name:
        row.refuse("code", _("Say which project: give its code or its Chinese name."))
    project = _project(row, code, name, known, new_allowed=False)
    year, planned = row.year("year"), row.money("planned_investment")
    if planned is None:
        _planned_missing(row)
    entry = PlanEntry(
        row=row.number,
        project=project or 0,
        year=year or 0,
        in_force_on=row.day("in_force_on"),
        planned_investment=planned or Decimal(),
        cumulative_q1=row.money("cumulative_q1"),
        cumulative_q2=row.money("cumulative_q2"),
        cumulative_q3=row.money("cumulative_q3"),
        category=row.reference("category", known.categories),
        chain=row.reference("chain", known.chains),
        content=row.text("content"),
        batch=row.text("batch"),
        start_due_on=row.day("start_due_on"),
        finish_due_on=row.day("finish_due_on"),
    )
    _does_not_fall(row, entry)
    return entry


def _planned_missing(row: Row) -> None:
    column = row.layout.read("planned_investment")
    if column and not any(problem.column == column.place for problem in row.problems):
        row.refuse("planned_investment", _("A plan needs an amount; 0 is an amount too."))


def _does_not_fall(row: Row, entry: PlanEntry) -> None:
    """The plan by quarter is cumulative."""
    steps: Iterable[tuple[str, Decimal | None]] = (
        ("cumulative_q1", entry.cumulative_q1),
        ("cumulative_q2", entry.cumulative_q2),
        ("cumulative_q3", entry.cumulative_q3),
        ("planned_investment", entry.planned_investment),
    )
    last = Decimal()
    for name, amount in steps:
        if amount is not None and amount < last and not row.problems:
            row.refuse(
                name,
                _("The plan by quarter is cumulative: no quarter may be below the one before, or above the year."),
            )
        last = max(last, amount or Decimal())

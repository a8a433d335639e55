"""How a file of projects changes the register: codes that are made and kept, and which dated rows are added."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TypeVar

from django.utils.translation import gettext as _

from portal.models import Unit, User
from projects.importing.checking import ProjectEntry
from projects.importing.comparing import Comparison, label, worded
from projects.importing.mapping import simplified
from projects.importing.table import Problem
from projects.models import Assignment, Category, Chain, ListEntry, Project, ProjectList, ReportLine, Stage, Valuation
from projects.models.dated import DatedRow

# What the last accepted report decides, once there is one.
REPORTED = frozenset({"stage", "started_on", "finished_on"})
# The words for values of choices; no two choices of a project share a value.
CHOICES: Mapping[object, object] = dict(Stage.choices)
D = TypeVar("D", bound=DatedRow)


@dataclass(frozen=True, kw_only=True)
class Record:
    """What every dated row of one import is written with."""

    on: date
    reason: str
    by: User | None


@dataclass(frozen=True)
class Register:
    """The projects of a file as the register has them, with their dated rows by day, and how others are called."""

    projects: Mapping[int, Project]
    assignments: Mapping[int, list[Assignment]]
    entries: Mapping[int, list[ListEntry]]
    valuations: Mapping[int, list[Valuation]]
    reported: frozenset[int]
    units: Mapping[object, str]
    lists: Mapping[object, str]
    others: Mapping[str, Mapping[object, str]]


@dataclass
class Differ:
    """Compares row after row; codes for new projects go on from the highest that was made here."""

    register: Register
    record: Record
    prefix: str
    serial: int
    taken: set[str]
    comparison: Comparison = field(default_factory=Comparison)
    keeping: int = 0

    def next_code(self) -> str:
        while True:
            self.serial += 1
            code = f"{self.prefix}-{self.serial:04}"
            if simplified(code) not in self.taken:
                return code


def compare(entries: list[ProjectEntry], *, on: date, reason: str, by: User | None) -> Comparison:
    """The difference between these rows and the register; what is new holds from the day `on`."""
    root = Unit.objects.filter(parent=None).order_by("code").first()
    if root is None:
        row = entries[0].row if entries else 1
        return Comparison(problems=[Problem(row, "", _("There is no unit yet. Import the units first."))])
    codes = list(Project.objects.filter(code__startswith=f"{root.code}-").values_list("code", flat=True))
    serials = [int(found[1]) for code in codes if (found := re.fullmatch(rf"{re.escape(root.code)}-(\d{{4,9}})", code))]
    differ = Differ(
        _register([entry.project for entry in entries if entry.project]),
        Record(on=on, reason=reason, by=by),
        prefix=root.code,
        serial=max(serials, default=0),
        taken={simplified(code) for code in codes} | {simplified(entry.code) for entry in entries},
    )
    for entry in entries:
        _compare_row(differ, entry)
    if differ.keeping:
        differ.comparison.notes.append(
            _("%(count)s projects keep the stage and dates of their last accepted report.") % {"count": differ.keeping}
        )
    return differ.comparison


def _register(ids: list[int]) -> Register:
    def dated(model: type[D], day: str) -> dict[int, list[D]]:
        rows: defaultdict[int, list[D]] = defaultdict(list)
        for row in model._default_manager.filter(project__in=ids).order_by("project_id", day):
            rows[row.project_id].append(row)
        return rows

    def names(model: type[Unit] | type[Category] | type[Chain] | type[ProjectList]) -> dict[object, str]:
        return {row.pk: row.name for row in model._default_manager.all()}

    units = names(Unit)
    return Register(
        projects=Project.objects.in_bulk(ids),
        assignments=dated(Assignment, "from_on"),
        entries=dated(ListEntry, "listed_on"),
        valuations=dated(Valuation, "from_on"),
        reported=frozenset(
            ReportLine.objects.accepted().filter(project__in=ids).values_list("project_id", flat=True).distinct()
        ),
        units=units,
        lists=names(ProjectList),
        others={"location_id": units, "category_id": names(Category), "chain_id": names(Chain)},
    )


def _compare_row(differ: Differ, entry: ProjectEntry) -> None:
    is_new = entry.project is None
    if entry.project is None:
        project = Project(code=entry.code or differ.next_code(), name_zh=entry.name_zh)
        differ.comparison.created.append(project)
        fields = _set_facts(differ, entry, project, entry.facts)
    else:
        project = differ.register.projects[entry.project]
        facts = dict(entry.facts) if not entry.code else {"name_zh": entry.name_zh, **entry.facts}
        fields = _set_facts(differ, entry, project, facts)
        if fields:
            differ.comparison.updated.append((project, frozenset(fields)))
    details = list(fields.values())
    details += _assign(differ, entry, project)
    details += _list(differ, entry, project)
    details += _value(differ, entry, project)
    differ.comparison.note(entry.row, f"{project.code} · {project.name_zh}", is_new=is_new, details=details)


def _set_facts(differ: Differ, entry: ProjectEntry, project: Project, facts: Mapping[str, object]) -> dict[str, str]:
    """Set what differs; returns the fields that were set, each worded. What a report has stated stays."""
    fields: dict[str, str] = {}
    differing = {name: value for name, value in facts.items() if getattr(project, name) != value}
    if project.pk in differ.register.reported and differing.keys() & REPORTED:
        differ.keeping += 1
        differing = {name: value for name, value in differing.items() if name not in REPORTED}
    for name, value in differing.items():
        known = differ.register.others.get(name, {})
        old = getattr(project, name)
        setattr(project, name, value)
        fields[name.removesuffix("_id")] = worded(
            label(Project, name),
            known.get(old, CHOICES.get(old, old)),
            known.get(value, CHOICES.get(value, value)),
        )
    if _falls(project) and not project._state.adding:
        differ.comparison.problems.append(
            Problem(entry.row, "", _("With the dates in the register, the finish would lie before the start."))
        )
    return fields


def _falls(project: Project) -> bool:
    pairs = ((project.planned_start_on, project.planned_finish_on), (project.started_on, project.finished_on))
    return any(start and finish and finish < start for start, finish in pairs)


def _refuse(differ: Differ, entry: ProjectEntry, message: str) -> list[str]:
    differ.comparison.problems.append(Problem(entry.row, "", message))
    return []


def _assign(differ: Differ, entry: ProjectEntry, project: Project) -> list[str]:
    """The unit in the row answers for the project from the day of the import, unless it does already."""
    if entry.unit is None:
        return []
    record, rows = differ.record, differ.register.assignments.get(project.pk, [])
    current = next((row for row in reversed(rows) if row.from_on <= record.on), None)
    if current and current.unit_id == entry.unit:
        return []
    units = differ.register.units
    if current and current.from_on == record.on:
        return _refuse(
            differ,
            entry,
            _("%(unit)s answers for it from %(day)s. Import the change with a later day, or correct it in the project.")
            % {"unit": units[current.unit_id], "day": record.on},
        )
    differ.comparison.created.append(
        Assignment(project=project, unit_id=entry.unit, from_on=record.on, reason=record.reason, recorded_by=record.by)
    )
    return [worded(_("answering unit"), current and units[current.unit_id], units[entry.unit])]


def _list(differ: Differ, entry: ProjectEntry, project: Project) -> list[str]:
    """The project is on the lists of the row from the day of the import; no import takes it off a list."""
    details = []
    record = differ.record
    for pk in entry.lists:
        rows = [row for row in differ.register.entries.get(project.pk, []) if row.list_id == pk]
        if any(row.listed_on <= record.on and (not row.delisted_on or row.delisted_on > record.on) for row in rows):
            continue
        later = next((row for row in rows if row.listed_on > record.on), None)
        if later:
            return _refuse(
                differ,
                entry,
                _("It stands on the list “%(list)s” from %(day)s. Import with that day or a later one.")
                % {"list": differ.register.lists[pk], "day": later.listed_on},
            )
        differ.comparison.created.append(
            ListEntry(project=project, list_id=pk, listed_on=record.on, reason=record.reason, recorded_by=record.by)
        )
        details.append(worded(_("list"), None, differ.register.lists[pk]))
    return details


def _value(differ: Differ, entry: ProjectEntry, project: Project) -> list[str]:
    """A total that differs is a new version from the day of the import; a blank one has not been published."""
    if entry.total_investment is None and entry.expected_annual_output is None:
        return []
    record, rows = differ.record, differ.register.valuations.get(project.pk, [])
    current = next((row for row in reversed(rows) if row.from_on <= record.on), None)
    stated = _stated(entry, current)
    if current and stated == (current.version, current.total_investment, current.expected_annual_output):
        return []
    if current and current.from_on == record.on:
        return _refuse(
            differ,
            entry,
            _("Another total is in force from %(day)s. Import this one with a later day, or correct it in the project.")
            % {"day": record.on},
        )
    version, total, output = stated
    differ.comparison.created.append(
        Valuation(
            project=project,
            version=version,
            from_on=record.on,
            total_investment=total,
            expected_annual_output=output,
            reason=record.reason,
            recorded_by=record.by,
        )
    )
    label = _("total investment (10,000 CNY)")
    return [worded(label, current and current.total_investment, "—" if total is None else total)]


def _stated(entry: ProjectEntry, current: Valuation | None) -> tuple[str, Decimal | None, Decimal | None]:
    """Version, total and output that the row states; what it leaves blank stays as it is."""
    return (
        entry.version or (current.version if current else Valuation.Version.ESTIMATE),
        entry.total_investment if entry.total_investment is not None or not current else current.total_investment,
        entry.expected_annual_output
        if entry.expected_annual_output is not None or not current
        else current.expected_annual_output,
    )

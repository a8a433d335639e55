"""Whether and how a file is imported: all of it or nothing, in one transaction, and twice changes nothing."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain, islice
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from portal.models import Unit, User
from projects.importing import plans, projects, staging, units
from projects.importing.cells import as_text
from projects.importing.checking import Known, check_projects, check_units
from projects.importing.comparing import Comparison
from projects.importing.mapping import HEADER_WITHIN, Kind, Layout, lay_out, simplified
from projects.importing.reading import read, stream
from projects.importing.staging import Told, nobody
from projects.importing.table import (
    MAX_BYTES,
    MAX_PLAN_BYTES,
    MAX_PLAN_ROWS,
    MAX_ROWS,
    Cell,
    Problem,
    Table,
    is_blank,
)
from projects.models import Category, Chain, Project, ProjectList

# One import at a time: a number of our own among PostgreSQL's advisory locks.
LOCK = 20_220_207


class Refused(Exception):
    """The file has problems, or the register is not what was previewed; nothing was written."""

    def __init__(self, preview: "Preview") -> None:
        super().__init__(f"{len(preview.comparison.problems)} problems")
        self.preview = preview


@dataclass(frozen=True, kw_only=True)
class Source:
    """A file to import: what holds from which day, for what reason, and how columns are read beside their headers."""

    kind: str
    name: str
    content: bytes
    in_force_on: date
    reason: str
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Preview:
    """How the columns were read, and what applying the file would change or what is to be mended first."""

    layout: Layout
    comparison: Comparison

    @property
    def may_be_applied(self) -> bool:
        return not self.comparison.problems and bool(self.comparison.changes)


def preview(source: Source, *, by: User | None, told: Told = nobody) -> Preview:
    """What importing this file would do now; writes nothing. Raises Unreadable where it can't be read.

    `told` hears how many rows of a file of plans have been read.
    """
    if source.kind == Kind.PLANS:
        with transaction.atomic():  # its tables go with it
            return _plans(source, by=by, told=told)
    table = read(source.name, source.content)
    layout = lay_out(source.kind, table, source.columns)
    return Preview(layout, _compare(source, table, layout, by=by))


def apply(source: Source, *, by: User | None, seen: str | None = None, told: Told = nobody) -> Preview:
    """Import the file. Raises Refused where it has problems or would not do what was `seen` (a fingerprint)."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        found = preview(source, by=by, told=told)
        if found.comparison.problems or (seen is not None and seen != found.comparison.fingerprint):
            raise Refused(found)
        found.comparison.write()
        return found


def _compare(source: Source, table: Table, layout: Layout, *, by: User | None) -> Comparison:
    if source.kind == Kind.UNITS:
        checked = check_units(table, layout)
        return _with_problems(units.compare(checked.entries), checked.problems)
    known = _known(table, layout)
    rows = check_projects(table, layout, known)
    found = projects.compare(rows.entries, on=source.in_force_on, reason=source.reason, by=by)
    return _with_problems(found, rows.problems)


def header(source: Source) -> Layout:
    """How the columns of a file are read, from its first rows. Raises Unreadable."""
    return _headed(source)[0]


def _headed(source: Source) -> tuple[Layout, Iterator[tuple[int, list[Cell]]], list[Problem]]:
    """The columns, all rows, and what the file itself hides."""
    most_bytes, most_rows = (MAX_PLAN_BYTES, MAX_PLAN_ROWS) if source.kind == Kind.PLANS else (MAX_BYTES, MAX_ROWS)
    streamed = stream(source.name, source.content, most_bytes=most_bytes, most_rows=most_rows)
    first = list(islice(streamed.rows, HEADER_WITHIN))
    return lay_out(source.kind, Table(first), source.columns), chain(first, streamed.rows), streamed.problems


def _plans(source: Source, *, by: User | None, told: Told) -> Preview:
    """Read on a table of the database and compared there; what is written waits in that, within the transaction."""
    layout, rows, hidden = _headed(source)
    problems = [*layout.problems, *(problem for problem in hidden if problem.row >= layout.row)]
    if layout.problems:
        return Preview(layout, _with_problems(Comparison(), problems))
    staged = staging.stage(rows, layout, told=told)
    if not staged.rows and not problems:
        problems.append(Problem(layout.row, "", _("There is no row below the header.")))
    sortings = Known(categories=_named(Category), chains=_named(Chain))
    staging.read_plain(staged, sortings)
    problems += staging.read_odd(staged, replace(sortings, **_projects_of(staging.odd())))
    found = plans.compare(staged, on=source.in_force_on, reason=source.reason, by=by)
    return Preview(layout, _with_problems(found, problems))


def _projects_of(odd: Iterable[tuple[str, str, int | None]]) -> dict[str, Any]:
    """The projects of rows that aren't plainly written: by code as it stands, else by code or name however written."""
    exact: dict[str, int] = {}
    wanted: dict[str, set[str]] = {"code": set(), "name_zh": set()}
    for code, name, project in odd:
        if project is not None:
            exact[simplified(code)] = project
        elif code:
            wanted["code"].add(simplified(code))
        else:
            wanted["name_zh"].add(simplified(name))
    codes, names = _matching(wanted) if any(wanted.values()) else ({}, {})
    return {"codes": codes | exact, "names": names}


def _with_problems(comparison: Comparison, problems: list[Problem]) -> Comparison:
    comparison.problems = sorted([*problems, *comparison.problems], key=lambda problem: problem.row)
    return comparison


def _known(table: Table, layout: Layout) -> Known:
    """All units and sortings, and the projects whose code or name stands in the file."""
    wanted = {
        name: {
            simplified(as_text(cells[column.index]))
            for _number, cells in table.rows
            if column.index < len(cells) and not is_blank(cells[column.index])
        }
        for name in ("code", "name_zh")
        if (column := layout.read(name)) is not None
    }
    codes, names = _matching(wanted)
    return Known(
        units=_named(Unit),
        categories=_named(Category),
        chains=_named(Chain),
        lists=_lists(),
        codes=codes,
        names=names,
    )


def _matching(wanted: Mapping[str, Collection[str]]) -> tuple[dict[str, int], dict[str, list[int]]]:
    """Ids of projects by simplified code and by simplified name, of those codes and names that are wanted."""
    codes: dict[str, int] = {}
    names: defaultdict[str, list[int]] = defaultdict(list)
    for pk, code, name in Project.objects.values_list("pk", "code", "name_zh").order_by("pk").iterator():
        if simplified(code) in wanted.get("code", ()):
            codes[simplified(code)] = pk
        if simplified(name) in wanted.get("name_zh", ()):
            names[simplified(name)].append(pk)
    return codes, names


def _named(model: type[Unit] | type[Category] | type[Chain] | type[ProjectList]) -> dict[str, int]:
    """Ids by code and by either name; a code goes before a name that reads the same."""
    rows = list(model._default_manager.values_list("pk", "code", "name_zh", "name_en"))
    by_name = {simplified(name): pk for pk, _code, *names in rows for name in names if name}
    return by_name | {simplified(code): pk for pk, code, _zh, _en in rows}


def _lists() -> dict[str, int]:
    """Lists by code and name; a tier stands for its key list, such as municipal for municipal_key."""
    lists = _named(ProjectList)
    tiers = {
        simplified(word): lists[f"{tier}_key"]
        for tier in ProjectList.Tier.values
        if f"{tier}_key" in lists
        for word in _tier_words(tier)
    }
    return tiers | lists


def _tier_words(tier: str) -> tuple[str, ...]:
    chinese = {"provincial": ("省级", "省"), "municipal": ("市级", "市"), "county": ("县级", "县")}
    return (tier, *chinese.get(tier, ()))

"""The rows of a workbook as they were filled in: which project each is about, and what its cells say, as typed."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from portal.models import Quarter, Unit
from projects.forms import FIELDS
from projects.importing.cells import as_text
from projects.importing.mapping import simplified
from projects.importing.table import Cell, is_blank
from projects.models import Project
from projects.workbook import cells
from projects.workbook.layout import BY_NAME, SENTENCE, TYPED
from projects.workbook.opening import Fault, Opened

TOTALS = {"合计", "总计", "小计", "共计", "total", "totals", "sum", "subtotal", "grand total"}
ERROR = re.compile(r"#(REF!|N/A|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|名称\?|数值!)")


@dataclass(frozen=True, kw_only=True)
class Told:
    """One row: `texts` by field, as a person would have typed them; fields without a readable cell are left out.

    `sentence` is null where the workbook has no such column. `code` is empty where the row names no project.
    """

    number: int
    code: str
    name: str
    texts: Mapping[str, str]
    sentence: str | None
    faults: list[Fault] = field(default_factory=list)
    is_hidden: bool = False


@dataclass(frozen=True)
class Register:
    """The projects that the unit owes a line for, by all that a row may call them; a name of several is no name."""

    codes: Mapping[str, str]
    names: Mapping[str, str]

    @classmethod
    def read(cls, unit: Unit, quarter: Quarter) -> "Register":
        owed = Project.objects.expected(unit, quarter).order_by("code").values_list("code", "name_zh", "name_en")
        called: defaultdict[str, set[str]] = defaultdict(set)
        codes = {}
        for code, *names in owed:
            codes[simplified(code)] = code
            for name in filter(None, map(simplified, names)):
                called[name].add(code)
        return cls(codes, {name: min(found) for name, found in called.items() if len(found) == 1})


@dataclass(frozen=True)
class Sheet:
    """All rows that are about a project, or ought to be; `notes` name those that were passed over."""

    rows: list[Told]
    notes: list[str]
    absent: int


def told(opened: Opened, register: Register) -> Sheet:
    """Every row below the header. A project in two rows is a fault in both: which one counts is not ours to guess."""
    rows: list[Told] = []
    totals: list[int] = []
    strays: list[int] = []
    for number, line in opened.rows:
        row = _told(opened, register, number, line)
        if row is None:
            continue
        if _is_total(row):
            totals.append(number)
        elif not row.code and not row.faults and not _says_anything(row):
            strays.append(number)
        else:
            rows.append(row if row.code or row.faults else _nameless(opened, row))
    rows = list(_without_doubles(opened, rows))
    absent = len(register.codes.keys() - {simplified(row.code) for row in rows if row.code})
    return Sheet(rows, list(_notes(rows, totals, strays)), absent)


def _told(opened: Opened, register: Register, number: int, line: Sequence[Cell]) -> Told | None:
    """Null for a row that is blank wherever the portal reads."""
    if all(is_blank(_cell(line, index)) for index in opened.places.values()):
        return None
    code_said, name_said = (_label(opened, line, name) for name in ("code", "name"))
    faults: list[Fault] = []
    texts: dict[str, str] = {}
    for column in TYPED:
        index = opened.places.get(column.name)
        if index is None:
            continue
        fault = _unreadable(opened, number, index, column.name, line)
        if fault:
            faults.append(fault)
        else:
            texts[column.name] = cells.text(
                column.name,
                _cell(line, index),
                is_percent=(number, index) in opened.percents,
                since_1904=opened.since_1904,
                measure=opened.measures.get(column.name, ""),
            )
    code, why = _project(register, code_said, name_said)
    if why and simplified(code_said or name_said) not in TOTALS:
        faults.append(Fault(number, *opened.column("code" if code_said else "name"), code_said or name_said, why))
    return Told(
        number=number,
        code=code,
        name=name_said or code_said,
        texts={name: texts[name] for name in FIELDS if name in texts},
        sentence=texts.get(SENTENCE),
        faults=faults,
        is_hidden=number in opened.hidden_rows,
    )


def _project(register: Register, code_said: str, name_said: str) -> tuple[str, str]:
    """The code of the project that a row is about, and what is wrong with what the row calls it."""
    by_name = register.names.get(simplified(name_said), "")
    if not code_said:
        return by_name, ""
    code = register.codes.get(simplified(code_said), "")
    if not code:
        return "", _(
            "This unit has no project with this code to report on in this quarter. Delete the row; where a project is"
            " missing in the portal, tell the administrator."
        )
    if by_name and by_name != code:
        return "", _("The code and the name are of two projects. Take both from a workbook downloaded anew.")
    return code, ""


def _unreadable(opened: Opened, number: int, index: int, name: str, line: Sequence[Cell]) -> Fault | None:
    cell = _cell(line, index)
    said = cells.shown(name, cell, is_percent=(number, index) in opened.percents)
    why = opened.hides(number, index)
    if not why and isinstance(cell, str) and ERROR.fullmatch(cell.strip()):
        why = _("This cell shows an error. Enter the value.")
    return Fault(number, *opened.column(name), said, why) if why else None


def _nameless(opened: Opened, row: Told) -> Told:
    """A row that has figures and no project to put them to."""
    name = "code" if "code" in opened.places else "name"
    why = _("The row doesn't say which project it is about. Enter the project's code, or delete the row.")
    if row.name:
        why = _(
            "This unit has no project of this name to report on in this quarter, or has several. Enter the project's"
            " code, or delete the row."
        )
    return _with_fault(row, Fault(row.number, *opened.column(name), row.name, why))


def _without_doubles(opened: Opened, rows: Sequence[Told]) -> Iterator[Told]:
    counts = Counter(row.code for row in rows if row.code)
    where: defaultdict[str, list[int]] = defaultdict(list)
    for row in rows:
        if counts[row.code] > 1:
            where[row.code].append(row.number)
    name = "code" if "code" in opened.places else "name"
    for row in rows:
        if row.code not in where:
            yield row
            continue
        others = ", ".join(str(number) for number in where[row.code] if number != row.number)
        why = _("The same project stands in row %(rows)s too. Keep one of the rows and delete the others.")
        fault = Fault(row.number, *opened.column(name), row.code, why % {"rows": others})
        yield _with_fault(row, fault)


def _with_fault(row: Told, fault: Fault) -> Told:
    return Told(**{**vars(row), "faults": [*row.faults, fault]})


def _notes(rows: Sequence[Told], totals: Sequence[int], strays: Sequence[int]) -> Iterator[str]:
    hidden = [row.number for row in rows if row.is_hidden]
    for numbers, words in (
        (totals, _("Rows of totals, which are not read: %(rows)s.")),
        (strays, _("Rows that name no project and have nothing filled in, which are not read: %(rows)s.")),
        (hidden, _("Rows that are hidden in the file, and are read like all others: %(rows)s.")),
    ):
        if numbers:
            named = ", ".join(str(number) for number in numbers[:20])
            yield words % {"rows": named + ("…" if len(numbers) > 20 else "")}


def _is_total(row: Told) -> bool:
    return not row.code and simplified(row.name).rstrip(":：") in TOTALS


def _says_anything(row: Told) -> bool:
    return any(row.texts.values()) or bool(row.sentence)


def _label(opened: Opened, line: Sequence[Cell], name: str) -> str:
    index = opened.places.get(name)
    cell = None if index is None else _cell(line, index)
    return "" if cell is None or is_blank(cell) else as_text(cell)[: BY_NAME[name].field.most]


def _cell(line: Sequence[Cell], index: int) -> Cell:
    return line[index] if index < len(line) else None

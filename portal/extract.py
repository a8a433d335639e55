"""Long lists as SQL: each cell written by PostgreSQL as CSV or as XLSX holds it, handed on row by row, never kept.

A list names its columns by cells, expressions over the columns of its source, in the unit and language of the page.
No cell is a formula, and what a cell says in a file is what portal/exports.py makes of the same value in Python.
"""

import csv
import io
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Self
from xml.sax.saxutils import escape

from django.conf import settings
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import get_language
from django_tables2 import Table

from portal import counting
from portal.replicas import connection

# A cell that begins with one of these is run as a formula by some spreadsheet programs; full-width by Chinese ones.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
BOM = "\ufeff"  # without it Excel reads UTF-8 as the machine's own code page
LONGEST = 32_767  # characters in a cell of XLSX
BLOCK = 1 << 16
DAY, MINUTE = 1, 2  # the styles that portal/xlsx.py gives to days and moments
DAY_0 = "DATE '1899-12-30'"  # from which XLSX counts days
# What can't stand in a cell of XLSX as it is: marks of XML, what COPY would write in its own way, blanks at either
# end, and what Excel would take for a code of a character.
ODD = r"'[&<>\\[:cntrl:]\uFFFE\uFFFF]|_x|^\s|\s$'"


STARTS = ", ".join(f"'{sign}'" for sign in FORMULA)


def literal(text: str) -> str:
    """The text as an SQL constant."""
    return "'{}'".format(text.replace("'", "''").replace("\0", ""))


@dataclass(frozen=True)
class Cell(ABC):
    """A column's value as SQL over the columns of a list's source, which stand in quotes."""

    sql: str

    @property
    def fields(self) -> set[str]:
        """The columns of the source that it is made of."""
        return set(re.findall(r'"(\w+)"', self.sql))

    @property
    def csv(self) -> str:
        """The value as CSV holds it."""
        return self.sql

    @property
    @abstractmethod
    def xml(self) -> str:
        """The cell as a sheet of XLSX holds it; null where there is nothing."""


@dataclass(frozen=True)
class Text(Cell):
    """What somebody may have typed."""

    @property
    def csv(self) -> str:
        return f"CASE WHEN left({self.sql}, 1) IN ({STARTS}) THEN '''' || {self.sql} ELSE {self.sql} END"

    @property
    def xml(self) -> str:
        escaped = f"regexp_replace(left({self.sql}, {LONGEST}), '(_x[0-9A-Fa-f]{{4}}_)', '_x005F\\1', 'g')"
        for sign, written in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\\", "&#92;")):
            escaped = f"replace({escaped}, '{sign}', '{written}')"
        for code in (9, 10, 13):
            escaped = f"replace({escaped}, chr({code}), '&#{code};')"
        kept = f"regexp_replace({escaped}, '[[:cntrl:]\\uFFFE\\uFFFF]', '', 'g')"
        return (
            f"CASE WHEN {self.sql} = '' THEN NULL WHEN {self.sql} ~ {ODD} OR octet_length({self.sql}) > {LONGEST}"
            f""" THEN '<c t="inlineStr"><is><t xml:space="preserve">' || {kept} || '</t></is></c>'"""
            f""" ELSE '<c t="inlineStr"><is><t>' || {self.sql} || '</t></is></c>' END"""
        )


@dataclass(frozen=True)
class Choice(Cell):
    """One of a few words of the portal's own, which no spreadsheet takes for a formula."""

    labels: Mapping[str, "str | Promise"]

    def _case(self, words: Mapping[str, str]) -> str:
        if not words:
            return "NULL"
        if all(value.isascii() and value.isdigit() for value in words):  # ids are compared as numbers: far quicker
            cases = " ".join(f"WHEN {value} THEN {literal(word)}" for value, word in words.items())
            return f"CASE {self.sql} {cases} END"
        cases = " ".join(f"WHEN {literal(value)} THEN {literal(word)}" for value, word in words.items())
        return f"CASE ({self.sql})::text {cases} END"

    @property
    def csv(self) -> str:
        return self._case({value: str(label) for value, label in self.labels.items()})

    @property
    def xml(self) -> str:
        start, end = '<c t="inlineStr"><is><t>', "</t></is></c>"
        words = {value: str(label) for value, label in self.labels.items()}
        return self._case({value: f"{start}{escape(word)}{end}" for value, word in words.items() if word})


@dataclass(frozen=True)
class Number(Cell):
    @property
    def xml(self) -> str:
        return f"'<c><v>' || {self.csv} || '</v></c>'"


@dataclass(frozen=True)
class Money(Number):
    """A sum in 万元; in English the file holds CNY million, as the page does."""

    @property
    def csv(self) -> str:
        return f"{self.sql} * 0.01" if (get_language() or "").startswith("en") else self.sql


@dataclass(frozen=True)
class Day(Cell):
    @property
    def xml(self) -> str:
        return f"""'<c s="{DAY}"><v>' || ({self.sql} - {DAY_0}) || '</v></c>'"""


@dataclass(frozen=True)
class Moment(Cell):
    """A moment by the clock of Beijing: spreadsheets know no zones."""

    @property
    def csv(self) -> str:
        return f"date_trunc('second', {self.sql} AT TIME ZONE {literal(settings.TIME_ZONE)})"

    @property
    def xml(self) -> str:
        days = f"round(extract(epoch FROM {self.csv} - {DAY_0}) / 86400, 6)"
        return f"""'<c s="{MINUTE}"><v>' || {days} || '</v></c>'"""


@dataclass(frozen=True, kw_only=True)
class Extract:
    """A list: its titles, a cell for each, and the query whose rows they are about, values in place.

    `rows` says how many there will be, about: by it one decides who makes the file, and how far it is.
    """

    titles: Sequence[str]
    cells: Sequence[Cell]
    source: str
    rows: int

    @classmethod
    def of(cls, table: Table, cells: Mapping[str, Cell], source: str, *, rows: int) -> Self:
        """What a file of this table holds: its columns and titles, of the rows of this query."""
        shown = [column for column in table.columns if not column.column.exclude_from_export]
        titles = [str(column.header) for column in shown]
        return cls(titles=titles, cells=[cells[column.name] for column in shown], source=source, rows=rows)

    def csv(self, *, told: Callable[[int], None] | None = None) -> Iterator[bytes]:
        """The file in blocks. One statement, so that all of it is of one moment.

        `told` hears now and then how many rows are written.
        """
        yield BOM.encode() + titles_in_csv(self.titles)
        chosen = ", ".join(cell.csv for cell in self.cells)
        waiting = bytearray()
        for number, row in enumerate(copied(f"SELECT {chosen} FROM ({self.source}) listed", "CSV"), 1):
            waiting += row
            if len(waiting) > BLOCK:
                yield bytes(waiting)
                waiting.clear()
                if told:
                    told(number)
        yield bytes(waiting)

    def xml(self) -> Iterator[memoryview]:
        """Each row as a sheet of XLSX holds it, titles left out."""
        written = " || ".join(f"COALESCE({cell.xml}, '<c/>')" for cell in self.cells)
        return copied(f"SELECT '<row>' || {written} || '</row>' FROM ({self.source}) listed", "TEXT")


def of_table(
    table: Table, cells: Mapping[str, Cell], source: "Callable[[QuerySet[Any]], str] | None" = None
) -> Extract:
    """The table's rows as its queryset is filtered and sorted; cells say what they need by the queryset's fields.

    `source` makes a query of the queryset that gives the same rows and fields in the same order, where that is quicker.
    """
    rows: QuerySet[Any] = table.data.data
    query = source(rows) if source else listed(rows, cells.values())
    return Extract.of(table, cells, query, rows=counting.for_a_file(rows))


def listed(rows: "QuerySet[Any]", cells: Iterable[Cell]) -> str:
    """The query of these rows in their order, with the fields of which the cells are made."""
    fields = sorted({field for cell in cells for field in cell.fields})
    names = ", ".join(f'"{field}"' for field in fields)
    source = composed(*rows.values(*fields).query.sql_with_params())
    return f"SELECT * FROM ({source}) given ({names})"


def titles_in_csv(titles: Sequence[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line).writerow([f"'{title}" if title.startswith(FORMULA) else title for title in titles])
    return line.getvalue().encode()


def copied(query: str, form: str) -> Iterator[memoryview]:
    """What COPY sends of a query without parameters, a row at a time."""
    with connection.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT {form})") as rows:
        yield from rows


def composed(query: str, values: "Sequence[object] | Mapping[str, object]") -> str:
    """The query with its values in place: COPY takes no parameters."""
    with closing(connection.cursor()):  # connects, where nothing has yet
        return str(connection.ops.compose_sql(query, values))  # type: ignore[attr-defined]  # PostgreSQL's

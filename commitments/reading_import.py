"""A file of readings: how its rows are understood, what it would load, and that nothing else is loaded.

One file is one quarter's. A row without a figure loads nothing, so a template may be sent back half filled in.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from commitments import readings
from commitments.models import Indicator, Reading, ReadingFile
from commitments.quantity import plain, quantity
from portal.models import Quarter, Unit, User
from projects.importing.cells import Row
from projects.importing.checking import check, refuse_twice
from projects.importing.comparing import Comparison, label, worded
from projects.importing.mapping import Field, Layout, Reads, lay_out_fields, simplified
from projects.importing.reading import read
from projects.importing.table import Problem

FIELDS = (
    Field("code", gettext_lazy("indicator code"), "指标代码 指标编码 code indicatorcode", most=40),
    Field("indicator", gettext_lazy("indicator"), "指标 指标名称 name"),
    Field("unit_code", gettext_lazy("unit code"), "单位代码 单位编码 代码"),
    Field("unit", gettext_lazy("unit"), "单位 单位名称 县市区 地区"),
    Field("quarter", gettext_lazy("quarter"), "季度 期间 period", most=20),
    Field("value", gettext_lazy("value"), "数值 指标值 数据 本期 figure", required=True),
    Field("measure", gettext_lazy("unit of measure"), "计量单位 unitofmeasure", most=40),
    Field("source", gettext_lazy("where it was published"), "来源 数据来源 source"),
    Field("published_on", gettext_lazy("published on"), "发布日期 公布日期 date", Reads.DAY),
)
FIELD = {field.name: field for field in FIELDS}
CHANGED = frozenset({"value", "source", "published_on", "change_reason", "loaded_by", "loaded_at"})
N = TypeVar("N", Indicator, Unit)
LOCK = 20_220_208  # one file at a time, among PostgreSQL's advisory locks


@dataclass(frozen=True)
class Book:
    """All indicators and the units they may be about, by simplified code and name; `mine` are ids of those I load."""

    indicators: Mapping[str, Indicator]
    mine: frozenset[int]
    units: Mapping[str, int]
    by_id: Mapping[int, Unit]

    @classmethod
    def of(cls, person: User, *, on: date) -> "Book":
        mine = list(Indicator.objects.loaded_by(person, on=on).select_related("bureau"))
        units = readings.units_about(mine)
        return cls(
            indicators=_named(Indicator.objects.select_related("bureau")),
            mine=frozenset(each.pk for each in mine),
            units={name: unit.pk for name, unit in _named(units).items()},
            by_id={unit.pk: unit for unit in units},
        )


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A row that holds a figure."""

    row: int
    indicator: Indicator
    unit: Unit
    value: Decimal
    source: str
    published_on: date
    may_be_a_share: bool  # 0.12 where 12% was meant: a cell formatted as a percentage holds that


@dataclass(frozen=True)
class Preview:
    """How the columns were read, and what loading would do; `restates`: it changes figures loaded before."""

    layout: Layout
    comparison: Comparison
    restates: bool

    @property
    def may_be_applied(self) -> bool:
        return not self.comparison.problems and bool(self.comparison.changes)


class Refused(Exception):
    """The file has problems, gives no reason, or would not do what was previewed; nothing was loaded."""

    def __init__(self, preview: Preview) -> None:
        super().__init__(f"{len(preview.comparison.problems)} problems")
        self.preview = preview


def preview(sent: ReadingFile, *, by: User, at: datetime, on: date) -> Preview:
    """What loading this file would do now; writes nothing. Raises Unreadable where it can't be read."""
    table = read(sent.name, bytes(sent.content))
    layout = _with_names(lay_out_fields(FIELDS, table))
    reader = _Reader(sent, Book.of(by, on=on), on=on)
    checked = check(table, layout, reader.entry)
    comparison, restates = _compare(checked.entries, sent, by=by, at=at)
    comparison.problems = checked.problems
    if not checked.entries and not checked.problems:
        comparison.problems = [Problem(layout.row, "", _("No row holds a figure."))]
    return Preview(layout, comparison, restates)


def apply(sent: ReadingFile, *, by: User, at: datetime, on: date, seen: str) -> Preview:
    """Load the file. Raises Refused where anything is to be mended first, or it would not do what was `seen`."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        found = preview(sent, by=by, at=at, on=on)
        unsaid = found.restates and not sent.change_reason
        if found.comparison.problems or unsaid or seen != found.comparison.fingerprint:
            raise Refused(found)
        found.comparison.write()
        return found


def _named(rows: Iterable[N]) -> dict[str, N]:
    """By code and by either name; a code goes before a name that reads the same."""
    known = list(rows)
    by_name = {simplified(name): each for each in known for name in (each.name_zh, each.name_en) if name}
    return by_name | {simplified(each.code): each for each in known}


def _with_names(layout: Layout) -> Layout:
    """The indicator and the unit are each named by a code, a name or both."""
    missing = [
        Problem(layout.row, "", _("The column “%(header)s” is missing.") % {"header": FIELD[name].label})
        for code, name in (("code", "indicator"), ("unit_code", "unit"))
        if layout.read(code) is None and layout.read(name) is None
    ]
    return replace(layout, problems=[*layout.problems, *missing])


class _Reader:
    """Reads one row after the other; remembers which figures the file has given."""

    def __init__(self, sent: ReadingFile, book: Book, *, on: date) -> None:
        self.sent, self.book, self.on = sent, book, on
        self.seen: dict[str, int] = {}

    def entry(self, row: Row) -> Entry | None:
        written = row.understood("value", lambda cell: cell)
        if written is None:
            return None
        indicator, unit = self._indicator(row), self._unit(row)
        self._same_quarter(row)
        published_on = row.day("published_on")
        if indicator is None or unit is None:
            return None
        self._same_measure(row, indicator)
        value = row.understood("value", lambda cell: quantity(cell, indicator))
        if value is None:
            return None
        found = Entry(
            row=row.number,
            indicator=indicator,
            unit=unit,
            value=value,
            source=row.text("source") or self.sent.source,
            published_on=published_on or self.sent.published_on,
            may_be_a_share=indicator.kind == Indicator.Kind.PERCENT and isinstance(written, float) and abs(value) < 1,
        )
        for field, message in readings.faults(_reading(found, self.sent.quarter), on=self.on):
            row.refuse(_place(row, field), message)
        refuse_twice(self.seen, f"{indicator.pk}/{unit.pk}", row, "value")
        return found

    def _indicator(self, row: Row) -> Indicator | None:
        found = None
        for name in ("code", "indicator"):
            text = row.text(name)
            if not text:
                continue
            known = self.book.indicators.get(simplified(text))
            if known is None:
                row.refuse(name, _("“%(text)s” is no indicator. Use a code or name of the template.") % {"text": text})
                return None
            if found is not None and known != found:
                row.refuse(name, _("Code and name are of two different indicators. Keep the right one."))
                return None
            found = known
        if found is None:
            row.refuse(_place(row, "indicator"), _("Say which indicator: give its code or its name."))
        elif found.pk not in self.book.mine:
            row.refuse(_place(row, "indicator"), _not_mine(found))
            return None
        return found

    def _unit(self, row: Row) -> Unit | None:
        found = {pk for name in ("unit_code", "unit") if (pk := row.reference(name, self.book.units))}
        if len(found) == 1:
            return self.book.by_id[found.pop()]
        if found:
            row.refuse("unit", _("Code and name are of two different units. Keep the right one."))
        elif not row.problems:
            row.refuse(_place(row, "unit"), _("Say which unit: give its code or its name."))
        return None

    def _same_quarter(self, row: Row) -> None:
        text = row.text("quarter")
        if text and simplified(text) not in {simplified(name) for name in _names(self.sent.quarter)}:
            words = _("This row is of %(text)s, and the file was handed in for %(quarter)s.")
            row.refuse("quarter", words % {"text": text, "quarter": self.sent.quarter.name})

    def _same_measure(self, row: Row, indicator: Indicator) -> None:
        text = row.text("measure")
        known = {simplified(indicator.unit_of_measure_zh), simplified(indicator.unit_of_measure_en)}
        if text and simplified(text) not in known:
            words = _("This indicator is in %(unit)s. Convert the figure; the unit of measure stays.")
            row.refuse("measure", words % {"unit": indicator.unit_of_measure})


def _not_mine(indicator: Indicator) -> str:
    if indicator.bureau is None:
        return _("This indicator is derived from accepted reports; nobody types it.")
    return _("%(bureau)s loads this indicator, not you.") % {"bureau": indicator.bureau.name}


def _names(quarter: Quarter) -> set[str]:
    """The quarter as people write it: 2022Q1, and its name in both languages."""
    names = {quarter.label, f"{quarter.year}-{quarter.number}", f"{quarter.year}年{'一二三四'[quarter.number - 1]}季度"}
    for language in ("zh-hans", "en"):
        with override(language):
            names.add(quarter.name)
    return names


def _place(row: Row, field: str) -> str:
    """The column in which the file names this: that of the code, where it has no column of names."""
    codes = {"indicator": "code", "unit": "unit_code"}
    return field if row.layout.read(field) or field not in codes else codes[field]


def _reading(entry: Entry, quarter: Quarter) -> Reading:
    return Reading(
        indicator=entry.indicator,
        unit=entry.unit,
        quarter=quarter,
        value=entry.value,
        source=entry.source,
        published_on=entry.published_on,
    )


def _compare(entries: list[Entry], sent: ReadingFile, *, by: User, at: datetime) -> tuple[Comparison, bool]:
    """The difference between these rows and what is loaded, and whether a loaded figure becomes another one."""
    comparison, restates = Comparison(), False
    asked = {entry.indicator.pk for entry in entries}
    kept = {
        (row.indicator_id, row.unit_id): row
        for row in Reading.objects.filter(quarter=sent.quarter, indicator__in=asked)
    }
    for entry in entries:
        former = kept.get((entry.indicator.pk, entry.unit.pk))
        subject = f"{entry.indicator.name} · {entry.unit.name}"
        if former is None:
            reading = _reading(entry, sent.quarter)
            reading.loaded_by, reading.loaded_at = by, at
            comparison.created.append(reading)
            comparison.note(entry.row, subject, is_new=True, details=[_figure(entry, entry.value)])
        else:
            details = _difference(former, entry)
            if former.value != entry.value:
                restates, former.change_reason = True, sent.change_reason
            comparison.note(entry.row, subject, is_new=False, details=details)
            if details:
                former.value, former.source, former.published_on = entry.value, entry.source, entry.published_on
                former.loaded_by, former.loaded_at = by, at
                comparison.updated.append((former, CHANGED))
        if entry.may_be_a_share:
            words = _(
                "Row %(row)s: %(value)s%%, less than one per cent. Was a share typed where per cent are asked for?"
            )
            comparison.notes.append(words % {"row": entry.row, "value": plain(entry.value)})
    return comparison, restates


def _difference(former: Reading, entry: Entry) -> list[str]:
    details = []
    if former.value != entry.value:
        details.append(f"{_figure(entry, former.value)} → {_figure(entry, entry.value)}")
    if former.source != entry.source:
        details.append(worded(label(Reading, "source"), former.source, entry.source))
    if former.published_on != entry.published_on:
        details.append(worded(label(Reading, "published_on"), former.published_on, entry.published_on))
    return details


def _figure(entry: Entry, value: Decimal) -> str:
    return f"{plain(value)} {entry.indicator.unit_of_measure}"

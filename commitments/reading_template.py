"""The workbook in which a bureau fills in a quarter's readings: a row for each of its indicators and each unit."""

import io
from collections.abc import Iterator, Sequence
from datetime import date

import xlsxwriter
from django.utils.translation import gettext as _

from commitments import readings
from commitments.models import Indicator, Reading
from commitments.reading_import import FIELDS
from portal.models import Quarter, Unit

WIDTHS = {"indicator": 30, "unit": 24, "source": 40}


def workbook(indicators: Sequence[Indicator], quarter: Quarter) -> bytes:
    """An XLSX file; what is loaded already stands in it, so that sending it back unchanged changes nothing."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, "strings_to_formulas": False}) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        table, notes = book.add_worksheet(quarter.label), book.add_worksheet(_("notes")[:31])
        table.freeze_panes(1, 0)
        for column, field in enumerate(FIELDS):
            table.set_column(column, column, WIDTHS.get(field.name, 14))
            table.write_string(0, column, str(field.label), bold)
        for number, row in enumerate(_rows(indicators, quarter), start=1):
            for column, cell in enumerate(row):
                if isinstance(cell, date):
                    table.write_datetime(number, column, cell, day)
                elif isinstance(cell, str):
                    table.write_string(number, column, cell)
                elif cell is not None:
                    table.write_number(number, column, cell)
        notes.set_column(0, 0, 100)
        for number, words in enumerate(_notes()):
            notes.write_string(number, 0, words)
    return content.getvalue()


def _rows(indicators: Sequence[Indicator], quarter: Quarter) -> Iterator[list[str | float | date | None]]:
    """In the order of the columns; bureaus are left out: statistics are of places, parks and companies."""
    loaded = {
        (row.indicator_id, row.unit_id): row
        for row in Reading.objects.filter(quarter=quarter, indicator__in=[each.pk for each in indicators])
    }
    alive = set(Unit.objects.alive(on=quarter.ends_on).values_list("pk", flat=True))
    about = [unit for unit in readings.units_about(indicators) if unit.pk in alive and unit.kind != Unit.Kind.BUREAU]
    for indicator in indicators:
        for unit in about:
            kept = loaded.get((indicator.pk, unit.pk))
            yield [
                indicator.code,
                indicator.name,
                unit.code,
                unit.name,
                quarter.label,
                float(kept.value) if kept else None,
                indicator.unit_of_measure,
                kept.source if kept else "",
                kept.published_on if kept else None,
            ]


def _notes() -> Iterator[str]:
    yield _("Fill in the figures; a row without one loads nothing. 0 is a figure too.")
    yield _("The unit of measure stands in each row. Figures such as 12% or 3.2亿 are understood.")
    yield _("Source and day may be left empty: then those given when the file is handed in hold.")
    yield _("A figure that is loaded already stands here; another one in its place changes it, with a reason.")

"""The workbook to fill in for an import: headers in the language of the page, and what each column takes."""

import io
from collections.abc import Iterable

import xlsxwriter
from django.utils.translation import gettext as _

from portal.models import Unit
from projects.importing.mapping import FIELDS, MEASURE_LABELS, Field, Kind, Reads
from projects.models import Stage, Valuation

CHOICES = {
    "kind": Unit.Kind,
    "stage": Stage,
    "version": Valuation.Version,
}


def workbook(kind: str) -> bytes:
    """An XLSX file whose first sheet holds the headers alone and whose second says what each column takes."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        table = book.add_worksheet(str(Kind(kind).label)[:31])
        notes = book.add_worksheet(_("columns")[:31])
        table.freeze_panes(1, 0)
        notes.set_column(0, 0, 30)
        notes.set_column(1, 1, 90)
        for index, field in enumerate(FIELDS[kind]):
            table.set_column(index, index, 18)
            table.write_string(0, index, header(field), bold)
            notes.write_string(index, 0, header(field), bold)
            notes.write_string(index, 1, " ".join(_takes(field)))
    return content.getvalue()


def header(field: Field) -> str:
    """How the column is headed; money names its unit of measure."""
    if field.reads is Reads.MONEY:
        return _("%(label)s (%(measure)s)") % {"label": field.label, "measure": MEASURE_LABELS["10k_cny"]}
    return str(field.label)


def _takes(field: Field) -> Iterable[str]:
    if field.required:
        yield _("Required.")
    if field.reads is Reads.MONEY:
        yield _("An amount; blank where it is not known. Another unit of measure may stand in the header.")
    elif field.reads is Reads.DAY:
        yield _("A day, such as 2022-03-31.")
    elif field.name in CHOICES:
        yield _("One of: %(choices)s.") % {"choices": ", ".join(str(label) for label in CHOICES[field.name].labels)}
    elif field.reads is Reads.REFERENCE:
        yield _("The code or name of what is in the portal; several lists are separated by semicolons.")
    elif field.name in ("parent", "located_in"):
        yield _("The code of a unit in the portal or in this file.")
    elif field.name == "code":
        yield _("Without a code, the Chinese name tells projects apart and the portal makes a code.")

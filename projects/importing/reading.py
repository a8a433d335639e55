"""Whether a file is what it says, and its rows: CSV (UTF-8, UTF-16 or GB18030) or XLSX, measured before it is read."""

import csv
import io

import filetype
from django.utils.translation import gettext as _

from projects.importing import workbook
from projects.importing.table import MAX_BYTES, MAX_COLUMNS, MAX_ROWS, Cell, Table, Unreadable, is_blank

ENCODINGS = ("utf-8-sig", "gb18030")
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
OLE_MARK = b"\xd0\xcf\x11\xe0"  # the container of .xls, of WPS's .et, and of a workbook with a password
DELIMITERS = ",\t;"


def read(name: str, content: bytes) -> Table:
    """The rows of a file; raises Unreadable where it is no CSV or XLSX file, too large, or not what its name says."""
    if not content.strip():
        raise Unreadable(_("The file is empty."))
    if len(content) > MAX_BYTES:
        raise Unreadable(
            _("The file has %(size)s MB; at most %(most)s MB are read. Split it, or remove pictures.")
            % {"size": f"{len(content) / 1_000_000:.1f}", "most": MAX_BYTES // 1_000_000}
        )
    ending = name.rpartition(".")[2].lower()
    if ending == "xlsx":
        _require_workbook(content)
        return workbook.read(content)
    if ending == "csv":
        return _without_blank_rows(_csv_rows(content))
    raise Unreadable(_("Only .csv and .xlsx files are read. Save the table as one of the two."))


def _require_workbook(content: bytes) -> None:
    if content.startswith(OLE_MARK):
        raise Unreadable(
            _("This is an old .xls workbook or one with a password. Save it as .xlsx without a password, or as CSV.")
        )
    if not content.startswith(b"PK"):
        raise Unreadable(
            _("The file is named .xlsx but is not a workbook: it holds %(what)s.") % {"what": _what(content)}
        )


def _what(content: bytes) -> str:
    kind = filetype.guess(content)
    return kind.mime if kind else _("plain text or something unknown")


def _csv_rows(content: bytes) -> list[list[str]]:
    text = _decoded(content)
    delimiter = max(DELIMITERS, key=text.partition("\n")[0].count)
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            rows.append(row)
            if len(rows) > MAX_ROWS + 1:
                raise Unreadable(
                    _("The file has more than %(most)s rows. Split it into several files.") % {"most": MAX_ROWS}
                )
            if len(row) > MAX_COLUMNS:
                raise Unreadable(
                    _("Row %(row)s has more than %(most)s columns.") % {"row": len(rows), "most": MAX_COLUMNS}
                )
    except csv.Error as error:
        raise Unreadable(
            _("Row %(row)s is not well-formed CSV: a quotation mark is probably not closed.") % {"row": len(rows) + 1}
        ) from error
    return rows


def _decoded(content: bytes) -> str:
    if content.startswith(UTF16_MARKS):
        return _as_text(content, "utf-16")
    kind = filetype.guess(content)
    if kind is not None or content.startswith(OLE_MARK) or b"\0" in content:
        raise Unreadable(
            _("The file is named .csv but is not text: it holds %(what)s.")
            % {"what": kind.mime if kind else _("something unknown")}
        )
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return _as_text(content, ENCODINGS[0])


def _as_text(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unreadable(_("The text is neither UTF-8 nor GB18030. Save it as “CSV UTF-8” or as .xlsx.")) from error


def _without_blank_rows(rows: list[list[str]]) -> Table:
    filled: list[tuple[int, list[Cell]]] = []
    for number, row in enumerate(rows, start=1):
        cells: list[Cell] = list(row)
        if not all(is_blank(cell) for cell in cells):
            filled.append((number, cells))
    return Table(filled)

"""Whether a file is what it says, and its rows: CSV (UTF-8, UTF-16 or GB18030) or XLSX, measured before it is read."""

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

import filetype
from django.utils.translation import gettext as _

from projects.importing import workbook
from projects.importing.table import MAX_BYTES, MAX_COLUMNS, MAX_ROWS, Cell, Problem, Table, Unreadable

ENCODINGS = ("utf-8-sig", "gb18030")
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
OLE_MARK = b"\xd0\xcf\x11\xe0"  # the container of .xls, of WPS's .et, and of a workbook with a password
DELIMITERS = ",\t;"
BLOCK = 1 << 20


def read(name: str, content: bytes) -> Table:
    """The rows of a file; raises Unreadable where it is no CSV or XLSX file, too large, or not what its name says."""
    streamed = stream(name, content, most_bytes=MAX_BYTES, most_rows=MAX_ROWS)
    return Table(list(streamed.rows), streamed.problems)


@dataclass(frozen=True)
class Streamed:
    """Rows that come one by one, each with its number, and what the file itself hides. Raises Unreadable on the way."""

    rows: Iterator[tuple[int, list[Cell]]]
    problems: list[Problem]


def stream(name: str, content: bytes, *, most_bytes: int, most_rows: int) -> Streamed:
    """As `read`, of CSV no more than a row at a time. A workbook is kept whole, so it is short."""
    if not content[:BLOCK].strip() and not content.strip():
        raise Unreadable(_("The file is empty."))
    ending = name.rpartition(".")[2].lower()
    _require_size(len(content), MAX_BYTES if ending == "xlsx" else most_bytes)
    if ending == "xlsx":
        _require_workbook(content)
        table = workbook.read(content)
        return Streamed(iter(table.rows), table.problems)
    if ending == "csv":
        return Streamed(_csv_rows(content, most_rows), [])
    raise Unreadable(_("Only .csv and .xlsx files are read. Save the table as one of the two."))


def _require_size(size: int, most: int) -> None:
    if size > most:
        raise Unreadable(
            _("The file has %(size)s MB; at most %(most)s MB are read. Split it, or remove pictures.")
            % {"size": f"{size / 1_000_000:.1f}", "most": most // 1_000_000}
        )


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


def _csv_rows(content: bytes, most: int) -> Iterator[tuple[int, list[Cell]]]:
    """Rows that hold something, each with its number."""
    text = io.TextIOWrapper(io.BytesIO(content), _encoding(content), newline="")
    first = text.readline()
    text.seek(0)
    number = 0
    try:
        for row in csv.reader(text, delimiter=max(DELIMITERS, key=first.count), strict=True):
            number += 1
            if number > most + 1:
                raise Unreadable(
                    _("The file has more than %(most)s rows. Split it into several files.") % {"most": most}
                )
            if len(row) > MAX_COLUMNS:
                raise Unreadable(
                    _("Row %(row)s has more than %(most)s columns.") % {"row": number, "most": MAX_COLUMNS}
                )
            if "".join(row).strip():
                yield number, list(row)
    except csv.Error as error:
        raise Unreadable(
            _("Row %(row)s is not well-formed CSV: a quotation mark is probably not closed.") % {"row": number + 1}
        ) from error


def _encoding(content: bytes) -> str:
    """How the text is written. Raises Unreadable where it is none."""
    if content.startswith(UTF16_MARKS):
        return _require_text(content, "utf-16")
    kind = filetype.guess(content)
    if kind is not None or content.startswith(OLE_MARK) or b"\0" in content:
        raise Unreadable(
            _("The file is named .csv but is not text: it holds %(what)s.")
            % {"what": kind.mime if kind else _("something unknown")}
        )
    for encoding in ENCODINGS:
        if _is_text(content, encoding):
            return encoding
    return _require_text(content, ENCODINGS[0])


def _is_text(content: bytes, encoding: str) -> bool:
    """Whether all of it can be read so; a part at a time."""
    decoder = codecs.getincrementaldecoder(encoding)()
    view = memoryview(content)
    try:
        for start in range(0, len(content), BLOCK):
            decoder.decode(bytes(view[start : start + BLOCK]))
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _require_text(content: bytes, encoding: str) -> str:
    if not _is_text(content, encoding):
        raise Unreadable(_("The text is neither UTF-8 nor GB18030. Save it as “CSV UTF-8” or as .xlsx."))
    return encoding

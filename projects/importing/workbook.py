"""How much of an XLSX file is read, and which of its cells can't be trusted: measured before calamine parses it."""

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from xml.etree import ElementTree
from xml.parsers import expat

from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook

from projects.importing.table import MAX_COLUMNS, MAX_ROWS, Cell, Problem, Table, Unreadable, is_blank, letters

MAX_ENTRIES = 1_000
MAX_UNPACKED = 100_000_000
# The most that a part may grow when unpacked; sheets of real registers grow ten- to thirtyfold.
MAX_RATIO = 200
# Below this size a part is harmless whatever its ratio: short sheets of blank cells pack very well.
SMALL = 1_000_000
MAX_PROBLEMS = 5_000
REFERENCE = re.compile(r"([A-Z]+)([0-9]+)")


def read(content: bytes) -> Table:
    """The rows of the first sheet, blank ones left out; raises Unreadable where the file is none or too large."""
    book = opened(content)
    return book.table(book.sheets[0])


@dataclass(frozen=True)
class Sheet:
    """A sheet as the workbook names it, and what one pass over it found."""

    name: str
    scan: "Scan"


@dataclass(frozen=True)
class Book:
    """A workbook that has been measured. `counts_from_1904` tells days kept as numbers apart."""

    sheets: list[Sheet]
    counts_from_1904: bool
    parsed: CalamineWorkbook

    def table(self, sheet: Sheet) -> Table:
        """The rows of a sheet, blank ones left out. Raises Unreadable."""
        with _damage_said():
            cells = self.parsed.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
        rows: list[tuple[int, list[Cell]]] = [
            (number, [*row]) for number, row in enumerate(cells, start=1) if not all(is_blank(cell) for cell in row)
        ]
        return Table(rows, _problems(sheet.scan))


def opened(content: bytes) -> Book:
    """The sheets of a workbook, in its order; raises Unreadable where the file is none or too large."""
    with _damage_said():
        parts = _unpacked(content)
        for name in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"):
            if name != "xl/styles.xml" or name in parts:
                _scanned(parts[name])  # no document type, so no entity can grow
        percents = _percents(parts.get("xl/styles.xml"))
        scans = {
            name: _scanned(part, Scan(percents)) for name, part in parts.items() if name.startswith("xl/worksheets/")
        }
        sheets = [Sheet(name, scans[part]) for name, part in _sheets(parts) if part in scans]
        if not sheets:
            raise IndexError("no sheet")
        # calamine gets what has been measured here, packed anew: no size in the file's own directory is believed.
        return Book(sheets, _counts_from_1904(parts), CalamineWorkbook.from_filelike(io.BytesIO(_packed(parts))))


@contextmanager
def _damage_said() -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, KeyError, IndexError, ValueError, CalamineError, ElementTree.ParseError) as error:
        raise Unreadable(_("The workbook is damaged. Open it, save it again as .xlsx, and send that.")) from error
    except (RuntimeError, EOFError, zlib.error) as error:
        raise Unreadable(_("The workbook has a password or is damaged. Save it again without a password.")) from error


def _unpacked(content: bytes) -> dict[str, bytes]:
    """The parts of the file that a sheet is made of; every size is what was counted while unpacking."""
    parts: dict[str, bytes] = {}
    left = MAX_UNPACKED
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
        if len(entries) > MAX_ENTRIES:
            raise Unreadable(_("The workbook has more parts inside than any register needs."))
        for entry in entries:
            if not entry.filename.endswith((".xml", ".rels")):
                continue
            most = min(left, max(SMALL, entry.compress_size * MAX_RATIO))
            with archive.open(entry) as part:
                parts[entry.filename] = part.read(most + 1)
            if len(parts[entry.filename]) > most:
                raise Unreadable(
                    _("The workbook unpacks to far more than its size. Copy the table into a new workbook.")
                )
            left -= len(parts[entry.filename])
    if "xl/workbook.xml" not in parts:
        raise Unreadable(_("The file is named .xlsx but is another kind of archive or document."))
    return parts


def _packed(parts: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return packed.getvalue()


def _sheets(parts: dict[str, bytes]) -> Iterator[tuple[str, str]]:
    """Each sheet in the order of the workbook: its name, and the part that holds it."""
    relations = ElementTree.fromstring(parts["xl/_rels/workbook.xml.rels"])  # noqa: S314
    targets = {each.get("Id"): each.get("Target", "") for each in relations}
    for sheet in ElementTree.fromstring(parts["xl/workbook.xml"]).findall(".//{*}sheets/{*}sheet"):  # noqa: S314
        [wanted] = [value for name, value in sheet.items() if name.endswith("}id")]
        yield sheet.get("name", ""), posixpath.normpath(posixpath.join("/xl", targets[wanted])).lstrip("/")


def _counts_from_1904(parts: dict[str, bytes]) -> bool:
    found = ElementTree.fromstring(parts["xl/workbook.xml"]).find("{*}workbookPr")  # noqa: S314
    return found is not None and found.get("date1904") in ("1", "true")


def _percents(styles: bytes | None) -> frozenset[str]:
    """The styles that show a number as a percentage, by the index that cells name them with."""
    if styles is None:
        return frozenset()
    sheet = ElementTree.fromstring(styles)  # noqa: S314
    own = {each.get("numFmtId") for each in sheet.findall(".//{*}numFmt") if "%" in each.get("formatCode", "")}
    cells = sheet.find("{*}cellXfs")
    found = enumerate([] if cells is None else cells.findall("{*}xf"))
    return frozenset(str(index) for index, each in found if each.get("numFmtId") in own | {"9", "10"})


@dataclass
class Scan:
    """What one pass over a sheet finds: its extent is checked on the way. `percents` are cells shown as percentages."""

    percent_styles: frozenset[str] = frozenset()
    percents: set[str] = field(default_factory=set)
    hidden: set[int] = field(default_factory=set)
    no_value: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)
    cell: str = ""
    has_formula: bool = False
    has_value: bool = False
    in_value: bool = False
    row: int = 0
    column: int = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "row":
            self._row(int(attributes.get("r", self.row + 1)))
            if attributes.get("hidden") in ("1", "true"):
                self.hidden.add(self.row)
        elif name == "c":
            self._cell(attributes)
        elif name == "f":
            self.has_formula = True
        elif name in ("v", "is"):
            self.in_value = True
        elif name == "mergeCell" and len(self.merged) < MAX_PROBLEMS:
            self.merged.append(attributes.get("ref", ""))

    def end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        if name in ("v", "is"):
            self.in_value = False
        elif name == "c" and self.has_formula and not self.has_value and len(self.no_value) < MAX_PROBLEMS:
            self.no_value.append(self.cell)

    def text(self, text: str) -> None:
        self.has_value = self.has_value or self.in_value

    def _row(self, number: int) -> None:
        self.row, self.column = number, 0

    def _cell(self, attributes: dict[str, str]) -> None:
        self.has_formula = self.in_value = False
        self.has_value = attributes.get("t") == "str"  # a formula may well give a blank text
        found = REFERENCE.fullmatch(attributes.get("r", ""))
        if found:
            self.row, self.column = int(found[2]), _index(found[1]) + 1
        else:
            self.column += 1
        self.cell = f"{letters(self.column - 1)}{self.row}"
        if self.row > MAX_ROWS + 1:
            raise Unreadable(
                _("The sheet reaches row %(row)s; at most %(most)s rows are read. Delete what stands below the table.")
                % {"row": self.row, "most": MAX_ROWS}
            )
        if self.column > MAX_COLUMNS:
            raise Unreadable(
                _("The sheet reaches column %(column)s. Delete what stands to the right of the table.")
                % {"column": letters(self.column - 1)}
            )
        if attributes.get("s") in self.percent_styles:
            self.percents.add(self.cell)
        if attributes.get("t") == "e" and len(self.errors) < MAX_PROBLEMS:
            self.errors.append(self.cell)


def _scanned(part: bytes, scan: Scan | None = None) -> Scan:
    scan = scan or Scan()
    parser = expat.ParserCreate()
    parser.StartElementHandler = scan.start
    parser.EndElementHandler = scan.end
    parser.CharacterDataHandler = scan.text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(part, True)
    except expat.ExpatError as error:
        raise zipfile.BadZipFile(str(error)) from error
    return scan


def _refuse_doctype(*declaration: object) -> None:
    raise Unreadable(_("The workbook holds a document type, which no spreadsheet writes."))


def _index(column: str) -> int:
    number = 0
    for letter in column[:4]:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _problems(scan: Scan) -> list[Problem]:
    """What would be read as blank without being so; a merged area stands at its last row."""
    no_value = _("This formula has no computed value. Copy the column and paste it as values.")
    found = [(cell, no_value) for cell in scan.no_value]
    found += [(cell, _("This cell shows an error. Enter the value.")) for cell in scan.errors]
    found += [
        (area, _("Cells %(area)s are merged. Unmerge them and fill each one.") % {"area": area}) for area in scan.merged
    ]
    problems = []
    for place, message in found:
        cell = REFERENCE.fullmatch(place.rpartition(":")[2])
        if cell:
            problems.append(Problem(int(cell[2]), cell[1], message))
    return problems

"""A workbook that came back: which of its sheets is the table, what its columns are, whose quarter it says it is."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from portal.models import Quarter, Unit
from projects.importing import workbook
from projects.importing.mapping import Column, Layout, Reads, lay_out_fields
from projects.importing.table import MAX_BYTES, Cell, Table, Unreadable, is_blank, letters
from projects.importing.workbook import MAX_PROBLEMS, REFERENCE, Book, Scan, Sheet
from projects.workbook import identity
from projects.workbook.cells import SUFFIXES
from projects.workbook.identity import Identity
from projects.workbook.layout import BY_NAME, FIELDS, FORMAT, TYPED

OLE_MARK = b"\xd0\xcf\x11\xe0"
HAS_PASSWORD = "EncryptedPackage".encode("utf-16-le")
OTHERS = ((b"%PDF", "PDF"), (b"\x89PNG", "PNG"), (b"\xff\xd8", "JPEG"), (b"{\\rtf", "RTF"), (b"<", "HTML / XML"))


@dataclass(frozen=True)
class Fault:
    """Something to mend: the row, the column by its letters ("" for none) and its header, and what stands there."""

    row: int
    column: str
    header: str
    text: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Opened:
    """The table of a workbook. `faults` stand in its head; `silent` are cells that hide their value, and why.

    `places` names the typed columns, and those that tell projects apart, by the index at which they stand.
    """

    sheet: str
    table: Table
    layout: Layout
    identity: Identity | None
    places: dict[str, int]
    measures: dict[str, str]
    faults: list[Fault]
    notes: list[str]
    silent: dict[tuple[int, int], str]
    merged: list[tuple[tuple[int, int], tuple[int, int]]]
    percents: frozenset[tuple[int, int]]
    hidden_rows: frozenset[int]
    since_1904: bool

    @property
    def rows(self) -> list[tuple[int, list[Cell]]]:
        """Those below the header."""
        return [(number, cells) for number, cells in self.table.rows if number > self.layout.row]

    def hides(self, row: int, index: int) -> str:
        """Why the value of this cell can't be trusted; empty where it can."""
        for (top, left), (bottom, right) in self.merged:
            if top <= row <= bottom and left <= index <= right:
                area = f"{letters(left)}{top}:{letters(right)}{bottom}"
                return _("Cells %(area)s are merged. Unmerge them and fill each one.") % {"area": area}
        return self.silent.get((row, index), "")

    def column(self, name: str) -> tuple[str, str]:
        """The letters and the header of a field's column; empty where it has none."""
        index = self.places.get(name)
        return ("", "") if index is None else (letters(index), self.layout.columns[index].header)


def opened(content: bytes, unit: Unit, quarter: Quarter) -> Opened:
    """The table in a workbook's bytes. Raises Unreadable, with what to send instead, also for another quarter's."""
    _require_workbook(content)
    book = workbook.opened(content)
    known = next((sheet for sheet in book.sheets if sheet.name == identity.SHEET), None)
    sheet, table, layout = _best(book, [each for each in book.sheets if each is not known])
    own = identity.read(cells for _number, cells in book.table(known).rows) if known else None
    own = own or identity.from_title(cells for number, cells in table.rows if number < layout.row)
    _require_own(own, unit, quarter)
    return _opened(book, sheet, table, layout, own)


def _require_workbook(content: bytes) -> None:
    if not content.strip(b"\x00 \r\n\t"):
        raise Unreadable(_("The file is empty. Download the workbook again and fill that in."))
    if len(content) > MAX_BYTES:
        raise Unreadable(_("The file has more than %(most)s MB.") % {"most": MAX_BYTES // 1_000_000})
    if content.startswith(OLE_MARK):
        if HAS_PASSWORD in content:
            raise Unreadable(_("This workbook has a password. Save it again as .xlsx without one, then upload that."))
        raise Unreadable(
            _("This is an old workbook (.xls or .et). Open it, save it as an Excel workbook (.xlsx), then upload that.")
        )
    if not content.startswith(b"PK"):
        what = next((kind for mark, kind in OTHERS if content.startswith(mark)), "")
        raise Unreadable(
            _("This is no workbook but %(what)s. Upload the workbook itself, saved as .xlsx.")
            % {"what": what or _("a text or CSV file, or something unknown")}
        )


def _best(book: Book, sheets: list[Sheet]) -> tuple[Sheet, Table, Layout]:
    """The sheet whose header names most of the columns; others may stand before it."""
    found: tuple[Sheet, Table, Layout] | None = None
    most = 0
    for sheet in sheets:
        table = book.table(sheet)
        try:
            layout = lay_out_fields(FIELDS, table)
        except Unreadable:
            continue
        count = len({column.field.name for column in layout.columns if column.field})
        if count > most:
            found, most = (sheet, table, layout), count
    if found is None or most < 2:
        raise Unreadable(
            _("No sheet has the headers of this workbook, such as “%(code)s” and “%(flow)s”. Download it again.")
            % {"code": BY_NAME["code"].header, "flow": BY_NAME["flow"].header}
        )
    if not (found[2].read("code") or found[2].read("name")):
        raise Unreadable(
            _("Neither the column “%(code)s” nor “%(name)s” is there, so no row can be told apart. Download it again.")
            % {"code": BY_NAME["code"].header, "name": BY_NAME["name"].header}
        )
    if not any(found[2].read(column.name) for column in TYPED):
        raise Unreadable(_("None of the columns to fill in is there. Download the workbook again."))
    return found


def _require_own(own: Identity | None, unit: Unit, quarter: Quarter) -> None:
    if own is None:
        return
    if own.format > FORMAT:
        raise Unreadable(_("This workbook was made by a later version of the portal. Download it again."))
    if (own.unit, own.quarter) != (unit.code, quarter.label):
        raise Unreadable(
            _("This workbook is of %(other)s, and here %(own)s is filled in. Upload it there, or download this one.")
            % {"other": f"{own.unit} · {own.quarter}", "own": f"{unit.name} ({unit.code}) · {quarter.label}"}
        )


def _opened(book: Book, sheet: Sheet, table: Table, layout: Layout, own: Identity | None) -> Opened:
    places, measures, faults = _places(layout)
    scan = sheet.scan
    areas = [tuple(_place(cell) for cell in area.split(":")) for area in scan.merged if ":" in area]
    return Opened(
        sheet=sheet.name,
        table=table,
        layout=layout,
        identity=own,
        places=places,
        measures=measures,
        faults=[*faults, *_renamed(layout, table)],
        notes=list(_notes(layout, own)),
        silent=_silent(scan),
        merged=[(first, last) for first, last in areas if last[0] > layout.row],
        percents=frozenset(_place(cell) for cell in scan.percents),
        hidden_rows=frozenset(scan.hidden),
        since_1904=book.counts_from_1904,
    )


def _silent(scan: Scan) -> dict[tuple[int, int], str]:
    if len(scan.no_value) >= MAX_PROBLEMS:
        raise Unreadable(
            _("The formulas in this workbook have no computed values. Open it in a spreadsheet program, save, upload.")
        )
    no_value = _("This formula has no computed value. Copy the column and paste it as values.")
    error = _("This cell shows an error. Enter the value.")
    return {_place(cell): no_value for cell in scan.no_value} | {_place(cell): error for cell in scan.errors}


def _places(layout: Layout) -> tuple[dict[str, int], dict[str, str], list[Fault]]:
    """Where each field stands, its unit of measure, and what forbids to read a column at all."""
    places: dict[str, int] = {}
    measures: dict[str, str] = {}
    faults = []
    for column in layout.columns:
        if column.field is None or column.field.name not in BY_NAME:
            continue
        name, place = column.field.name, letters(column.index)
        message = ""
        if name in places:
            message = _("Two columns are read as “%(field)s”. Rename one of them.") % {"field": column.field.label}
        elif BY_NAME[name].is_typed and column.field.reads is Reads.MONEY and column.measure not in SUFFIXES:
            message = _("Say in the header in which unit the amounts are: “%(header)s”.") % {
                "header": BY_NAME[name].header
            }
        if message:
            faults.append(Fault(layout.row, place, column.header, column.header, message))
        places.setdefault(name, column.index)
        measures.setdefault(name, column.measure)
    for fault in faults:  # which of the two is meant, or in which unit, is not for the portal to guess
        name = next(each for each, index in places.items() if _same_field(layout, index, fault))
        if name not in ("code", "name"):
            places.pop(name)
    return places, measures, faults


def _same_field(layout: Layout, index: int, fault: Fault) -> bool:
    faulty = next(column for column in layout.columns if letters(column.index) == fault.column)
    return layout.columns[index].field is faulty.field


def _notes(layout: Layout, own: Identity | None) -> Iterator[str]:
    """What a person should know though nothing is wrong."""
    absent = _absent(layout)
    if absent:
        yield _("Columns that are not in the file, so their fields stay as they are: %(columns)s.") % {
            "columns": "; ".join(absent)
        }
    others = [column.header for column in _others(layout)]
    if others:
        yield _("Columns that are not read: %(columns)s.") % {"columns": "; ".join(others)}
    if own is None or not own.lines:
        yield _(
            "The file doesn't say when it was downloaded, as after copying into another workbook. So every line that"
            " somebody has filled in in the portal is shown with both values before anything is replaced."
        )


def _absent(layout: Layout) -> list[str]:
    """The headers of columns to fill in that the file lacks."""
    return [column.header for column in TYPED if layout.read(column.name) is None]


def _others(layout: Layout) -> list[Column]:
    return [column for column in layout.columns if column.header and column.field is None]


def _renamed(layout: Layout, table: Table) -> Iterator[Fault]:
    """Filled columns that nobody knows, where one to fill in is missing: it may well be that one."""
    absent = _absent(layout)
    below = [cells for number, cells in table.rows if number > layout.row]
    for column in _others(layout) if absent else []:
        if not all(is_blank(cell) for cells in below for cell in cells[column.index : column.index + 1]):
            said = _(
                "This header is not known, and what is missing is: %(columns)s. Give the column its own header again."
            )
            words = said % {"columns": "; ".join(absent)}
            yield Fault(layout.row, letters(column.index), column.header, column.header, words)


def index(column: str) -> int:
    """The column of these letters, from 0: A is 0, AA is 26."""
    number = 0
    for letter in column:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _place(cell: str) -> tuple[int, int]:
    found = REFERENCE.fullmatch(cell)
    return (int(found[2]), index(found[1])) if found else (0, 0)

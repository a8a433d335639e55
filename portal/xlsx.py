"""A workbook of plain sheets, written row by row as the database sends them, in constant memory.

Only what spreadsheet programs need: bold titles that stay in sight, widths, days and moments as such, texts in place.
"""

import zipfile
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import IO
from unicodedata import east_asian_width
from xml.sax.saxutils import escape, quoteattr

from portal.extract import BLOCK, Extract

MOST_ROWS = 1_048_576  # that a sheet has room for, titles included
LEVEL = 1  # of compression: higher ones cost more time than they save room
REPORTED_EVERY = 5_000  # rows

XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
TITLE = 3  # the style of titles; portal/extract.py names those of days and moments
STYLES = f"""{XML}<styleSheet xmlns="{MAIN}">
<numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>
<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm"/></numFmts>
<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font>
</fonts>
<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>
<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>
<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>
<cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>
<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>
<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>
<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1" applyAlignment="1">
<alignment vertical="top" wrapText="1"/></xf></cellXfs>
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>"""


def write(file: IO[bytes], extract: Extract, *, told: Callable[[int], None] | None = None) -> int:
    """Write the workbook; `told` hears now and then how many rows are written. Gives how many there were."""
    rows = extract.xml()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as archive:
        done, is_last = 0, False
        for number in count(1):
            with archive.open(f"xl/worksheets/sheet{number}.xml", "w", force_zip64=True) as sheet:
                sheet.write(_head(extract.titles).encode())
                written, is_last = _rows(sheet, rows, done, told)
                sheet.write(b"</sheetData></worksheet>")
            done += written
            if is_last:
                break
        for name, text in _parts(number).items():
            archive.writestr(name, text)
    return done


def _rows(
    sheet: IO[bytes], rows: Iterator[memoryview], before: int, told: Callable[[int], None] | None
) -> tuple[int, bool]:
    """As many rows as the sheet has room for; gives how many, and whether they were the last."""
    waiting = bytearray()
    for number in range(MOST_ROWS - 1):
        row = next(rows, None)
        if row is None:
            sheet.write(waiting)
            return number, True
        waiting += row
        if len(waiting) > BLOCK:
            sheet.write(waiting)
            waiting.clear()
        if told and number % REPORTED_EVERY == 0:
            told(before + number)
    sheet.write(waiting)
    return MOST_ROWS - 1, False


def width(title: str) -> int:
    """Wide enough for the title, where a Chinese character takes two places, and for an ordinary figure."""
    return min(40, max(12, 2 + sum(2 if east_asian_width(sign) in "WF" else 1 for sign in title)))


def _head(titles: Sequence[str]) -> str:
    columns = "".join(
        f'<col min="{number}" max="{number}" width="{width(title)}" customWidth="1"/>'
        for number, title in enumerate(titles, start=1)
    )
    cells = "".join(f'<c s="{TITLE}" t="inlineStr"><is><t>{escape(title)}</t></is></c>' for title in titles)
    return (
        f'{XML}<worksheet xmlns="{MAIN}"><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
        f"<cols>{columns}</cols><sheetData><row>{cells}</row>"
    )


def _parts(sheets: int) -> dict[str, str]:
    """What stands around the sheets, by the name of the part."""
    numbers = range(1, sheets + 1)
    types = "".join(
        f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="{SPREADSHEET}.worksheet+xml"/>'
        for number in numbers
    )
    named = "".join(
        f'<sheet name={quoteattr(f"Sheet{number}")} sheetId="{number}" r:id="rId{number}"/>' for number in numbers
    )
    links = "".join(
        f'<Relationship Id="rId{number}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        for number in numbers
    )
    return {
        "[Content_Types].xml": f'{XML}<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{SPREADSHEET}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{SPREADSHEET}.styles+xml"/>{types}</Types>',
        "_rels/.rels": f'{XML}<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{XML}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{named}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{XML}<Relationships xmlns="{PACKAGE}/relationships">{links}'
        f'<Relationship Id="rId{sheets + 1}" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": STYLES,
    }

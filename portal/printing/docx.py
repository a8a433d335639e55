"""Bulletins as Word files, laid out like the PDF, for offices that go on working with the text.

Type is named, not brought along: 仿宋, 黑体, 楷体 and 宋体, which Chinese Windows and WPS have. The same content gives
the same bytes.
"""

import zipfile
from collections.abc import Iterable, Mapping
from datetime import UTC
from io import BytesIO
from typing import Any

from docx import Document
from docx.document import Document as Word
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Emu, Mm, Pt, RGBColor, Twips
from docx.styles.style import ParagraphStyle
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from portal.printing.characters import everywhere, visible
from portal.printing.paper import LINE, PARTS, Columns, columns, ems, moment
from portal.printing.words import words

RED = RGBColor(0xC8, 0x10, 0x2E)
BLACK = RGBColor(0, 0, 0)
PITCH = Emu(Mm(225) // 22)  # from one line to the next
LATIN = "Times New Roman"
FANG, HEI, KAI, SONG = "仿宋", "黑体", "楷体", "宋体"
SIDES = {"left": WD_ALIGN_PARAGRAPH.LEFT, "center": WD_ALIGN_PARAGRAPH.CENTER, "right": WD_ALIGN_PARAGRAPH.RIGHT}
# What a paragraph's properties hold, from its borders on, in the order in which Word reads them (ECMA-376, pPr).
ORDER = (
    *("pBdr", "shd", "tabs", "autoSpaceDE", "autoSpaceDN", "snapToGrid", "spacing", "ind", "contextualSpacing", "jc"),
    *("outlineLvl", "rPr", "sectPr", "pPrChange"),
)
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest date that a ZIP can hold
LANGUAGES = {"zh": "zh-CN", "en": "en-GB"}


def written(content: Mapping[str, Any]) -> bytes:
    """The bulletin as DOCX; content is a Bulletin of paper.py. Raises ValueError as `pdf.printed` does."""
    paper = everywhere(content, visible)
    said = words(paper["language"])
    word = Document()
    _page(word, paper)
    _styles(word, paper["language"])
    _masthead(word, paper)
    _line(word, paper["title"], "Title")
    for section in paper.get("sections", ()):
        if section.get("heading"):
            _line(word, section["heading"], f"Heading {section.get('level', 1)}")
        for text in section.get("paragraphs", ()):
            _line(word, text, "Normal")
        for table in section.get("tables", ()):
            _table(word, table, none=said["none"])
    _imprint(word, paper, said["address"])
    _properties(word, paper)
    return _steady(word)


def _page(word: Word, paper: Mapping[str, Any]) -> None:
    """A4 with the margins of GB/T 9704, and the number of the page on its outer side."""
    section = word.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.footer_distance = Mm(35 - 7) - Pt(14)
    if paper["language"] == "zh":  # 22 lines; a grid of characters too is torn apart by other programs than Word
        _set(section._sectPr.find(qn("w:docGrid")), type="lines", linePitch=round(PITCH / Twips(1)))
    word.settings.odd_and_even_pages_header_footer = True
    for footer, side in ((section.footer, "right"), (section.even_page_footer, "left")):
        footer.is_linked_to_previous = False
        line = footer.paragraphs[0]
        line.style = word.styles["Footer"]
        line.alignment = SIDES[side]
        line.paragraph_format.left_indent = line.paragraph_format.right_indent = Pt(14)
        line.add_run("— ")
        _field(line.add_run(), "PAGE")
        line.add_run(" —")


def _styles(word: Word, language: str) -> None:
    """Word's own styles, so that its outline and table of contents find the headings."""
    chinese = language == "zh"
    text = 16.0 if chinese else 12.0
    _style(word, "Normal", FANG, text)
    _style(word, "Title", SONG, 22 if chinese else 20, bold=True)
    _style(word, "Heading 1", HEI, text, bold=not chinese)
    _style(word, "Heading 2", KAI, text, bold=not chinese)
    _style(word, "Caption", HEI, 12)
    _style(word, "Footer", SONG, 14)
    normal = word.styles["Normal"]
    spoken = OxmlElement("w:lang")
    _set(spoken, val="en-GB", eastAsia="zh-CN")
    normal.element.get_or_add_rPr().insert_element_before(spoken, "w:eastAsianLayout", "w:specVanish", "w:oMath")
    if chinese:
        _space(normal, LINE / 28 - text)  # 28 characters on a line
    _space(word.styles["Title"], 0.0)
    for name in ("Normal", "Heading 1", "Heading 2"):
        form = word.styles[name].paragraph_format
        form.space_before = form.space_after = Pt(0)
        form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, PITCH
        if chinese:
            _indent(word.styles[name], characters=2, size=text)
        else:
            form.space_after = Pt(8)
            form.line_spacing = Pt(18)
    normal.paragraph_format.widow_control = True
    normal.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
    for gap in ("autoSpaceDE", "autoSpaceDN"):  # between Chinese and figures: 2022年2月
        _off(normal, gap)
    for name, before, after in (("Title", Emu(2 * PITCH), PITCH), ("Caption", Pt(6), Pt(4)), ("Footer", Pt(0), Pt(0))):
        form = word.styles[name].paragraph_format
        form.space_before, form.space_after, form.line_spacing = before, after, 1.0
        form.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _indent(word.styles[name], characters=0)
        _off(word.styles[name], "snapToGrid")
    word.styles["Caption"].paragraph_format.keep_with_next = True


def _style(word: Word, name: str, face: str, size: float, *, bold: bool = False) -> None:
    style: ParagraphStyle = word.styles[name]
    style.font.size, style.font.bold, style.font.italic = Pt(size), bold, False
    style.font.color.rgb = BLACK
    _faces(style.element.get_or_add_rPr(), face)
    _set(style.element.get_or_add_rPr().get_or_add_sz(), val=round(size * 2))
    borders = style.element.get_or_add_pPr().find(qn("w:pBdr"))
    if borders is not None:  # Word's own title is underlined
        borders.getparent().remove(borders)


def _masthead(word: Word, paper: Mapping[str, Any]) -> None:
    """The name in red, the number, who issues it and when, and the red rule."""
    if paper.get("masthead"):
        name = _line(word, paper["masthead"], "Title", face=SONG, size=_masthead_size(paper["masthead"]), colour=RED)
        name.paragraph_format.space_before, name.paragraph_format.space_after = Pt(0), Mm(6)
    if paper.get("number"):
        _loose(_line(word, paper["number"], "Normal"), WD_ALIGN_PARAGRAPH.CENTER).space_after = Mm(5)
    rule = _line(word, f"{paper.get('issuer', '')}\t{paper.get('date', '')}", "Normal")
    form = _loose(rule, WD_ALIGN_PARAGRAPH.LEFT)
    form.tab_stops.add_tab_stop(Mm(156), WD_TAB_ALIGNMENT.RIGHT)
    _rules(rule, bottom=("16", str(RED)))


def _masthead_size(name: str) -> float:
    """Points in which the name nearly fills the line, 44 at most; a very long one takes two lines."""
    return max(24.0, min(44.0, float(int(0.96 * LINE / ems(name)))))


def _table(word: Word, source: Mapping[str, Any], *, none: str) -> None:
    """A real table whose head comes again on every page; without rows it says so."""
    if source.get("caption"):
        _line(word, source["caption"], "Caption")
    how = columns(source)
    table = word.add_table(rows=0, cols=len(source["head"]), style="Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        margin = OxmlElement(f"w:{side}")
        _set(margin, w=round(how.inset * 20), type="dxa")
        margins.append(margin)
    table._tbl.tblPr.insert_element_before(margins, "w:tblLook")
    widths = [Emu(int(Pt(LINE) * share)) for share in how.shares]
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    _row(table, source["head"], widths, how, head=True)
    for cells in source["rows"]:
        _row(table, cells, widths, how)
    if not source["rows"]:
        cells = table.add_row().cells
        _fill(cells[0].merge(cells[-1]), none, Emu(Pt(LINE)), "center", FANG, how.size)
    _loose(word.add_paragraph(style="Normal"), WD_ALIGN_PARAGRAPH.LEFT).line_spacing = Pt(8)


def _row(table: Table, texts: Iterable[str], widths: list[Emu], how: Columns, *, head: bool = False) -> None:
    row = table.add_row()
    properties = row._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:cantSplit"))
    if head:
        properties.append(OxmlElement("w:tblHeader"))
    for cell, text, width, side in zip(row.cells, texts, widths, how.sides, strict=True):
        if head:
            room = (width.pt - 2 * how.inset) / how.size
            _fill(cell, text if ems(text) <= room else "\n".join(PARTS.split(text)), width, "center", HEI, how.size)
        else:
            _fill(cell, text, width, side, FANG, how.size)


def _fill(cell: _Cell, text: str, width: Emu, side: str, face: str, size: float) -> None:
    cell.width = width
    cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    line = cell.paragraphs[0]
    form = _loose(line, SIDES[side])
    form.line_spacing, form.space_before, form.space_after = 1.0, Pt(2), Pt(2)
    _write(line.add_run(text), face=face, size=size)


def _imprint(word: Word, paper: Mapping[str, Any], address: str) -> None:
    """Notes, and the hash and address by which the bulletin can be checked, between rules."""
    lines = [*paper.get("notes", ())]
    colon = "：" if paper["language"] == "zh" else ": "
    lines += [
        f"{name}{colon}{paper[key]}" for name, key in (("SHA-256", "sha256"), (address, "address")) if paper.get(key)
    ]
    for number, text in enumerate(lines):
        line = _line(word, text, "Normal", size=12 if number < len(paper.get("notes", ())) else 9)
        form = _loose(line, WD_ALIGN_PARAGRAPH.LEFT)
        form.line_spacing = 1.0
        form.space_before = PITCH if number == 0 else Pt(2)
        edges = {"top": number == 0, "bottom": number == len(lines) - 1}
        _rules(line, **{edge: ("8", "000000") for edge, there in edges.items() if there})


def _properties(word: Word, paper: Mapping[str, Any]) -> None:
    """Whose and what it is; its date is the bulletin's, never today's."""
    about = word.core_properties
    about.created = about.modified = moment(paper).astimezone(UTC).replace(tzinfo=None)
    about.title = paper["title"].replace("\n", "" if paper["language"] == "zh" else " ")
    about.author = about.last_modified_by = paper.get("issuer", "")
    about.language = LANGUAGES[paper["language"]]
    about.subject, about.comments, about.keywords, about.revision = paper.get("number", ""), "", "", 1


def _steady(word: Word) -> bytes:
    """The file with all its parts dated the same, and without the preview that the empty document brings."""
    for name, relation in list(word.part.package.rels.items()):
        if relation.reltype.endswith("/thumbnail"):
            del word.part.package.rels[name]
    dated, steady = BytesIO(), BytesIO()
    word.save(dated)
    with zipfile.ZipFile(dated) as parts, zipfile.ZipFile(steady, "w", zipfile.ZIP_DEFLATED) as file:
        for part in parts.infolist():
            entry = zipfile.ZipInfo(part.filename, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(entry, parts.read(part))
    return steady.getvalue()


def _line(
    word: Word,
    text: str,
    style: str,
    *,
    face: str | None = None,
    size: float | None = None,
    colour: RGBColor | None = None,
) -> Paragraph:
    line = word.add_paragraph(style=style)
    _write(line.add_run(text), face=face, size=size)
    if colour is not None:
        line.runs[0].font.color.rgb = colour
    return line


def _loose(line: Paragraph, side: WD_ALIGN_PARAGRAPH) -> Any:
    """A line of its own: no indent, not stretched, not held to the page's 22 lines. Returns its format."""
    line.alignment = side
    _indent(line, characters=0)
    _off(line, "snapToGrid")
    return line.paragraph_format


def _write(run: Run, *, face: str | None, size: float | None) -> None:
    if size is not None:
        run.font.size = Pt(size)
    if face is not None:
        _faces(run._r.get_or_add_rPr(), face)
    if any(sign >= "\u2e80" for sign in run.text):  # quotation marks and dashes beside Chinese are Chinese ones
        _set(run._r.get_or_add_rPr().get_or_add_rFonts(), hint="eastAsia")


def _faces(properties: Any, face: str) -> None:
    """Name the type, the Chinese one too: else Word takes the theme's."""
    fonts = properties.get_or_add_rFonts()
    for name in list(fonts.attrib):
        del fonts.attrib[name]
    _set(fonts, ascii=LATIN, hAnsi=LATIN, cs=LATIN, eastAsia=face)


def _field(run: Run, code: str) -> None:
    """What Word computes itself, such as the number of the page."""
    for kind in ("begin", None, "end"):
        if kind is None:
            part = OxmlElement("w:instrText")
            part.text = code
        else:
            part = OxmlElement("w:fldChar")
            _set(part, fldCharType=kind)
        run._r.append(part)


def _indent(part: Paragraph | ParagraphStyle, *, characters: int, size: float = 0.0) -> None:
    """How far the first line stands in: Word counts in characters where it can, else in twentieths of a point."""
    indent = part._element.get_or_add_pPr().get_or_add_ind()
    _set(indent, firstLineChars=characters * 100, firstLine=int(characters * size * 20))


def _space(style: ParagraphStyle, points: float) -> None:
    """More or less room between characters."""
    properties = style.element.get_or_add_rPr()
    spacing = properties.find(qn("w:spacing"))
    if spacing is None:
        spacing = OxmlElement("w:spacing")
        properties.insert_element_before(spacing, "w:w", "w:kern", "w:position", "w:sz", "w:szCs", "w:lang")
    _set(spacing, val=round(points * 20))


def _off(part: Paragraph | ParagraphStyle, name: str) -> None:
    """Switch something off that Word does of itself."""
    switch = OxmlElement(f"w:{name}")
    _set(switch, val=0)
    _insert(part, switch)


def _rules(line: Paragraph, **edges: tuple[str, str]) -> None:
    """Rules above (top) and below (bottom) a line: eighths of a point, and colour."""
    if not edges:
        return
    borders = OxmlElement("w:pBdr")
    for edge, (width, colour) in edges.items():
        border = OxmlElement(f"w:{edge}")
        _set(border, val="single", sz=width, space=3, color=colour)
        borders.append(border)
    _insert(line, borders)


def _insert(part: Paragraph | ParagraphStyle, element: BaseOxmlElement) -> None:
    """Put it where the order of the format wants it: before all that comes later."""
    place = ORDER.index(element.tag.rpartition("}")[2])
    part._element.get_or_add_pPr().insert_element_before(element, *(f"w:{name}" for name in ORDER[place + 1 :]))


def _set(element: BaseOxmlElement, **values: object) -> None:
    for name, value in values.items():
        element.set(qn(f"w:{name}"), str(value))

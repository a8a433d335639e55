"""Bulletins as Word files: what Word, WPS and python-docx find in them."""

import json
import zipfile
from io import BytesIO
from typing import Any

import pytest
from docx import Document
from docx.document import Document as Word
from docx.oxml.ns import qn

from portal.printing import docx
from tests.portal.printing import examples


def opened(content: dict[str, Any]) -> Word:
    return Document(BytesIO(docx.written(content)))


def east_asian(word: Word, style: str) -> str | None:
    face: str | None = word.styles[style].element.rPr.rFonts.get(qn("w:eastAsia"))
    return face


def test_a_bulletin_holds_all_its_paragraphs_in_order() -> None:
    content = examples.bulletin()
    written = [line.text for line in opened(content).paragraphs if line.text]
    assert written == [
        content["masthead"],
        content["number"],
        f"{content['issuer']}\t{content['date']}",
        content["title"],
        "一、总体情况",
        *content["sections"][0]["paragraphs"],
        "（一）县市区",
        examples.MARKUP,
        "县市区综合排名",
        "县市区综合排名",
        *content["notes"],
        f"SHA-256：{examples.SHA256}",
        f"网址：{content['address']}",
    ]


def test_tables_are_real_and_repeat_their_head() -> None:
    tables = opened(examples.bulletin()).tables
    assert [len(table.rows) for table in tables] == [13, 3]
    wanted = [examples.league()["head"], *examples.league()["rows"]]
    assert [[cell.text.replace("\n", "") for cell in row.cells] for row in tables[0].rows] == wanted
    assert tables[0].rows[0]._tr.xpath("w:trPr/w:tblHeader")
    assert not tables[0].rows[1]._tr.xpath("w:trPr/w:tblHeader")
    assert all(row._tr.xpath("w:trPr/w:cantSplit") for row in tables[0].rows)


def test_the_page_is_that_of_an_official_document() -> None:
    section = opened(examples.bulletin()).sections[0]
    sizes = [section.page_width, section.page_height, section.top_margin, section.left_margin, section.right_margin]
    assert [round(size.mm) for size in sizes if size is not None] == [210, 297, 37, 28, 26]
    for footer in (section.footer, section.even_page_footer):
        assert "PAGE" in footer._element.xml
        assert footer.paragraphs[0].text == "—  —"


def test_chinese_type_is_named_for_word() -> None:
    word = opened(examples.bulletin())
    names = {style: east_asian(word, style) for style in ("Normal", "Title", "Heading 1", "Heading 2", "Caption")}
    assert names == {"Normal": "仿宋", "Title": "宋体", "Heading 1": "黑体", "Heading 2": "楷体", "Caption": "黑体"}
    cells = word.tables[0].rows[0].cells[0].paragraphs[0].runs[0]._r.rPr.rFonts
    assert cells.get(qn("w:eastAsia")) == "黑体"


def test_quotation_marks_beside_chinese_are_chinese_ones() -> None:
    sections = [{"paragraphs": ["关于“聚力中心化攻坚年”", "A “quoted” word"]}]
    lines = {line.text: line for line in opened(examples.bulletin(sections=sections)).paragraphs}
    hint = qn("w:hint")
    assert lines[sections[0]["paragraphs"][0]].runs[0]._r.xpath("w:rPr/w:rFonts")[0].get(hint) == "eastAsia"
    assert not lines[sections[0]["paragraphs"][1]].runs[0]._r.xpath("w:rPr/w:rFonts")


def test_headings_are_in_words_outline() -> None:
    styles = {line.text: line.style.name for line in opened(examples.bulletin()).paragraphs if line.style}
    assert styles["一、总体情况"] == "Heading 1"
    assert styles["（一）县市区"] == "Heading 2"


def test_properties_name_the_bulletin_and_its_date() -> None:
    about = opened(examples.bulletin()).core_properties
    assert about.title == examples.bulletin()["title"]
    assert about.author == examples.bulletin()["issuer"]
    assert about.created is not None
    assert about.created.isoformat() == "2022-04-15T01:00:00+00:00"
    assert (about.comments, about.language) == ("", "zh-CN")


def test_the_same_content_gives_the_same_bytes_with_no_date_of_today() -> None:
    content = examples.bulletin()
    written = docx.written(content)
    assert docx.written(json.loads(json.dumps(content))) == written
    with zipfile.ZipFile(BytesIO(written)) as file:
        assert {entry.date_time for entry in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert not [name for name in file.namelist() if "thumbnail" in name]


@pytest.mark.parametrize("typed", ["a\x00b\x1bc\u202ed", "𠮷😀\ue000", "line\nline\ttab"])
def test_no_text_makes_it_fail(typed: str) -> None:
    content = examples.bulletin(masthead=typed, title=typed, notes=[typed])
    content["sections"] = [{"heading": typed, "paragraphs": [typed], "tables": [{"head": [typed], "rows": [[typed]]}]}]
    assert opened(content).tables[0].rows[1].cells[0].text


def test_a_table_without_rows_says_so_in_the_papers_language() -> None:
    content = examples.bulletin(language="en", sections=[{"tables": [{"head": ["a", "b"], "rows": []}]}])
    assert [cell.text for cell in opened(content).tables[0].rows[1].cells] == ["None", "None"]

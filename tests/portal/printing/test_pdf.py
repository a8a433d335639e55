"""Papers as PDF: laid out as GB/T 9704 wants it, printed as typed, the same bytes every time."""

import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.printing import pdf, press, typeface
from tests.portal.printing import examples
from tests.portal.printing.pages import pictures, reader, texts

EXAMPLES = [("letter", examples.letter()), ("bulletin", examples.bulletin()), ("sheet", examples.sheet())]


@pytest.mark.parametrize(("template", "content"), EXAMPLES)
def test_papers_are_pdf_a_with_title_language_and_their_own_date(template: str, content: dict[str, Any]) -> None:
    document = reader(template, content)
    assert document.xmp_metadata is not None
    about = document.xmp_metadata.rdf_root.toxml()
    assert "<pdfaid:part>2</pdfaid:part>" in about
    assert "<pdfaid:conformance>B</pdfaid:conformance>" in about
    assert document.metadata is not None
    assert document.metadata.title == content["title"]
    assert document.metadata.creation_date is not None
    assert document.metadata.creation_date.isoformat()[:10] == content["dated"][:10]
    assert str(document.root_object["/Lang"]) == {"zh": "zh-CN", "en": "en-GB"}[content["language"]]


@pytest.mark.parametrize(("template", "content"), EXAMPLES)
def test_the_same_content_gives_the_same_bytes(template: str, content: dict[str, Any]) -> None:
    again = json.loads(json.dumps(content))
    with ThreadPoolExecutor(4) as threads:
        printed = list(threads.map(lambda paper: pdf.printed(template, paper).pdf, [content, again] * 2))
    assert len(set(printed)) == 1
    assert pdf.printed(template, {**content, "title": "另一份"}).pdf != printed[0]


def test_a_page_is_a4_with_22_lines_of_28_characters() -> None:
    content = examples.letter(paragraphs=["测" * 28 * 60], projects={}, pledges={}, superseded="")
    pages = reader("letter", content).pages
    assert [round(float(side) / 72 * 25.4) for side in pages[0].mediabox[2:]] == [210, 297]
    lines = [line for line in pages[1].extract_text().splitlines() if line.startswith("测")]
    assert [len(line) for line in lines] == [28] * 22
    left, top, right, bottom = pictures("letter", content)[1].cut(0, 262).ink()
    assert left == pytest.approx(28, abs=0.6)
    assert right == pytest.approx(210 - 26, abs=0.6)
    assert top == pytest.approx(37, abs=1)
    assert bottom <= 297 - 35


@pytest.mark.parametrize("content", [examples.letter(30), examples.letter(superseded="", to="", closing=[])])
def test_nothing_is_printed_in_the_margins(content: dict[str, Any]) -> None:
    for page in pictures("letter", {**content, "superseded": ""}):
        left, top, right, _bottom = page.ink()
        assert left >= 27.5
        assert right <= 210 - 25.5
        assert top >= 36.5


def test_page_numbers_stand_on_the_outer_side_and_the_number_on_every_page() -> None:
    content = examples.letter(60)
    for number, text in enumerate(texts("letter", content), 1):
        assert f"— {number} —" in text
        assert content["number"] in text
    feet = [page.cut(264, 290) for page in pictures("letter", content)]
    assert feet[0].ink()[2] > 172
    assert feet[1].ink()[0] == pytest.approx(28 + 14 / 72 * 25.4, abs=0.8)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_markup_is_printed_as_typed(language: str) -> None:
    typed = examples.MARKUP
    content = examples.letter(language=language, paragraphs=[typed], notes=[typed], number="#1", superseded="*2*")
    content["projects"]["rows"] = [["1", typed, "#3", "$4$", "[5]"]]
    content["signatures"][0]["name"] = "#sys.version"
    printed = "".join(texts("letter", content))
    bare = re.sub(r"\s", "", printed)
    assert bare.count(re.sub(r"\s", "", typed)) == 3
    for text in ("#1", "*2*", "#3", "$4$", "[5]", "#sys.version"):
        assert text in printed


def test_a_character_that_no_typeface_holds_is_printed_as_a_mark_with_a_note() -> None:
    content = examples.letter(paragraphs=["南岳区𠮷𫟴路"])
    content["signatures"][0]["name"] = "𠮷大明"
    printed = pdf.printed("letter", content)
    assert printed.unprintable == ("𠮷", "𫟴")
    text = "".join(texts("letter", content))
    assert "县委书记：〓大明" in text
    assert "〓 U+20BB7 U+2B7F4: 南岳区〓〓路" in text
    assert "〓 U+20BB7: 〓大明" in text
    assert "字库缺字" in text


def test_rare_characters_that_the_typeface_holds_are_printed() -> None:
    content = examples.letter(paragraphs=["\U0002b5f4\U0002cb5a䶮㐂"])
    assert pdf.printed("letter", content).unprintable == ()
    assert "\U0002b5f4\U0002cb5a䶮㐂" in texts("letter", content)[0]
    assert "字库缺字" not in "".join(texts("letter", content))


def test_every_character_said_to_be_printable_is() -> None:
    points = sorted(typeface.printable())
    everything = ["".join(map(chr, points[place : place + 500])) for place in range(0, len(points), 500)]
    content = examples.letter(paragraphs=everything)
    assert pdf.printed("letter", content).unprintable == ()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=60), min_size=6, max_size=6))
def test_no_text_makes_a_paper_fail(typed: list[str]) -> None:
    title, paragraph, cell, name, note, number = typed
    content = examples.letter(title=title, paragraphs=[paragraph], notes=[note], number=number, superseded=note)
    content["projects"]["rows"] = [["1", cell, cell, cell, cell]]
    content["signatures"][0]["name"] = name
    job, _unprintable = pdf.job_of("letter", content)
    assert press.pressed(job).startswith(b"%PDF")


def test_a_long_table_keeps_its_head_on_every_page_and_all_its_rows() -> None:
    pages = texts("letter", examples.letter(100))
    printed = "".join(pages)
    for number in range(1, 101):
        assert f"衡阳市第{number}号" in printed
    with_rows = [page for page in pages if "号标准厂房" in page]
    assert len(with_rows) > 3
    assert all("计划竣工" in page for page in with_rows)


def test_a_letter_of_a_hundred_projects_is_printed_in_a_bounded_time() -> None:
    begun = time.perf_counter()
    pdf.printed("letter", examples.letter(100))
    assert time.perf_counter() - begun < 10  # a quarter of a second on an idle machine


def test_an_overlong_name_stays_in_its_column() -> None:
    content = examples.letter()
    content["projects"]["rows"][1][1] = "Unbroken" * 40
    content["projects"]["rows"][2][1] = "衡阳市综合交通枢纽" * 200
    pages = pictures("letter", content)
    assert all(page.ink()[2] <= 210 - 25.5 for page in pages)
    assert "".join(texts("letter", content)).count("综合交通枢纽") > 100


def test_figures_of_many_columns_stay_on_the_page() -> None:
    table = {"head": [f"指标{number}（万元）" for number in range(14)], "rows": [["1,234,567.50"] * 14]}
    content = examples.bulletin(sections=[{"tables": [table]}])
    assert all(page.ink()[2] <= 210 - 25.5 for page in pictures("bulletin", content))


def test_a_table_without_rows_says_so() -> None:
    assert "None" in texts("sheet", examples.sheet())[0]


def test_a_superseded_letter_says_so_on_every_page() -> None:
    words = "本承诺书已由第2版取代"
    assert all(words in page for page in texts("letter", examples.letter(40, superseded=words)))


def test_an_unsigned_letter_leaves_room_to_sign() -> None:
    content = examples.letter()
    content["signatures"][0].update(name="", at="")
    del content["verify"]
    text = "".join(texts("letter", content))
    assert "李大明" not in text
    assert re.search(r"年\s+月\s+日", text)


def test_a_bulletin_carries_masthead_sections_tables_and_imprint() -> None:
    content = examples.bulletin()
    text = "".join(texts("bulletin", content))
    for words in (content["masthead"], content["number"], content["issuer"], content["date"], "一、总体情况"):
        assert words in text
    assert text.count("县市区综合排名") == 2
    assert content["address"] in text
    assert content["sha256"] in re.sub(r"\s", "", text)


def test_what_does_not_fit_its_shape_is_refused() -> None:
    uneven = examples.letter()
    uneven["projects"]["rows"][1].append("x")
    with pytest.raises(ValueError, match="row 2 has 6 cells under 5 titles"):
        pdf.printed("letter", uneven)
    with pytest.raises(ValueError, match="no zone"):
        pdf.printed("letter", examples.letter(dated="2022-02-07T10:32:00"))
    with pytest.raises(ValueError, match="no paper in 'fr'"):
        pdf.printed("letter", examples.letter(language="fr"))
    with pytest.raises(ValueError, match="no paper 'poster'"):
        pdf.printed("poster", examples.letter())


def test_a_press_that_fails_or_takes_too_long_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(pdf.NotPrinted, match=r"(?s)letter: .*TypstError"):
        pdf.printed("letter", examples.letter(paragraphs=[{"not": "text"}]))
    monkeypatch.setattr(pdf, "SECONDS", 0.001)
    with pytest.raises(pdf.NotPrinted, match="took longer"):
        pdf.printed("letter", examples.letter())

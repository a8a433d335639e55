"""Form, table and workbook say the same of the same figures; what is exported and imported again changes nothing."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from projects import check, entry
from projects.check import CheckedLine
from projects.entry import Sent
from projects.forms import FIELDS, texts_of, texts_shown
from projects.models import Report, Workbook
from projects.validation import EXPLAINED, EXPLANATION, Finding
from projects.workbook import lifecycle
from tests import world
from tests.conftest import City
from tests.projects.workbook import books
from tests.projects.workbook.books import LETTERS, changed, downloaded, said
from tests.world import at

DAY = at("2022-07-05")
FEW = settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
AMOUNTS = st.sampled_from(
    [
        "",
        "0",
        "12.5",
        "１２．５",
        "1,234.50",
        "1.2亿",
        "35000元",
        "900000",
        "250",
        "120%",
        "about 5",
        "-3",
        "12.345",
        "1,2",
    ]
)
STAGES = st.sampled_from(["", "续建", "在建", "竣工", "停工", "前期", "newly started", "在干", "continuing"])
DAYS = st.sampled_from(["", "2021-03-01", "2021/3/2", "2022年3月15日", "2022.7.1", "2022-02-30", "去年", "2020-05-01"])
WORDS = st.sampled_from(["", "封顶", "主体施工", "=1+1", "第一行\n第二行", "+86", "-", "@x", "字" * 1001])
ROW = st.fixed_dictionaries(
    {
        "flow": AMOUNTS,
        "year_to_date": AMOUNTS,
        "stage": STAGES,
        "started_on": DAYS,
        "finished_on": DAYS,
        "progress": WORDS,
        "obstacle": WORDS,
    }
)


@pytest.fixture
def second_quarter(town: City) -> City:
    """The first quarter accepted with 250 at each project; the second open, its draft begun."""
    report = world.submitted(town.county, town.quarter, 250, by=town.staff, when=at("2022-04-05"))
    world.accepted(report, by=town.reviewer, when=at("2022-04-06"))
    town.quarter = world.make_quarter("2022Q2")
    entry.begin_and_enter({}, town.county, town.quarter, by=town.staff, at=DAY)
    return town


def draft(town: City) -> Report:
    return Report.objects.select_related("unit", "quarter").get(quarter=town.quarter, state="draft")


def line(town: City, code: str = "A1") -> CheckedLine:
    [found] = check.some_lines(draft(town), [code])
    return found


def plainly(findings: list[Finding]) -> set[tuple[str, str, str]]:
    """What is to be mended or explained: a warning whose sentence is given is settled."""
    return {(each.level, each.code, each.message) for each in findings if not each.sentence}


def by_form(town: City, texts: Mapping[str, str]) -> set[tuple[str, str, str]]:
    """What the line says once the form, and the table of the quarter, which reads by it, has saved these texts."""
    before = line(town)
    sent = Sent(version=before.line.version, texts=texts_of({**texts_shown(before), **texts}), base=texts_shown(before))
    entry.begin_and_enter({"A1": sent}, town.county, town.quarter, by=town.staff, at=DAY)
    return plainly(line(town).findings)


def upload(town: City, content: bytes) -> Workbook:
    return books.uploaded(content, town.county, town.quarter, by=town.staff, at=DAY, language="zh-hans")


def by_workbook(town: City, texts: Mapping[str, str]) -> set[tuple[str, str, str]]:
    cells = {f"{LETTERS[name]}{books.FIRST}": text for name, text in texts.items()}
    found = upload(town, changed(downloaded(town.county, town.quarter, "zh-hans"), cells))
    return {
        (each["level"], each["code"], each["message"])
        for row in found.lines.filter(code="A1")
        for each in row.findings
        if each["code"] not in ("note", "cell")
    }


@FEW
@given(row=ROW)
def test_workbook_finds_what_the_form_finds(second_quarter: City, row: dict[str, str]) -> None:
    found = by_workbook(second_quarter, row)
    assert found == by_form(second_quarter, row)
    by_form(second_quarter, dict.fromkeys(FIELDS, "") | {"stage": "续建", "started_on": "2021-03-01"})


@FEW
@given(row=ROW, sentence=st.sampled_from(["", "一次性支付设备款", "突击施工：属实"]))
def test_exported_and_imported_again_changes_nothing(second_quarter: City, row: dict[str, str], sentence: str) -> None:
    by_form(second_quarter, row | {EXPLANATION + code: sentence for code in EXPLAINED})
    before = line(second_quarter)
    for language in ("zh-hans", "en"):
        content = downloaded(second_quarter.county, second_quarter.quarter, language)
        for each in (content, books.made(books.sheets(content))):
            found = upload(second_quarter, each)
            outcomes = set(found.lines.values_list("outcome", flat=True))
            assert outcomes <= {"unchanged", "faulty"}, list(found.lines.values())
            if found.lines.filter(outcome="faulty").exists():
                assert before.errors
            lifecycle.confirm(found, take=(), by=second_quarter.staff, now=lambda: DAY)
    after = line(second_quarter)
    assert (after.line.version, texts_shown(after)) == (before.line.version, texts_shown(before))


BREAKS: dict[str, Any] = {
    "F4": ["120%", "about 5", -1, 12.345, ("percent", 0.5), True, date(2022, 1, 1), "#REF!", "1,2", "9" * 14],
    "G5": ["not yet", -0.01, "１２０％", "#DIV/0!", "12..5"],
    "H4": ["在干", 3, "120%", "完成了一半"],
    "I5": ["去年", "2022-02-30", date(2023, 1, 1), 99, "3月15日"],
    "K4": ["字" * 1001, "#N/A"],
    "A4": ["X9", "A2", 17],
    "A5": ["A1", "另一个项目"],
    "B5": ["Project A1", "项目A1"],
    "F3": ["Completed this quarter", "Completed this quarter (%)"],
    "A6": ["A1", "ZZ"],
    "L6": ["a row without a project"],
}
BREAK = st.sampled_from([(place, cell) for place, cells in BREAKS.items() for cell in cells])


@FEW
@given(broken=st.lists(BREAK, min_size=1, max_size=4))
def test_every_invalid_workbook_gives_at_least_one_finding(town: City, broken: list[tuple[str, Any]]) -> None:
    cells = {"F4": 5, "K4": "封顶", "F5": 7, "K5": "基础", **dict(broken)}
    content, day = changed(downloaded(town.county, town.quarter), cells), at("2022-04-05")
    workbook = books.uploaded(content, town.county, town.quarter, by=town.staff, at=day)
    found = said(workbook)
    assert found, (cells, workbook.notes)
    assert all(message for _row, _column, message in found)
    lifecycle.confirm(workbook, take=(), by=town.staff, now=lambda: day)

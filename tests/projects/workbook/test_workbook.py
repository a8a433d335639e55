"""From the download to the changed lines: what is read, what is refused and where, and what is never replaced."""

from datetime import date
from typing import Any

import pytest

from portal.models import Role
from projects import drafting as reports
from projects.models import ReportLine, Workbook, WorkbookRow
from projects.workbook import lifecycle
from tests import world
from tests.conftest import City
from tests.projects.workbook import books
from tests.projects.workbook.books import changed, downloaded, said
from tests.world import at

DAY = at("2022-04-05")
State, Outcome = Workbook.State, WorkbookRow.Outcome


def upload(town: City, content: bytes, language: str = "en") -> Workbook:
    return books.uploaded(content, town.county, town.quarter, by=town.staff, at=DAY, language=language)


def confirm(town: City, workbook: Workbook, take: tuple[int, ...] = ()) -> Workbook:
    return lifecycle.confirm(workbook, take=take, by=town.staff, now=lambda: DAY)


def kept(code: str) -> Any:
    return ReportLine.objects.get(project__code=code, report__state="draft")


def test_untouched_workbook_changes_nothing(town: City) -> None:
    found = upload(town, downloaded(town.county, town.quarter))
    assert (found.state, found.rows, found.unchanged, found.faults, found.notes) == (State.READ, 2, 2, [], [])
    assert not found.lines.exists()
    assert not ReportLine.objects.exists()


def test_filled_rows_are_applied_once_confirmed(town: City) -> None:
    filled = changed(downloaded(town.county, town.quarter), {"F4": 12.5, "K4": "封顶", "L4": "=1+1"})
    found = upload(town, filled)
    assert not ReportLine.objects.exists()
    assert [(row.number, row.code, row.outcome) for row in found.lines.all()] == [(4, "A1", Outcome.CHANGED)]
    done = confirm(town, found)
    assert (done.state, done.changed) == (State.APPLIED, 1)
    line = kept("A1")
    assert (line.flow, line.year_to_date, line.progress, line.obstacle) == (12.5, 12.5, "封顶", "=1+1")
    assert (line.edited_by, line.version) == (town.staff, 1)
    assert confirm(town, found).changed == 1
    assert kept("A1").version == 1
    assert kept("A2").edited_at is None


@pytest.mark.parametrize(
    ("cells", "place", "words"),
    [
        ({"F4": "120%"}, (4, "F"), "not a percentage"),
        ({"F4": ("percent", 1.2)}, (4, "F"), "not a percentage"),
        ({"G5": "about 5"}, (5, "G"), "letters and other words"),
        ({"F4": 12.345}, (4, "F"), "At most two decimals"),
        ({"F4": -1}, (4, "F"), "below zero"),
        ({"H4": "在干"}, (4, "H"), "is no stage"),
        ({"I4": "去年"}, (4, "I"), "Enter a day with its year"),
        ({"I4": "2022-02-30"}, (4, "I"), "no such day"),
        ({"I4": date(2022, 5, 1)}, (4, "I"), "after the quarter's last day"),
        ({"F4": "#REF!"}, (4, "F"), "shows an error"),
        ({"K4": "#N/A"}, (4, "K"), "shows an error"),
        ({"A4": "X9"}, (4, "A"), "no project with this code"),
        ({"A5": "A1", "B5": ""}, (4, "A"), "stands in row 5 too"),
        ({"A6": "", "F6": 5}, (6, "A"), "which project it is about"),
        ({"B4": "Project A2"}, (4, "A"), "of two projects"),
        ({"F4": 5, "G4": 6}, (4, "G"), "don't agree"),
        ({"K4": "字" * 1001}, (4, "K"), "1000 fit"),
        ({"F3": "Completed this quarter"}, (3, "F"), "in which unit"),
        ({"E3": "Completed this quarter (10,000 CNY)"}, (3, "F"), "Two columns"),
    ],
)
def test_every_fault_is_named_at_its_cell(
    town: City, cells: dict[str, Any], place: tuple[int, str], words: str
) -> None:
    found = upload(town, changed(downloaded(town.county, town.quarter), cells))
    assert any((row, column) == place and words in message for row, column, message in said(found)), said(found)


def test_faulty_row_is_left_out_and_the_sound_one_applied(town: City) -> None:
    found = upload(town, changed(downloaded(town.county, town.quarter), {"F4": "120%", "F5": 7, "K5": "基础"}))
    confirm(town, found)
    assert (kept("A1").edited_at, kept("A2").flow) == (None, 7)
    assert found.lines.get(code="A1").outcome == Outcome.FAULTY


def test_line_saved_by_somebody_since_the_download_is_shown_with_both_values(town: City) -> None:
    filled = changed(downloaded(town.county, town.quarter), {"F4": 300, "F5": 7, "L4": "雨"})
    report = reports.begin(town.county, town.quarter, by=town.staff, at=DAY)
    colleague = world.make_person("colleague", town.county, Role.REPORTER)
    world.fill(report.lines.get(project=town.project), 250, by=colleague, when=DAY, progress="封顶")
    found = upload(town, filled)
    row = found.lines.get(code="A1")
    assert (row.outcome, row.base["flow"], row.texts["flow"]) == (Outcome.CONFLICT, "250", "300")
    assert (row.texts["progress"], row.texts["obstacle"]) == ("封顶", "雨")
    confirm(town, found)
    assert (kept("A1").flow, kept("A2").flow) == (250, 7)
    again = upload(town, filled)
    confirm(town, again, (again.lines.get(code="A1").pk,))
    line = kept("A1")
    assert (line.flow, line.progress, line.obstacle, line.edited_by) == (300, "封顶", "雨", town.staff)


def test_line_saved_between_preview_and_confirmation_is_asked_about_again(town: City) -> None:
    found = upload(town, changed(downloaded(town.county, town.quarter), {"F4": 300, "F5": 7}))
    report = reports.begin(town.county, town.quarter, by=town.staff, at=DAY)
    colleague = world.make_person("colleague", town.county, Role.REPORTER)
    world.fill(report.lines.get(project=town.project), 250, by=colleague, when=DAY)
    done = confirm(town, found)
    assert [done.state, done.changed, kept("A1").flow] == [State.READ, 1, 250]
    row = done.lines.get(code="A1")
    assert (row.outcome, row.base["flow"], row.texts["flow"]) == (Outcome.CONFLICT, "250", "300")
    assert [confirm(town, done, (row.pk,)).state, kept("A1").flow] == [State.APPLIED, 300]


def test_sentence_answers_the_warnings_of_its_row(town: City) -> None:
    cells = {"F4": 5000, "K4": "封顶", "M4": "一次性支付设备款"}
    found = upload(town, changed(downloaded(town.county, town.quarter), cells))
    confirm(town, found)
    assert set(kept("A1").explanations.values()) == {"一次性支付设备款"}
    again = upload(town, downloaded(town.county, town.quarter))
    assert (again.unchanged, again.lines.count()) == (2, 0)


def test_warning_without_its_sentence_asks_for_one_in_its_column(town: City) -> None:
    found = upload(town, changed(downloaded(town.county, town.quarter), {"F4": 5000, "K4": "封顶"}))
    row = found.lines.get()
    assert (row.outcome, row.asking) == (Outcome.CHANGED, 1)
    [finding] = row.findings
    assert (finding["column"], finding["level"]) == ("M", "warning")

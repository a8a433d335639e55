"""The table of a quarter, by its form: one save for all rows, faults at the cells, nothing typed is lost."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from portal.models import Role
from projects import drafting, lifecycle, prefill
from projects.models import Report, ReportLine
from projects.threads import Note
from tests import world
from tests.conftest import City
from tests.world import at

DAY = at("2022-04-05")
ENGLISH = {"accept-language": "en"}
TASKS = "/quarters/2022Q1/units/430421/"
GRID = TASKS + "grid/"
SHOWN = {"flow": "", "year_to_date": "", "stage": "continuing", "started_on": "2021-03-01", "finished_on": ""}
SHOWN |= {"progress": "", "obstacle": ""}


@pytest.fixture(autouse=True)
def _april() -> Iterator[None]:
    with time_machine.travel(DAY, tick=False):
        yield


@pytest.fixture
def staff(town: City, client: Client) -> Client:
    client.force_login(town.staff)
    return client


def row(code: str, version: int = 0, **typed: str) -> dict[str, str]:
    texts = {f"{code}-{name}": text for name, text in {**SHOWN, **typed}.items()}
    return {**texts, f"{code}-version": str(version), f"{code}-base": json.dumps(SHOWN)}


def post(client: Client, posted: dict[str, str], address: str = GRID) -> Any:
    return client.post(address, posted, headers=ENGLISH)


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def get(client: Client, address: str = GRID) -> str:
    answer = client.get(address, headers=ENGLISH)
    assert answer.status_code == 200
    return text_of(answer)


def kept(code: str = "A1") -> ReportLine:
    return ReportLine.objects.get(project__code=code, report__state="draft")


def accept_first(town: City) -> None:
    """The first quarter accepted with 5 at each project, the second open."""
    world.make_quarter("2022Q2")
    report = drafting.begin(town.county, town.quarter, by=town.staff, at=DAY)
    for line in report.lines.all():
        world.fill(line, 5, by=town.staff, when=DAY, progress="封顶", obstacle="征地")
    world.accepted(lifecycle.submit(report, by=town.staff, at=DAY), by=town.reviewer, when=DAY)


# Looking.


def test_looking_writes_nothing(town: City, staff: Client) -> None:
    text = get(staff)
    assert "Project A1" in text
    assert "Project A2" in text
    assert not Report.objects.exists()


def test_quarter_that_asks_for_nothing_leads_to_the_list(town: City, staff: Client) -> None:
    world.submitted(town.county, town.quarter, 5, by=town.staff, when=DAY)
    assert staff.get(GRID)["Location"] == TASKS


def test_principal_reads_and_has_no_button(town: City, client: Client) -> None:
    client.force_login(world.make_person("principal", town.county, Role.PRINCIPAL))
    text = get(client)
    assert "readonly" in text
    assert "data-autosave=" not in text
    assert post(client, row("A1", flow="5")).status_code == 403


@pytest.mark.parametrize("count", [1, 3, 300])
def test_table_costs_the_same_queries_for_any_number_of_lines(
    town: City, client: Client, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    unit = world.make_unit("430423", town.city)
    person = world.make_person("many", unit, Role.REPORTER)
    for number in range(count):
        world.make_project(f"M{number:03}", unit)
    drafting.begin(unit, town.quarter, by=person, at=DAY)
    client.force_login(person)
    with django_assert_num_queries(7):
        assert client.get("/quarters/2022Q1/units/430423/grid/").content.count(b"<tbody") == count


def test_remarks_of_a_return_stand_below_their_lines(town: City, staff: Client) -> None:
    report = world.submitted(town.county, town.quarter, 5, by=town.staff, when=DAY)
    line = report.lines.get(project=town.second)
    lifecycle.send_back(
        report, by=town.reviewer, at=DAY, remark="look", notes=[Note(line=line.pk, text="which invoice?")]
    )
    assert "which invoice?" in get(staff)


# Saving.


def test_rows_that_were_changed_are_saved_and_the_others_stay_untouched(town: City, staff: Client) -> None:
    answer = post(staff, {**row("A1", flow="１２．５", progress="封顶"), **row("A2")})
    assert answer["Location"] == GRID
    assert (kept("A1").flow, kept("A1").edited_by) == (Decimal("12.5"), town.staff)
    assert kept("A2").edited_at is None
    text = get(staff)
    assert "1 line saved" in text
    assert "“１２．５” was understood as 12.5" in text


def test_what_cannot_be_read_stands_at_its_cell_with_the_reason_below_and_on_top(staff: Client) -> None:
    post(staff, row("A1", flow="about 20", stage="在干"))
    text = get(staff)
    assert 'value="about 20"' in text
    assert '<option value="在干" selected>' in text
    assert text.count("letters and other words") == 2
    assert 'href="#A1-flow"' in text
    assert 'data-mark="error"' in text


def test_day_that_does_not_belong_to_the_stage_is_said_to_be_left_out(staff: Client) -> None:
    post(staff, row("A1", finished_on="2022-03-01"))
    assert kept().finished_on is None
    assert "“Finish” was left out" in get(staff)


def test_nothing_typed_is_nothing_saved(staff: Client) -> None:
    post(staff, row("A1"))
    assert "nothing to save" in get(staff)
    assert not Report.objects.exists()


def test_closed_quarter_keeps_the_texts_on_the_page(town: City, client: Client) -> None:
    with time_machine.travel(at("2022-05-05"), tick=False):
        client.force_login(town.staff)
        answer = post(client, row("A1", progress="写了很久的话"))
    assert answer.status_code == 409
    assert "closed on 2022-04-20" in text_of(answer)
    assert "写了很久的话" in text_of(answer)


@pytest.mark.parametrize("base", ["", "x", "[]", "3"])
def test_what_no_table_posts_is_not_found(staff: Client, base: str) -> None:
    answer = post(staff, {**row("A1", flow="5"), "A1-base": base})
    assert answer.status_code == (404 if base else 302)


def test_row_of_another_unit_is_not_saved(town: City, staff: Client) -> None:
    world.make_project("B1", town.other)
    post(staff, {**row("B1", flow="5"), **row("A1", flow="6")})
    assert "no longer asks" in get(staff)
    assert not ReportLine.objects.filter(project__code="B1").exists()
    assert kept("A1").flow == 6


# The session has ended.


def test_table_posted_after_the_session_ended_is_back_after_signing_in(town: City) -> None:
    browser = Client()
    answer = post(browser, {**row("A1", flow="77", progress="写了很久的话"), **row("A2")})
    assert answer["Location"] == f"/accounts/login/?next={GRID}"
    browser.post(answer["Location"], {"login": town.staff.email, "password": world.PASSWORD})
    text = get(browser)
    assert "写了很久的话" in text
    assert "is back in the table" in text
    assert not Report.objects.exists()
    post(browser, row("A1", flow="77", progress="写了很久的话"))
    assert kept().flow == 77
    assert "is back in the table" not in get(browser)


def test_colleague_who_saved_while_one_signed_in_again_is_not_overwritten(town: City) -> None:
    browser = Client()
    address = post(browser, row("A1", flow="77"))["Location"]
    report = drafting.begin(town.county, town.quarter, by=town.staff, at=DAY)
    world.fill(report.lines.get(project=town.project), 90, by=town.staff, when=DAY)
    browser.post(address, {"login": town.staff.email, "password": world.PASSWORD})
    assert f'name="A1-base" value="{json.dumps(SHOWN).replace(chr(34), "&quot;")}"' in get(browser)
    answer = post(browser, row("A1", flow="77"))
    assert answer.status_code == 409
    assert "staff saved this line" in text_of(answer)
    assert kept().flow == 90


def test_table_with_a_token_of_an_earlier_sign_in_is_kept(town: City) -> None:
    browser = Client(enforce_csrf_checks=True, headers={"origin": "http://testserver"})
    browser.force_login(town.staff)
    assert post(browser, row("A1", flow="77"))["Location"] == GRID
    assert 'value="77"' in get(browser)


# Nothing changed.


def test_untouched_lines_are_marked_at_once_and_it_can_be_undone(town: City, client: Client) -> None:
    accept_first(town)
    world.make_project("A3", town.county)
    grid = GRID.replace("Q1", "Q2")
    with time_machine.travel(at("2022-07-05"), tick=False):
        client.force_login(town.staff)
        assert "Nothing changed at the 2 untouched projects" in get(client, grid)
        begun = drafting.begin(town.county, Report.objects.get().quarter.__class__.objects.labelled("2022Q2").get(),
                                by=town.staff, at=at("2022-07-05"))  # fmt: skip
        before = [(line.stage, line.started_on, line.progress, line.obstacle) for line in begun.lines.all()]
        post(client, {"keep_untouched": "1"}, grid)
        assert [kept(code).flow for code in ("A1", "A2", "A3")] == [0, 0, None]
        assert [kept("A1").progress, kept("A1").obstacle] == ["封顶", "征地"]
        text = get(client, grid)
        assert "2 projects marked as unchanged" in text
        assert "Left to fill in" in text
        assert "Project A3" in text
        world.fill(kept("A2"), 9, by=town.staff, when=at("2022-07-05"))
        post(client, {"undo": "1"}, grid)
        assert (kept("A1").flow, kept("A1").edited_at, kept("A2").flow) == (None, None, Decimal(9))
        after = [(line.stage, line.started_on, line.progress, line.obstacle) for line in begun.lines.all()]
        assert [after[0], after[2]] == [before[0], before[2]]
        text = get(client, grid)
        assert "1 project is as it was before" in text
        assert "Left alone, since somebody changed it since: Project A2" in text
        post(client, {"undo": "1"}, grid)
        assert "nothing to undo" in get(client, grid)


def test_button_of_a_row_saves_what_was_typed_elsewhere_first(town: City, client: Client) -> None:
    accept_first(town)
    grid = GRID.replace("Q1", "Q2")
    with time_machine.travel(at("2022-07-05"), tick=False):
        client.force_login(town.staff)
        answer = post(client, {**row("A2", flow="7", progress="封顶"), "keep": "A1"}, grid)
        assert answer["Location"] == grid + "#line-A1"
        assert (kept("A1").flow, kept("A2").flow) == (Decimal(0), Decimal(7))


def test_list_of_tasks_marks_and_undoes_too(town: City, client: Client) -> None:
    accept_first(town)
    tasks = TASKS.replace("Q1", "Q2")
    with time_machine.travel(at("2022-07-05"), tick=False):
        client.force_login(town.staff)
        assert client.post(tasks + "no-change/")["Location"] == tasks
        assert kept("A1").flow == 0
        assert "2 projects marked as unchanged" in get(client, tasks)
        client.post(tasks + "no-change/undo/")
        assert kept("A1").edited_at is None


def test_undo_of_a_report_handed_in_is_refused(town: City, client: Client) -> None:
    accept_first(town)
    tasks = TASKS.replace("Q1", "Q2")
    with time_machine.travel(at("2022-07-05"), tick=False):
        client.force_login(town.staff)
        client.post(tasks + "no-change/")
        lifecycle.submit(kept("A1").report, by=town.staff, at=at("2022-07-05"))
        client.post(tasks + "no-change/undo/", headers=ENGLISH)
        assert "nothing to undo any more" in get(client, tasks)
        assert not ReportLine.objects.filter(report__quarter__number=2, edited_at=None).exists()


# Prefilled.


def test_at_least_four_fifths_of_the_fields_are_prefilled_and_say_where_from(town: City, client: Client) -> None:
    """25 projects, 5 changed: the columns a finished report fills, less the year to date, which is computed."""
    unit = world.make_unit("430423", town.city)
    person = world.make_person("many", unit, Role.REPORTER, Role.APPROVER)
    for number in range(25):
        world.make_project(f"M{number:02}", unit)
    world.make_quarter("2022Q2")
    world.accepted(world.submitted(unit, town.quarter, 100, by=person, when=DAY), by=town.reviewer, when=DAY)
    with time_machine.travel(at("2022-07-05"), tick=False):
        client.force_login(person)
        rows = client.get("/quarters/2022Q2/units/430423/grid/", headers=ENGLISH).context["rows"]
    filled = prefilled = 0
    for place, each in enumerate(rows):
        known = ["project", "plan", "before"]
        cells = {cell.column: cell for cell in each.cells}
        stated = ["flow", "stage", "started_on", "progress"]  # none is completed, nothing holds them up
        typed = {"flow", "progress"} if place < 5 else {"flow"}
        filled += len(known) + len(stated)
        prefilled += len(known) + sum(bool(cells[name].text) for name in stated if name not in typed)
        for name, cell in cells.items():
            assert bool(cell.text) == (cell.source == prefill.Source.LAST_REPORT), name
    assert prefilled / filled >= 0.8, f"{prefilled} of {filled}"

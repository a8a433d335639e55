"""Remarks as the unit meets them: at their field and cell, answered in form, table and task list, nothing lost."""

import json

import pytest
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from portal.models import Role
from projects import drafting, lifecycle
from projects.models import Report, ReportLine
from projects.threads import Note, Threads
from tests import world
from tests.conftest import City
from tests.world import at, signed_in

DAY = at("2022-04-05")
UNIT = {"label": "2022Q1", "code": "430421"}


@pytest.fixture
def draft(town: City) -> Report:
    report = world.submitted(town.county, town.quarter, 250, by=town.staff, when=DAY)
    line = report.lines.get(project=town.project)
    notes = [Note(line=line.pk, text="which road?"), Note(line=line.pk, field="flow", text="invoice?")]
    return lifecycle.send_back(report, by=town.reviewer, at=DAY, remark="two things", notes=notes)


def keys(draft: Report) -> tuple[int, int, int]:
    """The threads on the report, on the line and on its flow."""
    whole, road, flow = Threads.of_report(draft).every
    return whole.pk, road.pk, flow.pk


def form() -> str:
    return reverse("line_form", kwargs={**UNIT, "project_code": "A1"})


def line(draft: Report) -> ReportLine:
    return draft.lines.get(project__code="A1")


def test_form_shows_each_remark_at_its_field_and_keeps_the_answer(town: City, draft: Report) -> None:
    _whole, road, flow = keys(draft)
    client = signed_in(town.staff)
    shown = client.get(form()).context["form"]
    assert [talk.thread.pk for talk in shown.talks["flow"]] == [flow]
    assert [talk.thread.pk for talk in shown.talks["line"]] == [road]
    typed = {"flow": "250", "stage": "continuing", "started_on": "2021-03-01", "progress": "主体施工"}
    client.post(form(), {**typed, "version": "0", f"answer:{flow}": "counted\x00 anew", f"answer:{road}": ""})
    assert line(draft).answers == {str(flow): "counted anew"}
    assert "counted anew" in client.get(form()).content.decode()


def test_form_that_says_nothing_of_answers_leaves_them(town: City, draft: Report) -> None:
    flow = keys(draft)[2]
    client = signed_in(town.staff)
    client.post(form(), {"version": "0", f"answer:{flow}": "counted anew", "stage": "continuing"})
    client.post(form(), {"version": "1", "stage": "continuing", "flow": "250"})
    assert line(draft).answers == {str(flow): "counted anew"}


def test_too_long_an_answer_is_kept_and_refused(town: City, draft: Report) -> None:
    flow = keys(draft)[2]
    client = signed_in(town.staff)
    client.post(form(), {"version": "0", "stage": "continuing", "flow": "250", f"answer:{flow}": "长" * 1001})
    saved = line(draft)
    assert (saved.answers, saved.rejected) == ({}, {f"answer:{flow}": "长" * 1001})
    assert "长" * 1001 in client.get(form()).content.decode()
    with pytest.raises(lifecycle.StepRefused):
        lifecycle.submit(draft, by=town.staff, at=DAY)


def test_colleagues_answer_is_shown_beside_and_not_overwritten(town: City, draft: Report) -> None:
    flow = keys(draft)[2]
    signed_in(town.staff).post(form(), {"version": "0", "stage": "continuing", f"answer:{flow}": "mine"})
    colleague = world.make_person("colleague", town.county, Role.REPORTER)
    answer = signed_in(colleague).post(form(), {"version": "0", "stage": "continuing", f"answer:{flow}": "theirs"})
    assert answer.status_code == 409
    assert all(text in answer.content.decode() for text in ("mine", "theirs", "Answer to the remark"))
    assert line(draft).answers == {str(flow): "mine"}


def test_table_marks_the_cell_and_saves_the_answer_by_itself(town: City, draft: Report) -> None:
    flow = keys(draft)[2]
    client = signed_in(town.staff)
    row = client.get(reverse("report_grid", kwargs=UNIT)).context["rows"][0]
    assert {cell.column: len(cell.remarked) for cell in row.cells if cell.remarked} == {"flow": 1}
    said = {"version": 0, "texts": {**row.texts, f"answer:{flow}": "counted anew"}, "base": row.shown}
    address = reverse("line_autosave", kwargs=UNIT)
    body = json.dumps({"person": town.staff.pk, "lines": {"A1": said}})
    answer = client.post(address, body, content_type="application/json")
    assert answer.json()["lines"]["A1"]["cells"][f"answer:{flow}"] == "counted anew"
    assert line(draft).answers == {str(flow): "counted anew"}
    assert "counted anew" in client.get(reverse("report_grid", kwargs=UNIT)).content.decode()


def test_remark_on_the_report_is_answered_on_the_task_list(town: City, draft: Report) -> None:
    whole = keys(draft)[0]
    client = signed_in(town.staff)
    address, tasks = reverse("report_answer", kwargs=UNIT), reverse("quarter_tasks", kwargs=UNIT)
    answer = client.post(address, {f"answer:{whole}": "both mended", f"shown:{whole}": "", "answer:x": "?"})
    assert answer["Location"] == tasks
    assert "both mended" in client.get(tasks).content.decode()
    stale = client.post(address, {f"answer:{whole}": "only one", f"shown:{whole}": ""})
    assert stale.status_code == 409
    assert all(text in stale.content.decode() for text in ("both mended", "only one"))
    assert Report.objects.get(pk=draft.pk).answers == {str(whole): "both mended"}


def test_answer_access(town: City, draft: Report) -> None:
    whole = keys(draft)[0]
    address = reverse("report_answer", kwargs=UNIT)
    said = {f"answer:{whole}": "planted"}
    asked = [
        signed_in(person).post(address, said).status_code for person in (town.stranger, town.leader, town.reviewer)
    ]
    assert asked == [404, 403, 403]
    assert Report.objects.get(pk=draft.pk).answers == {}


def test_receipt_shows_the_talk_to_all_who_may_read_it(town: City, draft: Report) -> None:
    whole = keys(draft)[0]
    drafting.answer(draft, {whole: "both mended"}, {}, by=town.staff, at=DAY)
    again = lifecycle.submit(draft, by=town.staff, at=DAY)
    text = signed_in(town.leader).get(reverse("report_detail", args=[again.pk])).content.decode()
    assert all(said in text for said in ("two things", "both mended", "which road?", "invoice?"))


@pytest.mark.parametrize("count", [1, 3, 30])
def test_table_costs_the_same_queries_for_any_number_of_remarks(
    town: City, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    report = world.submitted(town.county, town.quarter, 250, by=town.staff, when=DAY)
    of = report.lines.get(project=town.project)
    notes = [Note(line=of.pk, field="flow", text=f"{number}?") for number in range(count)]
    lifecycle.send_back(report, by=town.reviewer, at=DAY, notes=notes)
    client = signed_in(town.staff)
    client.get(reverse("report_grid", kwargs=UNIT))
    with django_assert_num_queries(11):
        client.get(reverse("report_grid", kwargs=UNIT))

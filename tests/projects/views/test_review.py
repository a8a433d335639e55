"""The review page: what it shows, who may decide, and that nothing typed is lost."""

from decimal import Decimal
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from portal.models import Membership, Role
from projects import drafting, lifecycle
from projects.models import Remark, Report, ReportLine
from projects.threads import Note, Threads
from projects.typed import Typed
from tests import world
from tests.conftest import City
from tests.world import at, signed_in

DAY = at("2022-04-05")


@pytest.fixture
def report(town: City) -> Report:
    return world.submitted(town.county, town.quarter, 250, by=town.staff, when=DAY)


def page(report: Report) -> str:
    return reverse("admin:projects_report_change", args=[report.pk])


def state(report: Report) -> str:
    return Report.objects.get(pk=report.pk).state


def test_review_access(town: City, report: Report) -> None:
    auditor = world.make_person("auditor", town.city, Role.AUDITOR)
    elsewhere = world.make_person("elsewhere", town.other, Role.REVIEWER)
    asked = []
    for person in (town.staff, town.leader, elsewhere, auditor):
        client = signed_in(person)
        answers = client.get(page(report), follow=True), client.post(page(report), {"step": "accept"}, follow=True)
        asked.append(tuple(answer.status_code for answer in answers))
    assert asked == [(403, 403), (403, 403), (404, 404), (200, 403)]
    assert reverse("account_login") in Client().get(page(report), follow=True).redirect_chain[-1][0]
    assert state(report) == "submitted"


def test_review_shows_each_line_beside_its_plan_and_last_quarter(town: City, report: Report) -> None:
    lifecycle.accept(report, by=town.reviewer, at=DAY)
    second = world.make_quarter("2022Q2")
    later = world.submitted(town.county, second, 300, by=town.staff, when=at("2022-07-05"))
    shown = signed_in(town.reviewer, "zh-hans").get(page(later))
    row = shown.context["reviewed"].lines[0]
    assert (row.planned, row.checked.last.flow, row.line.flow, row.difference) == (1000, 250, 300, 50)
    assert (row.line.year_to_date, row.checked.share_of_plan) == (550, Decimal("0.55"))
    assert shown.context["reviewed"].totals.rate == Decimal(1100) / 4000
    assert "55.0%" in shown.content.decode()


def test_first_look_of_a_reviewer_is_noted_once_and_an_auditors_never(town: City, report: Report) -> None:
    signed_in(world.make_person("auditor", town.city, Role.AUDITOR)).get(page(report))
    assert Report.objects.get().opened_at is None
    signed_in(town.administrator).get(page(report))
    signed_in(town.reviewer).get(page(report))
    assert Report.objects.get().opened_by == town.administrator
    assert [event.verb for event in report.events.all()] == ["begin", "submit", "open"]


def test_accept_makes_the_report_count_and_offers_the_next_one(town: City, report: Report) -> None:
    world.make_project("B1", town.other)
    following = world.submitted(town.other, town.quarter, 5, by=town.stranger, when=DAY)
    answer = signed_in(town.reviewer).post(page(report), {"step": "accept", "remark": "seen on site"}, follow=True)
    assert answer.redirect_chain == [(page(following), 302)]
    assert state(report) == "accepted"
    assert report.events.get(verb="accept").reason == "seen on site"
    assert "Next is Unit 430422, Q1 2022." in answer.content.decode()


def test_last_report_of_the_queue_leads_back_to_it_with_its_filters(town: City, report: Report) -> None:
    world.make_project("B1", town.other)
    world.submitted(town.other, town.quarter, 5, by=town.stranger, when=DAY)
    filters = f"unit={town.county.pk}"
    address = f"{page(report)}?_changelist_filters={quote(filters)}"
    answer = signed_in(town.reviewer).post(address, {"step": "accept"}, follow=True)
    assert answer.redirect_chain == [(f"{reverse('admin:projects_report_changelist')}?{filters}", 302)]
    assert "Nothing else in this queue waits for you." in answer.content.decode()


def test_crooked_filters_in_the_address_are_passed_over(town: City, report: Report) -> None:
    client = signed_in(town.reviewer)
    for filters in ("unit=x", "quarter=%00", "reviewed_by__email=x", "o=9.9.9", "p=7"):
        assert client.get(f"{page(report)}?_changelist_filters={quote(filters)}").status_code == 200


def test_return_carries_remarks_on_the_report_and_on_its_lines(town: City, report: Report) -> None:
    line = report.lines.all()[0]
    remarks = {"remark": "see below", f"line_{line.pk}": "invoice?"}
    signed_in(town.reviewer).post(page(report), {"step": "return", **remarks})
    assert state(report) == "returned"
    assert list(Remark.objects.values_list("line", "text")) == [(None, "see below"), (line.pk, "invoice?")]


def test_remark_is_made_at_a_field_and_another_place_is_one_button_away(town: City, report: Report) -> None:
    line = report.lines.all()[0]
    client = signed_in(town.reviewer)
    first = {f"line_{line.pk}": "invoice?", f"about_{line.pk}": "flow", "remark": "kept"}
    more = client.post(page(report), {"more": line.pk, **first})
    assert (more.status_code, state(report)) == (200, "submitted")
    text = more.content.decode()
    assert all(each in text for each in ("invoice?", "kept", f'name="line_{line.pk}_2"', 'value="flow" selected'))
    second = {f"line_{line.pk}_2": "which day?", f"about_{line.pk}_2": "started_on"}
    client.post(page(report), {"step": "return", **first, **second})
    made = Remark.objects.filter(line=line).values_list("field", "text")
    assert sorted(made) == [("flow", "invoice?"), ("started_on", "which day?")]


def test_thread_is_gone_on_with_or_settled_in_the_next_round(town: City, report: Report) -> None:
    line = report.lines.all()[0]
    notes = [Note(line=line.pk, field="flow", text="invoice?"), Note(line=line.pk, text="which road?")]
    draft = lifecycle.send_back(report, by=town.reviewer, at=DAY, notes=notes)
    flow, road = Remark.objects.order_by("pk")
    typed = Typed(values={"flow": Decimal(270), "typed": "flow"}, answers={str(flow.pk): "counted anew"})
    mended = draft.lines.get(project=line.project)
    world.save_line(mended, typed, version=0, by=town.staff, at=DAY)
    again = lifecycle.submit(draft, by=town.staff, at=DAY)
    client = signed_in(town.reviewer)
    text = " ".join(client.get(page(again)).content.decode().split())
    assert all(each in text for each in ("invoice?", "counted anew", "when remarked: 250 → now: <strong>270</strong>"))
    posted = {"step": "return", "settled": [flow.pk], f"thread_{road.pk}": "the name, please"}
    client.post(page(again), posted)
    newest = Report.objects.get(revision=3)
    talk = Threads.of_report(newest)
    assert [thread.is_open for thread in talk.every] == [False, True]
    assert [entry.text for entry in talk.every[1].entries] == ["which road?", "the name, please"]


def test_text_that_changed_is_shown_word_by_word(town: City, report: Report) -> None:
    line = report.lines.get(project=town.project)
    draft = lifecycle.send_back(report, by=town.reviewer, at=DAY, remark="say how far it is")
    mended = draft.lines.get(project=town.project)
    world.fill(mended, 250, by=town.staff, when=DAY, progress=f"{line.progress}已完成")
    again = lifecycle.submit(draft, by=town.staff, at=DAY)
    shown = " ".join(signed_in(town.reviewer).get(page(again)).content.decode().split())
    assert '[added: </span>已完成<span class="visually-hidden">]</span></ins>' in shown


def test_lines_that_came_and_went_since_are_named(town: City, report: Report) -> None:
    draft = lifecycle.send_back(report, by=town.reviewer, at=DAY, remark="a road is missing")
    town.second.annualplan_set.all().delete()
    world.make_project("A3", town.county)
    draft = drafting.begin(town.county, town.quarter, by=town.staff, at=DAY)
    world.fill(draft.lines.get(project__code="A3"), 5, by=town.staff, when=DAY)
    again = lifecycle.submit(draft, by=town.staff, at=DAY)
    reviewed = signed_in(town.reviewer).get(page(again)).context["reviewed"]
    assert [(row.line.project.code, row.is_new) for row in reviewed.lines] == [("A1", False), ("A3", True)]
    assert [line.project.code for line in reviewed.gone] == ["A2"]
    assert (again.changed_count, reviewed.lines_changed) == (1, 1)


def test_changes_are_told_against_what_a_reviewer_saw_not_what_was_withdrawn(town: City, report: Report) -> None:
    draft = lifecycle.send_back(report, by=town.reviewer, at=DAY, remark="look again")
    world.fill(draft.lines.get(project=town.project), 270, by=town.staff, when=DAY)
    second = lifecycle.submit(draft, by=town.staff, at=DAY)
    third = lifecycle.withdraw(second, by=town.staff, at=DAY, reason="a slip")
    third = lifecycle.submit(third, by=town.staff, at=DAY)
    rows = signed_in(town.reviewer).get(page(third)).context["reviewed"].lines
    assert [row.changed for row in rows] == [{"flow", "year_to_date"}, frozenset()]


def test_keys_are_listed_and_can_be_turned_off(town: City, report: Report) -> None:
    client = signed_in(town.reviewer)
    assert 'data-uses-keys="on"' in client.get(page(report)).content.decode()
    answer = client.post(reverse("admin:projects_report_keys"), {"keys": "off", "back": page(report)})
    assert answer["Location"] == page(report)
    town.reviewer.refresh_from_db()
    assert not town.reviewer.uses_keys
    assert 'data-uses-keys="off"' in client.get(page(report)).content.decode()
    assert 'data-uses-keys="off"' in client.get(reverse("admin:projects_report_changelist")).content.decode()
    elsewhere = client.post(reverse("admin:projects_report_keys"), {"keys": "on", "back": "//example.org/"})
    assert elsewhere["Location"] == reverse("admin:projects_report_changelist")


def test_return_without_a_remark_is_refused(town: City, report: Report) -> None:
    answer = signed_in(town.reviewer).post(page(report), {"step": "return", "remark": "  "})
    assert (answer.status_code, state(report)) == (422, "submitted")
    assert "write a remark" in answer.content.decode()


def test_accept_with_remarks_on_lines_is_refused_and_the_text_kept(town: City, report: Report) -> None:
    line = report.lines.all()[0]
    answer = signed_in(town.reviewer).post(page(report), {"step": "accept", f"line_{line.pk}": "why so little?"})
    assert (answer.status_code, state(report)) == (422, "submitted")
    assert "why so little?" in answer.content.decode()


def test_too_long_a_remark_is_refused_and_the_text_kept(town: City, report: Report) -> None:
    answer = signed_in(town.reviewer).post(page(report), {"step": "return", "remark": "啊" * 2001})
    assert (answer.status_code, state(report)) == (422, "submitted")
    assert "啊" * 2001 in answer.content.decode()


def test_second_reviewer_is_told_who_decided_and_keeps_the_text(town: City, report: Report) -> None:
    second = signed_in(town.administrator)
    second.get(page(report))
    lifecycle.accept(report, by=town.reviewer, at=DAY)
    answer = second.post(page(report), {"step": "return", "remark": "count the piles again"})
    text = answer.content.decode()
    assert (answer.status_code, state(report)) == (409, "accepted")
    assert "reviewer decided on this report at 2022-04-05 10:00: it is accepted" in text
    assert "count the piles again" in text
    assert 'name="step"' not in text


def test_second_click_on_accept_is_no_mistake(town: City, report: Report) -> None:
    client = signed_in(town.reviewer)
    answers = [client.post(page(report), {"step": "accept"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert report.events.filter(verb="accept").count() == 1


def test_who_prepared_or_submitted_is_told_that_somebody_else_decides(town: City, report: Report) -> None:
    Membership.objects.create(user=town.staff, unit=town.city, role=Role.REVIEWER)
    client = signed_in(town.staff)
    shown = client.get(page(report)).content.decode()
    assert "somebody else decides" in shown
    assert 'name="step"' not in shown
    answer = client.post(page(report), {"step": "accept"})
    assert (answer.status_code, state(report)) == (422, "submitted")
    assert "Nobody reviews a report that they prepared" in answer.content.decode()


def test_unknown_step_is_no_step(town: City, report: Report) -> None:
    assert signed_in(town.reviewer).post(page(report), {"step": "delete"}).status_code == 400
    assert state(report) == "submitted"


def test_change_since_the_returned_revision_is_marked_with_a_word(town: City, report: Report) -> None:
    line = report.lines.all()[0]
    draft = lifecycle.send_back(
        report, by=town.reviewer, at=DAY, remark="", notes=[Note(line=line.pk, text="look again")]
    )
    world.fill(draft.lines.get(project=town.project), 270, by=town.staff, when=DAY)
    again = lifecycle.submit(draft, by=town.staff, at=DAY)
    shown = signed_in(town.reviewer).get(page(again))
    rows = shown.context["reviewed"].lines
    assert [row.changed for row in rows] == [{"flow", "year_to_date"}, frozenset()]
    assert [entry.text for thread in rows[0].threads for entry in thread.entries] == ["look again"]
    assert shown.content.decode().count("changed; before:") == 2
    assert shown.content.decode().count('class="is-changed"') == 2


def test_year_to_date_corrected_since_is_shown_beside_the_submitted_one(town: City, report: Report) -> None:
    lifecycle.accept(report, by=town.reviewer, at=DAY)
    later = world.submitted(town.county, world.make_quarter("2022Q2"), 300, by=town.staff, when=at("2022-07-05"))
    draft = lifecycle.correct(report, by=town.staff, at=DAY, reason="counted twice")
    world.fill(draft.lines.get(project=town.project), 200, by=town.staff, when=DAY)
    lifecycle.submit(draft, by=town.staff, at=DAY)
    row = signed_in(town.reviewer).get(page(later)).context["reviewed"].lines[0]
    assert (row.line.year_to_date, row.checked.year_to_date_now) == (550, 500)


def test_warnings_stand_with_the_units_sentence_and_a_tick(town: City) -> None:
    report = world.submitted(town.county, town.quarter, 1500, by=town.staff, when=DAY)
    name = f"{report.lines.all()[0].pk}:over_plan_in_first_quarter"
    shown = signed_in(town.reviewer).get(page(report)).content.decode()
    assert world.SENTENCES["jump"] in shown
    assert shown.count(f'value="{name}"') == 1
    assert "I have looked at the 1 warning" in shown
    auditor = signed_in(world.make_person("auditor", town.city, Role.AUDITOR))
    assert 'type="checkbox"' not in auditor.get(page(report)).content.decode()


def test_clean_report_asks_for_no_tick(town: City, report: Report) -> None:
    assert 'type="checkbox"' not in signed_in(town.reviewer).get(page(report)).content.decode()


def test_accepting_with_warnings_needs_ticks_and_keeps_those_there_are(town: City) -> None:
    town.second.annualplan_set.update(planned_investment=1000)
    report = world.submitted(town.county, town.quarter, 1500, by=town.staff, when=DAY)
    first, second = (f"{line.pk}:over_plan_in_first_quarter" for line in report.lines.all())
    client = signed_in(town.reviewer)
    answer = client.post(page(report), {"step": "accept", "tick": [first], "remark": "seen"})
    assert (answer.status_code, state(report)) == (422, "submitted")
    text = " ".join(answer.content.decode().split())
    assert "Warnings not ticked yet: 1 (A2 over the year" in text
    assert f'value="{first}" checked' in text
    assert f'value="{second}" checked' not in text
    client.post(page(report), {"step": "accept", "tick": [first, second]})
    assert state(report) == "accepted"
    assert report.events.get(verb="accept").reason.startswith("Warnings looked at: A1 over")


def test_all_warnings_at_once_need_a_remark_on_the_report(town: City) -> None:
    report = world.submitted(town.county, town.quarter, 1500, by=town.staff, when=DAY)
    client = signed_in(town.reviewer)
    answer = client.post(page(report), {"step": "accept", "tick_every": "1"})
    assert (answer.status_code, state(report)) == (422, "submitted")
    assert 'name="tick_every" value="1" checked' in " ".join(answer.content.decode().split())
    client.post(page(report), {"step": "accept", "tick_every": "1", "remark": "seen on site"})
    assert state(report) == "accepted"


def test_figures_posted_to_the_review_change_nothing(town: City, report: Report) -> None:
    line = report.lines.all()[0]
    signed_in(town.reviewer).post(page(report), {"step": "return", "remark": "x", "flow": "1", "state": "accepted"})
    assert state(report) == "returned"
    assert ReportLine.objects.get(pk=line.pk).flow == 250


def test_draft_is_not_shown_even_to_its_own_people(town: City) -> None:
    Membership.objects.create(user=town.staff, unit=town.county, role=Role.REVIEWER)
    draft = drafting.begin(town.county, town.quarter, by=town.staff, at=DAY)
    assert signed_in(town.staff).get(page(draft)).status_code == 404


@pytest.mark.parametrize("lines", [1, 3, 300])
def test_review_costs_the_same_queries_for_every_number_of_lines(
    town: City, lines: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(lines):
        world.make_project(f"B{number}", town.other)
    report = world.submitted(town.other, town.quarter, 5, by=town.stranger, when=DAY)
    client = signed_in(town.reviewer)
    client.get(page(report))
    with django_assert_num_queries(15):
        client.get(page(report))

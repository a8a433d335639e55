"""The form of a line: what is typed is kept whatever it is, and said to be right or wrong in its place."""

import json
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from portal.models import Role
from projects import drafting, lifecycle
from projects.models import Report, ReportLine, Valuation
from tests import world
from tests.conftest import City
from tests.world import at

DAY = at("2022-04-05")
ENGLISH = {"accept-language": "en"}
TASKS = "/quarters/2022Q1/units/430421/"
FORM = TASKS + "projects/A1/"
KEEP = FORM + "no-change/"
SOUND = {
    "flow": "250",
    "stage": "continuing",
    "started_on": "2021-03-01",
    "progress": "主体施工",
    "version": "0",
}


@pytest.fixture(autouse=True)
def _april() -> Iterator[None]:
    with time_machine.travel(DAY, tick=False):
        yield


@pytest.fixture
def staff(town: City, client: Client) -> Client:
    client.force_login(town.staff)
    return client


def get(client: Client, address: str = FORM) -> str:
    answer = client.get(address, headers=ENGLISH)
    assert answer.status_code == 200
    return text_of(answer)


def post(client: Client, address: str = FORM, **texts: str) -> Any:
    return client.post(address, {**SOUND, **texts}, headers=ENGLISH)


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def line() -> ReportLine:
    return ReportLine.objects.select_related("report").get(project__code="A1", report__state="draft")


# Who may.


def test_anonymous_person_is_asked_to_sign_in(town: City, client: Client) -> None:
    assert client.get(FORM)["Location"] == f"/accounts/login/?next={FORM}"
    assert client.post(KEEP, headers=ENGLISH)["Location"] == f"/accounts/login/?next={KEEP}"


def test_form_of_a_foreign_unit_is_not_found(town: City, client: Client) -> None:
    client.force_login(town.stranger)
    assert client.get(FORM).status_code == 404
    assert post(client).status_code == 404
    assert client.post(KEEP).status_code == 404


@pytest.mark.parametrize("reader", ["leader", "reviewer", "administrator"])
def test_draft_is_closed_to_readers(town: City, client: Client, reader: str) -> None:
    client.force_login(getattr(town, reader))
    assert client.get(FORM).status_code == 403
    assert post(client).status_code == 403
    assert client.post(KEEP).status_code == 403
    assert not Report.objects.exists()


def test_principal_reads_and_does_not_type(town: City, client: Client) -> None:
    client.force_login(world.make_person("principal", town.county, Role.PRINCIPAL))
    assert "Save" not in get(client).replace("Saved", "")
    assert post(client).status_code == 403
    assert client.post(KEEP).status_code == 403


@pytest.mark.parametrize("code", ["B1", "none"])
def test_project_of_another_unit_has_no_form_here(town: City, staff: Client, code: str) -> None:
    world.make_project("B1", town.other)
    assert staff.get(f"{TASKS}projects/{code}/").status_code == 404
    assert post(staff, f"{TASKS}projects/{code}/").status_code == 404
    assert staff.post(f"{TASKS}projects/{code}/no-change/").status_code == 404


# Saving.


def test_form_never_writes_when_it_is_only_looked_at(staff: Client) -> None:
    assert "Plan of the year" in get(staff)
    assert not Report.objects.exists()


def test_first_save_begins_the_draft_and_computes_the_other_amount(town: City, staff: Client) -> None:
    assert post(staff).status_code == 302
    saved = line()
    assert [saved.flow, saved.year_to_date, saved.typed, saved.edited_by] == [250, 250, "flow", town.staff]
    assert saved.report.preparer_ids == [town.staff.pk]
    assert "saved and complete" in get(staff)


def test_year_to_date_alone_gives_the_quarter(town: City, client: Client) -> None:
    world.make_quarter("2022Q2")
    world.submitted(town.county, town.quarter, 100, by=town.staff, when=DAY)
    with time_machine.travel(at("2022-07-05"), tick=False):
        client.force_login(town.staff)
        post(client, FORM.replace("Q1", "Q2"), flow="", year_to_date="340")
        saved = line()
        assert [saved.flow, saved.year_to_date, saved.typed] == [240, 340, "year_to_date"]
        assert "2022Q1" in get(client, FORM.replace("Q1", "Q2"))


def test_contradicting_amounts_are_both_kept_and_explained(town: City, client: Client) -> None:
    world.make_quarter("2022Q2")
    world.submitted(town.county, town.quarter, 100, by=town.staff, when=DAY)
    address = FORM.replace("Q1", "Q2")
    with time_machine.travel(at("2022-07-05"), tick=False):
        client.force_login(town.staff)
        post(client, address, flow="50", year_to_date="400")
        saved = line()
        assert [saved.flow, saved.rejected] == [None, {"flow": "50", "year_to_date": "400"}]
        text = get(client, address)
        assert "Q1 100; with 50 in this quarter the year to date is 150, not 400" in text
        assert 'value="400"' in text
        post(client, address, flow="50", year_to_date="", version="1", shown_flow="50", shown_year_to_date="400")
        assert [line().flow, line().year_to_date, line().rejected] == [50, 150, None]


def test_year_to_date_below_the_last_shows_the_way_out(town: City, client: Client) -> None:
    world.make_quarter("2022Q2")
    world.submitted(town.county, town.quarter, 100, by=town.staff, when=DAY)
    address = FORM.replace("Q1", "Q2")
    with time_machine.travel(at("2022-07-05"), tick=False):
        client.force_login(town.staff)
        post(client, address, flow="", year_to_date="90")
        text = get(client, address)
        assert "correct the earlier quarter" in text
        assert 'value="90"' in text
        assert f'href="{TASKS}"' in text


@pytest.mark.parametrize(
    ("field", "typed", "reason"),
    [
        ("flow", "about 20", "letters and other words"),
        ("flow", "-5", "below zero"),
        ("flow", "0.125", "At most two decimals"),
        ("year_to_date", "12%", "not a percentage"),
        ("started_on", "last spring", "a day with its year"),
        ("progress", "长" * 1001, "1001 characters; 1000 fit"),
    ],
)
def test_what_cannot_be_taken_is_kept_and_shown_again(staff: Client, field: str, typed: str, reason: str) -> None:
    post(staff, **{field: typed})
    assert (line().rejected or {})[field] == typed
    text = get(staff)
    assert reason in text
    assert typed in text
    assert "has errors" in get(staff, TASKS)


def test_full_width_digits_and_suffixes_are_understood_and_said_so(staff: Client) -> None:
    post(staff, flow="１．２亿")
    assert line().flow == 12000
    assert "“１．２亿” was understood as 12000 (10,000 CNY)" in get(staff)


# Warnings and their sentences.


def test_figure_in_yuan_stops_the_report_until_a_sentence_says_that_it_is_right(town: City, staff: Client) -> None:
    post(staff, flow="2500000")
    text = get(staff)
    assert "Was it typed in yuan?" in text
    assert 'name="explanation:far_above_plan"' in text
    assert "above the plan of the whole year" not in text
    assert "in progress" in get(staff, TASKS)
    post(staff, flow="2500000", version="1", **{"explanation:far_above_plan": "Land and plant bought at once"})
    assert line().explanations == {"far_above_plan": "Land and plant bought at once"}
    assert "1 of 2 projects complete" in get(staff, TASKS)
    post(staff, flow="250", version="2")
    assert "1 of 2 projects complete" in get(staff, TASKS)


def test_each_warning_has_a_field_that_names_it_and_is_reached_from_the_summary(staff: Client) -> None:
    post(staff, flow="1500", stage="preparatory", progress="")
    text = get(staff)
    assert "3 points before this line is complete" in text
    for name in ("progress", "explanation:over_plan_in_first_quarter", "explanation:money_before_start"):
        assert f'href="#id_{name}"' in text
        assert f'id="id_{name}"' in text
    assert 'aria-describedby="warning_money_before_start"' in text
    assert 'id="warning_money_before_start"' in text
    assert "Sentence for the reviewer: money without a start" in text


def test_empty_form_and_complete_form_have_no_summary(staff: Client) -> None:
    assert "error-summary-title" not in get(staff)
    post(staff)
    assert "error-summary-title" not in get(staff)


def test_sentence_is_kept_while_its_warning_holds_and_comes_back_with_it(staff: Client) -> None:
    said = {"explanation:over_plan_in_first_quarter": "Plant came early"}
    post(staff, flow="1500")
    post(staff, flow="1500", version="1", **said)
    assert "Plant came early</textarea>" in get(staff)
    post(staff, flow="1600", version="2", **said)
    assert "Plant came early</textarea>" in get(staff)
    post(staff, flow="500", version="3", **said)
    assert "Plant came early" not in get(staff)
    post(staff, flow="1500", version="4")
    assert "Plant came early</textarea>" in get(staff)


def test_emptied_sentence_is_taken_back(staff: Client) -> None:
    post(staff, flow="1500")
    post(staff, flow="1500", version="1", **{"explanation:over_plan_in_first_quarter": "Plant came early"})
    post(staff, flow="1500", version="2", **{"explanation:over_plan_in_first_quarter": " "})
    assert line().explanations == {}
    assert "in progress" in get(staff, TASKS)


def test_sentence_too_long_is_kept_and_shown_again_with_what_is_wrong(staff: Client) -> None:
    post(staff, flow="1500")
    post(staff, flow="1500", version="1", **{"explanation:over_plan_in_first_quarter": "长" * 1001})
    text = get(staff)
    assert "1001 characters; 1000 fit" in text
    assert "长" * 1001 in text
    assert text.count('href="#id_explanation:over_plan_in_first_quarter"') == 1
    assert "has errors" in get(staff, TASKS)
    post(staff, flow="500", version="2")
    assert "1 of 2 projects complete" in get(staff, TASKS)


@pytest.mark.parametrize("code", ["amount_missing", "nothing_completed", "nonsense", "", "jump:jump"])
def test_sentence_on_what_is_no_warning_is_not_kept(staff: Client, code: str) -> None:
    post(staff, **{f"explanation:{code}": "x"})
    assert line().explanations == {}
    assert "1 of 2 projects complete" in get(staff, TASKS)


def test_what_holds_it_up_is_the_sentence_on_a_suspension(staff: Client) -> None:
    post(staff, stage="suspended", flow="0")
    text = get(staff)
    assert 'href="#id_obstacle"' in text
    assert "explanation:" not in text
    post(staff, stage="suspended", flow="0", version="1", obstacle="No money")
    assert "1 of 2 projects complete" in get(staff, TASKS)


def test_warning_is_explained_on_the_check_page_or_said_to_lack_its_sentence(staff: Client) -> None:
    post(staff, flow="1500")
    text = get(staff, TASKS + "check/")
    assert "1 warning still needs a sentence for the reviewer" in text
    assert f"{FORM}#id_explanation:over_plan_in_first_quarter" in text
    post(staff, flow="1500", version="1", **{"explanation:over_plan_in_first_quarter": "Plant came early"})
    text = get(staff, TASKS + "check/")
    assert "1 warning, with a sentence that the reviewer reads" in text
    assert "Plant came early" in text


def test_sentence_typed_against_a_colleague_is_shown_beside_theirs_and_not_lost(town: City, staff: Client) -> None:
    post(staff, flow="1500")
    colleague = Client()
    colleague.force_login(world.make_person("colleague", town.county, Role.REPORTER))
    said = {"explanation:over_plan_in_first_quarter": "Plant came early"}
    assert post(colleague, flow="1500", version="1", **said).status_code == 302
    mine = {"explanation:over_plan_in_first_quarter": "Steel came early", "explanation:jump": "Of another day"}
    answer = post(staff, flow="1500", version="1", **mine)
    assert answer.status_code == 409
    text = text_of(answer)
    choice = 'name="choice_explanation:over_plan_in_first_quarter" value="%s" ?> %s </label>'
    assert re.search(choice % ("mine", "Steel came early"), text)
    assert re.search(choice % ("theirs", "Plant came early"), text)
    assert "Of another day</textarea>" in text


def test_sentence_posted_after_the_session_ended_is_in_the_form_after_signing_in(town: City, staff: Client) -> None:
    post(staff, flow="1500")
    browser = Client()
    said = {"explanation:over_plan_in_first_quarter": "Plant came early"}
    answer = post(browser, flow="1500", version="1", **said)
    browser.post(answer["Location"], {"login": town.staff.email, "password": world.PASSWORD})
    assert "Plant came early</textarea>" in get(browser)


def test_dates_that_do_not_apply_are_left_out(staff: Client) -> None:
    post(staff, stage="preparatory", finished_on="nonsense")
    assert [line().started_on, line().finished_on, line().rejected] == [None, None, None]


def test_finish_before_the_start_is_kept_as_text(staff: Client) -> None:
    post(staff, stage="completed", finished_on="2020-01-01")
    assert line().rejected == {"finished_on": "2020-01-01"}
    assert "The finish lies before the start." in get(staff)


def test_incomplete_line_is_saved_and_says_what_is_missing(staff: Client) -> None:
    post(staff, progress="")
    assert "Say in words how far the work has come." in get(staff)
    assert "in progress" in get(staff, TASKS)


def test_save_and_next_goes_on_only_from_a_complete_line(staff: Client) -> None:
    assert post(staff, next="1", flow="x")["Location"] == FORM
    assert post(staff, next="1", version="1")["Location"] == FORM.replace("A1", "A2")
    assert post(staff, FORM.replace("A1", "A2"), next="1")["Location"] == TASKS


@pytest.mark.parametrize("texts", [{"flow": "1\x002"}, {"stage": "nonsense"}, {"version": "x"}, {"hint": "x" * 5000}])
def test_hostile_input_breaks_nothing(staff: Client, texts: dict[str, str]) -> None:
    assert post(staff, **texts).status_code == 302
    assert get(staff)


# Two at once.


def test_double_click_saves_once(staff: Client) -> None:
    post(staff)
    assert post(staff).status_code == 302
    assert line().version == 1


def test_colleague_who_saved_first_is_shown_beside_what_was_typed(town: City, staff: Client, client: Client) -> None:
    post(staff, flow="250")
    colleague = Client()
    colleague.force_login(world.make_person("colleague", town.county, Role.REPORTER))
    answer = post(colleague, flow="300", progress="封顶")
    assert answer.status_code == 409
    text = text_of(answer)
    assert "staff saved this line" in text
    assert 'value="mine"' in text
    assert "封顶" in text
    assert line().flow == 250
    theirs = {name: SOUND[name] for name in ("stage", "started_on", "progress")}
    both = {"version": "1", "asked": "flow", "base": json.dumps({**theirs, "flow": "250", "year_to_date": "250"})}
    assert post(colleague, flow="300", year_to_date="250", **both).status_code == 409  # nobody has chosen yet
    assert post(colleague, flow="300", year_to_date="250", choice_flow="theirs", **both).status_code == 302
    assert line().flow == 250
    assert post(colleague, flow="300", year_to_date="250", choice_flow="mine", **both).status_code == 302
    assert line().flow == 300


def test_report_submitted_meanwhile_keeps_the_text_on_the_page(town: City, staff: Client) -> None:
    world.submitted(town.county, town.quarter, 5, by=town.staff, when=DAY)
    answer = post(staff, flow="77", progress="写了很久的话")
    assert answer.status_code == 409
    assert "写了很久的话" in text_of(answer)
    assert staff.get(FORM)["Location"] == TASKS


def test_closed_quarter_refuses_and_keeps_the_text_on_the_page(town: City, client: Client) -> None:
    with time_machine.travel(at("2022-05-05"), tick=False):
        client.force_login(town.staff)
        answer = post(client, progress="写了很久的话")
    assert answer.status_code == 409
    assert "closed on 2022-04-20" in text_of(answer)
    assert "写了很久的话" in text_of(answer)


def test_what_was_posted_after_the_session_ended_is_in_the_form_after_signing_in(town: City) -> None:
    browser = Client()
    answer = post(browser, flow="77", progress="写了很久的话")
    assert answer["Location"] == f"/accounts/login/?next={FORM}"
    signed_in = browser.post(answer["Location"], {"login": town.staff.email, "password": world.PASSWORD})
    assert signed_in["Location"] == FORM
    text = get(browser)
    assert "写了很久的话" in text
    assert 'value="77"' in text
    assert not Report.objects.exists()
    post(browser, flow="77", progress="写了很久的话")
    assert line().flow == 77
    assert "is back in the form" not in get(browser)


def test_kept_text_can_be_thrown_away(town: City) -> None:
    browser = Client()
    post(browser, flow="77")
    browser.post("/accounts/login/", {"login": town.staff.email, "password": world.PASSWORD})
    assert 'value="77"' in get(browser)
    post(browser, flow="77", discard="1")
    assert 'value="77"' not in get(browser)
    assert not Report.objects.exists()


def test_draft_left_over_at_the_closing_can_still_be_read(town: City, client: Client) -> None:
    report = drafting.begin(town.county, town.quarter, by=town.staff, at=DAY)
    world.fill(report.lines.get(project=town.project), 777, by=town.staff, when=DAY)
    with time_machine.travel(at("2022-05-05"), tick=False):
        client.force_login(town.staff)
        assert 'value="777"' in get(client)
        assert "Project A1" in get(client, TASKS)


def test_kept_text_never_reaches_another_unit(town: City) -> None:
    browser = Client()
    post(browser, flow="77")
    browser.post("/accounts/login/", {"login": town.stranger.email, "password": world.PASSWORD})
    assert browser.get(FORM).status_code == 404


def test_what_was_posted_with_a_token_of_an_earlier_sign_in_is_kept(town: City) -> None:
    browser = Client(enforce_csrf_checks=True, headers={"origin": "http://testserver"})
    browser.force_login(town.staff)
    answer = post(browser, flow="77", progress="写了很久的话")
    assert answer["Location"] == FORM
    text = get(browser)
    assert "写了很久的话" in text
    assert "data-unsaved" in text
    assert not Report.objects.exists()


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null"])
def test_what_another_site_posts_is_never_kept(town: City, origin: str) -> None:
    browser = Client(enforce_csrf_checks=True, headers={"origin": origin})
    browser.force_login(town.staff)
    assert post(browser, flow="77").status_code == 403
    assert 'value="77"' not in get(browser)


# No change.


def second_quarter(town: City) -> None:
    """The first quarter accepted, the second open."""
    world.make_quarter("2022Q2")
    report = drafting.begin(town.county, town.quarter, by=town.staff, at=DAY)
    for each in report.lines.all():
        world.fill(each, 5, by=town.staff, when=DAY, progress="封顶", obstacle="征地")
    lifecycle.accept(lifecycle.submit(report, by=town.staff, at=DAY), by=town.reviewer, at=DAY)


def test_no_change_says_nothing_completed_and_the_last_words(town: City, client: Client) -> None:
    second_quarter(town)
    with time_machine.travel(at("2022-07-05"), tick=False):
        client.force_login(town.staff)
        assert "No change" in get(client, TASKS.replace("Q1", "Q2"))
        client.post(KEEP.replace("Q1", "Q2"), headers=ENGLISH)
        saved = line()
        assert [saved.flow, saved.year_to_date, saved.progress, saved.obstacle] == [0, 5, "封顶", "征地"]
        assert (saved.stage, saved.started_on) == ("continuing", date(2021, 3, 1))
        assert "words as in the last report" in get(client, TASKS.replace("Q1", "Q2"))


def test_no_change_leads_back_to_the_place_in_the_list(town: City, staff: Client) -> None:
    assert 'id="A1"' in get(staff, TASKS)
    assert staff.post(KEEP)["Location"] == TASKS + "#A1"
    assert staff.post(KEEP, {"show": "left"})["Location"] == TASKS + "?show=left"


def test_no_change_never_overwrites_what_somebody_wrote(town: City, client: Client) -> None:
    second_quarter(town)
    with time_machine.travel(at("2022-07-05"), tick=False):
        client.force_login(town.staff)
        post(client, FORM.replace("Q1", "Q2"), flow="9")
        client.post(KEEP.replace("Q1", "Q2"), headers=ENGLISH)
        assert line().flow == 9
        assert "filled in already" in get(client, TASKS.replace("Q1", "Q2"))


def test_no_change_needs_an_accepted_report_before_it(staff: Client) -> None:
    staff.post(KEEP, headers=ENGLISH)
    assert "nothing to keep" in get(staff, TASKS)
    assert line().edited_at is None


def test_project_that_was_never_reported_says_why_nothing_can_be_kept(town: City, staff: Client) -> None:
    assert "there is none before it to carry over" in get(staff)
    assert "first report" in get(staff, TASKS)
    second_quarter(town)
    later = TASKS.replace("2022Q1", "2022Q2")
    with time_machine.travel(at("2022-06-28"), tick=False):
        staff.force_login(town.staff)
        assert "there is none before it to carry over" not in get(staff, later + "projects/A1/")
        assert "first report" not in get(staff, later)


def test_total_nobody_has_published_is_said_in_words(staff: Client) -> None:
    Valuation.objects.update(total_investment=None)
    assert "Total investment</dt> <dd> not published </dd>" in get(staff)


def test_figures_of_the_quarter_are_never_prefilled(town: City, client: Client) -> None:
    second_quarter(town)
    with time_machine.travel(at("2022-07-05"), tick=False):
        client.force_login(town.staff)
        text = get(client, FORM.replace("Q1", "Q2"))
    assert 'name="flow" inputmode' in text
    assert 'value="2021-03-01"' in text
    assert 'value="5"' not in text
    assert re.search('封顶</textarea>(?:(?!<textarea).)* data-source="progress">from the last report</p>', text)


@pytest.mark.parametrize("count", [1, 3, 300])
def test_form_costs_the_same_for_any_number_of_lines(
    town: City, client: Client, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    unit = world.make_unit("430423", town.city)
    person = world.make_person("many", unit, Role.REPORTER)
    for number in range(count):
        world.make_project(f"M{number:03}", unit)
    drafting.begin(unit, town.quarter, by=person, at=DAY)
    client.force_login(person)
    with django_assert_num_queries(9):
        client.get("/quarters/2022Q1/units/430423/projects/M000/")


def test_amount_shown_is_the_amount_typed_in_both_languages(staff: Client) -> None:
    post(staff, flow="1234.5")
    assert line().flow == Decimal("1234.50")
    assert 'value="1234.5"' in get(staff)
    chinese = staff.get(FORM, headers={"accept-language": "zh-hans"}).content.decode()
    assert 'value="1234.5"' in chinese
    assert "万元" in chinese

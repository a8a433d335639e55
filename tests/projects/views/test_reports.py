"""The check, the submission, the receipt and the steps after it."""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from portal.models import Role
from projects import check, drafting, lifecycle
from projects.models import Report
from tests import world
from tests.conftest import City
from tests.world import at

DAY = at("2022-04-05")
ENGLISH = {"accept-language": "en"}
TASKS = "/quarters/2022Q1/units/430421/"
CHECK, SUBMIT = TASKS + "check/", TASKS + "submit/"


@pytest.fixture(autouse=True)
def _april() -> Iterator[None]:
    with time_machine.travel(DAY, tick=False):
        yield


@pytest.fixture
def staff(town: City, client: Client) -> Client:
    client.force_login(town.staff)
    return client


@pytest.fixture
def draft(town: City) -> Report:
    report = drafting.begin(town.county, town.quarter, by=town.staff, at=DAY)
    for line in report.lines.all():
        world.fill(line, 250, by=town.staff, when=DAY)
    return report


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def get(client: Client, address: str) -> str:
    answer = client.get(address, headers=ENGLISH)
    assert answer.status_code == 200
    return text_of(answer)


def submit(client: Client, report: Report) -> Any:
    return client.post(SUBMIT, {"seen": check.report(report).fingerprint, "signed": "1"}, headers=ENGLISH)


# Who may.


def test_anonymous_person_is_asked_to_sign_in(draft: Report, client: Client) -> None:
    for address in (CHECK, SUBMIT, f"/reports/{draft.pk}/", f"/reports/{draft.pk}/lines/"):
        assert client.get(address)["Location"].startswith("/accounts/login/")
    for address in (SUBMIT, f"/reports/{draft.pk}/withdraw/", f"/reports/{draft.pk}/correct/"):
        assert client.post(address)["Location"].startswith("/accounts/login/")


def test_report_of_a_foreign_unit_is_not_found(town: City, draft: Report, client: Client) -> None:
    lifecycle.submit(draft, by=town.staff, at=DAY)
    client.force_login(town.stranger)
    for address in (CHECK, f"/reports/{draft.pk}/", f"/reports/{draft.pk}/lines/?export=csv"):
        assert client.get(address).status_code == 404
    for address in (SUBMIT, f"/reports/{draft.pk}/withdraw/", f"/reports/{draft.pk}/correct/"):
        assert client.post(address).status_code == 404


def test_leader_reads_the_submitted_report_and_no_draft(town: City, draft: Report, client: Client) -> None:
    client.force_login(town.leader)
    assert client.get(CHECK).status_code == 403
    assert client.get(f"/reports/{draft.pk}/").status_code == 404
    assert client.get(f"/reports/{draft.pk}/lines/?export=csv").status_code == 404
    lifecycle.submit(draft, by=town.staff, at=DAY)
    assert "Project A1" in get(client, f"/reports/{draft.pk}/")
    for address in (SUBMIT, f"/reports/{draft.pk}/withdraw/", f"/reports/{draft.pk}/correct/"):
        assert client.post(address, {"reason": "no"}).status_code == 403


def test_reporter_checks_and_does_not_submit(town: City, draft: Report, client: Client) -> None:
    client.force_login(world.make_person("reporter", town.county, Role.REPORTER))
    assert "An approver of the unit submits the report" in get(client, CHECK)
    assert submit(client, draft).status_code == 403
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_principal_may_submit(town: City, draft: Report, client: Client) -> None:
    client.force_login(world.make_person("principal", town.county, Role.PRINCIPAL))
    assert "Submit the report" in get(client, CHECK)
    assert submit(client, draft)["Location"] == f"/reports/{draft.pk}/"


# Check and submission.


def test_check_shows_totals_and_findings_with_their_fields(town: City, staff: Client) -> None:
    report = drafting.begin(town.county, town.quarter, by=town.staff, at=DAY)
    world.fill(report.lines.get(project=town.project), 1500, by=town.staff, when=DAY, progress="")
    text = get(staff, CHECK)
    assert "1,500" in text
    assert "1 of 2 projects give a figure" in text
    assert f"{TASKS}projects/A1/#id_progress" in text
    assert "above the plan of the whole year" in text
    assert "Nobody has filled it in yet." in text
    assert "2 projects are not complete yet" in text


def test_check_can_show_only_what_needs_a_look(town: City, staff: Client, draft: Report) -> None:
    line = draft.lines.get(project=town.project)
    world.fill(line, 1500, by=town.staff, when=DAY)
    text = get(staff, CHECK + "?show=look")
    assert "Project A1" in text
    assert "Project A2" not in text
    assert "Project A2" in get(staff, CHECK)
    line.refresh_from_db()
    world.fill(line, 250, by=town.staff, when=DAY)
    assert "Nothing needs a look." in get(staff, CHECK + "?show=look")


def test_check_of_a_draft_not_begun_writes_nothing(staff: Client) -> None:
    assert "2 projects are not complete yet" in get(staff, CHECK)
    assert not Report.objects.exists()


def test_submission_gives_a_receipt_and_a_double_click_the_same_one(staff: Client, draft: Report) -> None:
    first, second = submit(staff, draft), submit(staff, draft)
    assert first["Location"] == second["Location"] == f"/reports/{draft.pk}/"
    text = get(staff, f"/reports/{draft.pk}/")
    assert "2022Q1-430421-1" in text
    assert "Submitted by staff at 2022-04-05 10:00 (Beijing time)" in text
    assert "may withdraw it" in text
    assert [event.verb for event in draft.events.all()] == ["begin", "submit"]


def test_replay_with_other_figures_than_those_submitted_is_refused(staff: Client, draft: Report) -> None:
    submit(staff, draft)
    answer = staff.post(SUBMIT, {"seen": "0" * 20, "signed": "1"}, headers=ENGLISH)
    assert answer["Location"] == f"/reports/{draft.pk}/"
    assert "submitted already, as 2022Q1-430421-1, with other figures" in get(staff, answer["Location"])
    assert [event.verb for event in draft.events.all()] == ["begin", "submit"]


def test_nothing_is_submitted_unsigned(staff: Client, draft: Report) -> None:
    assert "I, staff, sign for Unit 430421: the figures of these 2 projects for Q1 2022 are true." in get(staff, CHECK)
    answer = staff.post(SUBMIT, {"seen": check.report(draft).fingerprint}, headers=ENGLISH)
    assert answer["Location"] == CHECK
    assert "tick that you sign for these figures" in get(staff, CHECK)
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_submission_is_refused_where_a_line_changed_since_it_was_looked_at(
    town: City, staff: Client, draft: Report
) -> None:
    seen = check.report(draft).fingerprint
    world.fill(draft.lines.get(project=town.project), 999, by=town.staff, when=DAY)
    answer = staff.post(SUBMIT, {"seen": seen, "signed": "1"}, headers=ENGLISH)
    assert answer["Location"] == CHECK
    assert "A line has changed since you opened this page" in get(staff, CHECK)
    assert submit(staff, draft)["Location"] == f"/reports/{draft.pk}/"


def test_submission_with_errors_is_refused_with_their_number(town: City, staff: Client) -> None:
    report = drafting.begin(town.county, town.quarter, by=town.staff, at=DAY)
    assert submit(staff, report)["Location"] == CHECK
    assert "Lines to be mended or filled in first: 2." in get(staff, CHECK)


def test_submission_without_a_draft_says_so(staff: Client) -> None:
    assert staff.post(SUBMIT, headers=ENGLISH)["Location"] == TASKS
    assert "There is no draft to submit." in get(staff, TASKS)


def test_second_quarter_is_submitted_after_the_first(town: City, client: Client) -> None:
    second = world.make_quarter("2022Q2")
    report = drafting.begin(town.county, second, by=town.staff, at=at("2022-07-05"))
    for line in report.lines.all():
        world.fill(line, 5, by=town.staff, when=at("2022-07-05"))
    with time_machine.travel(at("2022-07-05"), tick=False):
        client.force_login(town.staff)
        assert "To be submitted first: Q1 2022" in get(client, CHECK.replace("Q1", "Q2"))
        client.post(
            SUBMIT.replace("Q1", "Q2"), {"seen": check.report(report).fingerprint, "signed": "1"}, headers=ENGLISH
        )
    report.refresh_from_db()
    assert report.state == "draft"


def test_get_of_an_action_only_leads_to_its_page(staff: Client, draft: Report) -> None:
    assert staff.get(SUBMIT)["Location"] == CHECK
    lifecycle.submit(draft, by=draft.events.get().by, at=DAY)
    assert staff.get(CHECK)["Location"] == TASKS
    for action in ("withdraw", "correct"):
        assert staff.get(f"/reports/{draft.pk}/{action}/")["Location"] == f"/reports/{draft.pk}/"
    draft.refresh_from_db()
    assert draft.state == "submitted"


# The receipt, and what follows.


def test_address_of_a_draft_leads_to_its_tasks(staff: Client, draft: Report) -> None:
    assert staff.get(f"/reports/{draft.pk}/")["Location"] == TASKS


def test_withdrawal_needs_a_reason_and_opens_the_next_draft(town: City, staff: Client, draft: Report) -> None:
    lifecycle.submit(draft, by=town.staff, at=DAY)
    staff.post(f"/reports/{draft.pk}/withdraw/", {"reason": " "}, headers=ENGLISH)
    assert "Give a reason." in get(staff, f"/reports/{draft.pk}/")
    answer = staff.post(f"/reports/{draft.pk}/withdraw/", {"reason": "a slip"}, headers=ENGLISH)
    assert answer["Location"] == TASKS
    assert "a slip" in get(staff, TASKS)
    assert Report.objects.open().get().lines.first().flow == 250  # type: ignore[union-attr]


def test_withdrawal_is_not_offered_once_a_reviewer_has_opened_it(town: City, staff: Client, draft: Report) -> None:
    lifecycle.submit(draft, by=town.staff, at=DAY)
    lifecycle.open_review(draft, by=town.reviewer, at=DAY)
    assert "/withdraw/" not in get(staff, f"/reports/{draft.pk}/")
    staff.post(f"/reports/{draft.pk}/withdraw/", {"reason": "a slip"}, headers=ENGLISH)
    assert "A reviewer has opened it by now" in get(staff, f"/reports/{draft.pk}/")


def test_every_form_of_a_report_brings_its_token(town: City, staff: Client, draft: Report) -> None:
    """Django's client asks for no token, a browser's post is refused without one."""
    pages = [get(staff, TASKS), get(staff, CHECK)]
    lifecycle.submit(draft, by=town.staff, at=DAY)
    pages.append(get(staff, f"/reports/{draft.pk}/"))
    lifecycle.accept(draft, by=town.reviewer, at=DAY)
    pages += [get(staff, TASKS), get(staff, f"/reports/{draft.pk}/")]
    for page in pages:
        forms = [form.split("</form>")[0] for form in page.split('method="post"')[1:]]
        assert all('name="csrfmiddlewaretoken" value="' in form for form in forms)
    assert sum("/correct/" in page for page in pages) == 2


def test_correction_begins_with_a_reason_and_keeps_the_accepted_report(
    town: City, staff: Client, draft: Report
) -> None:
    lifecycle.accept(lifecycle.submit(draft, by=town.staff, at=DAY), by=town.reviewer, at=DAY)
    assert "Begin the correction" in get(staff, f"/reports/{draft.pk}/")
    answer = staff.post(f"/reports/{draft.pk}/correct/", {"reason": "counted twice"}, headers=ENGLISH)
    assert answer["Location"] == TASKS
    text = get(staff, TASKS)
    assert "being corrected" in text
    assert "counted twice" in text


def test_correction_after_the_closing_needs_leave(town: City, client: Client, draft: Report) -> None:
    lifecycle.accept(lifecycle.submit(draft, by=town.staff, at=DAY), by=town.reviewer, at=DAY)
    with time_machine.travel(at("2022-05-05"), tick=False):
        client.force_login(town.staff)
        client.post(f"/reports/{draft.pk}/correct/", {"reason": "counted twice"}, headers=ENGLISH)
        assert "ask the administrator for an extension" in get(client, f"/reports/{draft.pk}/")


def test_receipt_keeps_the_year_to_date_its_approver_saw_beside_todays(
    town: City, client: Client, draft: Report
) -> None:
    second = world.make_quarter("2022Q2")
    lifecycle.accept(lifecycle.submit(draft, by=town.staff, at=DAY), by=town.reviewer, at=DAY)
    later = world.submitted(town.county, second, 100, by=town.staff, when=at("2022-07-01"))
    correction = lifecycle.correct(draft, by=town.staff, at=DAY + timedelta(days=1), reason="counted twice")
    world.fill(correction.lines.get(project=town.project), 200, by=town.staff, when=DAY)
    lifecycle.submit(correction, by=town.staff, at=DAY + timedelta(days=1))
    client.force_login(town.staff)
    text = get(client, f"/reports/{later.pk}/")
    assert "350" in text
    assert "Year to date now: 300" in text


def test_export_holds_the_lines_as_numbers(town: City, staff: Client, draft: Report) -> None:
    answer: Any = staff.get(f"/reports/{draft.pk}/lines/?export=csv", headers=ENGLISH)
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert rows[0][:4] == ["Code", "Project", "Plan of the year (10,000 CNY)", "Completed this quarter (10,000 CNY)"]
    assert [row[:5] for row in rows[1:]] == [
        ["A1", "Project A1", "1000.00", "250.00", "250.00"],
        ["A2", "Project A2", "3000.00", "250.00", "250.00"],
    ]
    assert staff.get(f"/reports/{draft.pk}/lines/?export=xlsx").status_code == 200
    assert staff.get(f"/reports/{draft.pk}/lines/?export=exe").status_code == 404


@pytest.mark.parametrize("count", [1, 3, 300])
def test_check_and_receipt_cost_the_same_for_any_number_of_lines(
    town: City, client: Client, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    unit = world.make_unit("430423", town.city)
    person = world.make_person("many", unit, Role.APPROVER)
    for number in range(count):
        world.make_project(f"M{number:03}", unit)
    report = drafting.begin(unit, town.quarter, by=person, at=DAY)
    client.force_login(person)
    with django_assert_num_queries(8):
        client.get("/quarters/2022Q1/units/430423/check/")
    for line in report.lines.all():
        world.fill(line, 5, by=person, when=DAY)
    lifecycle.submit(report, by=person, at=DAY)
    with django_assert_num_queries(9):
        client.get(f"/reports/{report.pk}/")

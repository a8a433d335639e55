"""Autosave: what is typed is kept by the form's own rules, in few queries, and every refusal is a reason in words."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from portal.models import Quarter, Role, User
from projects import check, drafting
from projects.models import Report, ReportLine
from projects.validation import EXPLANATION
from tests import world
from tests.conftest import City
from tests.world import at

DAY = at("2022-04-05", hour=14)
ADDRESS = "/quarters/2022Q1/units/430421/autosave/"
SHOWN = {
    "flow": "",
    "year_to_date": "",
    "stage": "continuing",
    "started_on": "2021-03-01",
    "finished_on": "",
    "progress": "",
    "obstacle": "",
}
CONTROL = ("BEGIN", "SAVEPOINT", "RELEASE", "COMMIT", "ROLLBACK")


@pytest.fixture(autouse=True)
def _april() -> Iterator[None]:
    with time_machine.travel(DAY, tick=False):
        yield


def line(version: int = 0, base: Mapping[str, str] = SHOWN, /, **typed: str) -> dict[str, Any]:
    return {"version": version, "texts": {**base, **typed}, "base": dict(base)}


def send(client: Client, person: User, lines: Mapping[str, Any], **more: object) -> Any:
    said = {"person": person.pk, "shape": "table", "lines": lines, **more}
    return client.post(ADDRESS, said, content_type="application/json", headers={"accept-language": "en"})


@pytest.fixture
def staff(town: City, client: Client) -> Client:
    client.force_login(town.staff)
    return client


def kept(code: str = "A1") -> ReportLine:
    return ReportLine.objects.get(project__code=code, report__state="draft")


# What it answers.


def test_answer_says_version_computed_amount_findings_and_the_time(town: City, staff: Client) -> None:
    answer = send(staff, town.staff, {"A1": line(flow="１．２万", progress="主体施工")})
    assert answer.status_code == 200
    said = answer.json()
    assert said["message"] == "Saved 14:00"
    about = said["lines"]["A1"]
    assert (about["version"], about["status"], about["is_taken"]) == (1, "complete", False)
    assert about["cells"]["flow"] == about["cells"]["year_to_date"] == "1.2"
    assert about["understood"] == [{"text": "１．２万", "meant": "1.2"}]
    assert about["findings"] == []
    assert "was understood as 1.2" in about["parts"]["below"]


def test_several_lines_are_saved_at_once(town: City, staff: Client) -> None:
    send(staff, town.staff, {"A1": line(flow="5"), "A2": line(year_to_date="7")})
    assert [kept("A1").flow, kept("A2").flow, kept("A2").typed] == [5, 7, "year_to_date"]


def test_what_cannot_be_read_is_kept_beside_its_message(town: City, staff: Client) -> None:
    about = send(staff, town.staff, {"A1": line(flow="about 20", stage="在干")}).json()["lines"]["A1"]
    assert kept().rejected == {"flow": "about 20", "stage": "在干"}
    assert about["cells"]["flow"] == "about 20"
    assert about["marks"]["flow"] == about["marks"]["stage"] == "error"
    assert any("letters and other words" in each["message"] for each in about["findings"])
    assert any("is no stage" in each["message"] for each in about["findings"])


@pytest.mark.parametrize(
    ("word", "stage"),
    [
        ("续建", "continuing"),
        ("新开工", "newly_started"),
        ("竣工投产", "completed"),
        ("Suspended", "suspended"),
        ("停工", "suspended"),
    ],
)
def test_stage_is_read_by_its_word_in_both_languages(town: City, staff: Client, word: str, stage: str) -> None:
    send(staff, town.staff, {"A1": line(stage=word)})
    assert (kept().stage, kept().rejected) == (stage, None)


def test_form_table_and_autosave_keep_the_same(town: City, staff: Client) -> None:
    """One parser: the same texts posted by the form, by the table and by autosave give the same line and findings."""
    typed = {**SHOWN, "flow": "9000000", "stage": "竣工", "started_on": "2021年3月1日", "progress": "x" * 1001}
    address = ADDRESS.replace("autosave/", "")
    found = []
    for way in ("form", "table", "autosave"):
        if way == "form":
            staff.post(address + "projects/A1/", {**typed, "version": "0"})
        elif way == "table":
            rows = {f"A1-{name}": text for name, text in typed.items()}
            staff.post(address + "grid/", {**rows, "A1-version": "0", "A1-base": "{}"})
        else:
            send(staff, town.staff, {"A1": line(**typed)})
        saved = kept()
        with override("en"):
            checked = check.report(saved.report).lines[0]
        values = [saved.flow, saved.year_to_date, saved.stage, saved.started_on, saved.progress, saved.rejected]
        found.append((values, checked.findings))
        ReportLine.objects.update(flow=None, year_to_date=None, typed="", stage="continuing", rejected=None, version=0)
        ReportLine.objects.update(edited_by=None, edited_at=None, progress="")
    assert found[0] == found[1] == found[2]


def test_sentence_on_a_warning_is_kept(town: City, staff: Client) -> None:
    about = send(staff, town.staff, {"A1": line(flow="60000", progress="主体施工")}).json()["lines"]["A1"]
    [code] = [each["code"] for each in about["findings"] if each["level"] == "warning"]
    assert f'name="A1-{EXPLANATION}{code}"' in about["parts"]["below"]
    texts = {**about["cells"], EXPLANATION + code: "设备集中到货"}
    again = {"version": 1, "texts": texts, "base": about["cells"]}
    assert send(staff, town.staff, {"A1": again}).json()["lines"]["A1"]["status"] == "complete"
    assert kept().explanations == {code: "设备集中到货"}


def test_one_project_form_gets_its_parts(town: City, staff: Client) -> None:
    said = send(staff, town.staff, {"A1": line(flow="x")}, shape="form").json()["lines"]["A1"]["parts"]
    assert "letters and other words" in said["said-flow"]
    assert "id_flow" in said["summary"]
    assert "has errors" in said["status"]
    said = send(staff, town.staff, {"A1": line(1, flow="1.2亿")}, shape="form").json()["lines"]["A1"]["parts"]
    assert (said["known-year_to_date"], said["known-share_of_plan"]) == ("12,000", "1200.0%")


def test_same_text_typed_by_two_leaves_nothing_to_choose(town: City, staff: Client) -> None:
    send(staff, town.staff, {"A1": line(flow="5")})
    colleague = Client()
    person = world.make_person("colleague", town.county, Role.REPORTER)
    colleague.force_login(person)
    answer = send(colleague, person, {"A1": line(1, flow="5", obstacle="Rain")})
    assert answer.json()["lines"]["A1"]["version"] == 2
    said = send(staff, town.staff, {"A1": line(1, flow="5")}).json()["lines"]["A1"]
    assert (said["is_taken"], said["version"], said["cells"]["obstacle"]) == (False, 2, "Rain")
    assert (kept().edited_by, kept().obstacle) == (person, "Rain")


# What it costs.


def count(answer: Any, context: CaptureQueriesContext) -> int:
    assert answer.status_code == 200
    statements = [each["sql"].rpartition("true); ")[2] for each in context.captured_queries]  # less pghistory's prefix
    return sum(not statement.startswith(CONTROL) for statement in statements)


@pytest.mark.parametrize("quarter", ["2022Q1", "2022Q2"])
def test_table_of_25_lines_is_saved_with_at_most_6_queries(town: City, client: Client, quarter: str) -> None:
    """Session, person, draft with its lock and the right to it, lines with all they are judged by, lines written.

    The sixth notes, once, that this person has prepared the draft.
    """
    unit = world.make_unit("430423", town.city)
    person = world.make_person("many", unit, Role.REPORTER, Role.APPROVER)
    for number in range(25):
        world.make_project(f"M{number:02}", unit, total=9000)
    when = DAY
    if quarter == "2022Q2":
        world.make_quarter("2022Q2")
        first = world.submitted(unit, town.quarter, 100, by=person, when=DAY)
        world.accepted(first, by=town.reviewer, when=DAY)
        when = at("2022-07-05")
    with time_machine.travel(when, tick=False):
        report = drafting.begin(unit, Quarter.objects.labelled(quarter).get(), by=person, at=when)
        client.force_login(person)
        shown = {**SHOWN, "progress": "主体施工" if quarter == "2022Q2" else ""}
        codes = [f"M{number:02}" for number in range(25)]
        address = f"/quarters/{quarter}/units/430423/autosave/"
        for version, most in ((0, 6), (1, 5)):
            lines = {code: line(version, shown, flow=f"12{version}.5", progress="封顶") for code in codes}
            said = {"person": person.pk, "shape": "table", "lines": lines}
            with CaptureQueriesContext(connection) as context:
                answer = client.post(address, said, content_type="application/json")
            assert count(answer, context) == most
            assert len(answer.json()["lines"]) == 25
        assert {each.version for each in report.lines.all()} == {2}
        assert {each.flow for each in report.lines.all()} == {Decimal("121.5")}


# Two windows, two colleagues.


def test_colleague_on_the_same_line_gets_both_texts_and_nothing_is_overwritten(town: City, staff: Client) -> None:
    send(staff, town.staff, {"A1": line(flow="250", progress="封顶")})
    colleague = world.make_person("colleague", town.county, Role.REPORTER)
    other = Client()
    other.force_login(colleague)
    said = send(other, colleague, {"A1": line(flow="300"), "A2": line(flow="7")}).json()
    about = said["lines"]["A1"]
    assert about["is_taken"]
    assert (about["version"], about["cells"]["flow"]) == (1, "250")
    assert "staff saved this line at 14:00" in about["parts"]["below"]
    assert [kept("A1").flow, kept("A2").flow] == [250, 7]  # the other line is saved all the same
    decided = {"version": 1, "texts": {**about["cells"], "flow": "300"}, "base": about["cells"]}
    assert not send(other, colleague, {"A1": decided}).json()["lines"]["A1"]["is_taken"]
    assert [kept().flow, kept().progress, kept().edited_by] == [300, "封顶", colleague]


def test_same_window_sending_the_same_twice_is_no_conflict(town: City, staff: Client) -> None:
    send(staff, town.staff, {"A1": line(flow="250")})
    about = send(staff, town.staff, {"A1": line(flow="250")}).json()["lines"]["A1"]
    assert (about["is_taken"], about["version"]) == (False, 1)


# Who may, and what it says otherwise.


def test_signed_out_window_is_told_so_and_where_to_sign_in(town: City, client: Client) -> None:
    answer = send(client, town.staff, {"A1": line(flow="5")})
    assert answer.status_code == 401
    assert answer.json()["error"] == "signed_out"
    assert answer.json()["sign_in"] == "/accounts/login/"
    assert not Report.objects.exists()


def test_words_of_one_person_are_never_saved_in_the_name_of_another(town: City, staff: Client) -> None:
    answer = send(staff, town.stranger, {"A1": line(flow="5")})
    assert (answer.status_code, answer.json()["error"]) == (403, "other_person")
    assert not Report.objects.exists()


def test_window_with_an_old_token_is_told_so_in_json(town: City) -> None:
    browser = Client(enforce_csrf_checks=True)
    assert send(browser, town.staff, {}).json()["error"] == "signed_out"
    browser.force_login(town.staff)
    answer = send(browser, town.staff, {"A1": line(flow="5")})
    assert (answer.status_code, answer.json()["error"]) == (403, "stale")
    assert not Report.objects.exists()


@pytest.mark.parametrize(
    ("who", "status"), [("stranger", 404), ("reviewer", 403), ("leader", 403), ("administrator", 403)]
)
def test_foreign_unit_is_not_found_and_readers_may_not(town: City, client: Client, who: str, status: int) -> None:
    person = getattr(town, who)
    client.force_login(person)
    assert send(client, person, {"A1": line(flow="5")}).status_code == status
    drafting.begin(town.county, town.quarter, by=town.staff, at=DAY)
    assert send(client, person, {"A1": line(flow="5")}).status_code == status
    assert kept().edited_at is None


def test_principal_may_not_type(town: City, client: Client) -> None:
    principal = world.make_person("principal", town.county, Role.PRINCIPAL)
    drafting.begin(town.county, town.quarter, by=town.staff, at=DAY)
    client.force_login(principal)
    assert send(client, principal, {"A1": line(flow="5")}).status_code == 403


def test_report_handed_in_meanwhile_says_so(town: City, staff: Client) -> None:
    world.submitted(town.county, town.quarter, 5, by=town.staff, when=DAY)
    answer = send(staff, town.staff, {"A1": line(flow="77")})
    assert answer.status_code == 409
    assert "submitted" in answer.json()["message"]


def test_closed_quarter_says_so(town: City, client: Client) -> None:
    with time_machine.travel(at("2022-05-05"), tick=False):
        client.force_login(town.staff)
        answer = send(client, town.staff, {"A1": line(flow="77")})
    assert answer.status_code == 409
    assert "closed on 2022-04-20" in answer.json()["message"]


def test_project_the_register_no_longer_asks_for_says_so_and_the_rest_is_saved(town: City, staff: Client) -> None:
    world.make_project("B1", town.other)
    said = send(staff, town.staff, {"B1": line(flow="5"), "A1": line(flow="6")}).json()
    assert "no longer asks" in said["gone"]["B1"]
    assert kept("A1").flow == 6


@pytest.mark.parametrize(
    "body",
    ["", "x", "[]", "{}", '{"person": 1}', '{"person": 1, "lines": []}', '{"person": 1, "lines": {"A1": 3}}',
     '{"person": 1, "lines": {"A1": {"version": "x", "texts": {}, "base": {}}}}',
     '{"person": 1, "lines": {"A1": {"version": 0, "texts": [], "base": {}}}}'],
)  # fmt: skip
def test_what_no_window_sends_is_refused(town: City, staff: Client, body: str) -> None:
    answer = staff.post(ADDRESS, body, content_type="application/json")
    assert (answer.status_code, answer.json()["error"]) == (400, "unreadable")


def test_too_many_lines_are_refused(town: City, staff: Client) -> None:
    assert send(staff, town.staff, {f"X{n}": line() for n in range(501)}).status_code == 400


def test_it_takes_only_posts(staff: Client) -> None:
    assert staff.get(ADDRESS).status_code == 405

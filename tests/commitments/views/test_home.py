"""Home: what each role has to do, where those without tasks begin, and what somebody without a role is told."""

from datetime import date

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from portal.models import Role, Unit
from projects import drafting, extensions, lifecycle
from projects.threads import Note
from tests import world
from tests.commitments.letters import Campaigning, campaigning
from tests.conftest import City
from tests.world import at, signed_in

__all__ = ["campaigning"]
DAY = at("2022-04-05")


def page(client: Client) -> str:
    with time_machine.travel(DAY, tick=False):
        answer = client.get("/")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_home_sends_the_anonymous_to_sign_in(client: Client, db: None) -> None:
    assert client.get("/")["Location"] == "/accounts/login/?next=/"


@pytest.mark.parametrize(
    ("roles", "headings"),
    [
        ([Role.REPORTER], ["To fill in"]),
        ([Role.APPROVER], ["To fill in"]),
        ([Role.PRINCIPAL], ["To fill in"]),
        ([Role.REVIEWER], ["To review"]),
        ([Role.ADMINISTRATOR], ["To review"]),
        ([Role.AUDITOR], ["To review"]),
        ([Role.VIEWER, Role.REVIEWER], ["To review"]),
        ([Role.LEADER, Role.PRINCIPAL], ["To fill in"]),
        ([Role.REPORTER, Role.REVIEWER], ["To fill in", "To review"]),
    ],
)
def test_home_shows_each_role_its_tasks(db: None, roles: list[Role], headings: list[str]) -> None:
    person = world.make_person("somebody", world.make_unit("U"), *roles)
    found = page(signed_in(person))
    assert [heading for heading in ("To fill in", "To review") if f"<h2>{heading}</h2>" in found] == headings


@pytest.mark.parametrize("role", [Role.LEADER, Role.VIEWER])
def test_home_of_who_has_no_tasks_is_the_dashboard(client: Client, db: None, role: Role) -> None:
    client.force_login(world.make_person("somebody", world.make_unit("U"), role))
    assert client.get("/")["Location"] == reverse("dashboard")


def test_home_says_what_is_owed_and_by_when(town: City) -> None:
    drafting.begin(town.county, town.quarter, by=town.staff, at=DAY)
    found = page(signed_in(town.staff))
    for words in ("Q1 2022 · Unit 430421", "Due 2022-04-10", "5 days left", "0 of 2 projects filled in"):
        assert words in found
    assert 'data-countdown="2022-04-11T00:00:00+08:00"' in found
    assert "Nothing is owed at present." in page(signed_in(town.stranger))


def test_home_says_what_came_back_and_why(town: City) -> None:
    report = world.submitted(town.county, town.quarter, 250, by=town.staff, when=DAY)
    line = report.lines.get(project=town.project)
    lifecycle.send_back(
        report,
        by=town.reviewer,
        at=DAY,
        remark="look again",
        notes=[Note(text="no invoice", line=line.pk, field="flow")],
    )
    found = page(signed_in(town.staff))
    assert "Came back, to be mended" in found
    assert "Returned, due again 2022-04-08" in found
    assert "look again" in found
    assert "<strong>Project A1 · this quarter</strong>: no invoice" in found


def test_remarks_of_an_earlier_return_are_left_out(town: City) -> None:
    report = world.submitted(town.county, town.quarter, 250, by=town.staff, when=DAY)
    draft = lifecycle.send_back(report, by=town.reviewer, at=DAY, remark="the first")
    again = lifecycle.submit(draft, by=town.staff, at=DAY)
    lifecycle.send_back(again, by=town.reviewer, at=DAY, remark="the second")
    found = page(signed_in(town.staff))
    assert ("the second" in found, "the first" in found) == (True, False)


def test_filled_in_report_waits_for_who_submits(town: City) -> None:
    reporter = world.make_person("reporter", town.county, Role.REPORTER)
    report = drafting.begin(town.county, town.quarter, by=town.staff, at=DAY)
    for line in report.lines.all():
        world.fill(line, 5, by=town.staff, when=DAY)
    check = reverse("report_check", args=["2022Q1", "430421"])
    assert check in page(signed_in(town.staff))
    assert check not in page(signed_in(reporter))


def test_home_says_what_waits_for_review_and_what_was_asked(town: City) -> None:
    asked = extensions.ask(town.county, town.quarter, until=date(2022, 4, 15), reason="flood", by=town.staff, at=DAY)
    assert "asked until 2022-04-15" in page(signed_in(town.staff))
    assert f"/extensions/{asked.pk}/" in page(signed_in(town.administrator))
    assert f"/extensions/{asked.pk}/" not in page(signed_in(town.reviewer))
    report = world.submitted(town.county, town.quarter, 250, by=town.staff, when=DAY)
    assert "Handed in, waiting for review" in page(signed_in(town.staff))
    found = page(signed_in(town.reviewer))
    assert reverse("admin:projects_report_change", args=[report.pk]) in found
    assert "1 of 1 units have reported" in found


def test_home_of_a_principal_has_the_letters_that_wait(campaigning: Campaigning) -> None:
    version = campaigning.issued()
    found = page(signed_in(campaigning.principal))
    assert found.count(reverse("letter_sign", args=[version.letter.unit.code, 2022])) == 1
    assert "Waiting for your signature" in found


def test_home_of_who_counter_signs_is_the_dashboard_with_the_letters_that_wait(
    client: Client, campaigning: Campaigning
) -> None:
    campaigning.signed()
    client.force_login(campaigning.mayor)
    assert client.get("/")["Location"] == reverse("dashboard")
    assert reverse("letter_sign", args=["430421", 2022]) in client.get("/", follow=True).content.decode()


@pytest.mark.parametrize("count", [1, 3, 300])
def test_home_costs_the_same_queries_for_any_number_of_units(
    town: City, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    above = world.make_person("above", town.city, Role.REPORTER, Role.APPROVER, Role.REVIEWER)
    _returned_everywhere(town, count)
    client = signed_in(above)
    with time_machine.travel(DAY, tick=False), django_assert_num_queries(20):
        client.get("/")


def _returned_everywhere(town: City, count: int) -> None:
    """So many units more; up to twenty-five of them have a project, and their report was returned."""
    units = Unit.objects.bulk_create(
        Unit(code=f"5{number:05}", kind="park", parent=town.city, name_zh="园") for number in range(count)
    )
    by = world.make_person("everywhere", town.city, Role.REPORTER, Role.APPROVER)
    for number, unit in enumerate(units[:25]):
        world.make_project(f"C{number}", unit)
        report = world.submitted(unit, town.quarter, 250, by=by, when=DAY)
        lifecycle.send_back(report, by=town.reviewer, at=DAY, remark="look again")


@pytest.mark.parametrize(
    ("language", "text"), [("en", "Nobody has given you a role yet"), ("zh-hans", "您尚未获得角色")]
)
def test_home_without_a_role_says_so_and_whom_to_ask(client: Client, town: City, language: str, text: str) -> None:
    client.force_login(world.make_person("nobody"))
    page = client.get("/", headers={"accept-language": language}).content.decode()
    assert text in page
    assert "administrator@example.test" in page
    assert "staff@example.test" not in page

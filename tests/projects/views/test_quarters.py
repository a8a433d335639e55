"""The lists of what a unit has to report: who sees them, what they say, what they cost."""

from collections.abc import Callable
from datetime import date

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from portal.models import Extension, Role
from projects import drafting, lifecycle
from projects.models import Report
from projects.threads import Note
from tests import world
from tests.conftest import City
from tests.world import at

TASKS = "/quarters/2022Q1/units/430421/"
SignIn = Callable[..., Client]


@pytest.fixture(autouse=True)
def _april() -> object:
    with time_machine.travel(at("2022-04-05"), tick=False):
        yield


def page(client: Client, address: str = TASKS) -> str:
    answer = client.get(address, headers={"accept-language": "en"})
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


@pytest.mark.parametrize("address", ["/quarters/", TASKS])
def test_anonymous_person_is_asked_to_sign_in(town: City, client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")


def test_tasks_of_a_foreign_unit_are_not_found(town: City, client: Client) -> None:
    client.force_login(town.stranger)
    assert client.get(TASKS).status_code == 404


@pytest.mark.parametrize("label", ["2022Q9", "nonsense", "２０２２Q1", "2022Q", "99999Q1"])
def test_tasks_of_no_quarter_are_not_found(town: City, client: Client, label: str) -> None:
    client.force_login(town.staff)
    assert client.get(f"/quarters/{label}/units/430421/").status_code == 404


def test_leader_sees_no_draft_but_what_was_submitted(town: City, client: Client) -> None:
    report = drafting.begin(town.county, town.quarter, by=town.staff, at=at("2022-04-05"))
    client.force_login(town.leader)
    assert town.project.name_en not in page(client)
    for line in report.lines.all():
        world.fill(line, 5, by=town.staff, when=at("2022-04-05"))
    lifecycle.submit(report, by=town.staff, at=at("2022-04-05"))
    assert f"/reports/{report.pk}/" in page(client)


def test_task_list_never_writes(town: City, client: Client) -> None:
    client.force_login(town.staff)
    text = page(client)
    assert "Project A1" in text
    assert "not started" in text
    assert "0 of 2 projects complete, 2 left" in text
    assert "5 days left" in text
    assert not Report.objects.exists()


def test_task_list_shows_remarks_of_the_return_and_its_own_due_date(town: City, client: Client) -> None:
    report = world.submitted(town.county, town.quarter, 5, by=town.staff, when=at("2022-04-05"))
    line = report.lines.get(project=town.second)
    lifecycle.send_back(
        report,
        by=town.reviewer,
        at=at("2022-04-05"),
        remark="look again",
        notes=[Note(line=line.pk, text="which invoice?")],
    )
    client.force_login(town.staff)
    text = page(client)
    assert "look again" in text
    assert "which invoice?" in text
    assert "Returned, due again 2022-04-08" in text


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2022-03-20", "opens on 2022-03-25"),
        ("2022-04-10", "due today"),
        ("2022-04-12", "2 days late"),
        ("2022-04-25", "closed on 2022-04-20"),
    ],
)
def test_task_list_says_where_the_quarter_stands(town: City, client: Client, day: str, expected: str) -> None:
    with time_machine.travel(at(day), tick=False):
        client.force_login(town.staff)
        assert expected in page(client)


def test_extension_opens_the_quarter_again(town: City, client: Client) -> None:
    Extension.objects.create(
        unit=town.county,
        quarter=town.quarter,
        until=date(2022, 4, 30),
        reason="flood",
        granted_by=town.administrator,
        granted_at=at("2022-04-20"),
    )
    with time_machine.travel(at("2022-04-25"), tick=False):
        client.force_login(town.staff)
        assert "Extended until 2022-04-30" in page(client)
        assert "5 days left" in page(client)


def test_unit_without_projects_owes_nothing(town: City, client: Client) -> None:
    client.force_login(town.stranger)
    assert "no report is owed" in page(client, "/quarters/2022Q1/units/430422/")


def test_submitted_and_accepted_reports_show_their_receipt(town: City, client: Client) -> None:
    report = world.submitted(town.county, town.quarter, 5, by=town.staff, when=at("2022-04-05"))
    client.force_login(town.staff)
    assert "2022Q1-430421-1" in page(client)
    lifecycle.accept(report, by=town.reviewer, at=at("2022-04-05"))
    assert "Begin the correction" in page(client)


def test_task_list_can_show_only_what_is_left(town: City, client: Client) -> None:
    report = drafting.begin(town.county, town.quarter, by=town.staff, at=at("2022-04-05"))
    world.fill(report.lines.get(project=town.project), 5, by=town.staff, when=at("2022-04-05"))
    client.force_login(town.staff)
    assert "Project A1" in page(client)
    assert "Project A1" not in page(client, TASKS + "?show=left")


def test_project_that_came_after_the_draft_began_is_on_the_list(town: City, client: Client) -> None:
    drafting.begin(town.county, town.quarter, by=town.staff, at=at("2022-04-05"))
    world.make_project("A3", town.county)
    town.project.annualplan_set.all().delete()
    client.force_login(town.staff)
    text = page(client)
    assert "New in this report: Project A3" in text
    assert "left out when the report is submitted: Project A1" in text


@pytest.mark.parametrize("count", [1, 3, 300])
def test_task_list_costs_the_same_for_any_number_of_lines(
    town: City, client: Client, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    unit = world.make_unit("430423", town.city)
    person = world.make_person("many", unit, Role.REPORTER)
    for number in range(count):
        world.make_project(f"M{number:03}", unit)
    drafting.begin(unit, town.quarter, by=person, at=at("2022-04-05"))
    client.force_login(person)
    with django_assert_num_queries(8):
        client.get("/quarters/2022Q1/units/430423/")


def test_home_lists_what_is_owed_first(town: City, client: Client) -> None:
    client.force_login(town.staff)
    text = page(client, "/quarters/")
    assert "Q1 2022 · Unit 430421" in text
    assert "0 of 2 projects filled in" in text
    draft = drafting.begin(town.county, town.quarter, by=town.staff, at=at("2022-04-05"))
    world.fill(draft.lines.all()[0], 5, by=town.staff, when=at("2022-04-05"))
    assert "1 of 2 projects filled in" in page(client, "/quarters/")
    world.submitted(town.county, town.quarter, 5, by=town.staff, when=at("2022-04-05"))
    text = page(client, "/quarters/")
    assert "Nothing is owed at present." in text
    assert "2022Q1-430421-1" in text


def test_home_tells_who_reports_for_no_unit(town: City, client: Client) -> None:
    client.force_login(town.leader)
    assert "You report for no unit" in page(client, "/quarters/")


@pytest.mark.parametrize("count", [1, 3, 300])
def test_home_costs_the_same_for_any_number_of_units(
    town: City, client: Client, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    park = world.make_unit("430499", town.city)
    person = world.make_person("many", park, Role.APPROVER)
    for number in range(count):
        world.make_project(f"M{number:03}", world.make_unit(f"P{number:03}", park))
    client.force_login(person)
    with django_assert_num_queries(9):
        client.get("/quarters/")

"""Where each role begins its day, and what somebody without a role is told."""

import pytest
from django.test import Client
from django.urls import reverse

from portal.models import Role
from tests import world
from tests.commitments.letters import Campaigning, campaigning
from tests.conftest import City

__all__ = ["campaigning"]


def test_home_sends_the_anonymous_to_sign_in(client: Client, db: None) -> None:
    assert client.get("/")["Location"] == "/accounts/login/?next=/"


@pytest.mark.parametrize(
    ("roles", "name"),
    [
        ([Role.REPORTER], "quarter_tasks_home"),
        ([Role.APPROVER], "quarter_tasks_home"),
        ([Role.PRINCIPAL], "quarter_tasks_home"),
        ([Role.REVIEWER], "admin:projects_report_changelist"),
        ([Role.ADMINISTRATOR], "admin:projects_report_changelist"),
        ([Role.AUDITOR], "admin:projects_report_changelist"),
        ([Role.LEADER], "dashboard"),
        ([Role.VIEWER], "dashboard"),
        ([Role.VIEWER, Role.REVIEWER], "admin:projects_report_changelist"),
        ([Role.LEADER, Role.PRINCIPAL], "quarter_tasks_home"),
    ],
)
def test_home_leads_each_role_to_its_first_page(client: Client, db: None, roles: list[Role], name: str) -> None:
    person = world.make_person("somebody", world.make_unit("U"), *roles)
    client.force_login(person)
    assert client.get("/")["Location"] == reverse(name)
    assert client.get("/", follow=True).status_code == 200


def test_home_of_who_counter_signs_is_the_dashboard_with_the_letters_that_wait(
    client: Client, campaigning: Campaigning
) -> None:
    campaigning.signed()
    client.force_login(campaigning.mayor)
    assert client.get("/")["Location"] == reverse("dashboard")
    assert reverse("letter_sign", args=["430421", 2022]) in client.get("/", follow=True).content.decode()
    client.force_login(campaigning.principal)
    assert client.get("/")["Location"] == reverse("quarter_tasks_home")


@pytest.mark.parametrize(
    ("language", "text"), [("en", "Nobody has given you a role yet"), ("zh-hans", "您尚未获得角色")]
)
def test_home_without_a_role_says_so_and_whom_to_ask(client: Client, town: City, language: str, text: str) -> None:
    client.force_login(world.make_person("nobody"))
    page = client.get("/", headers={"accept-language": language}).content.decode()
    assert text in page
    assert "administrator@example.test" in page
    assert "staff@example.test" not in page

"""The preview of several reports, and what is told once they are confirmed."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from portal.models import Role
from projects import lifecycle
from projects.models import Report
from tests import world
from tests.conftest import City
from tests.world import at, signed_in

DAY = at("2022-04-05")
QUEUE, ACCEPT = "/admin/projects/report/", "/admin/projects/report/accept/"


@pytest.fixture
def reports(town: City) -> list[Report]:
    """The county's is clean, the other county's has a warning."""
    world.make_project("B1", town.other)
    return [
        world.submitted(town.county, town.quarter, 250, by=town.staff, when=DAY),
        world.submitted(town.other, town.quarter, 1500, by=town.stranger, when=DAY),
    ]


def selected(client: Client, reports: list[Report], query: str = "") -> Any:
    keys = [report.pk for report in reports]
    return client.post(QUEUE + query, {"action": "accept_clean", "_selected_action": keys})


def confirmed(client: Client, reports: list[Report]) -> Any:
    return client.post(ACCEPT, {"report": [f"{report.pk}:{report.receipt}" for report in reports]})


def states() -> list[str]:
    return list(Report.objects.order_by("unit__code").values_list("state", flat=True))


def test_preview_does_nothing_and_says_which_and_why_not(town: City, reports: list[Report]) -> None:
    answer = selected(signed_in(town.reviewer), reports, "?group=counties")
    text = " ".join(answer.content.decode().split())
    assert answer.status_code == 200
    assert f'value="{reports[0].pk}:{reports[0].receipt}" checked' in text
    assert f'value="{reports[1].pk}:' not in text
    assert "1 warning to be looked at." in text
    assert f'href="{QUEUE}?group=counties"' in text
    assert states() == ["submitted", "submitted"]


def test_confirmed_reports_are_accepted_and_the_stale_one_is_named(town: City, reports: list[Report]) -> None:
    client = signed_in(town.reviewer)
    world.accepted(reports[1], by=town.administrator, when=DAY)
    answer = confirmed(client, reports)
    assert [each.report for each in answer.context["accepted"]] == [reports[0]]
    assert [each.report for each in answer.context["left"]] == [reports[1]]
    assert "administrator decided on it in the meantime" in answer.content.decode()
    assert states() == ["accepted", "accepted"]


def test_double_click_tells_the_same(town: City, reports: list[Report]) -> None:
    client = signed_in(town.reviewer)
    answers = [confirmed(client, reports[:1]) for _ in range(2)]
    assert [len(answer.context["accepted"]) for answer in answers] == [1, 1]


def test_batch_access(town: City, reports: list[Report]) -> None:
    auditor = world.make_person("auditor", town.city, Role.AUDITOR)
    elsewhere = world.make_person("elsewhere", town.other, Role.REVIEWER)
    asked = [confirmed(signed_in(person), reports[:1]).status_code for person in (town.staff, auditor)]
    assert asked == [302, 403]  # whoever may not enter the admin is sent to sign in, and told so there
    answer = confirmed(signed_in(elsewhere), reports[:1])
    assert (answer.status_code, answer.context["missing"]) == (200, 1)
    assert states() == ["submitted", "submitted"]
    assert signed_in(town.reviewer).get(ACCEPT)["Location"] == reverse("admin:projects_report_changelist")


def test_crooked_confirmation_accepts_nothing(town: City, reports: list[Report]) -> None:
    crooked = ["x", "١:1", f"{reports[0].pk}", ":", "9" * 30 + ":x", f"{reports[0].pk}:other"]
    answer = signed_in(town.reviewer).post(ACCEPT, {"report": crooked})
    assert answer.status_code == 200
    assert states() == ["submitted", "submitted"]


def test_more_than_the_most_are_cut(town: City, reports: list[Report], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("projects.views.batch.MOST", 1)
    answer = selected(signed_in(town.reviewer), reports)
    assert "these are the first 1" in answer.content.decode()
    assert len(answer.context["clean"]) + len(answer.context["others"]) == 1


def test_what_one_request_cannot_finish_goes_on_in_the_next(
    town: City, reports: list[Report], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With no time at all for one request: nothing is lost, and the page holds all that is to be sent again."""
    client = signed_in(town.reviewer)
    monkeypatch.setattr("projects.views.batch.AT_ONCE", -1)
    answer = confirmed(client, reports[:1])
    assert (answer.context["done"], answer.context["left_over"], states()) == (0, 1, ["submitted", "submitted"])
    text = answer.content.decode()
    assert f'name="report" value="{reports[0].pk}:{reports[0].receipt}"' in text
    assert "data-goes-on" in text
    monkeypatch.undo()
    answer = confirmed(client, reports[:1])
    assert (len(answer.context["accepted"]), answer.context["left_over"]) == (1, 0)
    assert "data-goes-on" not in answer.content.decode()


def test_result_of_an_empty_choice_is_said(town: City, reports: list[Report]) -> None:
    lifecycle.accept(reports[0], by=town.administrator, at=DAY)
    answer = signed_in(town.reviewer).post(ACCEPT, {})
    assert [answer.context[name] for name in ("accepted", "left", "refused", "missing")] == [[], [], [], 0]

"""More time on the pages: the unit asks on its page of the quarter, the administrator decides on the request's."""

from datetime import date

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from portal.models import Extension, ExtensionRequest, Role
from projects import extensions
from tests import world
from tests.conftest import City
from tests.world import at, signed_in

DAY = at("2022-04-05")
TASKS = "/quarters/2022Q1/units/430421/"
ASK = TASKS + "extension/"
ASKED = {"until": "2022-04-15", "reason": "the flood cut the road"}


@pytest.fixture(autouse=True)
def _april() -> object:
    with time_machine.travel(DAY, tick=False):
        yield


def page(client: Client, address: str = TASKS) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def asked(town: City, until: date = date(2022, 4, 15)) -> ExtensionRequest:
    return extensions.ask(town.county, town.quarter, until=until, reason="flood", by=town.staff, at=DAY)


def test_unit_asks_on_its_page_and_sees_what_it_asked(town: City) -> None:
    client = signed_in(town.staff)
    assert "From 2022-04-11 to 2022-05-20." in page(client)
    assert client.post(ASK, ASKED)["Location"] == TASKS
    client.post(ASK, ASKED)  # a double click
    found = page(client)
    assert ExtensionRequest.objects.count() == 1
    assert "waiting for a decision" in found
    assert "the flood cut the road" in found
    assert "Ask for more time" not in found


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"reason": ""}, "This field is required"),
        ({"until": "soon"}, "Enter a valid date"),
        ({"until": "2022-04-10"}, "Choose a day from 2022-04-11 on"),
        ({"until": "2022-09-01"}, "Choose a day no later than 2022-05-20"),
    ],
)
def test_what_can_not_be_asked_is_said_with_what_was_typed(town: City, changed: dict[str, str], words: str) -> None:
    answer = signed_in(town.staff).post(ASK, {**ASKED, **changed})
    found = answer.content.decode()
    assert answer.status_code == 422
    assert words in found
    assert ({**ASKED, **changed})["reason"] in found
    assert not ExtensionRequest.objects.exists()


def test_principal_and_leader_do_not_ask(town: City) -> None:
    principal = signed_in(world.make_person("principal", town.county, Role.PRINCIPAL))
    assert "Ask for more time" not in page(principal)
    for client in (principal, signed_in(town.leader)):
        assert client.post(ASK, ASKED).status_code == 403
    assert signed_in(town.stranger).post(ASK, ASKED).status_code == 404
    assert signed_in(town.staff).get(ASK)["Location"] == TASKS


def test_form_is_gone_once_the_report_is_submitted(town: City) -> None:
    world.submitted(town.county, town.quarter, 250, by=town.staff, when=DAY)
    client = signed_in(town.staff)
    assert "Ask for more time" not in page(client)
    assert client.post(ASK, ASKED).status_code == 422


def test_administrator_grants_fewer_days_and_the_countdown_shows_them(town: City) -> None:
    request = asked(town)
    client = signed_in(town.administrator)
    assert "flood" in page(client, f"/extensions/{request.pk}/")
    answer = client.post(
        f"/extensions/{request.pk}/", {"decision": "grant", "until": "2022-04-12", "answer": "two days"}, follow=True
    )
    assert "Granted until 2022-04-12" in answer.content.decode()
    found = page(signed_in(town.staff))
    assert "Extended until 2022-04-12" in found
    assert "7 days left" in found
    assert "two days" in found


@pytest.mark.parametrize(
    ("posted", "status"),
    [
        ({"decision": "refuse", "answer": " "}, 422),
        ({"decision": "grant", "until": ""}, 422),
        ({"decision": "grant", "until": "2022-05-01", "answer": "kept"}, 422),
        ({"until": "2022-04-12"}, 422),
    ],
)
def test_decision_that_can_not_be_taken_keeps_what_was_typed(town: City, posted: dict[str, str], status: int) -> None:
    request = asked(town)
    answer = signed_in(town.administrator).post(f"/extensions/{request.pk}/", posted)
    assert answer.status_code == status
    assert 'role="alert"' in answer.content.decode()
    assert posted.get("answer", "").strip() in answer.content.decode()
    assert not Extension.objects.exists()


def test_decided_in_the_meantime_is_said(town: City) -> None:
    request = asked(town)
    extensions.refuse(request, answer="no", by=town.administrator, at=DAY)
    second = signed_in(world.make_person("second", town.city, Role.ADMINISTRATOR))
    answer = second.post(f"/extensions/{request.pk}/", {"decision": "grant", "until": "2022-04-12"})
    assert answer.status_code == 409
    assert "administrator has decided on this already" in answer.content.decode()


def test_request_is_decided_from_above_and_read_by_its_unit(town: City) -> None:
    address = f"/extensions/{asked(town).pk}/"
    chief = world.make_person("chief", town.county, Role.ADMINISTRATOR)
    for person in (town.staff, town.reviewer, chief):
        assert "Do not grant" not in page(signed_in(person), address)
        assert signed_in(person).post(address, {"decision": "grant", "until": "2022-04-12"}).status_code == 403
    assert signed_in(town.leader).get(address).status_code == 403
    assert signed_in(town.stranger).get(address).status_code == 404


def test_list_shows_what_waits_first_and_goes_out_as_a_file(town: City) -> None:
    refused = extensions.refuse(asked(town), answer="no", by=town.administrator, at=DAY)
    waiting = asked(town, date(2022, 4, 16))
    client = signed_in(town.reviewer)
    found = page(client, "/extensions/")
    assert found.index(f"/extensions/{waiting.pk}/") < found.index(f"/extensions/{refused.pk}/")
    assert f"/extensions/{waiting.pk}/" not in page(client, "/extensions/?state=refused")
    assert f"/extensions/{waiting.pk}/" in page(client, "/extensions/?text=430421")
    assert "Unit 430421" in client.get("/extensions/?export=csv").getvalue().decode("utf-8-sig")
    assert signed_in(town.staff).get("/extensions/").status_code == 403


@pytest.mark.parametrize("count", [1, 3, 300])
def test_list_costs_the_same_queries_for_any_number(
    town: City, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    asking = {"until": date(2022, 4, 15), "reason": "x", "asked_by": town.staff, "asked_at": DAY}
    ExtensionRequest.objects.bulk_create(
        ExtensionRequest(unit=world.make_unit(f"5{number:05}", town.city), quarter=town.quarter, **asking)
        for number in range(count)
    )
    client = signed_in(town.reviewer)
    with django_assert_num_queries(4):
        client.get("/extensions/")

"""More days for a unit: granted by who stands above it, with a reason, and never changed afterwards."""

from datetime import date

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from portal.models import Extension, Message, Quarter, Role, Suggestion, User
from projects import drafting
from tests import world
from tests.conftest import City
from tests.world import at

ADD = "/admin/portal/extension/add/"


def grant(client: Client, town: City, **changed: object) -> int:
    filled = {"unit": town.county.pk, "quarter": town.quarter.pk, "until": "2022-05-01", "reason": "汛期", **changed}
    return client.post(ADD, filled).status_code


def test_extension_says_who_granted_it_and_when(client: Client, town: City) -> None:
    client.force_login(town.administrator)
    assert grant(client, town, granted_by=town.stranger.pk) == 302
    granted = Extension.objects.get()
    assert granted.granted_by == town.administrator
    assert granted.granted_at is not None


def test_extension_needs_a_reason(client: Client, town: City) -> None:
    client.force_login(town.administrator)
    assert grant(client, town, reason="") == 200
    assert not Extension.objects.exists()


def test_extension_reaches_past_the_due_date(client: Client, town: City) -> None:
    client.force_login(town.administrator)
    assert grant(client, town, until="2022-04-10") == 200
    assert not Extension.objects.exists()
    assert grant(client, town, until="2022-04-11") == 302


def test_nobody_grants_their_own_unit_time_but_at_the_top(client: Client, town: City) -> None:
    client.force_login(world.make_person("chief", town.county, Role.ADMINISTRATOR))
    assert grant(client, town) == 200
    assert grant(client, town, unit=town.other.pk) == 200
    assert not Extension.objects.exists()
    client.force_login(town.administrator)
    assert grant(client, town, unit=town.city.pk) == 302


def test_granted_extension_stays_as_it_is(client: Client, town: City) -> None:
    client.force_login(town.administrator)
    grant(client, town)
    granted = Extension.objects.get()
    address = f"/admin/portal/extension/{granted.pk}/"
    assert client.get(address + "change/").status_code == 200
    assert client.post(address + "change/", {"until": "2023-01-01"}).status_code == 403
    assert client.post(address + "delete/", {"post": "yes"}).status_code == 403


def test_quarter_is_opened_by_who_administers_all(client: Client, town: City) -> None:
    client.force_login(town.administrator)
    filled = {"year": 2022, "number": 2, "opens_on": "2022-06-25", "due_on": "2022-07-10", "closes_on": "2022-07-20"}
    assert client.post("/admin/portal/quarter/add/", filled).status_code == 302
    wrong = client.post("/admin/portal/quarter/add/", {**filled, "number": 3, "due_on": "2022-06-01"})
    assert wrong.status_code == 200
    assert Quarter.objects.count() == 2


@pytest.mark.parametrize("year", [0, 22, 20222])
def test_quarter_has_a_year_of_four_digits(town: City, year: int) -> None:
    """Else it has no last day, or none that anything is in force on, and every figure stands still."""
    client = world.signed_in(town.administrator)
    days = {"opens_on": "2022-06-25", "due_on": "2022-07-10", "closes_on": "2022-07-20"}
    page = client.post("/admin/portal/quarter/add/", {"year": year, "number": 2, **days})
    assert "A year has four digits, such as 2022." in page.content.decode()
    assert Quarter.objects.get() == town.quarter


def many(town: City, count: int) -> None:
    by, day = town.administrator, at("2022-04-05")
    people = User.objects.bulk_create(User(email=f"{number}@example.test", name="x") for number in range(count))
    Suggestion.objects.bulk_create(Suggestion(page="/", text="x", made_by=each, made_at=day) for each in people)
    Extension.objects.bulk_create(
        Extension(
            unit=town.county, quarter=town.quarter, until="2022-05-01", reason="x", granted_by=each, granted_at=day
        )
        for each in people
    )
    Message.objects.bulk_create(
        Message(kind="opened", period=str(number), recipient=by, subject="x", text="x", created_at=day)
        for number in range(count)
    )
    Quarter.objects.bulk_create(
        Quarter(
            year=2100 + number // 4,
            number=number % 4 + 1,
            opens_on="2100-01-01",
            due_on="2100-01-02",
            closes_on="2100-01-03",
        )
        for number in range(count)
    )


@pytest.mark.parametrize("count", [1, 3, 300])
@pytest.mark.parametrize(("name", "queries"), [("extension", 4), ("suggestion", 5), ("message", 5), ("quarter", 5)])
def test_lists_cost_the_same_queries_whatever_their_length(
    client: Client,
    town: City,
    count: int,
    name: str,
    queries: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    many(town, count)
    client.force_login(town.administrator)
    with django_assert_num_queries(queries):
        client.get(f"/admin/portal/{name}/")


def test_quarter_keeps_its_year_once_a_unit_reports_on_it(client: Client, town: City) -> None:
    client.force_login(town.administrator)
    address = f"/admin/portal/quarter/{town.quarter.pk}/change/"
    days = {"number": 1, "opens_on": "2022-03-25", "due_on": "2022-04-10", "closes_on": "2022-04-20"}
    assert client.post(address, {**days, "year": 2023}).status_code == 302
    town.quarter.refresh_from_db()
    assert town.quarter.year == 2023
    client.post(address, {**days, "year": 2022})
    town.quarter.refresh_from_db()
    drafting.begin(town.county, town.quarter, by=town.staff, at=at("2022-04-05"))
    assert "填报" in client.get(address).content.decode()
    assert client.post(address, {**days, "year": 2023, "due_on": "2022-04-12"}).status_code == 302
    town.quarter.refresh_from_db()
    assert (town.quarter.year, town.quarter.due_on) == (2022, date(2022, 4, 12))

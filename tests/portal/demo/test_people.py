"""The demo's people: who there is, how they sign in, and that they can't where no demo is."""

import json
import stat
from pathlib import Path

import pytest
from django.conf import global_settings
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from portal.demo import people
from portal.models import Role, Unit, User
from tests import world


@pytest.fixture(autouse=True)
def real_hashers(settings: Settings) -> None:
    """As in production: the quick hasher of other tests doesn't know these passwords."""
    settings.PASSWORD_HASHERS = global_settings.PASSWORD_HASHERS


@pytest.fixture
def units(db: None) -> list[Unit]:
    city = world.make_unit("430400", kind=Unit.Kind.CITY)
    return [
        city,
        world.make_unit("430422", city),
        world.make_unit("430412", city, kind=Unit.Kind.DISTRICT),
        world.make_unit("P-ZBQ", city, kind=Unit.Kind.PARK),
        world.make_unit("B-FGW", city, kind=Unit.Kind.BUREAU),
    ]


def sign_in(person: people.Person) -> Client:
    client = Client()
    client.post(reverse("account_login"), {"login": person.email, "password": people.password(person)})
    return client


def test_every_role_and_every_reporting_unit_has_somebody(units: list[Unit]) -> None:
    found = people.people(units)
    assert {role for person in found for role in person.roles} == set(Role)
    for unit in units[1:4]:
        assert {role for p in found if p.unit == unit for role in p.roles} == {
            Role.REPORTER,
            Role.APPROVER,
            Role.PRINCIPAL,
        }
    assert [person.roles for person in found if person.unit.code == "B-FGW"] == [(Role.REVIEWER,)]
    assert {person.language for person in found if person.unit.code == "P-ZBQ"} == {"en"}


def test_a_person_of_the_demo_signs_in_with_the_listed_password(
    units: list[Unit], settings: Settings, tmp_path: Path
) -> None:
    settings.DEMO = True
    found = people.people(units)
    people.enlist(found)
    people.list_accounts(found, tmp_path / "accounts.json")
    listed = json.loads((tmp_path / "accounts.json").read_text())
    assert [set(account) for account in listed] == [
        {"key", "email", "password", "unit", "unit_name", "role", "language"}
    ] * len(found)
    account = next(account for account in listed if account["key"] == "reporter-430422")
    client = Client()
    client.post(reverse("account_login"), {"login": account["email"], "password": account["password"]})
    assert client.session["_auth_user_id"] == str(User.objects.get(email=account["email"]).pk)


def test_a_person_of_the_demo_is_refused_where_no_demo_is(units: list[Unit], settings: Settings) -> None:
    settings.DEMO = False
    found = people.people(units)
    people.enlist(found)
    assert "_auth_user_id" not in sign_in(found[0]).session


def test_a_session_begun_in_the_demo_ends_with_it(units: list[Unit], settings: Settings) -> None:
    settings.DEMO = True
    found = people.people(units)
    people.enlist(found)
    client = sign_in(found[0])
    assert client.get(reverse("home")).wsgi_request.user.is_authenticated
    settings.DEMO = False
    assert not client.get(reverse("home")).wsgi_request.user.is_authenticated


def test_a_real_person_signs_in_outside_the_demo(units: list[Unit], settings: Settings) -> None:
    settings.DEMO = False
    user = world.make_person("real", units[0], Role.VIEWER)
    client = Client()
    client.post(reverse("account_login"), {"login": user.email, "password": world.PASSWORD})
    assert client.session["_auth_user_id"] == str(user.pk)


def test_the_list_of_accounts_is_for_its_owner_alone_and_the_same_each_time(units: list[Unit], tmp_path: Path) -> None:
    file = tmp_path / "accounts.json"
    people.list_accounts(people.people(units), file)
    first = file.read_bytes()
    people.list_accounts(people.people(units), file)
    assert file.read_bytes() == first
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_passwords_differ_between_people_and_between_secret_keys(units: list[Unit], settings: Settings) -> None:
    found = people.people(units)
    before = [people.password(person) for person in found]
    assert len(set(before)) == len(found)
    settings.SECRET_KEY = "another secret key that is long enough to be one, or so one hopes"
    assert not set(before) & {people.password(person) for person in found}


def test_nobody_of_the_demo_gets_e_mails_before_they_are_let(units: list[Unit]) -> None:
    people.enlist(people.people(units))
    assert not User.objects.filter(wants_notices=True).exists()
    people.let_write()
    assert not User.objects.filter(wants_notices=False).exists()

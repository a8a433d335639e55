"""People in the admin: invited when added, and only as far as an administrator's role reaches."""

from datetime import date

import pytest
import time_machine
from django.core import mail
from django.test import Client
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from portal.models import Membership, Role, Unit, User
from tests import world
from tests.conftest import City

ADD = "/admin/portal/user/add/"


def filled(email: str, unit: Unit | None, **changed: object) -> dict[str, object]:
    inline: dict[str, object] = {"TOTAL_FORMS": 0, "INITIAL_FORMS": 0}
    if unit:
        role = {"unit": unit.pk, "role": Role.REPORTER, "valid_from": "2022-01-01"}
        inline = {"TOTAL_FORMS": 1, "INITIAL_FORMS": 0, **{f"0-{name}": value for name, value in role.items()}}
    rows = {f"membership_set-{name}": value for name, value in inline.items()}
    return {"name": "新人", "email": email, "is_active": "on", "wants_weekly": "on", **rows, **changed}


@pytest.fixture
def county_chief(client: Client, town: City) -> Client:
    client.force_login(world.make_person("chief", town.county, Role.ADMINISTRATOR))
    return client


def test_added_person_is_invited_once_the_row_is_safe(
    client: Client, town: City, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    client.force_login(town.administrator)
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(ADD, filled("New@Example.test", town.county)).status_code == 302
    person = User.objects.get(email="new@example.test")
    assert not person.has_usable_password()
    assert person.invited_at is not None
    assert [letter.to for letter in mail.outbox] == [["new@example.test"]]
    assert person.membership_set.get().unit == town.county


def test_added_person_needs_a_role(client: Client, town: City) -> None:
    client.force_login(town.administrator)
    assert client.post(ADD, filled("new@example.test", None)).status_code == 200
    assert not User.objects.filter(email="new@example.test").exists()


def test_person_is_invited_again_by_the_action(client: Client, town: City) -> None:
    client.force_login(town.administrator)
    chosen = {"action": "invite_again", "_selected_action": [town.staff.pk]}
    assert client.post("/admin/portal/user/", chosen, follow=True).status_code == 200
    assert [letter.to for letter in mail.outbox] == [["staff@example.test"]]


def test_mail_server_away_leaves_the_person_and_says_so(
    client: Client, town: City, settings: object, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    settings.EMAIL_BACKEND = "portal.mail.smtp.Backend"  # type: ignore[attr-defined]
    settings.EMAIL_PORT = 1  # type: ignore[attr-defined]
    client.force_login(town.administrator)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(ADD, filled("new@example.test", town.county))
    assert User.objects.get(email="new@example.test").invited_at is None
    page = client.get("/admin/portal/user/").content.decode()
    assert "new@example.test" in page
    assert "messagelist" in page


def test_county_administrator_hands_out_roles_of_the_county_only(county_chief: Client, town: City) -> None:
    assert county_chief.post(ADD, filled("a@example.test", town.county)).status_code == 302
    for unit in (town.other, town.city):
        assert county_chief.post(ADD, filled("b@example.test", unit)).status_code == 200
    assert not User.objects.filter(email="b@example.test").exists()


def test_county_administrator_neither_sees_nor_changes_others_people(county_chief: Client, town: City) -> None:
    shown = county_chief.get("/admin/portal/user/").content.decode()
    assert "staff@example.test" in shown
    assert "stranger@example.test" not in shown
    other = f"/admin/portal/user/{town.stranger.pk}/change/"
    assert county_chief.get(other).status_code == 302


def test_county_administrator_cannot_take_the_account_of_somebody_with_a_role_above(
    county_chief: Client, town: City
) -> None:
    Membership.objects.create(user=town.administrator, unit=town.county, role=Role.VIEWER, valid_from=date(2022, 1, 1))
    address = f"/admin/portal/user/{town.administrator.pk}/change/"
    assert county_chief.get(address).status_code == 200
    answer = county_chief.post(address, filled("thief@example.test", None))
    assert answer.status_code == 403
    town.administrator.refresh_from_db()
    assert town.administrator.email == "administrator@example.test"


def test_county_administrator_changes_neither_the_tree_nor_the_calendar(county_chief: Client, town: City) -> None:
    for address in (
        "/admin/portal/unit/add/",
        "/admin/portal/quarter/add/",
        f"/admin/portal/unit/{town.county.pk}/delete/",
        f"/admin/portal/quarter/{town.quarter.pk}/delete/",
    ):
        assert county_chief.get(address).status_code == 403, address
    answer = county_chief.post(f"/admin/portal/quarter/{town.quarter.pk}/change/", {"year": 2022})
    assert answer.status_code == 403


def test_old_address_signs_in_no_more(client: Client, town: City) -> None:
    Client().post("/accounts/login/", {"login": "staff@example.test", "password": world.PASSWORD})
    client.force_login(town.administrator)
    moved = filled("moved@example.test", None, **{"membership_set-INITIAL_FORMS": 0})
    assert client.post(f"/admin/portal/user/{town.staff.pk}/change/", moved).status_code == 302
    answers = [
        Client().post("/accounts/login/", {"login": email, "password": world.PASSWORD}).status_code
        for email in ("staff@example.test", "moved@example.test")
    ]
    assert answers == [200, 302]


def test_nobody_is_deleted_in_the_admin(client: Client, town: City) -> None:
    client.force_login(town.administrator)
    assert client.get(f"/admin/portal/user/{town.staff.pk}/delete/").status_code == 403


def test_person_page_knows_no_raw_password_field(client: Client, town: City) -> None:
    client.force_login(town.administrator)
    form = client.get(f"/admin/portal/user/{town.staff.pk}/change/").context["adminform"].form
    assert "password" not in form.fields


def people(town: City, count: int) -> None:
    for number in range(count):
        world.make_person(f"p{number}", town.county, Role.REPORTER)


@pytest.mark.parametrize("count", [1, 3, 300])
@pytest.mark.parametrize(("name", "queries"), [("user", 5), ("membership", 4), ("unit", 5)])
def test_people_lists_cost_the_same_queries_whatever_their_length(
    client: Client,
    town: City,
    count: int,
    name: str,
    queries: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    people(town, count)
    Unit.objects.bulk_create(
        Unit(code=f"9{number:05}", kind="park", parent=town.county, name_zh="园") for number in range(count)
    )
    client.force_login(town.administrator)
    with django_assert_num_queries(queries):
        client.get(f"/admin/portal/{name}/")


def test_role_of_a_new_person_begins_today_where_nobody_says_otherwise(client: Client, town: City) -> None:
    client.force_login(town.administrator)
    with time_machine.travel(world.at("2022-04-05")):
        formset = client.get("/admin/portal/user/add/").context["inline_admin_formsets"][0].formset
        assert str(formset.forms[0]["valid_from"].value()) == "2022-04-05"

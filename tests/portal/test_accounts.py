"""Getting in: by e-mail and password, by invitation only, and not by trying again and again."""

import pytest
from django.test import Client

from portal.models import User
from tests import world
from tests.conftest import City

LOGIN = "/accounts/login/"


def sign_in(client: Client, email: str, password: str = world.PASSWORD) -> int:
    return client.post(LOGIN, {"login": email, "password": password}).status_code


def test_sign_in_leads_where_the_person_was_going(client: Client, town: City) -> None:
    filled = {"login": "Staff@Example.test", "password": world.PASSWORD, "next": "/suggestions/"}
    assert client.post(LOGIN, filled)["Location"] == "/suggestions/"


@pytest.mark.parametrize("email", ["staff@example.test", "nobody@example.test"])
def test_sign_in_says_the_same_whether_or_not_the_address_is_known(client: Client, town: City, email: str) -> None:
    page = client.post(LOGIN, {"login": email, "password": "wrong"}, headers={"accept-language": "en"})
    assert "The email address and/or password you specified are not correct." in page.content.decode()


def test_sign_in_is_closed_to_a_closed_account(client: Client, town: City) -> None:
    User.objects.filter(pk=town.staff.pk).update(is_active=False)
    sign_in(client, "staff@example.test")
    assert client.get("/profile/").status_code == 302


def test_guessing_a_password_is_slowed_down(client: Client, town: City) -> None:
    for _ in range(5):
        sign_in(client, "staff@example.test", "wrong")
    assert sign_in(client, "staff@example.test") == 200  # the right one now comes too late
    page = client.post(LOGIN, {"login": "staff@example.test", "password": "x"}, headers={"accept-language": "zh-CN"})
    assert "登录失败次数过多" in page.content.decode()
    assert sign_in(client, "stranger@example.test") == 302


def test_nobody_signs_up_by_themselves(client: Client, db: None) -> None:
    filled = {"email": "new@example.test", "password1": "another long pass phrase"}
    for answer in (client.get("/accounts/signup/"), client.post("/accounts/signup/", filled)):
        assert answer.templates[0].name == "account/signup_closed.html"
    assert not User.objects.exists()
    assert "/accounts/signup/" not in client.get(LOGIN).content.decode()


@pytest.mark.parametrize("path", ["email/", "confirm-email/", "login/code/confirm/", "reauthenticate/"])
def test_pages_to_change_addresses_by_oneself_are_not_there(client: Client, town: City, path: str) -> None:
    client.force_login(town.staff)
    assert client.get(f"/accounts/{path}").status_code == 404


def test_signing_out_asks_and_then_forgets(client: Client, town: City) -> None:
    client.force_login(town.staff)
    assert client.get("/accounts/logout/").status_code == 200
    assert client.post("/accounts/logout/")["Location"] == LOGIN
    assert client.get("/profile/").status_code == 302


def test_password_change_needs_the_old_one_and_stays_signed_in(client: Client, town: City) -> None:
    client.force_login(town.staff)
    new = {"password1": "another long pass phrase", "password2": "another long pass phrase"}
    address = "/accounts/password/change/"
    assert client.post(address, {**new, "oldpassword": "wrong"}).status_code == 200
    assert client.post(address, {**new, "oldpassword": world.PASSWORD})["Location"] == "/profile/"
    assert client.get("/profile/").status_code == 200
    town.staff.refresh_from_db()
    assert town.staff.check_password("another long pass phrase")


def test_too_many_requests_get_a_page_of_our_own(client: Client, db: None) -> None:
    for _ in range(21):
        answer = client.post("/accounts/password/reset/", {"email": "a@example.test"})
    assert answer.status_code == 429
    assert "尝试次数过多" in answer.content.decode()

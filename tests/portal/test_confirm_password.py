"""The password asked for again before a signature, and how often a wrong one may be typed."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import RequestFactory

from portal import accounts
from portal.accounts import PasswordRefused
from portal.models import User
from tests import world


@pytest.fixture(autouse=True)
def nothing_counted_yet(db: None) -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def confirm(user: User, password: str) -> None:
    request = RequestFactory().post("/")
    request.user = user
    accounts.confirm_password(request, password)


def test_right_password_is_taken_and_a_wrong_one_is_not() -> None:
    user = world.make_person("somebody")
    confirm(user, world.PASSWORD)
    with pytest.raises(PasswordRefused):
        confirm(user, "wrong")


def test_after_five_wrong_ones_not_even_the_right_one_is_taken() -> None:
    user, other = world.make_person("somebody"), world.make_person("other")
    for _attempt in range(5):
        with pytest.raises(PasswordRefused):
            confirm(user, "wrong")
    with pytest.raises(PasswordRefused):
        confirm(user, world.PASSWORD)
    confirm(other, world.PASSWORD)


def test_right_password_begins_the_count_anew() -> None:
    user = world.make_person("somebody")
    for _round in range(3):
        for _attempt in range(3):
            with pytest.raises(PasswordRefused):
                confirm(user, "wrong")
        confirm(user, world.PASSWORD)

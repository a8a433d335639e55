"""The language of a page: the person's choice, else the cookie's, else the browser's, else Chinese."""

import pytest
from django.test import Client

from tests.conftest import City


@pytest.mark.parametrize(
    ("chosen", "asked", "shown"),
    [
        ("", "en-GB,en;q=0.9", "en"),
        ("", "zh-CN,zh;q=0.9", "zh-hans"),
        ("", "fr", "zh-hans"),
        ("zh-hans", "en", "zh-hans"),
        ("en", "zh-CN", "en"),
    ],
)
def test_page_is_in_the_persons_language_else_the_browsers(
    client: Client, town: City, chosen: str, asked: str, shown: str
) -> None:
    town.staff.language = chosen
    town.staff.save()
    client.force_login(town.staff)
    answer = client.get("/profile/", headers={"accept-language": asked})
    assert f'<html lang="{shown}">' in answer.content.decode()
    assert answer["Content-Language"] == shown


def test_language_of_one_request_does_not_stay_for_the_next(client: Client, town: City) -> None:
    town.staff.language = "en"
    town.staff.save()
    client.force_login(town.staff)
    client.get("/profile/")
    stranger = Client().get("/accounts/login/", headers={"accept-language": "zh-CN"})
    assert '<html lang="zh-hans">' in stranger.content.decode()

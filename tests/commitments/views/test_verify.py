"""The check of a number, by somebody who isn't signed in and knows nothing but the print."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from commitments import lifecycle
from commitments.models import LetterVersion
from tests.commitments.letters import SIGNED, Campaigning, campaigning

__all__ = ["campaigning"]


@pytest.fixture(autouse=True)
def nobody_has_asked_yet(db: None) -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def page(version: LetterVersion, language: str = "en") -> str:
    answer = Client().get(reverse("verify", args=[version.serial]), {"language": language})
    assert answer.status_code == 200
    return answer.content.decode()


def test_valid_letter_shows_unit_campaign_version_dates_and_hash(campaigning: Campaigning) -> None:
    version = campaigning.in_force()
    text = page(version)
    assert 'class="status status-good">Valid<' in text
    for told in (str(version.serial), "Unit 430421", "2022 · Year of the Centre", "2022-02-07", version.sha256):
        assert told in text


def test_page_tells_no_names_and_no_figures(campaigning: Campaigning) -> None:
    version = campaigning.in_force()
    for language in ("en", "zh-hans"):
        text = page(version, language)
        for secret in ("principal", "mayor", "县长", "4000", "4,000", "项目A1", "Project A1", "120", version.opening):
            assert secret not in text


def test_each_standing_has_a_word_and_a_shape(campaigning: Campaigning) -> None:
    version = campaigning.issued()
    assert '"status">Not signed<' in page(version)
    version = campaigning.signed(version)
    assert 'status-open">Signed, not yet in force<' in page(version)
    first = campaigning.in_force(version)
    second = campaigning.in_force(campaigning.amended(first))
    text = page(first)
    assert 'status-warn">Superseded<' in text
    assert "Version 2 has taken its place" in text
    assert str(second.serial) not in text
    third = campaigning.signed(campaigning.amended(second, "again"))
    lifecycle.decline(third, by=campaigning.mayor, at=SIGNED, reason="secret")
    assert 'status-bad">Declined<' in page(third)
    assert "secret" not in page(third)


def test_unknown_number_is_not_found_and_says_so() -> None:
    for path in ("/verify/430400-2022-430421-1-ABCDEF", "/verify/x/y", "/verify/%E7%BC%96%E5%8F%B7"):
        answer = Client().get(path, {"language": "en"})
        assert answer.status_code == 404
        assert 'status-bad">Unknown number<' in answer.content.decode()


def test_typed_number_leads_to_its_page(campaigning: Campaigning) -> None:
    serial = str(campaigning.in_force().serial)
    typed = f"  {serial.lower().replace('-', '－')} "
    answer = Client().get(reverse("verify_home"), {"number": typed, "language": "en"})
    assert answer.status_code == 302
    assert answer["Location"] == reverse("verify", args=[serial]) + "?language=en"


def test_empty_number_is_asked_for_again() -> None:
    answer = Client().get(reverse("verify_home"), {"number": " ", "language": "en"})
    assert "Type the number as it stands on the print" in answer.content.decode()


@pytest.mark.parametrize("name", ["verify_home", "verify"])
def test_page_takes_head_sets_no_cookie_and_is_not_kept(campaigning: Campaigning, name: str) -> None:
    address = reverse(name, args=[campaigning.in_force().serial] if name == "verify" else [])
    for language in ("", "en", "zh-hans", "xx"):
        client = Client()
        answer = client.get(address, {"language": language})
        assert answer.status_code == 200
        assert not client.cookies
        assert "no-store" in answer["Cache-Control"]
    assert Client().head(address).status_code == 200
    assert Client().post(address).status_code == 405


def test_language_follows_the_address_else_the_browser(campaigning: Campaigning) -> None:
    address = reverse("verify", args=[campaigning.in_force().serial])
    assert 'lang="en"' in Client().get(address, headers={"accept-language": "en"}).content.decode()
    assert 'lang="zh-hans"' in Client().get(address, headers={"accept-language": "zh-CN"}).content.decode()
    found = Client().get(address, {"language": "zh-hans"}, headers={"accept-language": "en"})
    assert 'lang="zh-hans"' in found.content.decode()


def test_numbers_are_not_tried_one_after_another() -> None:
    client = Client()
    answers = [client.get(f"/verify/430400-2022-430421-1-{number}").status_code for number in range(62)]
    assert answers.count(404) == 60
    assert answers[-1] == 429

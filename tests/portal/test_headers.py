"""Headers of every answer: a strict content security policy, no framing, no guessing of types."""

import re

import pytest
from django.test import Client

from tests.conftest import City


@pytest.mark.parametrize("address", ["/accounts/login/", "/profile/", "/admin/portal/unit/", "/no/such/page/"])
def test_pages_allow_no_inline_code_and_no_other_host(client: Client, town: City, address: str) -> None:
    client.force_login(town.administrator)
    policy = client.get(address)["Content-Security-Policy"]
    directives = dict(part.strip().partition(" ")[::2] for part in policy.split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == "'self'"
    assert directives["frame-ancestors"] == "'none'"
    assert "unsafe" not in policy
    assert not re.search(r"https?:", policy)


def test_pages_carry_the_secure_headers(client: Client, db: None) -> None:
    answer = client.get("/accounts/login/")
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in answer["Permissions-Policy"]


def test_cookies_are_closed_to_scripts_and_other_sites(client: Client, town: City) -> None:
    answer = client.post("/accounts/login/", {"login": "staff@example.test", "password": "a long enough pass phrase"})
    session = answer.cookies["sessionid"]
    assert session["httponly"]
    assert session["samesite"] == "Lax"


@pytest.mark.parametrize(
    "address", ["/accounts/login/", "/profile/", "/suggestions/", "/admin/", "/admin/portal/unit/"]
)
def test_pages_hold_no_inline_style_or_code(client: Client, town: City, address: str) -> None:
    client.force_login(town.administrator)
    page = client.get(address, follow=True).content.decode()
    assert not re.search(r"<style(?![^>]*nonce)|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=|javascript:", page)

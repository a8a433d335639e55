"""No page shows a word of the other language: every address that needs no argument, and every page of the admin."""

import contextlib
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from portal.models import Extension, Role, Suggestion, User
from projects import lifecycle
from tests import world
from tests.conftest import City
from tests.world import at

# Names that are the same in Chinese: formats, the language switch, codes, addresses.
ALLOWED = {"Alt", "CSV", "Ctrl", "XLSX", "HTML", "English", "PDF", "Excel", "UTF", "GB", "ID"}
NAMES = re.compile(r"\S+@\S+|https?://\S+|/[\w/?=&.%-]*|\d{4}-W\d\d|\d{4}Q\d|\b[A-Z]\d+\b|Unit \d+|Project \w+|\{\w+\}")
CHINESE_NAMES = re.compile(r"单位\d+|项目\w\d+|简体中文|主体施工|市重点|产业|按已过月数")  # of tests/world.py
SPOKEN = {"title", "placeholder", "aria-label", "alt", "data-label", "label"}
SILENT = {"script", "style", "svg", "code"}
ELSEWHERE = {"set_language", "health", "notices_read"}  # answer without a page
VOID = {"br", "hr", "img", "input", "link", "meta", "col", "source", "wbr"}


class Spoken(HTMLParser):
    """What a page says to a person: its text, and the attributes that are shown or read out."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        data = re.search(r"field-(name_|code)", told.get("class") or "")  # both names stand there, and codes
        if (tag in SILENT or told.get("lang") or data) and tag not in VOID and tag != "html":
            self.silent.append(tag)
        self.texts += [value for name, value in attrs if name in SPOKEN and value]
        if tag == "input" and told.get("type") in {"submit", "button"}:
            self.texts.append(told.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        if self.silent and self.silent[-1] == tag:
            self.silent.pop()

    def handle_data(self, text: str) -> None:
        if not self.silent:
            self.texts.append(text)


def plain_addresses(patterns: list[URLPattern | URLResolver], space: str = "") -> Iterator[str]:
    """Names of the addresses that need no argument."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            if not pattern.pattern.converters:
                yield from plain_addresses(pattern.url_patterns, f"{space}{pattern.namespace or ''}:".lstrip(":"))
        elif pattern.name and not pattern.pattern.regex.groups:
            yield space + pattern.name


def admin_addresses() -> Iterator[str]:
    for model in admin.site._registry:
        base = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield f"{base}_changelist"
        yield f"{base}_add"


def every_address() -> list[str]:
    plain = {name for name in plain_addresses(get_resolver().url_patterns) if not name.startswith("admin:")}
    found = set()
    for name in (plain | {"admin:index", *admin_addresses()}) - ELSEWHERE:
        with contextlib.suppress(NoReverseMatch):  # an admin that leaves some of its addresses out
            found.add(reverse(name))
    return sorted(found)


def fill(town: City, *, name: str, words: str, language: str) -> User:
    """Something on every page, and a person who holds every role to see it."""
    person = world.make_person("somebody", town.city, *Role)
    User.objects.update(name=name, language=language)
    day = at("2022-04-05")
    Suggestion.objects.create(page="/", text=words, made_by=person, made_at=day)
    Extension.objects.create(
        unit=town.county, quarter=town.quarter, until="2022-05-01", reason=words, granted_by=person, granted_at=day
    )
    report = world.submitted(town.county, town.quarter, 250, by=town.staff, when=day)
    lifecycle.send_back(report, by=User.objects.get(pk=town.reviewer.pk), at=day, remark=words)
    return person


def spoken_on(client: Client, address: str) -> str:
    """What the page says; nothing where there is no page: a file, a redirect, a right that nobody has."""
    answer = client.get(address)
    assert answer.status_code < 500
    if answer.streaming or not answer.get("Content-Type", "").startswith("text/html"):
        return ""
    spoken = Spoken()
    spoken.feed(answer.content.decode())
    return " ".join(spoken.texts)


def change_pages() -> Iterator[str]:
    """The admin's page of the first record of each model that it shows one by one."""
    for model in admin.site._registry:
        first = model._default_manager.first()
        with contextlib.suppress(NoReverseMatch):
            if first:
                yield reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[first.pk])


@pytest.mark.parametrize("address", every_address())
def test_page_shows_no_english_in_chinese(town: City, client: Client, address: str) -> None:
    client.force_login(fill(town, name="李四", words="汛期", language="zh-hans"))
    said = NAMES.sub(" ", spoken_on(client, address))
    assert set(re.findall(r"[A-Za-z]{2,}", said)) - ALLOWED == set()


@pytest.mark.parametrize("address", every_address())
def test_page_shows_no_chinese_in_english(town: City, client: Client, address: str) -> None:
    client.force_login(fill(town, name="Li Si", words="floods", language="en"))
    said = CHINESE_NAMES.sub(" ", spoken_on(client, address))
    assert re.findall("[\u4e00-\u9fff]+", said) == []


def test_records_in_the_admin_show_no_english_in_chinese(town: City, client: Client) -> None:
    client.force_login(fill(town, name="李四", words="汛期", language="zh-hans"))
    found = {
        address: words
        for address in change_pages()
        if (words := set(re.findall(r"[A-Za-z]{2,}", NAMES.sub(" ", spoken_on(client, address)))) - ALLOWED)
    }
    assert found == {}

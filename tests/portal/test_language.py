"""No page shows a word of the other language: every address that needs no argument, and every page of the admin."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from portal.models import Extension, Role, Suggestion
from tests import world
from tests.conftest import City
from tests.world import at

# Names that are the same in Chinese: formats, the language switch, codes, addresses.
ALLOWED = {"CSV", "XLSX", "HTML", "English", "PDF", "Excel", "UTF", "GB", "ID"}
NAMES = re.compile(r"\S+@\S+|https?://\S+|/[\w/?=&.%-]*|\d{4}-W\d\d|\d{4}Q\d|\b[A-Z]\d+\b")
CHINESE_NAMES = re.compile(r"单位\d+|项目\w\d+|简体中文|主体施工|市重点|产业")  # of tests/world.py
SPOKEN = {"title", "placeholder", "aria-label", "alt", "data-label", "label"}
SILENT = {"script", "style", "svg", "code"}
ELSEWHERE = {"set_language", "health"}  # answer without a page
VOID = {"br", "hr", "img", "input", "link", "meta", "col", "source", "wbr"}


class Spoken(HTMLParser):
    """What a page says to a person: its text, and the attributes that are shown or read out."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if (tag in SILENT or told.get("lang")) and tag not in VOID and tag != "html":
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
    own = {"admin:index", *admin_addresses()}
    return sorted((plain | own) - ELSEWHERE)


@pytest.fixture
def everything(town: City, client: Client) -> Client:
    """A city with something on every page, seen by a person who holds every role; names are Chinese."""
    person = world.make_person("somebody", town.city, *Role)
    person.name = "张三"
    person.save()
    for each in Membership.objects.select_related("user"):
        each.user.name = "李四"
        each.user.save()
    Suggestion.objects.create(page="/", text="建议", made_by=person, made_at=at("2022-04-05"))
    Extension.objects.create(
        unit=town.county,
        quarter=town.quarter,
        until="2022-05-01",
        reason="汛期",
        granted_by=person,
        granted_at=at("2022-04-05"),
    )
    world.submitted(town.county, town.quarter, 250, by=town.staff, when=at("2022-04-05"))
    client.force_login(person)
    return client


@pytest.mark.parametrize("name", every_address())
def test_page_shows_no_english_in_chinese(everything: Client, name: str) -> None:
    try:
        address = reverse(name)
    except Exception:
        pytest.skip("not reachable by its name alone")
    answer = everything.get(address, headers={"accept-language": "zh-CN"})
    if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
        assert latin_words(answer.content.decode()) == set()


@pytest.mark.parametrize("name", every_address())
def test_page_shows_no_chinese_in_english(everything: Client, name: str) -> None:
    answer = everything.get(reverse(name), headers={"accept-language": "en"})
    if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
        spoken = Spoken()
        spoken.feed(answer.content.decode())
        assert [text for text in spoken.texts if re.search("[\u4e00-\u9fff]", text)] == []

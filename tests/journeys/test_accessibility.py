"""WCAG 2.2 AA as axe sees it, on every page the URLconf has, at two widths, in both languages, with and without errors.

Pages are asked for first, by people who may see them; then a real browser opens what was answered.
"""

import gzip
import mimetypes
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import time_machine
from axe_playwright_python.base import AXE_FILE_PATH
from django.contrib.staticfiles import finders
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse
from playwright.sync_api import sync_playwright
from pytest_django import DjangoDbBlocker

from commitments import lifecycle
from commitments.lifecycle import Draft
from commitments.models import Indicator
from portal.models import Membership, Role, Unit, User
from portal.views import errors
from tests import world
from tests.attacks.addresses import names
from tests.attacks.test_access import NOW, World
from tests.commitments import letters
from tests.conftest import City, make_town
from tests.journeys.forms import VOID, forms
from tests.kept import kept
from tests.world import signed_in

pytestmark = pytest.mark.django_db
WIDTHS = (1280, 375)
LANGUAGES = ("zh-hans", "en")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
OPTIONS = {
    "runOnly": {"type": "tag", "values": TAGS},
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],
    "iframes": False,
    "preload": False,
}
AXE = """options => axe.run(document, options).then(found => found.violations.flatMap(fault => fault.nodes.map(
    node => `${fault.id}: ${node.target.join(" ")} ${node.failureSummary.split("\\n")[1]}`)))"""
# Addresses that answer with something else than a page of ours, or lead to one.
NO_PAGES = {
    "account_set_password",
    "admin:autocomplete",
    "admin:commitments_policy_delete",
    "admin:commitments_readingfile_delete",
    "admin:commitments_scoringruling_delete",
    "admin:import_template",
    "admin:jsi18n",
    "admin:login",
    "admin:logout",
    "admin:password_change",
    "admin:portal_extension_delete",
    "admin:portal_message_add",
    "admin:portal_message_delete",
    "admin:portal_suggestion_add",
    "admin:portal_suggestion_delete",
    "admin:portal_user_delete",
    "admin:projects_importfile_delete",
    "admin:projects_project_delete",
    "admin:projects_report_accept",
    "admin:projects_report_keys",
    "admin:projects_rollupalarm_add",
    "admin:projects_rollupalarm_delete",
    "admin:reading_template",
    "bulletin_begin",
    "bulletin_file",
    "campaign_home",
    "evidence",
    "evidence_thumbnail",
    "extension_ask",
    "fulfilment_home",
    "health",
    "letter_home",
    "letter_pdf",
    "line_autosave",
    "line_evidence",
    "line_keep",
    "lines_keep",
    "lines_keep_undo",
    "mail",
    "mail_html",
    "mail_list",
    "notice",
    "notice_read",
    "notices_read",
    "report_answer",
    "report_correct",
    "report_export",
    "report_pdf",
    "report_submit",
    "report_withdraw",
    "scan",
    "scan_upload",
    "set_language",
    "settlement_evidence",
    "settlement_sheet",
    "workbook_annotated",
    "workbook_file",
    "workbook_progress",
}
LARGEST_SCRIPTS = 150_000  # bytes of a page's scripts together, compressed


@dataclass(frozen=True)
class Shown:
    """A page as it was answered."""

    name: str  # its language and address, and what was sent to it
    html: str
    is_always: bool = False  # whether it is looked at whatever it is made of


class Asked(World):
    """The world of tests/attacks with letters in every state, and people who may see its pages."""

    def __init__(self, town: City) -> None:
        super().__init__(town)
        third = world.make_unit("430423", town.city)
        units = {town.city, town.county, town.other, third}
        self.everybody = world.make_person("everybody", town.city, *Role)
        for unit in units - {town.city}:
            Membership.objects.bulk_create(Membership(user=self.everybody, unit=unit, role=role) for role in Role)
        self._letters(town.other, third, by=town.administrator)

    def _letters(self, begun: Unit, issued: Unit, *, by: User) -> None:
        """The county's is in force; another's is a draft, and one waits for its principal."""
        lifecycle.begin(self.campaign, begun, by=by, at=letters.DAY)
        version = lifecycle.begin(self.campaign, issued, by=by, at=letters.DAY)
        tourism = Indicator.objects.get(source="readings", pledge__version=version)
        draft = letters.changed(Draft.of(version), tourism, target=Decimal(120), leader="王县长")
        version = lifecycle.save_draft(version, draft, edition=version.edition, by=by, at=letters.DAY)
        lifecycle.issue(version, by=by, at=letters.DAY)

    def addresses(self, name: str) -> list[str]:
        """Where a page of this name stands: of the county's records, and of others where those show something else."""
        draft, waiting, ours = ("430422", 2022), ("430423", 2022), ("430421", 2022)
        more: dict[str, list[tuple[object, ...]]] = {
            "letter_edit": [draft],
            "letter_sign": [waiting],
            "letter": [draft, waiting],
            "letter_step": [(*draft, "issue"), (*waiting, "decline"), (*ours, "amend")],
        }
        return [self.address(name), *(reverse(name, args=each) for each in more.get(name, ()))]


class Walk:
    """Every page that answers somebody in this language, and what each of its forms answers when it is sent wrong."""

    def __init__(self, asked: Asked, language: str) -> None:
        self.asked = asked
        self.language = language
        self.stranger = Client(headers={"accept-language": language})
        own = [visitor.client for (place, _role), visitor in asked.visitors.items() if place != "foreign"]
        self.people = [signed_in(asked.everybody), self.stranger, *own]
        self.sent: set[str] = set()
        self.without_page: set[str] = set()

    def pages(self) -> Iterator[Shown]:
        User.objects.update(language=self.language)
        for name in names():
            # The admin is Django's and made of the same elements in English: it is looked at in Chinese.
            if name in NO_PAGES or name.startswith("admin/" if self.language == LANGUAGES[0] else "admin"):
                continue
            found = [page for address in self.asked.addresses(name) for page in self._states(name, address)]
            yield from found
            if not found:
                self.without_page.add(name)
        yield from self._refusals()

    def _states(self, name: str, address: str) -> Iterator[Shown]:
        for client in self.people:
            answer = client.get(address)
            if answer.status_code == 200:
                if html := page_of(answer):
                    yield Shown(f"{name} ({self.language})", html, is_always=not name.startswith("admin:"))
                    yield from self._sent(name, client, html, address)
                return

    def _sent(self, name: str, client: Client, html: str, address: str) -> Iterator[Shown]:
        for where, ways in forms(html, address):
            for fields in ways if where not in self.sent else ():
                with transaction.atomic():
                    answer = client.post(where, fields, follow=True)
                    transaction.set_rollback(True)
                if answer.status_code not in {403, 404, 405} and (said := page_of(answer)):
                    yield Shown(f"{name} ({self.language}), sent to {where}: {answer.status_code}", said)
            self.sent.add(where)

    def _refusals(self) -> Iterator[Shown]:
        reporter = self.asked.visitors["own", Role.REPORTER].client
        yield Shown("403", page_of(reporter.get("/admin/", follow=True)))
        yield Shown("404", page_of(reporter.get("/no/such/page/")))
        yield Shown("403 csrf", page_of(Client(enforce_csrf_checks=True).post(reverse("account_login"))))
        yield Shown("500", page_of(errors.broken(reporter.get("/profile/").wsgi_request)))


def page_of(answer: HttpResponseBase) -> str:
    """The whole page that was answered; empty where it is a file, a part of a page or a redirect."""
    if answer.streaming or not answer.get("Content-Type", "").startswith("text/html"):
        return ""
    html = answer.content.decode()  # type: ignore[attr-defined]
    return html if "<html" in html else ""


class Kinds(HTMLParser):
    """The kinds of elements on a page, each with what it stands in: tag, classes, type and names of attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: set[tuple[object, object]] = set()
        self.around: list[tuple[str, ...]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        kind = (tag, "" if tag == "body" else said.get("class", ""), said.get("type", ""), *sorted(said))
        self.found.add((self.around[-1] if self.around else "", kind))
        if tag not in VOID:
            self.around.append(kind)

    def handle_endtag(self, tag: str) -> None:
        while self.around and self.around.pop()[0] != tag:
            pass


def unlike(pages: list[Shown]) -> list[Shown]:
    """Every page of the portal; of the admin and of answers to forms those with a kind of element not yet looked at."""
    known: set[tuple[object, object]] = set()
    left = []
    for page in pages:
        kinds = Kinds(page.html).found
        if page.is_always or not kinds <= known:
            left.append(page)
            known |= kinds
    return left


@contextmanager
def served(pages: list[Shown]) -> Iterator[str]:
    """These pages by their numbers, and the static files, which a browser keeps; gives the address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            name = self.path.removeprefix("/static/").partition("?")[0]
            if self.path[1:].isdigit():
                self._answer(200, "text/html; charset=utf-8", pages[int(self.path[1:])].html.encode())
            elif self.path.startswith("/static/") and (file := finders.find(name)):
                kind = mimetypes.guess_type(name)[0] or "text/plain"
                self._answer(200, kind, Path(str(file)).read_bytes(), ("Cache-Control", "max-age=3600"))
            else:
                self._answer(404, "text/plain", b"")

        def _answer(self, status: int, kind: str, body: bytes, *headers: tuple[str, str]) -> None:
            self.send_response(status)
            for name, value in (("Content-Type", kind), ("Content-Length", str(len(body))), *headers):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_about: object) -> None:
            """What a browser asks for isn't worth a line."""

    with ThreadingHTTPServer(("localhost", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()


def faults(pages: list[Shown]) -> list[str]:
    """What axe finds on these pages at either width."""
    found: list[str] = []
    with served(pages) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        context = browser.new_context()
        context.add_init_script(path=AXE_FILE_PATH)
        tab = context.new_page()
        for index, page in enumerate(pages):
            tab.goto(f"{address}/{index}")
            for width in WIDTHS:
                tab.set_viewport_size({"width": width, "height": 900})
                found += [f"{page.name} at {width}: {fault}" for fault in tab.evaluate(AXE, OPTIONS)]
        browser.close()
    return found


@pytest.fixture(scope="module")
def pages(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[dict[str, list[Shown]]]:
    """By language."""
    with time_machine.travel(NOW), kept(django_db_blocker):
        asked = Asked(make_town())
        walks = [Walk(asked, language) for language in LANGUAGES]
        yield {walk.language: list(walk.pages()) for walk in walks}
        assert [walk.without_page for walk in walks] == [set(), set()]


def test_axe_finds_nothing_on_any_page(pages: dict[str, list[Shown]]) -> None:
    found = faults([page for language in LANGUAGES for page in unlike(pages[language])])
    assert found == [], "\n".join(found)


def test_files_that_pages_name_are_there(pages: dict[str, list[Shown]]) -> None:
    """Where they are hashed, as in production, a page that names a missing file breaks."""
    named = {name for page in pages["zh-hans"] for name in re.findall(r'(?:src|href)="/static/([^"?#]+)', page.html)}
    assert {name for name in named if not finders.find(name)} == set()


def weight(html: str) -> int:
    """Of a page's scripts and what they import, each as it is sent."""
    seen: set[Path] = set()
    scripts = re.findall(r'<script[^>]* src="/static/([^"?]+)', html)
    waiting = [Path(str(found)) for name in scripts if (found := finders.find(name))]
    while waiting:
        script = waiting.pop()
        if script not in seen:
            seen.add(script)
            waiting += [script.parent / name for name in re.findall(r'from "(\./[^"]+)"', script.read_text())]
    return sum(map(compressed, seen))


@cache
def compressed(script: Path) -> int:
    return len(gzip.compress(script.read_bytes()))


def test_scripts_of_a_page_are_light(pages: dict[str, list[Shown]]) -> None:
    weights = {page.name: weight(page.html) for page in pages["zh-hans"]}
    assert {name: size for name, size in weights.items() if size >= LARGEST_SCRIPTS} == {}
    assert max(weights.values()) > 0

"""WCAG 2.2 AA as axe sees it: a page of every address that shows one, and what its forms answer, in both languages.

Each address is asked for as the first of those people who may see it, about records in the states that show something
else; home as each role. Every form on those pages is sent filled in wrong, by each of its buttons (the admin's once,
not for each record), and what it answers is looked at too; so are the scenes of tests/journeys/scenes.py. Every
template of a page is seen this way but those named in UNSEEN. axe runs all its rules of WCAG 2.0, 2.1 and 2.2, A and
AA, at 1280 and at 375 pixels, in a real browser in which the page's own scripts run. Of pages that are made of the same
kinds of elements (tests/journeys/kinds.py) one is opened, in either language: axe would say the same of the others.
What a person makes a script show isn't seen here.
"""

import gzip
import mimetypes
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import time_machine
from axe_playwright_python.base import AXE_FILE_PATH
from django.contrib.staticfiles import finders
from playwright.sync_api import sync_playwright
from pytest_django import DjangoDbBlocker

from portal.environment import BASE
from tests.attacks.test_access import NOW
from tests.conftest import make_town
from tests.journeys import conftest, scenes
from tests.journeys.kinds import showing_all
from tests.journeys.pages import Asked, Shown, Walk
from tests.kept import kept

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
# What stays in sight while a page is scrolled covers now this target, now that one: it is looked at in its own place.
AXE = """options => {
    for (const bar of document.querySelectorAll("body *"))
        if (getComputedStyle(bar).position === "sticky") bar.style.position = "static";
    return axe.run(document, options).then(found => found.violations.flatMap(fault => fault.nodes.map(
        node => `${fault.id}: ${node.target.join(" ")} ${node.failureSummary.split("\\n")[1]}`)));
}"""
# axe reads each colour's text anew for each element that has it, which is a fifth of its work.
COLOURS_READ_ONCE = """{
    const known = new Map(), colour = axe.commons.color.Color.prototype, read = colour.parseString;
    colour.parseString = function (text) {
        if (!known.has(text)) {
            const {r, g, b, alpha} = read.call(this, text);
            known.set(text, {r, g, b, alpha});
        }
        return Object.assign(this, known.get(text));
    };
}"""
# Each page begins with scripts that no other has run: translating them well takes longer than they do.
ARGUMENTS = [*conftest.ARGUMENTS, "--js-flags=--no-turbofan --no-maglev"]
TEMPLATES = BASE / "templates"
# A sentence beside a rate of growth, in a city whose register grew by a tier.
UNSEEN = {"components/_not_comparable.html"}
LARGEST_SCRIPTS = 150_000  # bytes of a page's scripts together, compressed


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
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        context = browser.new_context()
        context.add_init_script(path=AXE_FILE_PATH)
        context.add_init_script(COLOURS_READ_ONCE)
        tab = context.new_page()
        for index, page in enumerate(pages):
            tab.goto(f"{address}/{index}")
            for width in WIDTHS if index % 2 else WIDTHS[::-1]:  # a window that has the width is not changed
                tab.set_viewport_size({"width": width, "height": 900})
                found += [f"{page.name} at {width}: {fault}" for fault in tab.evaluate(AXE, OPTIONS)]
        browser.close()
    return found


@dataclass(frozen=True)
class Seen:
    """What was answered by language, of which templates of ours it was made, and which addresses showed nothing."""

    pages: dict[str, list[Shown]]
    templates: set[str]
    without_page: dict[str, set[str]]


@pytest.fixture(scope="module")
def seen(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Seen:
    with time_machine.travel(NOW), kept(django_db_blocker):
        asked = Asked(make_town())
        walks = [Walk(asked, language) for language in LANGUAGES]
        pages = {walk.language: [*walk.pages(), *scenes.played(walk)] for walk in walks}
    return Seen(pages, walks[0].templates, {walk.language: walk.without_page for walk in walks})


@pytest.fixture(scope="module")
def pages(seen: Seen) -> dict[str, list[Shown]]:
    return seen.pages


def test_every_address_shows_a_page(seen: Seen) -> None:
    assert seen.without_page == {language: set() for language in LANGUAGES}


def test_every_template_of_a_page_is_seen(seen: Seen) -> None:
    ours = {str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html")}
    left = sorted(name for name in ours - seen.templates - UNSEEN if not name.startswith("emails/"))
    assert left == [], left


@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing_on_any_page(pages: dict[str, list[Shown]], language: str) -> None:
    shown = pages[language]
    found = faults([shown[place] for place in showing_all(page.html for page in shown)])
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

"""Every figure that a page of the demo shows opens the lines it is made of, and these make the same figure.

Pages are walked by their own links. A figure is what a filter for figures prints; one that no lines make stands in an
element whose data-source says where it is from: the policy, the register, a report, a letter, a reading, its row.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from html.parser import HTMLParser
from urllib.parse import urljoin

import pytest
from django.http import QueryDict
from django.template.autoreload import reset_loaders
from django.test import Client
from django.urls import Resolver404, resolve

from commitments.templatetags import pledges, standing
from portal import clock
from portal.models import Quarter, User
from portal.templatetags import figures
from projects import facts
from projects.facts import MEASURES, Fact
from projects.opened import Opened
from projects.recorded import Moment
from projects.selection import Catalogue, Selection, Tree, opened_quarters
from projects.standings import Slice

PRINTERS = {
    "money": figures,
    "money_large": figures,
    "percent": figures,
    "points": figures,
    "change": standing,
    "in_its_unit": pledges,
}
SOURCES = {"", "policy", "register", "report", "letter", "reading", "row", "rows"}
# Pages that must have been come by, and the measures whose figures a bulletin freezes.
WITH_FIGURES = {
    "dashboard",
    "unit_dashboard",
    "league",
    "score_sheet",
    "situation",
    "campaign",
    "bulletin",
    "fulfilment",
    "letter_fulfilment",
    "settlement",
    "project_detail",
    "report_detail",
}
FROZEN = {"planned", "year_to_date", "completion_rate", "start_rate"}
# What no link leads to but a form.
BEGIN = (
    "/",
    "/situation/",
    "/league/",
    "/campaigns/430400/2021/fulfilment/?quarter=2021Q4&indicator=investment",
    "/campaigns/430400/2021/settlement/",
)
MARKED = re.compile(r"⟦(\w+)\|(.*?)⟧")
TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d")
VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr", "path", "circle", "rect"}
OF_EACH = 2  # addresses of a kind that are walked
# Files, and what is sent or changes something.
NOT_WALKED = {"account_logout", "language", "bulletin_file", "letter_pdf", "settlement_sheet", "report_pdf", "lines"}


@dataclass(frozen=True)
class Shown:
    """A figure on a page: how it is printed, and the address that it opens, "" for none."""

    printer: str
    text: str
    opens: str
    source: str


@dataclass
class Page(HTMLParser):
    """What a page shows."""

    address: str
    figures: list[Shown] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    as_of: str = ""

    def __post_init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        own = dict(attrs)
        if tag == "a" and own.get("href"):
            self.links.append(urljoin(self.address, own["href"] or ""))
        if tag not in VOID:
            self.open.append((tag, own))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, text: str) -> None:
        if any("as-of" in (own.get("class") or "").split() for _tag, own in self.open):
            self.as_of += text
        for printer, printed in MARKED.findall(text):
            hrefs = [own.get("href") or "" for tag, own in self.open if tag == "a"]
            sources = [own["data-source"] or "" for _tag, own in self.open if "data-source" in own]
            self.figures.append(Shown(printer, printed, "".join(hrefs), "".join(sources[-1:])))


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Templates print every figure between marks, with the name of the filter that printed it."""

    def between_marks(name: str, printer: Callable[[object], str]) -> Callable[[object], str]:
        return lambda value: f"⟦{name}|{printer(value)}⟧"

    for name, module in PRINTERS.items():
        marking = between_marks(name, module.register.filters[name])
        monkeypatch.setitem(module.register.filters, name, marking)
        if hasattr(standing, name):
            monkeypatch.setattr(standing, name, marking)  # its tags draw growth and coverage without a template
    reset_loaders()
    yield
    monkeypatch.undo()
    reset_loaders()


def walked(client: Client) -> Iterator[Page]:
    """The pages that one gets to by links, a few of each kind."""
    waiting, seen, kinds = list(BEGIN), set[str](), Counter[tuple[str, ...]]()
    while waiting:
        address = waiting.pop(0).partition("#")[0]
        kind = _kind(address)
        if address in seen or not kind or kinds[kind] >= OF_EACH:
            continue
        seen.add(address)
        kinds[kind] += 1
        answer = client.get(address, follow=True)
        if answer.status_code != 200 or not answer["Content-Type"].startswith("text/html"):
            continue
        page = Page(answer.redirect_chain[-1][0] if answer.redirect_chain else address)
        page.feed(answer.content.decode())
        waiting += page.links
        yield page


def _kind(address: str) -> tuple[str, ...]:
    """The name of the address with what is asked of it; nothing for what isn't walked."""
    path, _mark, query = address.partition("?")
    try:
        found = resolve(path)
    except Resolver404:
        return ()
    asked = sorted(QueryDict(query))
    if found.namespace or found.url_name in NOT_WALKED or "export" in asked:
        return ()
    return (str(found.url_name), *asked)


def signed_in(key: str) -> Client:
    client = Client(headers={"accept-language": "zh-hans"})
    client.force_login(User.objects.get(email__startswith=f"{key}@"))
    return client


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["administrator-1", "leader-1"])
def test_every_figure_of_every_page_opens_its_lines_and_says_as_of_when(demo: None, marked: None, key: str) -> None:
    names, wrong = Counter[str](), []
    for page in walked(signed_in(key)):
        names[str(resolve(page.address.partition("?")[0]).url_name)] += len(page.figures)
        opened = [each for each in page.figures if each.opens.startswith("/lines/")]
        if opened and not TIME.search(page.as_of):
            wrong.append(f"{page.address}: figures without an as-of")
        for each in page.figures:
            if not (each in opened or each.opens.startswith("/projects/") or each.source or each.text == "—"):
                wrong.append(f"{page.address}: {each}")
            assert each.source in SOURCES
    assert set(names) >= WITH_FIGURES
    assert not wrong, "\n".join(dict.fromkeys(wrong))


@pytest.fixture
def read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The facts of one selection are the same whichever measure is made of them, and nobody changes any here."""
    known: dict[object, list[Fact]] = {}
    read = facts.read

    def once(quarter: Quarter, units: Collection[int], part: Slice, *, known_at: datetime | None = None) -> list[Fact]:
        asked = (quarter.pk, frozenset(units), part, known_at)
        if asked not in known:
            known[asked] = read(quarter, units, part, known_at=known_at)
        return list(known[asked])

    monkeypatch.setattr(facts, "read", once)


def opened(user: User, address: str) -> Opened:
    """What the page at this address shows, for this person."""
    query = QueryDict(address.partition("?")[2])
    today = clock.today()
    _every, quarter = opened_quarters(query["quarter"], on=today)
    assert quarter is not None
    selection = Selection.from_query(query, quarter)
    selection = selection.but(as_of=Moment.read(query.get("as_of", ""), now=clock.now()))
    units = Tree.reached_by(user, on=today, codes=selection.units).chosen(selection)
    return Opened.read(selection, units, Catalogue.read().slice(selection), MEASURES[query["measure"]])


def same(each: Shown, figure: Opened) -> bool | None:
    """Whether the lines make what is printed; null where it is told in another way than they add up to."""
    value, measure = figure.value, figure.measure
    if measure is MEASURES["reported"] and each.printer == "percent":
        planned = sum(fact.planned for fact in figure.now.all)
        value = sum((fact.planned for fact in figure.now.taken), Decimal()) / planned
    elif measure is MEASURES["missing"] or each.printer == "points":
        return None  # the share of those who have reported, and how far a rate is from the policy's baseline
    elif each.printer == "in_its_unit" and measure.kind == "share":
        value = None if value is None else value * 100
    printed = PRINTERS[each.printer].register.filters[each.printer](value)
    return each.text == MARKED.sub(r"\2", printed)


@pytest.mark.django_db
def test_lines_that_a_figure_opens_make_the_same_figure(demo: None, marked: None, read_once: None) -> None:
    """Of each slice and measure, of units and of all below them, as of now and as of when a figure was frozen."""
    user = User.objects.get(email__startswith="administrator-1@")
    asked = {}
    for page in walked(signed_in("administrator-1")):
        for each in page.figures:
            if each.opens.startswith("/lines/") and each.text != "—":
                asked[each] = page.address
    wrong, measures = [], Counter[tuple[str, bool]]()
    for each, page_address in asked.items():
        figure = opened(user, each.opens)
        found = same(each, figure)
        if found is not None:
            measures[QueryDict(each.opens.partition("?")[2])["measure"], figure.selection.as_of is not None] += 1
        if found is False:
            wrong.append(f"{page_address}: {each}, but its lines make {figure.value}")
    assert not wrong, "\n".join(wrong)
    now = {measure for measure, was_frozen in measures if not was_frozen}
    assert now >= {"planned", "flow", "year_to_date", "completion_rate", "growth", "start_rate", "reported"}
    assert {measure for measure, was_frozen in measures if was_frozen} >= FROZEN

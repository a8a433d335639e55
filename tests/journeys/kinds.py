"""Of what kinds of elements a page is made, so that axe looks at each kind once and not at the same page hundredfold.

Two elements are of one kind if axe can't tell them apart but by their words: the same tag with the same classes, role,
state and type, with or without a label, a name and what describes it, with or without words, within ancestors of the
same kinds. The admin's classes that only say which model, field or column it is are nobody's style, and don't count.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html.parser import HTMLParser

from tests.journeys.forms import VOID

Kind = tuple[object, ...]
OF_A_MODEL = re.compile(r"(app|model|field|column)-")
PLAIN = ("role", "type", "hidden", "disabled", "tabindex", "scope", "inputmode")
NAMING = ("alt", "aria-label", "placeholder", "title")
NAMING_OTHERS = ("aria-controls", "aria-describedby", "aria-labelledby", "for")
NOT_SHOWN = {"link", "meta", "option", "script"}


@dataclass
class _Open:
    tag: str
    kind: int
    wordless: bool = True


class _Reader(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.labelled = set(re.findall(r'\bfor="([^"]+)"', html))
        self.ids = set(re.findall(r'\bid="([^"]+)"', html))
        self.open: list[_Open] = []
        self.kinds: set[int] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        kind = self._kind(tag, {name: value or "" for name, value in attrs})
        if tag not in NOT_SHOWN:
            self.kinds.add(kind)
        if tag not in VOID:
            self.open.append(_Open(tag, kind))

    def _kind(self, tag: str, said: dict[str, str]) -> int:
        return hash(
            (
                self._around,
                tag,
                frozenset(word for word in said.get("class", "").split() if not OF_A_MODEL.match(word)),
                said.get("id") in self.labelled,
                *(said.get(name) for name in PLAIN),
                *(name in said and bool(said[name].strip()) for name in NAMING),
                *(name in said and set(said[name].split()) <= self.ids for name in NAMING_OTHERS),
                frozenset((name, self._state(name, said[name])) for name in said if name.startswith("aria-")),
            )
        )

    def _state(self, name: str, value: str) -> str:
        """Such as true, page or descending; of an attribute that names something only that it is there."""
        return "" if name in NAMING or name in NAMING_OTHERS else value

    def handle_endtag(self, tag: str) -> None:
        for place in range(len(self.open) - 1, -1, -1):
            if self.open[place].tag == tag:
                self.kinds |= {hash((each.kind, "wordless")) for each in self.open[place:] if each.wordless}
                del self.open[place:]
                return

    def handle_data(self, words: str) -> None:
        if words.strip() and self.open and self.open[-1].tag not in NOT_SHOWN:
            self.kinds.add(hash((self._around, "words")))
            for each in self.open:
                each.wordless = False

    @property
    def _around(self) -> int:
        return self.open[-1].kind if self.open else 0


def kinds(html: str) -> set[int]:
    """Every kind of element of this page, as numbers that compare within this process."""
    return _Reader(html).kinds


def showing_all(pages: Iterable[str]) -> list[int]:
    """Which of these pages to open so that every kind is seen: always the one of most kinds left, by their places."""
    found = list(map(kinds, pages))
    left = set().union(*found)
    chosen = []
    while left:
        chosen.append(max(range(len(found)), key=lambda place: len(found[place] & left)))
        left -= found[chosen[-1]]
    return sorted(chosen)

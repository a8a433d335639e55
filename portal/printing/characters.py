"""Which characters of a text reach the paper: nothing invisible, and 〓 for what the typeface lacks."""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any
from unicodedata import category, normalize

MISSING = "〓"  # 字库缺字: what Chinese printers put where they lack a character
BREAKS = re.compile(r"\r\n?|[\n\v\f\x1c-\x1e\x85\u2028\u2029]")
# Characters without a shape: controls, marks of direction, joiners, and selectors of a character's variant.
SHAPELESS = re.compile("[\x00-\x08\x0e-\x1b\x1f\x7f-\x9f\u00ad\u034f\ufe00-\ufe0f\U000e0000-\U000e0fff]")
AROUND = 8  # characters shown on either side of missing ones


def everywhere(content: Any, change: Callable[[str], str]) -> Any:
    """The same content with each of its texts changed; mappings become dicts, sequences lists."""
    if isinstance(content, str):
        return change(content)
    if isinstance(content, Mapping):
        return {name: everywhere(value, change) for name, value in content.items()}
    if isinstance(content, list | tuple):
        return [everywhere(value, change) for value in content]
    return content


def visible(text: str) -> str:
    """The text without what has no shape; line breaks become \\n, other spaces a plain one.

    A mark of direction would print a figure backwards, a selector of variants would fail to print at all.
    """
    text = SHAPELESS.sub("", BREAKS.sub("\n", normalize("NFC", text) if _decomposed(text) else text))
    return "".join(
        " " if sign == "\t" or (sign not in " \u00a0\u3000" and category(sign) == "Zs") else sign
        for sign in text
        if category(sign) != "Cf"
    )


class Substitute:
    """Puts 〓 for each character that isn't printable, and remembers which they were and around which words."""

    def __init__(self, printable: Collection[int]) -> None:
        self.printable = printable
        self.places: dict[str, list[str]] = {}

    def __call__(self, text: str) -> str:
        lacking = [sign != "\n" and ord(sign) not in self.printable for sign in text]
        if not any(lacking):
            return text
        printed = "".join(MISSING if lacks else sign for sign, lacks in zip(text, lacking, strict=True))
        self.places[_around(printed)] = [sign for sign, lacks in zip(text, lacking, strict=True) if lacks]
        return printed

    @property
    def characters(self) -> tuple[str, ...]:
        """Each of them once, in the order of the text."""
        return tuple(dict.fromkeys(sign for signs in self.places.values() for sign in signs))

    @property
    def notes(self) -> list[str]:
        """A line for each text that lacks some: their code points, and the words where 〓 stands."""
        return [f"{MISSING} {' '.join(map(code_point, signs))}: {place}" for place, signs in self.places.items()]


def code_point(sign: str) -> str:
    """U+20BB7"""
    return f"U+{ord(sign):04X}"


def _around(text: str) -> str:
    """The words from the first 〓 to the last, and a few on either side."""
    begin, end = max(0, text.index(MISSING) - AROUND), text.rindex(MISSING) + AROUND + 1
    return f"{'…' * (begin > 0)}{text[begin:end]}{'…' * (end < len(text))}".replace("\n", " ")


def _decomposed(text: str) -> bool:
    """Whether letters and their accents come apart; nothing else is composed, so that names stay as typed."""
    return any("\u0300" <= sign <= "\u036f" for sign in text)

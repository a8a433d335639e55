"""What changed between two texts, word by word. Pure: two texts in, pieces out that hold both of them whole.

A word is a run of letters or digits of a script that spaces its words, an amount or a date with its points and signs,
or one Chinese character: Chinese doesn't space its words, and a character is what a reader compares.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

# Scripts written without spaces, character by character: Chinese, kana, full-width forms.
SINGLE = "\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003134f"
TOKEN = re.compile(rf"[{SINGLE}]|\d+(?:[.,:/-]\d+)*%?|(?:(?![{SINGLE}])[^\W\d_])+|\s+|.", re.DOTALL)
# What stays between two changes is read as part of them where it is shorter than this: confetti tells nobody anything.
SHORTEST = 2
# Comparing costs tokens times tokens. Beyond this (two texts of some 600 words each, with nothing in common at either
# end) the pieces between are shown whole, the old beside the new. Our own reckoning: about a tenth of a second.
MOST = 400_000


class Kind(StrEnum):
    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True)
class Piece:
    kind: Kind
    text: str


def words(text: str) -> list[str]:
    """The text cut into words and what stands between them; joined they are the text again."""
    return TOKEN.findall(text)


def changes(before: str, after: str) -> list[Piece]:
    """The pieces in reading order, a removed one before the one that was put in its place, none of them empty.

    All but the added ones, joined, are `before`; all but the removed ones are `after`.
    """
    old, new = words(before), words(after)
    start = _alike(old, new)
    end = _alike(old[start:][::-1], new[start:][::-1])
    middle = slice(start, len(old) - end), slice(start, len(new) - end)
    pieces = [
        (Kind.SAME, old[:start]),
        *_compared(old[middle[0]], new[middle[1]]),
        (Kind.SAME, old[len(old) - end :]),
    ]
    return list(_joined(pieces))


def _alike(old: Sequence[str], new: Sequence[str]) -> int:
    """How many words the two begin with alike."""
    count = 0
    for one, other in zip(old, new, strict=False):
        if one != other:
            break
        count += 1
    return count


def _compared(old: Sequence[str], new: Sequence[str]) -> Iterable[tuple[Kind, Sequence[str]]]:
    if len(old) * len(new) > MOST:
        return [(Kind.REMOVED, old), (Kind.ADDED, new)]
    found: list[tuple[Kind, Sequence[str]]] = []
    for name, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if name != "equal" or len("".join(old[i:j]).strip()) < SHORTEST:
            found += [(Kind.REMOVED, old[i:j]), (Kind.ADDED, new[k:m])]
        else:
            found.append((Kind.SAME, old[i:j]))
    return found


def _joined(pieces: Iterable[tuple[Kind, Sequence[str]]]) -> Iterable[Piece]:
    """Neighbours of one kind as one piece; between two that stay, what was removed before what was added."""
    changed: dict[Kind, str] = {Kind.REMOVED: "", Kind.ADDED: ""}
    same = ""
    for kind, tokens in pieces:
        text = "".join(tokens)
        if kind == Kind.SAME and text:
            yield from (Piece(each, said) for each, said in changed.items() if said)
            changed = dict.fromkeys(changed, "")
            same += text
        elif text:
            if same:
                yield Piece(Kind.SAME, same)
                same = ""
            changed[kind] += text
    if same:
        yield Piece(Kind.SAME, same)
    yield from (Piece(each, said) for each, said in changed.items() if said)

"""Two windows on one draft: what each has changed since both saw the same, and what both have changed differently."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Texts = Mapping[str, str]
CHOICE = "keep-"  # how the name of the choice between two texts of a field begins
THEIRS = "theirs"


@dataclass(frozen=True)
class Merged:
    """The texts by field: theirs where only they have changed it, else mine; `disputed` names what both have."""

    texts: dict[str, str]
    taken: Sequence[str]  # fields that only they have changed
    disputed: Sequence[str]
    lost: Sequence[str]  # fields that I have changed and which are no longer there


def merged(mine: Texts, shown: Texts, theirs: Texts) -> Merged:
    """`shown`: the texts that my window was opened with. A field not known there counts as changed by both."""
    texts, taken, disputed = dict(mine), [], []
    for name, text in theirs.items():
        own, before = mine.get(name), shown.get(name)
        if own is None or (own == before and text != before):
            texts[name] = text
            taken.append(name)
        elif own not in (text, before) and text != before:
            disputed.append(name)
    lost = [name for name, before in shown.items() if name not in theirs and mine.get(name, before) != before]
    return Merged(texts, taken, disputed, lost)


def chosen(posted: Texts, shown: Texts) -> dict[str, str]:
    """What was posted after a choice: of a field for which "theirs" was chosen, the text that the page had shown."""
    choices = {name.removeprefix(CHOICE): choice for name, choice in posted.items() if name.startswith(CHOICE)}
    taken = {name: shown[name] for name, choice in choices.items() if choice == THEIRS and name in shown}
    return {name: text for name, text in posted.items() if not name.startswith(CHOICE)} | taken

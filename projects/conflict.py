"""Two people, or two windows, on one line: whose text each cell is to keep. Pure: texts in, differences out."""

from collections.abc import Mapping
from dataclasses import dataclass

MINE, THEIRS = "mine", "theirs"


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A cell in which the text typed here differs from the one saved in the meantime.

    `chosen` is what is proposed: MINE where nobody else touched the cell, empty where both did and a person decides.
    """

    field: str
    mine: str
    theirs: str
    chosen: str


def differences(*, base: Mapping[str, str], mine: Mapping[str, str], theirs: Mapping[str, str]) -> list[Difference]:
    """The cells to choose in: those typed in here (they differ from `base`, which this window had shown) that differ.

    A cell that only the others changed is theirs without a question, since nothing was typed in it here.
    """
    return [
        Difference(
            field=name,
            mine=text,
            theirs=theirs.get(name, ""),
            chosen="" if theirs.get(name, "") != base.get(name, "") else MINE,
        )
        for name, text in mine.items()
        if text != base.get(name, "") and text != theirs.get(name, "")
    ]


def merged(found: list[Difference], *, theirs: Mapping[str, str]) -> dict[str, str]:
    """What stands in the cells until it is decided: the texts typed here, and theirs wherever nothing was."""
    return {**theirs, **{each.field: each.mine for each in found}}

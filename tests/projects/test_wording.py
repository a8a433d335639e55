"""Word by word: the pieces hold both texts whole, and read as a person would read the change."""

from itertools import pairwise
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.wording import Kind, Piece, changes, words

PHRASES = [
    "主体封顶",
    "完成投资",
    "1,234.5",
    "120%",
    "，",
    "2022-03-01",
    "五",
    "𠮷",
    "the piles",
    " are ",
    "driven",
    "\n",
]
TEXTS = st.lists(st.sampled_from(PHRASES), max_size=30).map("".join) | st.text(max_size=80)


def before(pieces: list[Piece]) -> str:
    return "".join(piece.text for piece in pieces if piece.kind != Kind.ADDED)


def after(pieces: list[Piece]) -> str:
    return "".join(piece.text for piece in pieces if piece.kind != Kind.REMOVED)


@given(TEXTS, TEXTS)
def test_pieces_applied_to_the_old_text_give_the_new_one(old: str, new: str) -> None:
    pieces = changes(old, new)
    assert before(pieces) == old
    assert after(pieces) == new
    assert all(piece.text for piece in pieces)


@given(TEXTS)
def test_text_that_stayed_is_one_piece(text: str) -> None:
    assert changes(text, text) == ([Piece(Kind.SAME, text)] if text else [])


@given(TEXTS, TEXTS)
def test_what_was_removed_stands_before_what_was_added(old: str, new: str) -> None:
    kinds = [piece.kind for piece in changes(old, new)]
    assert all(one != other for one, other in pairwise(kinds))
    assert (Kind.ADDED, Kind.REMOVED) not in pairwise(kinds)


@given(TEXTS)
def test_words_joined_are_the_text(text: str) -> None:
    assert "".join(words(text)) == text


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("主体施工至三层", "主体施工至五层", "主体施工至[-三][+五]层"),
        ("完成投资1,200万元", "完成投资1,250万元", "完成投资[-1,200][+1,250]万元"),
        ("The piles are driven", "The walls are driven", "The [-piles][+walls] are driven"),
        ("主体封顶", "主体封顶，正在装修", "主体封顶[+，正在装修]"),
        ("已验收。", "", "[-已验收。]"),
        ("开工日期2022-03-01", "开工日期2022-03-11", "开工日期[-2022-03-01][+2022-03-11]"),
    ],
)
def test_change_reads_by_words_and_characters(old: str, new: str, expected: str) -> None:
    signs = {Kind.SAME: "{}", Kind.REMOVED: "[-{}]", Kind.ADDED: "[+{}]"}
    assert "".join(signs[piece.kind].format(piece.text) for piece in changes(old, new)) == expected


def test_longest_texts_are_compared_in_bounded_time() -> None:
    """A thousand characters each, of which every other one differs: what a line may hold at most."""
    old = "".join(chr(0x4E00 + number * 7 % 900) for number in range(1000))
    new = "".join(chr(0x4E00 + number * 11 % 900) for number in range(1000))
    begun = perf_counter()
    pieces = changes(old, new)
    assert (before(pieces), after(pieces)) == (old, new)
    assert perf_counter() - begun < 1

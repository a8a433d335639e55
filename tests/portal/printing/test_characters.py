"""What of a text reaches the paper."""

import pytest

from portal.printing.characters import Substitute, everywhere, visible


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("衡阳市 A-1　#[*]", "衡阳市 A-1　#[*]"),
        ("a\r\nb\rc\u2028d\ve", "a\nb\nc\nd\ne"),
        ("a\tb\u2009c\u202fd", "a b c d"),
        ("张\u200b三\ufeff\u00ad\x00\x1b", "张三"),
        ("100\u202e元\u2066", "100元"),  # a mark of direction would turn the figure round
        ("葛\U000e0100城", "葛城"),  # a selector of a variant
        ("Cafe\u0301", "Café"),
        ("\uf900", "\uf900"),  # a compatibility character stays as typed
    ],
)
def test_invisible_characters_are_left_out_and_spaces_made_plain(typed: str, printed: str) -> None:
    assert visible(typed) == printed


def test_everywhere_changes_texts_and_nothing_else() -> None:
    content = {"a": ["x", ("y", 1, None, True)], "b": {"c": "z"}}
    assert everywhere(content, str.upper) == {"a": ["X", ["Y", 1, None, True]], "b": {"c": "Z"}}


def test_missing_characters_are_counted_once_and_noted_where_they_stand() -> None:
    substitute = Substitute({ord(sign) for sign in "张三李四项目〓 "})
    assert substitute("张三") == "张三"
    assert substitute("张𠮷\n三") == "张〓\n三"
    assert substitute("项目" * 9 + "𫟴𠮷" + "项目" * 9) == "项目" * 9 + "〓〓" + "项目" * 9
    assert substitute.characters == ("𠮷", "𫟴")
    assert substitute.notes == ["〓 U+20BB7: 张〓 三", "〓 U+2B7F4 U+20BB7: …项目项目项目项目〓〓项目项目项目项目…"]

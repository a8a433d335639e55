"""What officials write for bands, grades and rank points, and what it is taken for."""

from decimal import Decimal

import pytest

from commitments import scales
from projects.reading import Misread


def numbers(*texts: str | None) -> tuple[Decimal | None, ...]:
    return tuple(None if text is None else Decimal(text) for text in texts)


@pytest.mark.parametrize(
    ("text", "bands"),
    [
        ("", []),
        ("5:0.2, 5:0.1, 0.05", [("5", "0.2"), ("5", "0.1"), (None, "0.05")]),
        ("５：０．２，５：０．１、0.05", [("5", "0.2"), ("5", "0.1"), (None, "0.05")]),
        ("5 : .2；-1", [("5", "0.2"), (None, "-1")]),
        (" 5:0.2分\n5:0.1分, ", [("5", "0.2"), ("5", "0.1")]),
    ],
)
def test_bands_are_read(text: str, bands: list[tuple[str | None, str]]) -> None:
    assert scales.bands(text) == tuple(numbers(*band) for band in bands)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("0:1", "宽度"),
        ("-5:1", "宽度"),
        ("0.2, 5:0.1", "最后一档"),
        ("5-0.2", "无法识别"),
        ("五:1", "无法识别"),
        ("5:0.2:1", "无法识别"),
        ("5:0.00001", "四位小数"),
        ("1000000000000000", "四位小数"),
    ],
)
def test_bands_that_cannot_be_read_say_why(text: str, reason: str) -> None:
    with pytest.raises(Misread, match=reason):
        scales.bands(text)


def test_grades_are_read() -> None:
    expected = (numbers("100", "20"), numbers("90", "15"), numbers("-5", "0"))
    assert scales.grades("１００％：２０分、90%:15；-5:0") == expected


@pytest.mark.parametrize(("text", "reason"), [("100:20, 15", "界线"), ("90:20, 90.0:15", "两次")])
def test_grades_that_cannot_be_read_say_why(text: str, reason: str) -> None:
    with pytest.raises(Misread, match=reason):
        scales.grades(text)


def test_rank_points_are_read() -> None:
    assert scales.rank_points("20、18，16.5") == numbers("20", "18", "16.5")
    with pytest.raises(Misread, match="第一名"):
        scales.rank_points("1:20")


def test_entries_are_kept_in_one_way_of_writing() -> None:
    assert scales.written_entries("１００％：２０分、90.50:15；0.050") == "100:20, 90.5:15, 0.05"

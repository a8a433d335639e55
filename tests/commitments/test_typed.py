"""Figures as people type them: money in 万元, all else in its unit of measure; what can't be meant is refused."""

from decimal import Decimal

import pytest

from commitments import typed
from projects.reading import Misread


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("", "money", None),
        ("  ", "number", None),
        ("1.2亿", "money", "12000"),
        ("１２．５", "money", "12.5"),
        ("3,500万元", "money", "3500"),
        ("35000元", "money", "3.5"),
        ("12", "percent", "12"),
        ("12.5％", "percent", "12.5"),
        ("－3.5%", "percent", "-3.5"),
        ("+3", "percent", "3"),
        ("-0", "percent", "0"),
        ("9,000", "number", "9000"),
        ("9000万人次", "number", "9000"),
        ("。5", "number", "0.5"),
        ("1.23450", "number", "1.2345"),
        ("0", "number", "0"),
    ],
)
def test_figure_is_read(text: str, kind: str, value: str | None) -> None:
    read = typed.figure(text, kind=kind, units=("万人次", "10,000 visits"))
    assert read == (None if value is None else Decimal(value))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("-1", "money"),
        ("12%", "money"),
        ("1.234", "money"),
        ("12%", "number"),
        ("三", "number"),
        ("1,23", "number"),
        ("1.23456", "number"),
        ("1" * 15, "number"),
        ("%", "percent"),
        ("1e5", "percent"),
        ("nan", "number"),
    ],
)
def test_figure_that_cannot_be_meant_is_refused(text: str, kind: str) -> None:
    with pytest.raises(Misread):
        typed.figure(text, kind=kind, units=("万人次",))

"""Figures look the same on every page, in both languages."""

from decimal import Decimal

import pytest
from django.utils import translation

from portal.templatetags import figures


@pytest.mark.parametrize(
    ("value", "chinese", "english"),
    [
        (None, "—", "—"),
        (Decimal(0), "0", "0"),
        (Decimal("1234567.50"), "1,234,567.5", "12,345.675"),
        (Decimal("100.00"), "100", "1"),
    ],
)
def test_money_is_grouped_and_null_is_a_dash(value: Decimal | None, chinese: str, english: str) -> None:
    with translation.override("zh-hans"):
        assert figures.money(value) == chinese
    with translation.override("en"):
        assert figures.money(value) == english


def test_large_money_is_in_hundred_millions_and_in_billions() -> None:
    with translation.override("zh-hans"):
        assert figures.money_large(Decimal("7200000")) == "720"
    with translation.override("en"):
        assert figures.money_large(Decimal("7200000")) == "72"


def test_halves_go_away_from_zero_as_people_round() -> None:
    assert figures.percent(Decimal("1.3505")) == "135.1%"
    assert figures.points(Decimal("-0.0325")) == "-3.3"
    assert figures.points(Decimal("0.0325")) == "+3.3"
    assert figures.percent(None) == figures.points(None) == "—"
    assert (figures.count(1_000_000), figures.count(0), figures.count(None)) == ("1,000,000", "0", "—")


@pytest.mark.parametrize(
    ("shown", "named"), [("—", ""), ("12,345.67", ""), ("1,000,000", ""), ("4,506,888.06", "is-long")]
)
def test_long_figure_has_its_tile_make_it_smaller(shown: str, named: str) -> None:
    assert figures.length_class(shown) == named

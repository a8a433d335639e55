"""What people type for an amount or a day, and what it is taken for."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from projects import reading
from projects.reading import LARGEST, Misread


@pytest.fixture(autouse=True)
def _english(first_language: None) -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("", None),
        ("  　 ", None),
        ("12.5", "12.50"),
        ("１２．５", "12.50"),
        ("12。5", "12.50"),
        (".5", "0.50"),
        ("0", "0.00"),
        ("+7", "7.00"),
        ("-0", "0.00"),
        ("1,234.50", "1234.50"),
        ("１，２３４", "1234.00"),
        ("1 234 567", "1234567.00"),
        ("1.2亿", "12000.00"),
        ("1.2 亿元", "12000.00"),
        ("350万", "350.00"),
        ("350万元", "350.00"),
        ("35000元", "3.50"),
        ("12.5000", "12.50"),
        ("999999999999.99", "999999999999.99"),
    ],
)
def test_amount_understands_what_people_type(text: str, meant: str | None) -> None:
    assert reading.amount(text) == (None if meant is None else Decimal(meant))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("abc", "letters"),
        ("12万亿", "letters"),
        ("1e5", "letters"),
        ("一百", "letters"),
        ("亿", "letters"),
        ("1.2.3", "letters"),
        ("12%", "percentage"),
        ("１２．５％", "percentage"),
        ("1,5", "groups of three"),
        ("12,34", "groups of three"),
        ("0.125", "0.13"),
        ("123元", "0.01"),
        ("-5", "below zero"),
        ("－5", "below zero"),
        ("1000000000000", "too long"),
        ("9" * 500, "too long"),
        ("1亿亿", "letters"),
    ],
)
def test_amount_refuses_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(Misread, match=reason):
        reading.amount(text)


@given(st.text())
def test_amount_of_any_text_is_a_storable_figure_or_a_refusal(text: str) -> None:
    try:
        value = reading.amount(text)
    except Misread:
        return
    assert value is None or 0 <= value < LARGEST


@given(st.decimals(min_value=0, max_value=LARGEST - 1, places=2))
def test_amount_written_is_read_again(value: Decimal) -> None:
    assert reading.amount(reading.written(value)) == value


@pytest.mark.parametrize(
    "text", ["2022-03-15", "2022/3/15", "2022.3.15", "2022年3月15日", "２０２２－０３－１５", " 2022-3-15 "]
)
def test_day_is_understood_in_every_usual_form(text: str) -> None:
    assert reading.day(text) == date(2022, 3, 15)


def test_day_may_be_left_empty() -> None:
    assert reading.day("  ") is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("15.3.2022", "with its year"),
        ("soon", "with its year"),
        ("2022-02-30", "no such day"),
        ("1022-01-01", "year again"),
    ],
)
def test_day_is_refused_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(Misread, match=reason):
        reading.day(text)


@given(st.text())
def test_day_of_any_text_is_a_day_or_a_refusal(text: str) -> None:
    try:
        meant = reading.day(text)
    except Misread:
        return
    assert meant is None or reading.day(meant.isoformat()) == meant

"""How figures are written, and what they are in an indicator's unit of measure."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commitments.models import Indicator
from commitments.quantity import NotUnderstood, plain, quantity

MEASURES = {"万元": "money", "%": "percent", "个": "number", "万人次": "number", "万美元": "number"}


def indicator(measure: str) -> Indicator:
    return Indicator(kind=MEASURES[measure], unit_of_measure_zh=measure, unit_of_measure_en=measure)


@pytest.mark.parametrize(
    ("written", "measure", "value"),
    [
        ("12", "个", "12"),
        ("１２．５", "万人次", "12.5"),
        ("1,234,567.8", "万元", "1234567.8"),
        ("1，234", "万元", "1234"),
        (" 3 个 ", "个", "3"),
        ("12%", "%", "12"),
        ("１２％", "%", "12"),
        ("-3.25", "%", "-3.25"),
        ("−3.25%", "%", "-3.25"),
        ("+4", "%", "4"),
        ("1.2亿", "万元", "12000"),
        ("1.2亿元", "万元", "12000"),
        ("120万元", "万元", "120"),
        ("120万", "万元", "120"),
        ("1200000元", "万元", "120"),
        ("3.5万人次", "万人次", "3.5"),
        ("0.02亿人次", "万人次", "200"),
        ("35000人次", "万人次", "3.5"),
        ("2万", "个", "20000"),
        ("2 亿美元", "万美元", "20000"),
        (12, "个", "12"),
        (0.1 + 0.2, "%", "0.3"),
        (0, "个", "0"),
        ("0", "个", "0"),
        ("0.00005", "个", "0.0001"),
    ],
)
def test_figure_is_understood_in_the_unit_of_measure(written: object, measure: str, value: str) -> None:
    assert quantity(written, indicator(measure)) == Decimal(value)


@pytest.mark.parametrize(
    ("written", "measure", "says"),
    [
        ("abc", "个", "不是数字"),
        ("约12", "个", "不是数字"),
        ("12-15", "个", "不是数字"),
        ("1,23", "个", "不是数字"),
        ("1.2.3", "个", "不是数字"),
        ("1e5", "个", "不是数字"),
        ("NaN", "个", "不是数字"),
        (float("inf"), "个", "不是数字"),
        (True, "个", "不是数字"),
        ("12%", "万元", "计量单位不符"),
        ("3亿美元", "万元", "计量单位不符"),
        ("3万", "%", "计量单位不符"),
        ("12‰", "%", "计量单位不符"),
        ("12万人", "万人次", "计量单位不符"),
        ("9" * 15, "个", "数值过大"),
    ],
)
def test_figure_that_is_none_is_refused_with_the_way_to_mend_it(written: object, measure: str, says: str) -> None:
    with pytest.raises(NotUnderstood, match=says):
        quantity(written, indicator(measure))


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=4), st.sampled_from(sorted(MEASURES)))
def test_figure_printed_is_read_as_itself(value: Decimal, measure: str) -> None:
    assert quantity(plain(value), indicator(measure)) == value


@given(st.text(max_size=12), st.sampled_from(sorted(MEASURES)))
def test_any_text_is_a_figure_or_refused(text: str, measure: str) -> None:
    try:
        found = quantity(text, indicator(measure))
    except NotUnderstood:
        return
    assert found.is_finite()

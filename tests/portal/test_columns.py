"""Columns of figures: the unit in the header, on the page as everywhere, in exports as numbers."""

from decimal import Decimal
from typing import Any

import django_tables2 as tables
import pytest
from django.utils import translation

from portal.columns import MoneyColumn, NumberColumn, PercentColumn, PointsColumn
from portal.templatetags import figures


class FiguresTable(tables.Table):
    planned = MoneyColumn(verbose_name="planned")
    rate = PercentColumn(verbose_name="rate")
    gap = PointsColumn(verbose_name="gap")
    count = NumberColumn(verbose_name="count")


ROW: dict[str, Any] = {"planned": Decimal("123456.5"), "rate": Decimal("1.351"), "gap": Decimal("-0.032"), "count": -7}


@pytest.mark.parametrize(
    ("language", "head", "values"),
    [
        (
            "zh-hans",
            ["planned（万元）", "rate（%）", "gap（百分点）", "count"],
            [Decimal("123456.5"), Decimal("135.1"), Decimal("-3.2"), -7],
        ),
        (
            "en",
            ["planned (CNY million)", "rate (%)", "gap (percentage points)", "count"],
            [Decimal("1234.565"), Decimal("135.1"), Decimal("-3.2"), -7],
        ),
    ],
)
def test_figure_columns_print_and_export_in_the_unit_of_their_header(
    language: str, head: list[str], values: list[Any]
) -> None:
    with translation.override(language):
        table = FiguresTable([ROW])
        assert list(table.as_values()) == [head, values]
        assert list(table.rows[0]) == [figures.money(ROW["planned"]), "135.1%", "-3.2", -7]


def test_figure_columns_keep_what_is_missing_apart_from_zero() -> None:
    table = FiguresTable([{"planned": None, "rate": None, "gap": Decimal(0), "count": 0}])
    with translation.override("zh-hans"):
        assert list(table.as_values())[1] == [None, None, Decimal("0.0"), 0]
        assert [str(cell) for cell in table.rows[0]] == ["—", "—", "+0.0", "0"]

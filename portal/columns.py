"""How a list's columns print a figure on the page and hand it to an export: the same unit, named in both headers."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import django_tables2 as tables
from django.utils import timezone
from django.utils.translation import get_language

from portal.rounding import rounded
from portal.templatetags import figures

NUMBER = {"td": {"class": "number"}, "th": {"class": "number"}}


def _english() -> bool:
    return (get_language() or "").startswith("en")


class NumberColumn(tables.Column):
    """A plain count or amount: right-aligned, and still a number in an export."""

    attrs = NUMBER

    def value(self, value: Any) -> Any:
        return value


class FigureColumn(tables.Column):
    """A figure whose unit stands in the header, behind the column's verbose_name, which has to be given."""

    attrs = NUMBER

    def unit(self) -> str:
        raise NotImplementedError

    @property
    def header(self) -> str:
        return f"{self.verbose_name} ({self.unit()})" if _english() else f"{self.verbose_name}（{self.unit()}）"


class MoneyColumn(FigureColumn):
    """A sum stored in 万元; the header names 万元, in English CNY million, and the export holds that number."""

    def unit(self) -> str:
        return figures.money_unit()

    def render(self, value: Decimal) -> str:
        return figures.money(value)

    def value(self, value: Decimal) -> Decimal:
        return value / 100 if _english() else value


class PercentColumn(FigureColumn):
    """A share (1.351) as 135.1%; the export holds 135.1."""

    def unit(self) -> str:
        return "%"

    def render(self, value: Decimal) -> str:
        return figures.percent(value)

    def value(self, value: Decimal) -> Decimal:
        return rounded(value * 100, 1)


class PointsColumn(FigureColumn):
    """A difference of shares (-0.032) as -3.2 percentage points; the export holds -3.2."""

    def unit(self) -> str:
        return figures.points_unit()

    def render(self, value: Decimal) -> str:
        return figures.points(value)

    def value(self, value: Decimal) -> Decimal:
        return rounded(value * 100, 1)


class TimeColumn(tables.Column):
    """A moment by the clock of Beijing, to the minute."""

    def render(self, value: datetime) -> str:
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"

    def value(self, value: datetime) -> datetime:
        return timezone.localtime(value).replace(tzinfo=None, microsecond=0)

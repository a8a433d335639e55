"""How a list's columns print a figure on the page and hand it to an export: the same unit, named in both headers."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import django_tables2 as tables
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import get_language

from portal.templatetags import figures

NUMBER = {"td": {"class": "number"}, "th": {"class": "number"}}


def _titled(title: Any, unit: str) -> str:
    """The unit in full-width brackets among Chinese, in half-width ones among English."""
    return f"{title} ({unit})" if (get_language() or "").startswith("en") else f"{title}（{unit}）"


_money_title = lazy(lambda title: _titled(title, figures.money_unit()), str)
_percent_title = lazy(lambda title: _titled(title, "%"), str)
_points_title = lazy(lambda title: _titled(title, figures.points_unit()), str)


class NumberColumn(tables.Column):
    """A plain count or amount: right-aligned, and still a number in an export."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"attrs": NUMBER, **options})

    def value(self, value: Any) -> Any:
        return value


class MoneyColumn(tables.Column):
    """A sum stored in 万元; the header names 万元, in English CNY million, and the export holds that number."""

    def __init__(self, **options: Any) -> None:
        if title := options.pop("verbose_name", None):
            options["verbose_name"] = _money_title(title)
        super().__init__(**{"attrs": NUMBER, **options})

    def render(self, value: Decimal) -> str:
        return figures.money(value)

    def value(self, value: Decimal) -> Decimal:
        return value / 100 if (get_language() or "").startswith("en") else value


class PercentColumn(tables.Column):
    """A share (1.351) as 135.1, the header ending in (%); the export holds 135.1."""

    def __init__(self, **options: Any) -> None:
        if title := options.pop("verbose_name", None):
            options["verbose_name"] = _percent_title(title)
        super().__init__(**{"attrs": NUMBER, **options})

    def render(self, value: Decimal) -> str:
        return figures.percent(value)

    def value(self, value: Decimal) -> Decimal:
        return round(value * 100, 1)


class PointsColumn(tables.Column):
    """A difference of shares (-0.032) as -3.2, the header naming percentage points; the export holds -3.2."""

    def __init__(self, **options: Any) -> None:
        if title := options.pop("verbose_name", None):
            options["verbose_name"] = _points_title(title)
        super().__init__(**{"attrs": NUMBER, **options})

    def render(self, value: Decimal) -> str:
        return figures.points(value)

    def value(self, value: Decimal) -> Decimal:
        return round(value * 100, 1)


class TimeColumn(tables.Column):
    """A moment by the clock of Beijing, to the minute."""

    def render(self, value: datetime) -> str:
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"

    def value(self, value: datetime) -> datetime:
        return timezone.localtime(value).replace(tzinfo=None, microsecond=0)

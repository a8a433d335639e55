"""How figures look, the same on every page: money, percentages, percentage points; null is a dash, never 0."""

from decimal import Decimal

from django import template
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from portal.rounding import rounded

register = template.Library()

NOT_KNOWN = "—"
LONG = len("12,345.67")


def _english() -> bool:
    return (get_language() or "").startswith("en")


def _number(value: Decimal, places: int) -> str:
    text = f"{rounded(value, places):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@register.filter
def money(value: Decimal | None) -> str:
    """A sum stored in 万元, printed in 万元, in English in CNY million."""
    if value is None:
        return NOT_KNOWN
    return _number(value / 100, 4) if _english() else _number(value, 2)


@register.filter
def money_large(value: Decimal | None) -> str:
    """A sum stored in 万元, printed in 亿元, in English in CNY billion."""
    if value is None:
        return NOT_KNOWN
    return _number(value / 100_000, 3) if _english() else _number(value / 10_000, 2)


@register.filter
def amount(value: Decimal | None) -> str:
    """A sum in 万元 in both languages: where reports are typed and checked, a figure stands as it was typed."""
    return NOT_KNOWN if value is None else _number(value, 2)


@register.simple_tag
def amount_unit() -> str:
    """The unit that belongs beside every figure printed with `amount`."""
    return _("10,000 CNY")


@register.simple_tag
def money_unit() -> str:
    """The unit that belongs in the header of a column printed with `money`."""
    return _("CNY million")


@register.simple_tag
def money_large_unit() -> str:
    """The unit that belongs in the header of a column printed with `money_large`."""
    return _("CNY billion")


@register.filter
def count(number: int | None) -> str:
    """How many there are: 1,000,000; null is a dash."""
    return NOT_KNOWN if number is None else f"{number:,}"


@register.filter
def length_class(shown: str) -> str:
    """Of a tile, whose figure is made small enough where it is longer than 12,345.67."""
    return "is-long" if len(shown) > LONG else ""


@register.filter
def percent(value: Decimal | None) -> str:
    """A share (1.351) as 135.1%, uncapped."""
    return NOT_KNOWN if value is None else f"{rounded(value * 100, 1)}%"


@register.filter
def points(value: Decimal | None) -> str:
    """A difference of shares (-0.032) in percentage points, with its sign: -3.2."""
    return NOT_KNOWN if value is None else f"{rounded(value * 100, 1):+}"


@register.simple_tag
def points_unit() -> str:
    """The unit that belongs in the header of a column printed with `points`."""
    return _("percentage points")

"""How figures, sums and sentences of a score sheet are written, in the language of the page.

A sum stands with its numbers plugged in, so that an official can follow each step by hand: 31.7 × 0.1 = 3.17.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from commitments.models import Indicator
from portal.rounding import rounded

# What a step of a sum is printed with, and reckoned on with; the points themselves have two.
STEP_PLACES = 4
POINT_PLACES = 2
CHINESE_SIGNS = ((" + ", "＋"), (" − ", "－"), (" = ", "＝"), (" ≈ ", "≈"), (" × ", "×"), (" ÷ ", "÷"))


def _english() -> bool:
    return (get_language() or "").startswith("en")


def number(value: Decimal | int) -> str:
    """Without idle zeros, thousands set off: 1,234.5."""
    text = f"{value + 0:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def factor(value: Decimal) -> str:
    """A number inside a sum: below zero in brackets."""
    return f"({number(value)})" if value < 0 else number(value)


class Sum(NamedTuple):
    """A sum as written, "31.7 × 0.1", and what it comes to; without text a number by itself."""

    text: str
    exact: Decimal

    def printed(self, places: int) -> str:
        """“31.7 × 0.1 = 3.17”; ≈ where the result is rounded (half away from zero)."""
        result = rounded(self.exact, places)
        if not self.text:
            return number(result)
        return sum_text(f"{self.text} {'=' if result == self.exact else '≈'} {number(result)}")


def sum_text(text: str) -> str:
    """English sums have spaces and plain signs, Chinese ones full-width signs and no spaces."""
    if not _english():
        for plain, chinese in CHINESE_SIGNS:
            text = text.replace(plain, chinese)
    return text


def measured(value: Decimal, indicator: Indicator) -> str:
    """A value with its unit of measure: 131.7%, 7个, 1,200 (10,000 CNY)."""
    if indicator.kind == Indicator.Kind.PERCENT:
        return per_cent(value)
    if not _english():
        return f"{number(value)}{indicator.unit_of_measure}"
    if indicator.kind == Indicator.Kind.MONEY:
        return f"{number(value)} ({indicator.unit_of_measure})"
    return f"{number(value)} {indicator.unit_of_measure}"


def named(name: str, value: str) -> str:
    """“Completion rate 131.7%”; in Chinese without a space, but after a letter or digit."""
    return f"{name}{' ' if _english() or name[-1:].isascii() else ''}{value}"


def per_cent(value: Decimal) -> str:
    return f"{number(value)}%"


def percentage_points(value: Decimal) -> str:
    return _("%(value)s percentage points") % {"value": number(value)}


def joined(parts: Iterable[str]) -> str:
    return (", " if _english() else "，").join(parts)


def names(parts: Iterable[str]) -> str:
    return (", " if _english() else "、").join(parts)


def sentence(facts: Sequence[str], steps: Sequence[str], result: str) -> str:
    """What is given, what is reckoned from it, and the points; the last number is that of the points.

    "Completion rate 45%, time-proportional progress 50%: 5 percentage points below, 5 × 1 = 5 → 20 − 5 = 15"
    "完成率45%，序时进度50%，低5个百分点，5×1＝5，得20－5＝15分"
    """
    result = _("→ %(points)s") % {"points": result}
    if not _english():
        return joined([*facts, *steps, result])
    before = joined(facts) + (f": {joined(steps)}" if steps else "")
    return f"{before} {result}"

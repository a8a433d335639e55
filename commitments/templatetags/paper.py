"""How the tables of a printed paper become rows of a page: each cell with whether its column holds figures."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import template

register = template.Library()


@register.filter
def heads(table: Mapping[str, Any]) -> list[tuple[str, bool]]:
    """The columns: head, and whether it holds figures."""
    return list(zip(table["head"], table["numeric"], strict=True))


@register.filter
def cells(row: Sequence[str], table: Mapping[str, Any]) -> list[tuple[str, bool]]:
    """The cells of a row: text, and whether it is a figure."""
    return list(zip(row, table["numeric"], strict=True))

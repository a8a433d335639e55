"""How the tables of a printed paper become rows of a page: each cell with its column's head, and whether it counts."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import template

register = template.Library()


@register.filter
def heads(table: Mapping[str, Any]) -> list[tuple[str, bool]]:
    """The columns: head, and whether it holds figures."""
    return list(zip(table["head"], table["numeric"], strict=True))


@register.filter
def cells(row: Sequence[str], table: Mapping[str, Any]) -> list[tuple[str, str, bool]]:
    """The cells of a row: text, the head of the column, and whether it holds figures."""
    return list(zip(row, table["head"], table["numeric"], strict=True))

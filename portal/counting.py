"""How many rows there are: counted where they are few, else as PostgreSQL reckons them, which costs the same at 12 M.

And from where to where a page of them goes: by the key of its last row, since an offset reads all that it passes over.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import connections
from django.db.models import Field, Model, Q, QuerySet
from django.utils.translation import gettext as _

EXACTLY = 2_000  # rows are counted one by one up to here
FOR_A_FILE = 100_000  # and up to here before a file is made, which takes longer anyway


@dataclass(frozen=True)
class Number:
    """How many rows; `is_about`: as the database reckons, from its statistics."""

    rows: int
    is_about: bool = False

    @classmethod
    def of(cls, queryset: "QuerySet[Any]", *, exactly: int | None = None) -> Self:
        """One query where they are few, two where they are more than `exactly`, whatever they join or filter."""
        bare, bound = queryset.order_by(), EXACTLY if exactly is None else exactly
        counted = bare.values("pk")[: bound + 1].count()
        if counted <= bound:
            return cls(counted)
        return cls(max(reckoned(bare), counted), is_about=True)

    def __str__(self) -> str:
        """Such as 1,234 or "about 12,000,000"; what is reckoned has two digits that mean something."""
        if not self.is_about:
            return f"{self.rows:,}"
        scale = 10 ** max(len(str(self.rows)) - 2, 0)
        return _("about %(number)s") % {"number": f"{round(self.rows / scale) * scale:,}"}


def for_a_file(queryset: "QuerySet[Any]") -> int:
    """How many rows a file of them will have; about, where they are very many."""
    return Number.of(queryset, exactly=FOR_A_FILE).rows


def reckoned(queryset: "QuerySet[Any]") -> int:
    """How many rows the database expects, from its statistics; none is read."""
    statement, values = queryset.values("pk").query.sql_with_params()
    with connections[queryset.db].cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}", values)
        [(plan,)] = cursor.fetchall()
    found = json.loads(plan) if isinstance(plan, str) else plan
    return int(found[0]["Plan"]["Plan Rows"])


@dataclass(frozen=True)
class Key:
    """By what rows are in order: columns that are never null and together tell each row from every other."""

    fields: Sequence["Field[Any, Any]"]
    falling: Sequence[bool]

    @classmethod
    def of(cls, queryset: "QuerySet[Any]") -> "Key | None":
        """Null where the order asks for something else: a column of another table, an expression, one that is null."""
        fields: list[Field[Any, Any]] = []
        falling: list[bool] = []
        for part in queryset.query.order_by or queryset.model._meta.ordering:
            field = _field(queryset.model, part) if isinstance(part, str) else None
            if field is None or field.null:
                return None
            fields.append(field)
            falling.append(str(part).startswith("-"))
            if field.unique:
                return cls(fields, falling)
        return None

    @property
    def names(self) -> list[str]:
        return [field.attname for field in self.fields]

    def text(self, row: Model) -> str:
        """The row's place, as it stands in an address."""
        return json.dumps([field.value_to_string(row) for field in self.fields], ensure_ascii=False)

    def after(self, queryset: "QuerySet[Any]", text: str, *, back: bool = False) -> "QuerySet[Any]":
        """The rows that follow the place, or, `back`, those before it, beginning with the nearest.

        Raises ValueError where the text is none that `text` makes.
        """
        ordered = queryset.reverse() if back else queryset
        if not text:
            return ordered
        values = self._values(text)
        beyond, same = Q(), Q()
        for name, value, falls in zip(self.names, values, self.falling, strict=True):
            beyond |= same & Q(**{f"{name}__{'lt' if falls != back else 'gt'}": value})
            same &= Q(**{name: value})
        # Said for the index too, which an OR alone doesn't lead to.
        first = f"{self.names[0]}__{'lte' if self.falling[0] != back else 'gte'}"
        return ordered.filter(Q(**{first: values[0]}), beyond)

    def page(
        self, queryset: "QuerySet[Any]", text: str, size: int, *, back: bool = False
    ) -> tuple[list[Any], bool, bool]:
        """So many rows from the place on, in their order, and whether there are rows before them, and after them.

        One row more than is shown tells of a further page. Raises ValueError as `after` does.
        """
        found = list(self.after(queryset, text, back=back)[: size + 1])
        more, shown = len(found) > size, found[:size]
        return (shown[::-1], more, bool(text)) if back else (shown, bool(text), more)

    def _values(self, text: str) -> list[Any]:
        given = json.loads(text)
        if not isinstance(given, list) or len(given) != len(self.fields) or any("\0" in str(value) for value in given):
            raise ValueError(text)
        try:
            return [field.to_python(str(value)) for field, value in zip(self.fields, given, strict=True)]
        except ValidationError as wrong:
            raise ValueError(text) from wrong


def _field(model: type[Model], part: str) -> "Field[Any, Any] | None":
    name = part.removeprefix("-")
    if name == "pk":
        return model._meta.pk
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    # By a record of another table means by that table's order, but for its id.
    return field if isinstance(field, Field) and (not field.is_relation or name == field.attname) else None

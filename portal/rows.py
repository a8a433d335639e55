"""Records of models made of what a plain statement reads: where a QuerySet would cost more than the answer.

its = Columns(Unit, "unit")
f"SELECT {its} FROM portal_unit unit …"      →  its.made(row)
"""

from collections.abc import Callable, Collection, Sequence
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, models

M = TypeVar("M", bound=models.Model)


class Columns(Generic[M]):
    """The model's columns, or those of these names, as they stand in a statement under the table's name there.

    A field that was left out is asked for when it is read, like one that a QuerySet deferred.
    """

    def __init__(self, model: type[M], table: str, names: Collection[str] | None = None) -> None:
        fields = [field for field in model._meta.concrete_fields if names is None or field.attname in names]
        self.model, self.names = model, [field.attname for field in fields]
        self.sql = ", ".join(f"{table}.{field.column}" for field in fields)
        self.readers: list[tuple[int, Callable[..., Any]]] = [
            (place, field.from_db_value) for place, field in enumerate(fields) if hasattr(field, "from_db_value")
        ]

    def __str__(self) -> str:
        return self.sql

    def __len__(self) -> int:
        return len(self.names)

    def made(self, values: Sequence[Any], *, alias: str = DEFAULT_DB_ALIAS) -> M:
        """The record, of just these columns' values as the database gave them."""
        if self.readers:
            values = list(values)
            for place, read in self.readers:
                values[place] = read(values[place], None, None)
        return self.model.from_db(alias, self.names, values)

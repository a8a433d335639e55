"""What an import would change: rows to create and to update beside the register as it is, worded for the preview."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import models

from portal.templatetags.figures import amount
from projects.importing.table import Problem


@dataclass(frozen=True)
class Change:
    """One row of the file that changes something: what it is about, and what of it, in words."""

    row: int
    subject: str
    is_new: bool
    details: tuple[str, ...]


@dataclass
class Comparison:
    """The difference between a file and the register. Nothing is written before `write`."""

    changes: list[Change] = field(default_factory=list)
    unchanged: int = 0
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    created: list[models.Model] = field(default_factory=list)
    updated: list[tuple[models.Model, frozenset[str]]] = field(default_factory=list)

    @property
    def new(self) -> int:
        return sum(change.is_new for change in self.changes)

    @property
    def changed(self) -> int:
        return len(self.changes) - self.new

    @property
    def fingerprint(self) -> str:
        """Equal for two comparisons that would do the same: whoever confirms one has seen the other."""
        return hashlib.sha256(repr((self.changes, self.unchanged, self.problems)).encode()).hexdigest()

    def note(self, row: int, subject: str, *, is_new: bool, details: Iterable[str]) -> None:
        """Count this row as new, changed or, where there is nothing to say of it, unchanged."""
        worded = tuple(details)
        if is_new or worded:
            self.changes.append(Change(row, subject, is_new, worded))
        else:
            self.unchanged += 1

    def write(self) -> None:
        """Create and update everything, a statement or two a model; the caller holds the transaction."""
        created: defaultdict[type[models.Model], list[Any]] = defaultdict(list)
        for row in self.created:
            created[type(row)].append(row)
        for model, rows in created.items():
            model._default_manager.bulk_create(rows, batch_size=2_000)
        updated: defaultdict[type[models.Model], list[tuple[Any, frozenset[str]]]] = defaultdict(list)
        for row, fields in self.updated:
            updated[type(row)].append((row, fields))
        for model, pairs in updated.items():
            names = frozenset[str]().union(*(fields for _row, fields in pairs))
            model._default_manager.bulk_update([row for row, _fields in pairs], sorted(names), batch_size=2_000)


def label(model: type[models.Model], name: str) -> str:
    """What a field is called, by its name or the name of its column."""
    found = model._meta.get_field(name.removesuffix("_id"))
    assert isinstance(found, models.Field)  # noqa: S101 - narrows the type
    return str(found.verbose_name)


def worded(label: object, old: object, new: object) -> str:
    """“label: old → new”, a dash where there was nothing."""
    return f"{label}: {'—' if old in (None, '') else _said(old)} → {_said(new)}"


def _said(value: object) -> object:
    return amount(value) if isinstance(value, Decimal) else value

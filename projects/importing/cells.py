"""How one row's cells are understood: amounts, days, choices, references; what can't be is a problem at its place."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import cache
from typing import TypeVar

from django.db.models import Choices
from django.utils.translation import gettext as _
from django.utils.translation import override

from projects.importing.mapping import MEASURES, Column, Layout, simplified
from projects.importing.table import Cell, Problem, is_blank

# What people write where a figure isn't known.
NOT_KNOWN = {"-", "--", "—", "——", "/", "无", "n/a", "未公布", "not published"}
MOST = Decimal(10) ** 12  # Decimal(14, 2) in 万元
DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ t]00:00(?::00)?)?")
YEAR = re.compile(r"(\d{4})(?:\.0+)?\s*年?(?:度)?")
SEVERAL = re.compile(r"[;,、/]")
T = TypeVar("T")


@dataclass
class Row:
    """One row of a table, asked for by the names of fields. A null answer means the cell is blank or not understood."""

    number: int
    cells: Sequence[Cell]
    layout: Layout
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, name: str, message: str) -> None:
        """Say what is wrong with this field in this row."""
        column = self.layout.read(name)
        self.problems.append(Problem(self.number, column.place if column else "", message))

    def _cell(self, name: str) -> tuple[Column | None, Cell]:
        column = self.layout.read(name)
        if column is None or column.index >= len(self.cells) or is_blank(self.cells[column.index]):
            return column, None
        return column, self.cells[column.index]

    def text(self, name: str) -> str:
        """The cell as text, blanks around and doubled ones inside left out; "" where it is blank."""
        column, cell = self._cell(name)
        if cell is None or column is None or column.field is None:
            return ""
        text = as_text(cell)
        if len(text) > column.field.most:
            self.refuse(name, _("At most %(most)s characters fit here.") % {"most": column.field.most})
            return ""
        if any(ord(letter) < 32 for letter in text):
            self.refuse(name, _("There is a character in it that can't be shown. Type the cell anew."))
            return ""
        return text

    def required(self, name: str) -> str:
        text = self.text(name)
        if not text and self.layout.read(name) and self._cell(name)[1] is None:
            self.refuse(name, _("This cell must not be blank."))
        return text

    def money(self, name: str) -> Decimal | None:
        """The amount in 万元, to the cent of 万元, converted from the column's unit of measure."""
        column, cell = self._cell(name)
        if cell is None or column is None or not column.measure:
            return None
        if isinstance(cell, bool | date) or not isinstance(cell, int | float | str):
            self.refuse(name, _("“%(text)s” is no amount. Enter digits only.") % {"text": cell})
            return None
        text = f"{cell:.15g}" if isinstance(cell, float) else simplified(cell)
        if text in NOT_KNOWN:
            return None
        try:
            amount = Decimal(text.replace(",", "").replace(" ", "").replace("¥", "")) * MEASURES[column.measure]
            if not amount.is_finite():
                raise InvalidOperation
        except InvalidOperation:
            self.refuse(
                name,
                _("“%(text)s” is no amount. Enter digits only; the unit of measure belongs in the header.")
                % {"text": cell},
            )
            return None
        return self._within(name, amount)

    def _within(self, name: str, amount: Decimal) -> Decimal | None:
        if amount < 0:
            self.refuse(name, _("An amount can't be below zero."))
            return None
        if amount >= MOST:
            self.refuse(name, _("This amount is too large. Is the unit of measure in the header right?"))
            return None
        return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)

    def understood(self, name: str, read: Callable[[Cell], T]) -> T | None:
        """What `read` makes of the cell; it says by a ValueError what is wrong. Null too where no figure is known."""
        _column, cell = self._cell(name)
        if cell is None or simplified(cell) in NOT_KNOWN:
            return None
        try:
            return read(cell)
        except ValueError as error:
            self.refuse(name, str(error))
            return None

    def day(self, name: str) -> date | None:
        _column, cell = self._cell(name)
        if cell is None:
            return None
        if isinstance(cell, datetime):
            return cell.date()
        if isinstance(cell, date):
            return cell
        found = DAY.fullmatch(simplified(cell))
        try:
            if found:
                return date(*(int(part) for part in found.groups()))
        except ValueError:
            pass
        if simplified(cell) not in NOT_KNOWN:
            self.refuse(name, _("“%(text)s” is no day. Write it as 2022-03-31.") % {"text": cell})
        return None

    def year(self, name: str) -> int | None:
        text = self.required(name)
        found = YEAR.fullmatch(simplified(text))
        if found and 2000 <= int(found[1]) <= 2100:
            return int(found[1])
        if text:
            self.refuse(name, _("“%(text)s” is no year. Write it as 2022.") % {"text": text})
        return None

    def choice(self, name: str, choices: type[Choices], others: Mapping[str, str] | None = None) -> str:
        """One of these, written as its value or in either language; "" where blank."""
        text = self.text(name)
        if not text:
            return ""
        known = choice_names(choices) | dict(others or {})
        value = known.get(simplified(text))
        if value is None:
            self.refuse(
                name,
                _("“%(text)s” is not known here. One of these is expected: %(choices)s.")
                % {"text": text, "choices": ", ".join(str(label) for label in choices.labels if label)},
            )
            return ""
        return value

    def reference(self, name: str, known: Mapping[str, int]) -> int | None:
        """The id of what the cell names by code or name."""
        text = self.text(name)
        if not text or simplified(text) in NOT_KNOWN:
            return None
        return self._known(name, text, known)

    def references(self, name: str, known: Mapping[str, int]) -> tuple[int, ...]:
        """The ids of all that the cell names, separated by semicolons or commas of either script."""
        texts = [text.strip() for text in SEVERAL.split(simplified(self.text(name))) if text.strip()]
        found = [self._known(name, text, known) for text in texts if text not in NOT_KNOWN]
        return tuple(dict.fromkeys(pk for pk in found if pk is not None))

    def _known(self, name: str, text: str, known: Mapping[str, int]) -> int | None:
        pk = known.get(simplified(text))
        if pk is None:
            self.refuse(
                name,
                _("“%(text)s” is not in the portal. Use a code or name that is, or add it there first.")
                % {"text": text},
            )
        return pk


def as_text(cell: Cell) -> str:
    """A cell's text; a code such as 430405, which a workbook keeps as a number, has no decimals."""
    return " ".join(str(int(cell) if isinstance(cell, float) and cell.is_integer() else cell).split())


@cache
def choice_names(choices: type[Choices]) -> dict[str, str]:
    """Everything that stands for a choice: its value, and its label in both languages."""
    names = {simplified(value): str(value) for value in choices.values}
    for language in ("zh-hans", "en"):
        with override(language):
            names |= {simplified(label): str(value) for value, label in choices.choices if label}
    return names

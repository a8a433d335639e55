"""A unit's score sheet, item by item: what is printed so that anybody can recompute it, and where the value is from."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import models
from django.utils.translation import gettext as _

from commitments import behind
from commitments.formulas import full_points, has_reference
from commitments.league import Row
from commitments.models import ScoringItem, ScoringRuling
from commitments.score_words import measured, number
from commitments.scoring import Points
from portal.models import Quarter, Unit
from portal.rounding import rounded

Formula = ScoringItem.Formula
STEPPED = (Formula.LINEAR, Formula.BANDS, Formula.COUNT)
# What the rule of an item doesn't consist of.
BESIDE = {"id", "policy", "code", "position", "name_zh", "name_en", "indicator", "groups", "formula"}


@dataclass(frozen=True, kw_only=True)
class Line:
    """An item with its points, and those of the quarter before where it was an item then.

    `full` is what it is worth in the score; `lines` the address of the lines behind the value, empty for readings,
    which no report makes; `rule` the names and values of what was set for the item, in the page's language.
    """

    points: Points
    before: Decimal | None
    value: str
    reference: str
    full: Decimal | None
    lines: str
    rule: Sequence[tuple[str, str]]


def lines(row: Row, quarter: Quarter) -> Sequence[Line]:
    """The row's items in the policy's order; nothing where its group isn't scored."""
    if row.sheet is None:
        return []
    sheet_before = row.before.sheet if row.before else None
    before = {points.item.code: points.points for points in sheet_before.items} if sheet_before else {}
    return [_line(points, before.get(points.item.code), row.unit, quarter) for points in row.sheet.items]


def ruled(row: Row) -> list[tuple[ScoringRuling, str]]:
    """What was ruled about the unit, with the name of the item it is excused from, if any."""
    names = {points.item.code: points.item.name for points in row.sheet.items} if row.sheet else {}
    return [(ruling, names.get(ruling.item_code, ruling.item_code)) for ruling in row.rulings]


def _line(points: Points, before: Decimal | None, unit: Unit, quarter: Quarter) -> Line:
    item = points.item
    return Line(
        points=points,
        before=before,
        value="" if points.value is None else measured(points.value, item.indicator),
        reference="" if points.reference is None else measured(points.reference, item.indicator),
        full=None if item.formula == Formula.VETO else rounded(full_points(item) * item.times, 2),
        lines=behind.lines(item.indicator, unit, quarter),
        rule=rule(item),
    )


def rule(item: ScoringItem) -> list[tuple[str, str]]:
    """What the policy sets for the item, field by field as in the admin; what isn't set, or plays no part, is left."""
    found = [(_("formula"), item.get_formula_display())]
    for field in ScoringItem._meta.concrete_fields:
        value = getattr(item, field.attname)
        if field.name in BESIDE or value in (None, "", False) or not _plays_a_part(item, field.name):
            continue
        found.append((str(field.verbose_name), _printed(item, field, value)))
    return found


def _plays_a_part(item: ScoringItem, name: str) -> bool:
    match name:
        case "reference":
            return has_reference(item)
        case "step" | "whole_steps":
            return item.formula in STEPPED
        case "times":
            return item.times != 1
        case _:
            return True


def _printed(item: ScoringItem, field: "models.Field[object, object]", value: object) -> str:
    if value is True:
        return _("yes")
    if field.choices:
        return str(getattr(item, f"get_{field.name}_display")())
    return number(value) if isinstance(value, Decimal) else str(value)

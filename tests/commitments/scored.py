"""Scoring items and what units bring to them, made without a database."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from commitments.actuals import Known
from commitments.models import Indicator, Policy, ScoringItem
from commitments.scoring import Given, Points, Sheet, sheets

KINDS = {"percent": ("%", "%"), "money": ("万元", "10,000 CNY"), "number": ("个", "projects")}


def indicator(kind: str = "percent", *, direction: str = "more", source: str = "derived", name: str = "") -> Indicator:
    chinese, english = KINDS[kind]
    zh, _slash, en = name.partition("/") if name else ("完成率", "", "Completion rate")
    return Indicator(
        pk=1,
        code="it",
        kind=kind,
        direction=direction,
        source=source,
        name_zh=zh,
        name_en=en,
        unit_of_measure_zh=chinese,
        unit_of_measure_en=english,
    )


def item(formula: str, *, of: Indicator | None = None, pk: int = 1, **fields: Any) -> ScoringItem:
    """An unsaved item; numbers may be given as texts."""
    numbers = {
        name: Decimal(value)
        for name, value in fields.items()
        if isinstance(value, str | int) and not isinstance(value, bool) and _is_a_number(name)
    }
    texts = {"code": f"item-{pk}", "name_zh": f"第{pk}项", "name_en": f"Item {pk}"}
    return ScoringItem(pk=pk, formula=formula, indicator=of or indicator(), **(texts | fields | numbers))


def _is_a_number(name: str) -> bool:
    return ScoringItem._meta.get_field(name).get_internal_type() == "DecimalField"


def given(value: str | int | Decimal | None, **more: Any) -> Given:
    """A known value; None: missing."""
    known = Known.MISSING if value is None else Known.KNOWN
    for name in ("baseline", "target"):
        if more.get(name) is not None:
            more[name] = Decimal(more[name])
    return Given(**({"value": None if value is None else Decimal(value), "known": known} | more))


def nothing(**more: Any) -> Given:
    return given(None, **({"known": Known.NOTHING} | more))


def policy(least: str | None = None, most: str | None = None) -> Policy:
    return Policy(
        score_least=None if least is None else Decimal(least), score_most=None if most is None else Decimal(most)
    )


def points(of: ScoringItem, own: Given, *others: Given) -> Points:
    """The points of unit 1, beside other units of its group."""
    return column(of, dict(enumerate((own, *others), start=1)))[1]


def column(of: ScoringItem, group: Mapping[int, Given]) -> dict[int, Points]:
    found: dict[int, Sheet] = sheets([of], {unit: {of.pk: own} for unit, own in group.items()}, policy=policy())
    return {unit: sheet.items[0] for unit, sheet in found.items()}

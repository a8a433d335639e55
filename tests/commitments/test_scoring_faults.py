"""Scoring items that are refused: at which field, and what to do there."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from commitments.models import ScoringItem
from tests.commitments.scored import indicator, item

ACCIDENTS = indicator("number", direction="less", name="安全事故/Safety accidents")
MONEY = indicator("money", name="实际利用外资/Foreign capital used")
LINEAR: dict[str, Any] = {"weight": 20, "fixed": 100, "deduction": 1}
GRADES: dict[str, Any] = {"grades": "100:20, 90:15"}


def refusals(formula: str, **fields: Any) -> dict[str, list[str]]:
    own = item(formula, **fields)
    own.indicator_id = 1
    try:
        own.clean()
    except ValidationError as refusal:
        return refusal.message_dict
    return {}


@pytest.mark.parametrize(
    ("formula", "fields"),
    [
        ("linear", LINEAR),
        ("linear", {"weight": 0, "reference": "mean", "bonus": 1, "most": 5, "deduction": 1, "least": -5}),
        ("linear", {**LINEAR, "reference": "target", "as_rate": True, "fixed": 80}),
        ("bands", {"weight": 10, "reference": "mean", "bands_above": "５：０．２、0.1", "most": 12}),
        ("bands", {"weight": 10, "fixed": 100, "bands_above": "5:0, -1", "bands_below": "5:0, 1"}),
        ("grades", GRADES),
        ("grades", {"grades": "2:5, 0:10", "of": ACCIDENTS}),
        ("grades", {"grades": "0:20, -5:15", "reference": "baseline"}),
        ("rank", {"grades": "20, 18, 16"}),
        ("rank", {"weight": 20, "deduction": 1}),
        ("count", {"bonus": 1, "most": 5}),
        ("count", {"bonus": 1, "weight": 5}),
        ("share", {"weight": 10, "reference": "best"}),
        ("spread", {"weight": 100, "least": 60}),
        ("veto", {"fixed": 0, "of": ACCIDENTS}),
        ("veto", {"fixed": 60, "as_rate": True, "reference": "target", "capped_at": 59}),
    ],
)
def test_sound_items_pass(formula: str, fields: dict[str, Any]) -> None:
    assert refusals(formula, **fields) == {}


@pytest.mark.parametrize(
    ("formula", "fields", "field", "reason"),
    [
        ("linear", {"weight": 20, "deduction": 1}, "fixed", "请填写与实际值比较的值"),
        ("linear", {"weight": 20, "fixed": 100}, "deduction", "每步扣分"),
        ("linear", {**LINEAR, "bonus": 1}, "most", "须高于满分（20分）"),
        ("linear", {**LINEAR, "bonus": 1, "most": 20}, "most", "须高于满分（20分）"),
        ("linear", {**LINEAR, "least": 20}, "least", "须低于满分（20分）"),
        ("linear", {**LINEAR, "deduction": -1}, "deduction", "不加负号"),
        ("linear", {**LINEAR, "grades": "20, 18"}, "grades", "不使用本栏"),
        ("linear", {**LINEAR, "capped_at": 59}, "capped_at", "不使用本栏"),
        ("linear", {**LINEAR, "reference": "mean"}, "fixed", "不使用固定值"),
        ("linear", {"weight": 20, "reference": "baseline", "deduction": 1, "of": MONEY}, "reference", "百分比"),
        ("linear", {**LINEAR, "as_rate": True, "fixed": 0}, "fixed", "大于零"),
        ("linear", {**LINEAR, "most": 10}, "most", "不得低于满分（20分）"),
        ("linear", {**LINEAR, "times": 0}, "times", "大于零"),
        ("linear", {**LINEAR, "neutral": 21}, "neutral", "之间"),
        ("linear", {**LINEAR, "neutral": 5, "neutral_is_mean": True}, "neutral", "只能选一种"),
        ("linear", {**LINEAR, "joint": "bonus"}, "joint_most", "合计"),
        ("linear", {**LINEAR, "joint_most": 5}, "joint", "代号"),
        ("bands", {"weight": 10, "reference": "mean"}, "bands_above", "分档"),
        ("bands", {"weight": 10, "reference": "mean", "bands_below": "5:-1"}, "bands_below", "不加负号"),
        ("bands", {"weight": 10, "reference": "mean", "bands_below": "a"}, "bands_below", "无法识别"),
        (
            "bands",
            {"weight": 10, "reference": "mean", "bands_below": "3:1", "step": 2, "whole_steps": True},
            "bands_below",
            "整数倍",
        ),
        ("grades", {"weight": 20}, "grades", "请填写各档"),
        ("grades", {"grades": "100:15, 90:20"}, "grades", "由好到差"),
        ("grades", {"grades": "0:5, 2:10", "of": ACCIDENTS}, "grades", "由好到差"),
        ("grades", {**GRADES, "most": 25, "weight": 10}, "", ""),
        ("grades", {**GRADES, "weight": 10}, "grades", "0至10分"),
        ("grades", {**GRADES, "least": 30}, "least", "20分"),
        ("grades", {"grades": "20, 18"}, "grades", "界线和分值"),
        ("rank", {"grades": "18, 20"}, "grades", "由好到差"),
        ("rank", {}, "weight", "第一名"),
        ("rank", {"weight": 20}, "deduction", "每后一名"),
        ("rank", {"grades": "1:20"}, "grades", "第一名"),
        ("rank", {"grades": "20, 18", "reference": "mean"}, "reference", "按实际值"),
        ("count", {"most": 5}, "bonus", "分值"),
        ("count", {"bonus": 1}, "most", "封顶"),
        ("count", {"bonus": 1, "most": 5, "of": ACCIDENTS}, "formula", "越少越好"),
        ("count", {"bonus": 1, "most": 5, "as_rate": True}, "as_rate", "不使用本栏"),
        ("share", {"weight": 10}, "fixed", "比较的值"),
        ("share", {"fixed": 100}, "weight", "满分"),
        ("spread", {"weight": 60, "least": 60}, "weight", "满分"),
        ("veto", {"of": ACCIDENTS}, "fixed", "否决线"),
        ("veto", {"fixed": 0, "weight": 10}, "weight", "不计分"),
        ("veto", {"fixed": 60, "as_rate": True}, "reference", "另选"),
    ],
)
def test_item_is_refused_at_the_field_where_it_is_mended(
    formula: str, fields: dict[str, Any], field: str, reason: str
) -> None:
    found = refusals(formula, **fields)
    assert list(found) == ([field] if field else [])
    assert all(reason in message for message in found.get(field, []))


def test_scales_are_kept_in_one_way_of_writing() -> None:
    own = item("grades", grades="１００％：２０分；90：15")
    own.clean()
    assert own.grades == "100:20, 90:15"


def test_what_was_typed_stays_where_it_cannot_be_read() -> None:
    own = item("bands", bands_above="5－0.2")
    with pytest.raises(ValidationError):
        own.clean()
    assert own.bands_above == "5－0.2"


def test_item_without_a_formula_or_step_is_left_to_its_fields() -> None:
    for own in (ScoringItem(formula="linear"), item("linear", **LINEAR, step=0), item("", weight=1)):
        own.clean()

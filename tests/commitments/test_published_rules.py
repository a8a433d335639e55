"""Scoring rules as Chinese cities publish them, entered as rows of a policy and recomputed by hand.

The sentences are our own, in the shapes that published rules have; no code knows any of them.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from commitments.models import Indicator, Policy, ScoringItem
from commitments.scoring import Given, Sheet, ranked, sheets
from commitments.yardstick import Yardstick
from portal.models import Quarter, Unit
from tests import world
from tests.commitments.scored import given, nothing

Q2 = Quarter(year=2022, number=2)
READ = {
    "fdi": ("实际利用外资", "money", "万元", "more"),
    "visitors": ("接待游客", "number", "万人次", "more"),
    "growth": ("投资增速", "percent", "%", "more"),
    "accidents": ("一般安全事故", "number", "起", "less"),
    "major": ("重大安全事故", "number", "起", "less"),
    "huge": ("50亿元以上项目数", "number", "个", "more"),
}


@pytest.fixture
def indicators(db: None) -> dict[str, Indicator]:
    """Those of every portal, and some statistics."""
    bureau = world.make_unit("B01", kind=Unit.Kind.BUREAU)
    for code, (name, kind, unit, direction) in READ.items():
        Indicator.objects.create(
            code=code,
            name_zh=name,
            kind=kind,
            unit_of_measure_zh=unit,
            unit_of_measure_en=unit,
            direction=direction,
            source="readings",
            bureau=bureau,
        )
    return {each.code: each for each in Indicator.objects.all()}


def entered(indicators: Mapping[str, Indicator], rows: Sequence[tuple[str, str, dict[str, Any]]]) -> Yardstick:
    """The rows as an administrator enters them: each must pass its validation; then read as every page reads them."""
    policy = Policy.objects.create(effective_on=date(2022, 1, 1), reason="年度考核办法")
    for position, (code, formula, fields) in enumerate(rows, start=1):
        own = ScoringItem(policy=policy, code=f"{code}-{position}", name_zh=code, position=position, formula=formula)
        own.indicator = indicators[code]
        for name, value in fields.items():
            setattr(own, name, value)
        own.full_clean()
        own.save()
    return Yardstick.of(policy, Q2)


def scored(yardstick: Yardstick, *rows: Sequence[Given]) -> dict[int, Sheet]:
    """The sheets of units 1, 2 …, each with what is given in the order of the items."""
    items = yardstick.items
    units = {
        unit: {own.pk: each for own, each in zip(items, row, strict=True)} for unit, row in enumerate(rows, start=1)
    }
    return sheets(items, units, policy=yardstick.policy)


def points(found: Mapping[int, Sheet]) -> list[list[str]]:
    return [[f"{own.points:f}" for own in sheet.items] for sheet in found.values()]


def totals(found: Mapping[int, Sheet]) -> list[Decimal | None]:
    return [sheet.total for sheet in found.values()]


def test_rule_of_weighted_items_of_a_hundred_points(indicators: dict[str, Indicator]) -> None:
    """投资完成率占40%：达到序时进度得100分，每超1个百分点加0.5分，最高加5分；每低1个百分点扣1分，扣完为止。
    开工率占30%：按开工率计分，当期无应开工项目的计90分。投资增速占30%：达到平均值得80分，高于平均值5个百分点以内的部分
    每个百分点加2分、以上部分每个百分点加1分，最高100分；每低1个百分点扣1分，最低60分。"""
    yardstick = entered(
        indicators,
        [
            (
                "completion_rate",
                "linear",
                {"weight": 100, "reference": "baseline", "bonus": "0.5", "deduction": 1, "most": 105, "times": "0.4"},
            ),
            ("start_rate", "share", {"weight": 100, "fixed": 100, "neutral": 90, "times": "0.3"}),
            (
                "growth",
                "bands",
                {
                    "weight": 80,
                    "reference": "mean",
                    "bands_above": "5：2，1",
                    "bands_below": "1",
                    "most": 100,
                    "least": 60,
                    "times": "0.3",
                },
            ),
        ],
    )
    found = scored(
        yardstick,
        [given("58.3", baseline=50), given(100), given(15)],
        [given("46.5", baseline=50), given(80), given(3)],
        [given("131.7", baseline=50), nothing(), given(6)],
    )
    assert points(found) == [["41.66", "30.00", "27.60"], ["38.60", "24.00", "22.50"], ["42.00", "27.00", "23.40"]]
    assert totals(found) == [Decimal("99.26"), Decimal("85.10"), Decimal("92.40")]
    assert ranked(found) == {1: 1, 2: 3, 3: 2}
    assert (
        found[1].items[2].words
        == "投资增速15%，同组平均值8%，高出7个百分点，5×2＋2×1＝12，80＋12＝92，得92×0.3＝27.6分"
    )


def test_rule_of_size_and_counted_projects(indicators: dict[str, Indicator]) -> None:
    """完成投资总量第一名得满分20分，每降一个位次扣1分，最低10分。每新开工一个产业项目加1分，最高5分；每引进一个三类500强
    项目加2分，最高6分；加分项合计不超过8分。"""
    bonus = {"joint": "bonus", "joint_most": 8}
    yardstick = entered(
        indicators,
        [
            ("investment", "rank", {"weight": 20, "deduction": 1, "least": 10}),
            ("new_industrial", "count", {"bonus": 1, "most": 5, **bonus}),
            ("top500", "count", {"bonus": 2, "most": 6, **bonus}),
        ],
    )
    found = scored(
        yardstick,
        [given(320_000), given(7), given(2)],
        [given(450_000), given(3), given(1)],
        [given(450_000), given(0), given(0)],
        [given(90_000), given(5), given(4)],
    )
    expected = [
        ["18.00", "5.00", "4.00"],
        ["20.00", "3.00", "2.00"],
        ["20.00", "0.00", "0.00"],
        ["17.00", "5.00", "6.00"],
    ]
    assert points(found) == expected
    assert totals(found) == [Decimal(26), Decimal(25), Decimal(20), Decimal(25)]
    assert ranked(found) == {1: 1, 2: 2, 3: 4, 4: 2}
    assert found[1].reasons == ("new_industrial、top500，5＋4＝9，合计封顶8，得8分",)


def test_rule_of_shares_of_targets_and_of_the_best(indicators: dict[str, Indicator]) -> None:
    """实际利用外资10分：按完成目标的比例得分，完成80%以下不得分；每超10个百分点加0.5分，不足10个百分点不计，最高加2分。
    接待游客10分：按实际值/最高值×权重计分。"""
    beyond = {"reference": "target", "as_rate": True, "step": 10, "whole_steps": True, "bonus": "0.5", "most": 2}
    yardstick = entered(
        indicators,
        [
            ("fdi", "share", {"weight": 10, "reference": "target", "nothing_below": 80}),
            ("fdi", "linear", beyond),
            ("visitors", "share", {"weight": 10, "reference": "best"}),
        ],
    )
    found = scored(
        yardstick,
        [given(1250, target=1000), given(1250, target=1000), given("120.5")],
        [given(600, target=800), given(600, target=800), given(80)],
        [given(450, target=500), given(450, target=500), given("96.4")],
    )
    assert points(found) == [["10.00", "1.00", "10.00"], ["0.00", "0.00", "6.64"], ["9.00", "0.00", "8.00"]]
    assert totals(found) == [Decimal(21), Decimal("6.64"), Decimal(17)]


def test_rule_of_grades_spread_and_vetoes(indicators: dict[str, Indicator]) -> None:
    """投资进度20分：达到序时进度得20分，落后5个百分点以内得15分，落后10个百分点以内得10分，落后10个百分点以上不得分。
    每发生一起一般安全事故扣2分，最多扣10分。投资增速30分：采用功效系数法，最好得满分，最差得18分。
    发生重大安全事故的一票否决，不参加排名。"""
    yardstick = entered(
        indicators,
        [
            ("completion_rate", "grades", {"reference": "baseline", "grades": "0:20、-5:15、-10:10"}),
            ("accidents", "linear", {"fixed": 0, "deduction": 2, "least": -10}),
            ("growth", "spread", {"weight": 30, "least": 18}),
            ("major", "veto", {"fixed": 0}),
        ],
    )
    found = scored(
        yardstick,
        [given(52, baseline=50), given(1), given(9), given(0)],
        [given(46, baseline=50), given(6), given(-1), given(0)],
        [given("39.9", baseline=50), given(0), given(4), given(1)],
    )
    assert points(found) == [
        ["20.00", "-2.00", "30.00", "0.00"],
        ["15.00", "-10.00", "18.00", "0.00"],
        ["0.00", "0.00", "24.00", "0.00"],
    ]
    assert totals(found) == [Decimal(48), Decimal(23), Decimal(24)]
    assert ranked(found) == {1: 1, 2: 2, 3: None}


def test_rule_of_rates_a_corridor_and_tiers(indicators: dict[str, Indicator]) -> None:
    """外资完成累计目标得30分，每低1个百分点扣0.5分，扣完为止；无任务的按同组平均分计。按外资目标完成率排名，前三名分别得
    20、18、16分；无任务的计16分。年度计划执行偏差在正负5个百分点以内得10分，每超出1个百分点扣1分，扣完为止。
    10亿元以上项目每个加2分，最高10分；其中50亿元以上的每个再加3分，最高9分。"""
    yardstick = entered(
        indicators,
        [
            (
                "fdi",
                "linear",
                {"weight": 30, "reference": "target", "as_rate": True, "deduction": "0.5", "neutral_is_mean": True},
            ),
            ("fdi", "rank", {"grades": "20, 18, 16", "reference": "target", "as_rate": True, "neutral": 16}),
            (
                "completion_rate",
                "bands",
                {"weight": 10, "fixed": 100, "bands_above": "5:0, -1", "bands_below": "5:0, 1"},
            ),
            ("large", "count", {"bonus": 2, "most": 10}),
            ("huge", "count", {"bonus": 3, "most": 9}),
        ],
    )
    rows = [
        [given(9300, target=10_000), given(9300, target=10_000), given(104), given(3), given(1)],
        [given(4100, target=4000), given(4100, target=4000), given("108.5"), given(0), given(0)],
        [nothing(), nothing(), given(88), given(6), given(0)],
    ]
    found = scored(yardstick, *rows)
    assert points(found) == [
        ["26.50", "18.00", "10.00", "6.00", "3.00"],
        ["30.00", "20.00", "6.50", "0.00", "0.00"],
        ["28.25", "16.00", "3.00", "10.00", "0.00"],
    ]
    assert totals(found) == [Decimal("63.50"), Decimal("56.50"), Decimal("57.25")]

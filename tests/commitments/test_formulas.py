"""Each formula, recomputed by hand, with its words in both languages."""

from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation

from tests.commitments.scored import given, indicator, item, points

PROJECTS = indicator("number", name="新开工产业项目/New industrial projects")
MONEY = indicator("money", source="readings", name="实际利用外资/Foreign capital used")
ACCIDENTS = indicator("number", direction="less", source="readings", name="安全事故/Safety accidents")
GROWTH = indicator(source="readings", name="投资增速/Growth of investment")
COMPLETION: dict[str, Any] = {
    "weight": 20,
    "reference": "baseline",
    "bonus": "0.1",
    "deduction": 1,
    "most": 23,
}


@pytest.mark.parametrize(
    ("value", "baseline", "expected", "english", "chinese"),
    [
        (
            "131.7",
            "100",
            "23",
            "Completion rate 131.7%, time-proportional progress 100%: 31.7 percentage points above, 31.7 × 0.1 = 3.17,"
            " at most 3 more → 20 + 3 = 23",
            "完成率131.7%，序时进度100%，高出31.7个百分点，31.7×0.1＝3.17，最多加3，得20＋3＝23分",
        ),
        (
            "45.04",  # used as printed, 45.0
            "50",
            "15",
            "Completion rate 45%, time-proportional progress 50%: 5 percentage points below, 5 × 1 = 5 → 20 − 5 = 15",
            "完成率45%，序时进度50%，低5个百分点，5×1＝5，得20－5＝15分",
        ),
        (
            "50",
            "50",
            "20",
            "Completion rate 50%, time-proportional progress 50%: level with it → 20",
            "完成率50%，序时进度50%，持平，得20分",
        ),
        (
            "0",
            "75",
            "0",
            "Completion rate 0%, time-proportional progress 75%: 75 percentage points below, 75 × 1 = 75,"
            " at most 20 off → 20 − 20 = 0",
            "完成率0%，序时进度75%，低75个百分点，75×1＝75，最多扣20，得20－20＝0分",
        ),
    ],
)
def test_linear_around_the_baseline(value: str, baseline: str, expected: str, english: str, chinese: str) -> None:
    """每超1个百分点加0.1分，最高加3分；每低1个百分点扣1分，扣完为止。"""
    for language, words in (("en", english), ("zh-hans", chinese)):
        with translation.override(language):
            found = points(item("linear", **COMPLETION), given(value, baseline=baseline))
        assert (found.points, found.words) == (Decimal(expected), words)


CASES: list[tuple[str, dict[str, Any], Any, list[Any], str, str]] = [
    # formula, fields, own, others, points, words
    (
        "linear",
        {"weight": 10, "reference": "mean", "step": 3, "bonus": "0.5", "deduction": "0.5", "most": 15, "of": GROWTH},
        given("20"),
        [given("4"), given("5.5")],  # mean 29.5 ÷ 3 = 9.8333
        "11.69",
        "投资增速20%，同组平均值9.8333%，高出10.1667个百分点，10.1667÷3×0.5≈1.6945，得10＋1.6945≈11.69分",
    ),
    (
        "linear",
        {"weight": 10, "reference": "fixed", "fixed": 0, "step": 3, "whole_steps": True, "deduction": 2},
        given("-8"),
        [],
        "6",
        "完成率-8%，固定值0%，低8个百分点，每3为一档，共2档，2×2＝4，得10－4＝6分",
    ),
    (
        "linear",
        {"weight": 10, "fixed": 0, "deduction": 3, "of": ACCIDENTS},
        given("2"),
        [],
        "4",
        "安全事故2个，固定值0个，高出2个，越少越好，2×3＝6，得10－6＝4分",
    ),
    (
        "linear",
        {"weight": 0, "fixed": 60, "bonus": "0.5", "deduction": "0.5", "least": -5, "most": 5},
        given("40"),
        [],
        "-5",
        "完成率40%，固定值60%，低20个百分点，20×0.5＝10，最多扣5，得-5分",
    ),
    (
        "linear",
        {"weight": 20, "reference": "target", "as_rate": True, "deduction": "0.5", "of": MONEY},
        given("900", target="1200"),
        [],
        "7.5",
        "实际利用外资900万元，累计目标1,200万元，900÷1,200×100＝75%，比100%低25个百分点，25×0.5＝12.5，得20－12.5＝7.5分",
    ),
    (
        "linear",
        {"weight": 20, "reference": "target", "as_rate": True, "fixed": 80, "bonus": "0.5", "most": 25, "of": MONEY},
        given("1000", target="1200"),
        [],
        "21.67",
        "实际利用外资1,000万元，累计目标1,200万元，1,000÷1,200×100≈83.33%，比80%高3.33个百分点，3.33×0.5＝1.665，"
        "得20＋1.665≈21.67分",
    ),
    (
        "linear",
        {"weight": 20, "reference": "target", "as_rate": True, "deduction": 1, "of": MONEY},
        given("0", target="0"),
        [],
        "20",
        "实际利用外资0万元，累计目标0万元，参照值不大于0，无法计算完成率，实际值不差于参照值，按100%计，与100%持平，得20分",
    ),
    (
        "linear",
        {"weight": 20, "reference": "target", "as_rate": True, "deduction": 1, "least": 2, "of": ACCIDENTS},
        given("1", target="0"),
        [],
        "2",
        "安全事故1个，累计目标0个，参照值不大于0，无法计算完成率，实际值差于参照值，计最低分，得2分",
    ),
    (
        "bands",
        {"weight": 10, "reference": "mean", "bands_above": "5:0.2, 5:0.1, 0.05", "bands_below": "5:0.5", "most": 13},
        given("62"),
        [given("38")],  # mean 50
        "11.6",
        "完成率62%，同组平均值50%，高出12个百分点，5×0.2＋5×0.1＋2×0.05＝1.6，得10＋1.6＝11.6分",
    ),
    (
        "bands",
        {"weight": 10, "reference": "mean", "bands_above": "5:0.2, 5:0.1, 0.05", "bands_below": "5:0.5", "most": 13},
        given("38"),
        [given("62")],
        "7.5",
        "完成率38%，同组平均值50%，低12个百分点，5×0.5＝2.5，得10－2.5＝7.5分",
    ),
    (
        "bands",
        {"weight": 10, "reference": "fixed", "fixed": 100, "bands_above": "5:0, -1", "bands_below": "5:0, 1"},
        given("108"),
        [],
        "7",
        "完成率108%，固定值100%，高出8个百分点，5×0＋3×(-1)＝-3，得10－3＝7分",
    ),
    (
        "bands",
        {"weight": 10, "fixed": 0, "step": 5, "whole_steps": True, "bands_above": "10:1, 0.5", "most": 20},
        given("24"),
        [],
        "13",
        "完成率24%，固定值0%，高出24个百分点，每5为一档，共4档，2×1＋2×0.5＝3，得10＋3＝13分",
    ),
    ("grades", {"grades": "100:20, 90:15, 80:10"}, given("93.2"), [], "15", "完成率93.2%，达到90%一档，得15分"),
    (
        "grades",
        {"grades": "100:20, 90:15, 80:10", "least": 2},
        given("79.9"),
        [],
        "2",
        "完成率79.9%，未达到最低一档，计最低分，得2分",
    ),
    ("grades", {"grades": "0:10, 2:5", "of": ACCIDENTS}, given("1"), [], "5", "安全事故1个，达到2个一档，得5分"),
    (
        "grades",
        {"grades": "0:20, -5:15, -10:10", "reference": "baseline"},
        given("45", baseline="50"),
        [],
        "15",
        "完成率45%，序时进度50%，低5个百分点，达到-5一档，得15分",
    ),
    (
        "rank",
        {"grades": "20, 18, 16", "deduction": 1},
        given("30"),
        [given(value) for value in ("50", "40", "40", "35", "20")],
        "14",
        "完成率30%，在6个单位中居第5位，比第3位低2位，得16－2×1＝14分",
    ),
    (
        "rank",
        {"weight": 20, "deduction": 2, "of": ACCIDENTS},
        given("1"),
        [given("0"), given("0"), given("3")],
        "16",
        "安全事故1个，在4个单位中居第3位，比第1位低2位，得20－2×2＝16分",
    ),
    (
        "rank",
        {"grades": "3, 2, 1"},
        given("10"),
        [given("20"), given("30"), given("40")],
        "0",
        "完成率10%，在4个单位中居第4位，未进入得分名次，计最低分，得0分",
    ),
    (
        "rank",
        {"weight": 10, "deduction": 1, "as_rate": True, "reference": "target", "of": MONEY},
        given("90", target="100"),
        [given("900", target="1200"), given("10", target="10")],
        "9",
        "实际利用外资90万元，累计目标100万元，90÷100×100＝90%，在3个单位中居第2位，比第1位低1位，得10－1×1＝9分",
    ),
    (
        "count",
        {"bonus": 1, "most": 5, "of": PROJECTS},
        given("7"),
        [],
        "5",
        "新开工产业项目7个，7×1＝7，封顶5，得5分",
    ),
    (
        "count",
        {"bonus": "0.5", "step": 10000, "whole_steps": True, "most": 5, "of": MONEY},
        given("38000"),
        [],
        "1.5",
        "实际利用外资38,000万元，每10,000为一档，共3档，得3×0.5＝1.5分",
    ),
    (
        "share",
        {"weight": 10, "reference": "best", "of": MONEY},
        given("800"),
        [given("1200")],
        "6.67",
        "实际利用外资800万元，同组最好值1,200万元，得10×800÷1,200≈6.67分",
    ),
    (
        "share",
        {"weight": 10, "reference": "target", "most": 12, "nothing_below": 80, "of": MONEY},
        given("700", target="1000"),
        [],
        "0",
        "实际利用外资700万元，累计目标1,000万元，700÷1,000×100＝70%，低于80%的界线，计最低分，得0分",
    ),
    (
        "share",
        {"weight": 10, "fixed": 2, "of": ACCIDENTS},
        given("5"),
        [],
        "4",
        "安全事故5个，固定值2个，得10×2÷5＝4分",
    ),
    (
        "share",
        {"weight": 10, "fixed": 2, "of": ACCIDENTS},
        given("0"),
        [],
        "10",
        "安全事故0个，固定值2个，实际值不大于0，优于任何比例，计最高分，得10分",
    ),
    (
        "share",
        {"weight": 10, "reference": "best", "of": GROWTH},
        given("-3"),
        [given("-1")],
        "0",
        "投资增速-3%，同组最好值-1%，参照值不大于0，无法按比例计算，实际值差于参照值，计最低分，得0分",
    ),
    (
        "spread",
        {"weight": 100, "least": 60, "times": "0.1", "of": GROWTH},
        given("8.2"),
        [given("12"), given("3")],
        "8.31",
        "投资增速8.2%，同组最好值12%、最差值3%，60＋(100－60)×(8.2－3)÷(12－3)≈83.1111，得83.1111×0.1≈8.31分",
    ),
    (
        "spread",
        {"weight": 10, "of": GROWTH},
        given("8.2"),
        [given("8.2")],
        "10",
        "投资增速8.2%，同组各单位相同，计满分，得10分",
    ),
    (
        "share",
        {"weight": 100, "fixed": 100, "most": 120, "times": "0.4"},
        given("131.7"),
        [],
        "48",
        "完成率131.7%，固定值100%，100×131.7÷100＝131.7，封顶120，得120×0.4＝48分",
    ),
    (
        "linear",
        {**COMPLETION, "nothing_below": 30},
        given("29.9", baseline="50"),
        [],
        "0",
        "完成率29.9%，序时进度50%，低于30%的界线，计最低分，得0分",
    ),
    ("veto", {"fixed": 0, "of": ACCIDENTS}, given("0"), [], "0", "安全事故0个，未触发一票否决"),
    (
        "veto",
        {"fixed": 0, "of": ACCIDENTS},
        given("1"),
        [],
        "0",
        "安全事故1个，高于0个的界线，一票否决，不参加排名",
    ),
    (
        "veto",
        {"fixed": 60, "as_rate": True, "reference": "target", "capped_at": 59, "of": MONEY},
        given("50", target="100"),
        [],
        "0",
        "实际利用外资50万元，累计目标100万元，50÷100×100＝50%，低于60%的界线，一票否决，总分封顶59",
    ),
]


@pytest.mark.parametrize(("formula", "fields", "own", "others", "expected", "words"), CASES)
def test_formula_by_hand(
    formula: str, fields: dict[str, Any], own: Any, others: list[Any], expected: str, words: str
) -> None:
    found = points(item(formula, **fields), own, *others)
    assert (found.points, found.words) == (Decimal(expected), words)


def test_words_in_english() -> None:
    rank = item("rank", grades="20, 18, 16", deduction=1)
    share = item("share", weight=10, reference="target", of=MONEY)
    with translation.override("en"):
        placed = points(rank, given("30"), *(given(value) for value in ("50", "40", "40", "35")))
        shared = points(share, given("1250", target="1000"))
    assert placed.words == "Completion rate 30%: place 5 of 5, places behind place 3: 2 → 16 − 2 × 1 = 14"
    assert shared.words == (
        "Foreign capital used 1,250 (10,000 CNY), target to date 1,000 (10,000 CNY): 10 × 1,250 ÷ 1,000 = 12.5,"
        " at most 10 → 10"
    )

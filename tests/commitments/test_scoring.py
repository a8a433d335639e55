"""Sheets of a group: what is missing, what is neutral, how totals are capped; and what holds for any input."""

import re
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils import translation
from hypothesis import assume, given
from hypothesis import strategies as st

from commitments import formulas, scoring_faults
from commitments.models import ScoringItem
from commitments.scoring import Basis, Given, Sheet, ranked, sheets
from tests.commitments.scored import column, indicator, item, nothing, policy
from tests.commitments.scored import given as known

GROWTH = indicator(source="readings")
ACCIDENTS = indicator("number", direction="less", source="readings", name="安全事故/Safety accidents")


def of_units(items: list[ScoringItem], *rows: list[Given], out: tuple[int, ...] = (), **caps: Any) -> dict[int, Sheet]:
    """Sheets of units 1, 2 …, each with what is given for the items in their order."""
    rows_of = {
        unit: {own.pk: each for own, each in zip(items, row, strict=True)} for unit, row in enumerate(rows, start=1)
    }
    return sheets(items, rows_of, policy=policy(**caps), out=out)


FIRST = item("share", pk=1, weight=60, fixed=100)
SECOND = item("share", pk=2, weight=40, fixed=100, of=GROWTH)


def test_total_is_the_sum_of_the_items_as_printed() -> None:
    found = of_units([FIRST, SECOND], [known("33.3"), known("33.3333")])[1]
    assert ([own.points for own in found.items], found.total) == (
        [Decimal("19.98"), Decimal("13.33")],
        Decimal("33.31"),
    )
    assert (found.reasons, found.is_out) == ((), False)


def test_item_missing_of_one_unit_leaves_its_sheet_incomplete() -> None:
    found = of_units([FIRST, SECOND], [known(50), known(None)], [known(50), known(50)])
    assert (found[1].total, found[1].items[0].points, found[1].items[1].basis) == (None, Decimal(30), Basis.MISSING)
    assert found[1].reasons == ("数据不全，不计总分、不排名：第2项",)
    assert (found[2].total, ranked(found)) == (Decimal(50), {1: None, 2: 1})


def test_item_missing_of_every_unit_is_left_out_for_all() -> None:
    found = of_units([FIRST, SECOND], [known(50), known(None)], [known(60), nothing()])
    assert [found[unit].total for unit in (1, 2)] == [Decimal(30), Decimal(36)]
    assert {found[unit].items[1].basis for unit in (1, 2)} == {Basis.LEFT_OUT}
    assert found[1].items[1].words == "完成率：同组单位均尚无数据，本项不计分"


def test_sheet_without_any_figure_has_no_total() -> None:
    found = of_units([FIRST], [known(None)], [known(None)])[1]
    assert (found.total, found.reasons, found.is_complete) == (None, ("各项均尚无数据",), False)


def test_no_target_is_said_and_leaves_the_sheet_incomplete() -> None:
    target = item("share", weight=10, reference="target")
    found = of_units([target], [known(50)], [known(50, target=100)])
    assert (found[1].total, found[1].items[0].words) == (None, "完成率：承诺书中未承诺该指标的目标，得分表不完整")
    assert found[2].total == Decimal(5)


def test_nothing_to_judge_gets_the_neutral_points() -> None:
    full, own = item("share", weight=10, fixed=100), item("share", weight=10, fixed=100, neutral=8, times="0.5")
    assert [column(each, {1: nothing(), 2: known(5)})[1].points for each in (full, own)] == [Decimal(10), Decimal(4)]
    assert column(own, {1: nothing(), 2: known(5)})[1].words == "完成率，无可考核内容，计中性分，得8×0.5＝4分"


def test_neutral_points_may_be_the_mean_of_the_group() -> None:
    own = item("share", weight=10, fixed=100, neutral_is_mean=True)
    found = column(own, {1: nothing(), 2: known(50), 3: known(65), 4: known(None)})
    assert (found[1].points, found[1].words) == (Decimal("5.75"), "完成率，无可考核内容，取同组该项平均得分，得5.75分")
    assert column(own, {1: nothing(), 2: nothing()})[1].points == Decimal(10)


def test_exempt_unit_is_neutral_and_no_part_of_mean_best_and_places() -> None:
    mean = item("linear", weight=10, reference="mean", bonus=1, deduction=1, most=20)
    found = column(mean, {1: known(90, exempt=True), 2: known(50), 3: known(52)})
    assert (found[1].points, found[1].basis, found[2].reference) == (Decimal(10), Basis.NEUTRAL, Decimal(51))
    rank = column(item("rank", weight=10, deduction=1), {1: known(90, exempt=True), 2: known(50), 3: known(52)})
    assert [rank[unit].place for unit in (1, 2, 3)] == [None, 2, 1]


def test_best_of_the_group_is_the_lowest_where_less_is_better() -> None:
    own = item("share", weight=10, reference="best", of=ACCIDENTS)
    found = column(own, {1: known(2), 2: known(5)})
    assert [found[unit].points for unit in (1, 2)] == [Decimal(10), Decimal(4)]


def test_total_stays_within_the_caps_of_the_policy() -> None:
    found = of_units([FIRST, SECOND], [known(100), known(100)], [known(10), known(10)], least="20", most="90")
    assert [found[unit].total for unit in (1, 2)] == [Decimal(90), Decimal(20)]
    assert (found[1].sum, found[1].reasons) == (Decimal(100), ("各项合计100，封顶90，得90分",))
    assert found[2].reasons == ("各项合计10，保底20，得20分",)


def test_items_of_a_joint_ceiling_are_capped_together() -> None:
    bonus: dict[str, Any] = {"bonus": 2, "most": 8, "joint": "bonus", "joint_most": 10}
    items = [FIRST, item("count", pk=2, **bonus), item("count", pk=3, **bonus)]
    found = of_units(items, [known(100), known(3), known(4)], [known(100), known(1), known(4)])
    assert [found[unit].total for unit in (1, 2)] == [Decimal(70), Decimal(70)]
    assert (found[1].reasons, found[2].reasons) == (("第2项、第3项，6＋8＝14，合计封顶10，得10分",), ())


def test_veto_caps_the_score_after_everything_else() -> None:
    veto = item("veto", pk=2, fixed=0, capped_at=59, of=ACCIDENTS)
    found = of_units([FIRST, veto], [known(100), known(1)], [known(50), known(1)], [known(100), known(0)], least="60")
    assert [found[unit].total for unit in (1, 2, 3)] == [Decimal(59), Decimal(59), Decimal(60)]
    assert found[1].reasons == ("第2项，一票否决，总分封顶59，得59分",)
    assert not found[1].is_out


def test_veto_without_a_cap_takes_the_unit_out_of_the_ranking() -> None:
    veto = item("veto", pk=2, fixed=0, of=ACCIDENTS)
    found = of_units([FIRST, veto], [known(100), known(1)], [known(50), known(0)], [known(99), nothing()])
    assert (found[1].is_out, found[1].total, found[1].reasons) == (True, Decimal(60), ("一票否决，不参加排名：第2项",))
    assert ranked(found) == {1: None, 2: 2, 3: 1}


def test_ruling_takes_a_unit_out_but_its_value_stays_part_of_the_group() -> None:
    found = of_units([item("rank", weight=10, deduction=1)], [known(90)], [known(50)], [known(50)], out=(1,))
    assert (found[1].is_out, found[1].reasons, ranked(found)) == (True, ("经裁定不参加排名",), {1: None, 2: 1, 3: 1})
    assert found[2].items[0].place == 2


def test_nothing_given_is_missing_and_no_units_make_no_sheets() -> None:
    assert sheets([FIRST], {1: {}, 2: {1: known(1)}}, policy=policy())[1].items[0].basis == Basis.MISSING
    assert sheets([FIRST], {}, policy=policy()) == {}


# What holds for any input

amounts = st.one_of(
    st.integers(-300, 300).map(Decimal),
    st.decimals(-(10**13), 10**13, places=4),
    st.decimals(-200, 200, places=2),
    st.sampled_from([Decimal(0), Decimal("1E+30"), Decimal("-1E+30"), Decimal("0.0001")]),
)
values = st.one_of(st.builds(known, amounts), st.just(known(None)), st.just(nothing()))


@st.composite
def givens(draw: st.DrawFn, own: st.SearchStrategy[Given] = values) -> Given:
    found = draw(own)
    return Given(
        value=found.value,
        known=found.known,
        baseline=draw(st.one_of(st.none(), st.decimals(0, 120, places=2))),
        target=draw(st.one_of(st.none(), amounts)),
        exempt=draw(st.integers(0, 9)) == 0,
    )


indicators = st.builds(
    indicator,
    st.sampled_from(["percent", "money", "number"]),
    direction=st.sampled_from(["more", "less"]),
    source=st.sampled_from(["derived", "readings"]),
)
marks = st.one_of(st.none(), st.decimals(-50, 50, places=2), st.decimals(-99999, 99999, places=4))
steps = st.one_of(st.sampled_from([Decimal(1), Decimal("0.0001"), Decimal(5)]), st.decimals("0.01", 10**6, places=2))
lists = st.lists(st.decimals(-50, 50, places=1), max_size=4)


@st.composite
def any_items(draw: st.DrawFn, pk: int = 1) -> ScoringItem:
    """An item as no official would write it: any formula with any fields, as long as its scales can be read."""
    formula = draw(st.sampled_from(ScoringItem.Formula.values))
    listed = draw(lists)
    widths = draw(st.lists(st.decimals("0.1", 50, places=1), min_size=len(listed), max_size=len(listed), unique=True))
    pairs = ", ".join(f"{width}:{points}" for width, points in zip(widths, listed, strict=True))
    least, most = draw(marks), draw(marks)
    if least is not None and most is not None and least > most:
        least, most = most, least
    return item(
        formula,
        pk=pk,
        of=draw(indicators),
        weight=draw(st.decimals(0, 200, places=2)),
        reference=draw(st.sampled_from(ScoringItem.Reference.values)),
        fixed=draw(st.one_of(st.none(), amounts)),
        step=draw(steps),
        whole_steps=draw(st.booleans()),
        as_rate=draw(st.booleans()),
        bonus=draw(marks),
        deduction=draw(marks),
        bands_above=pairs,
        bands_below=pairs,
        grades=", ".join(map(str, listed)) if formula == "rank" else pairs,
        nothing_below=draw(st.one_of(st.none(), amounts)),
        least=least,
        most=most,
        neutral=draw(marks),
        neutral_is_mean=draw(st.booleans()),
        times=draw(st.sampled_from([Decimal(1), Decimal("0.4"), Decimal("0.3333")])),
        joint="bonus" if (joint := draw(marks)) is not None else "",
        joint_most=joint,
        capped_at=draw(marks),
    )


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[ScoringItem], dict[int, dict[int, Given]]]:
    items = [draw(any_items(pk)) for pk in range(1, draw(st.integers(2, 4)))]
    units = range(1, draw(st.integers(1, 5)) + 1)
    return items, {unit: {own.pk: draw(givens()) for own in items} for unit in units}


policies = st.builds(
    lambda least, more: policy(
        None if least is None else str(least), None if more is None else str((least or 0) + more)
    ),
    st.one_of(st.none(), st.integers(0, 60)),
    st.one_of(st.none(), st.integers(0, 100)),
)


@given(tables(), policies)
def test_points_and_totals_stay_within_their_caps(table: tuple[Any, Any], capped: Any) -> None:
    found = sheets(*table, policy=capped)
    for sheet in found.values():
        for own in sheet.items:
            assert (own.points is None) == (own.basis in (Basis.MISSING, Basis.LEFT_OUT))
            if own.points is not None and own.item.formula != "veto":
                least, most = (bound * own.item.times for bound in formulas.bounds(own.item))
                assert least - Decimal("0.005") <= own.points <= most + Decimal("0.005")
        if sheet.total is not None:
            assert capped.score_most is None or sheet.total <= capped.score_most
            is_capped = any(own.is_vetoed for own in sheet.items)
            assert capped.score_least is None or is_capped or sheet.total >= capped.score_least
            assert sheet.total == round(sheet.total, 2)


@given(tables())
def test_rank_is_a_permutation_with_ties(table: tuple[Any, Any]) -> None:
    found = sheets(*table, policy=policy())
    ranks = ranked(found)
    assert ranks.keys() == found.keys()
    totals = {unit: sheet.total for unit, sheet in found.items() if sheet.total is not None and not sheet.is_out}
    for unit, rank in ranks.items():
        better = [total for total in totals.values() if unit in totals and total > totals[unit]]
        assert rank == (len(better) + 1 if unit in totals else None)


@given(tables(), st.randoms(use_true_random=False))
def test_order_of_units_and_items_changes_nothing(table: tuple[Any, Any], chance: Any) -> None:
    items, rows = table
    units, other = list(rows), list(items)
    chance.shuffle(units)
    chance.shuffle(other)
    again = sheets(other, {unit: dict(reversed(rows[unit].items())) for unit in units}, policy=policy("0", "100"))
    assert again == sheets(items, rows, policy=policy("0", "100"))
    assert ranked(again) == ranked(sheets(items, rows, policy=policy("0", "100")))


SUM = re.compile(r"(?:^|, |: |→ )([-(\d](?:[-\d.()×÷+−]|,(?=\d)| )*?) ([=≈]) (-?[\d,.]*\d)%?(?=$|, | →)")
SIGNS = str.maketrans({"×": "*", "÷": "/", "−": "-", ",": None})


def worked_out(text: str) -> Fraction:
    """What a person finds who works a sum out as it stands there."""
    found = eval(re.sub(r"\d+(?:\.\d+)?", lambda number: f"Fraction('{number[0]}')", text.translate(SIGNS)))
    assert isinstance(found, Fraction)
    return found


@given(any_items(), givens(), st.lists(givens(), max_size=3), st.sampled_from(["en", "zh-hans"]))
def test_words_end_with_the_points(own: ScoringItem, first: Given, others: list[Given], language: str) -> None:
    with translation.override(language):
        found = column(own, dict(enumerate([first, *others])))[0]
    if found.points is not None and own.formula != "veto":
        assert found.words.endswith("分") or language == "en"
        last = re.findall(r"-?\d[\d,]*(?:\.\d+)?", found.words.replace("−", " "))[-1]
        assert Decimal(last.replace(",", "")) == found.points


@given(any_items(), givens(), st.lists(givens(), max_size=3))
def test_every_sum_in_the_words_is_right(own: ScoringItem, first: Given, others: list[Given]) -> None:
    with translation.override("en"):
        words = column(own, dict(enumerate([first, *others])))[0].words
    found = SUM.findall(words)
    assert len(found) == len(re.findall("[=≈]", words))
    for text, sign, result in found:
        difference = abs(worked_out(text) - Fraction(result.replace(",", "")))
        assert difference <= (Fraction("0.005") if sign == "≈" else 0)


points_given = st.decimals("0.01", 20, places=2)


@st.composite
def sound_items(draw: st.DrawFn) -> ScoringItem:
    """Items of any formula as the rules of a scoring allow them."""
    formula = draw(st.sampled_from([name for name in ScoringItem.Formula.values if name != "veto"]))
    measured = draw(indicators)
    assume(formula != "count" or measured.direction == "more")
    weight, least = draw(st.decimals("0.01", 100, places=2)), draw(st.sampled_from([None, Decimal(-5), Decimal(0)]))
    fields: dict[str, Any] = {"weight": weight, "least": least, "most": weight + draw(points_given)}
    as_rate = formula not in ("count", "share") and draw(st.booleans())
    if formula in ("linear", "bands", "share", "grades") or as_rate:
        names = ["fixed", "target", "best", *(["baseline"] if measured.kind == "percent" else [])]
        fields["reference"] = draw(st.sampled_from(names if as_rate or formula == "share" else [*names, "mean"]))
        if fields["reference"] == "fixed" and (formula != "grades" or as_rate):
            fields["fixed"] = draw(st.decimals("0.01", 10**4, places=2))
    scale = st.lists(points_given, min_size=1, max_size=4)
    if formula == "linear":
        fields |= {"bonus": draw(points_given), "deduction": draw(points_given)}
    elif formula == "bands":
        for name in ("bands_above", "bands_below"):
            fields[name] = ", ".join(f"{draw(st.integers(1, 9))}:{each}" for each in draw(scale))
    elif formula == "count":
        fields["bonus"] = draw(points_given)
    elif formula in ("grades", "rank"):
        falling = sorted((min(each, weight) for each in draw(scale)), reverse=True)
        is_less = measured.direction == "less" and (as_rate or fields.get("reference") == "fixed")
        lines = sorted(draw(st.sets(st.integers(-50, 150), min_size=4, max_size=4)), reverse=not is_less)
        pairs = zip(lines, falling, strict=False)
        fields["grades"] = ", ".join(
            [f"{line}:{each}" for line, each in pairs] if formula == "grades" else map(str, falling)
        )
    if formula == "rank":
        fields["deduction"] = draw(st.one_of(st.none(), points_given))
    if formula in ("linear", "count"):
        fields |= {"whole_steps": draw(st.booleans()), "step": draw(st.sampled_from([1, "0.5", 3]))}
    below = draw(st.one_of(st.none(), st.integers(-50, 150)))
    return item(formula, of=measured, as_rate=as_rate, nothing_below=below, **fields)


@given(sound_items(), amounts, amounts, givens(), st.lists(givens(), max_size=3))
def test_better_value_never_gets_fewer_points(
    own: ScoringItem, one: Decimal, other: Decimal, around: Given, others: list[Given]
) -> None:
    assert scoring_faults.read_scales(own) == []
    assert scoring_faults.faults(own) == []
    better, worse = (min, max) if own.indicator.direction == "less" else (max, min)
    found = []
    for value in (worse(one, other), better(one, other)):
        first = known(value, baseline=around.baseline, target=around.target)
        found.append(column(own, dict(enumerate([first, *others])))[0])
    if found[0].points is not None and found[1].points is not None:
        assert found[0].points <= found[1].points, (found[0].words, found[1].words)

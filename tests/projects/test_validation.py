"""The rules about a line: each fires exactly when it should, and no input breaks them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import example, given, settings
from hypothesis import strategies as st

from projects.models import Stage
from projects.models.project import STARTED
from projects.validation import BY_CODE, EXPLAINED, EXPLANATION, RULES, Facts, Finding, Level, findings

SOUND = Facts(
    flow=Decimal(250),
    year_to_date=Decimal(450),
    earlier=Decimal(200),
    since_start=Decimal(900),
    planned=Decimal(1000),
    total=Decimal(5000),
    stage=Stage.CONTINUING,
    last_stage=Stage.CONTINUING,
    last_flow=Decimal(200),
    last_started_on=date(2021, 3, 1),
    started_on=date(2021, 3, 1),
    finished_on=None,
    progress="主体施工",
    obstacle="",
    quarter_number=2,
    quarter_ends_on=date(2022, 6, 30),
)
# Sentences are kept by these codes: one that is renamed or dropped loses them.
CODES = {
    "error": {
        "amount_missing": "flow",
        "stage_missing": "stage",
        "start_missing": "started_on",
        "finish_missing": "finished_on",
        "progress_missing": "progress",
        "start_after_quarter": "started_on",
        "finish_after_quarter": "finished_on",
        "finish_before_start": "finished_on",
        "below_zero": "year_to_date",
    },
    "warning": {
        "far_above_plan": "flow",
        "same_figure": "flow",
        "jump": "flow",
        "over_plan_in_first_quarter": "flow",
        "over_total": "flow",
        "money_before_start": "stage",
        "completed_before": "stage",
        "stage_backwards": "stage",
        "started_in_earlier_year": "stage",
        "other_start": "started_on",
        "start_without_evidence": "started_on",
        "stalled_two_quarters": "obstacle",
        "suspended_unexplained": "obstacle",
    },
    "hint": {"nothing_completed": "obstacle"},
}


def found(**changes: object) -> list[Finding]:
    return findings(replace(SOUND, **changes))  # type: ignore[arg-type]


def codes(**changes: object) -> list[str]:
    return [finding.code for finding in found(**changes)]


def test_sound_line_has_no_findings() -> None:
    assert findings(SOUND) == []


def test_codes_fields_and_levels_never_change() -> None:
    listed = {level: {rule.code: rule.field for rule in RULES if rule.level == level} for level in Level}
    assert listed == CODES
    assert len(BY_CODE) == len(RULES)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_rule_has_a_short_name_of_its_own(language: str) -> None:
    with translation.override(language):
        names = [str(rule.label) for rule in RULES]
    assert len(set(names)) == len(RULES)
    assert all(name.isascii() == (language == "en") for name in names)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"flow": None, "year_to_date": None}, "flow"),
        ({"started_on": None}, "started_on"),
        ({"stage": Stage.COMPLETED}, "finished_on"),
        ({"progress": " \n"}, "progress"),
        ({"stage": "nonsense", "last_stage": "other"}, "stage"),
    ],
)
def test_missing_answer_is_an_error_that_says_it_is_missing(changes: dict[str, object], field: str) -> None:
    [finding] = found(**changes)
    assert (finding.field, finding.level, finding.missing) == (field, "error", True)


FIRST = {"last_stage": "", "last_flow": None, "last_started_on": None}


# Each rule at its edge: the last line that it leaves alone, and the first that it finds.
@pytest.mark.parametrize(
    ("code", "sound", "odd"),
    [
        ("below_zero", {"flow": Decimal(0), "obstacle": "x"}, {"flow": Decimal("-0.01")}),
        (
            "start_after_quarter",
            {"started_on": date(2022, 6, 30), "last_started_on": None},
            {"started_on": date(2022, 7, 1), "last_started_on": None},
        ),
        (
            "finish_after_quarter",
            {"stage": Stage.COMPLETED, "finished_on": date(2022, 6, 30)},
            {"stage": Stage.COMPLETED, "finished_on": date(2022, 7, 1)},
        ),
        (
            "finish_before_start",
            {"stage": Stage.COMPLETED, "finished_on": date(2021, 3, 1)},
            {"stage": Stage.COMPLETED, "finished_on": date(2021, 2, 28)},
        ),
        (
            "far_above_plan",
            {"flow": Decimal(50000), "last_flow": None, "total": None},
            {"flow": Decimal("50000.01")},
        ),
        ("far_above_plan", {"flow": None}, {"flow": None, "year_to_date": Decimal(2500000)}),
        (
            "far_above_plan",  # without a plan the total stands in for it
            {"flow": Decimal(250000), "last_flow": None, "planned": None, "since_start": None},
            {"flow": Decimal(250001), "planned": Decimal(0)},
        ),
        ("same_figure", {"flow": Decimal("200.01")}, {"flow": Decimal(200)}),
        ("jump", {"flow": Decimal(600)}, {"flow": Decimal("600.01")}),
        (
            "over_plan_in_first_quarter",
            {"flow": Decimal(1000), "last_flow": None, "quarter_number": 1},
            {"flow": Decimal("1000.01"), "last_flow": None, "quarter_number": 1},
        ),
        (
            "over_plan_in_first_quarter",
            {"flow": Decimal(1001), "last_flow": None, "quarter_number": 2},
            {"flow": Decimal(1001), "last_flow": None, "quarter_number": 1},
        ),
        ("over_total", {"since_start": Decimal(5000)}, {"since_start": Decimal("5000.01")}),
        (
            "money_before_start",
            {"flow": Decimal(0), "stage": Stage.PREPARATORY, "last_stage": Stage.PREPARATORY},
            {"stage": Stage.PREPARATORY, "last_stage": Stage.PREPARATORY},
        ),
        (
            "completed_before",
            {"stage": Stage.COMPLETED, "last_stage": Stage.COMPLETED, "finished_on": date(2022, 5, 1)},
            {"last_stage": Stage.COMPLETED},
        ),
        (
            "stage_backwards",
            {"last_stage": Stage.NEWLY_STARTED},
            {
                "stage": Stage.NEWLY_STARTED,
                "last_started_on": None,
                "started_on": date(2022, 1, 1),
            },
        ),
        (
            "started_in_earlier_year",
            {"stage": Stage.NEWLY_STARTED, "started_on": date(2022, 1, 1), **FIRST, "evidence_count": 1},
            {"stage": Stage.NEWLY_STARTED, "started_on": date(2021, 12, 31), **FIRST, "evidence_count": 1},
        ),
        ("other_start", {"last_started_on": None}, {"last_started_on": date(2021, 3, 2)}),
        (
            "start_without_evidence",
            {"last_stage": Stage.PREPARATORY, "evidence_count": 1},
            {"last_stage": Stage.PREPARATORY},
        ),
        (
            "start_without_evidence",  # under way when it came into the register
            FIRST,
            {**FIRST, "started_on": date(2022, 1, 1)},
        ),
        (
            "stalled_two_quarters",
            {"flow": Decimal(0), "last_flow": Decimal("0.01"), "obstacle": "x"},
            {"flow": Decimal(0), "last_flow": Decimal(0), "obstacle": "x"},
        ),
        (
            "stalled_two_quarters",  # it had not started then
            {"flow": Decimal(0), "last_flow": Decimal(0), "last_stage": Stage.RESERVE, "evidence_count": 1}
            | {"obstacle": "x"},
            {"flow": Decimal(0), "last_flow": Decimal(0), "last_stage": Stage.SUSPENDED},
        ),
        (
            "suspended_unexplained",
            {"stage": Stage.SUSPENDED, "obstacle": "资金未到位"},
            {"stage": Stage.SUSPENDED, "obstacle": " "},
        ),
        ("nothing_completed", {"flow": Decimal(0), "obstacle": "征地未完成"}, {"flow": Decimal(0)}),
    ],
)
def test_rule_stands_at_its_edge(code: str, sound: dict[str, object], odd: dict[str, object]) -> None:
    assert codes(**sound) == []
    assert codes(**odd) == [code]


def test_figure_in_yuan_is_asked_about_once() -> None:
    yuan = Decimal(2500000)
    assert codes(flow=yuan, since_start=yuan, quarter_number=1) == ["far_above_plan"]


def test_same_zero_twice_is_no_repeated_figure() -> None:
    assert "same_figure" not in codes(flow=Decimal(0), last_flow=Decimal(0))


# The sentence.


def test_warning_is_open_until_something_is_said_about_it() -> None:
    [asked] = found(flow=Decimal(601))
    assert (asked.is_open, asked.sentence, asked.mended_at) == (True, "", "explanation:jump")
    [answered] = found(flow=Decimal(601), explanations={"jump": " 设备集中到货 ", "same_figure": "x"})
    assert (answered.is_open, answered.sentence, answered.mended_at) == (False, "设备集中到货", "flow")


@pytest.mark.parametrize("text", ["", "  \n", "。。。", "——"])
def test_dots_and_dashes_are_no_sentence(text: str) -> None:
    [asked] = found(flow=Decimal(601), explanations={"jump": text})
    assert asked.is_open


def test_what_holds_a_project_up_is_said_once_and_is_the_sentence() -> None:
    stalled = {"flow": Decimal(0), "last_flow": Decimal(0)}
    [asked] = found(**stalled)
    assert (asked.is_open, asked.sentence_field) == (True, "obstacle")
    [answered] = found(**stalled, obstacle="征地未完成")
    assert (answered.is_open, answered.sentence) == (False, "征地未完成")


def test_hints_and_errors_ask_for_no_sentence() -> None:
    assert [finding.is_open for finding in found(flow=Decimal(0), progress="")] == [False, False]


# Any line at all: an oracle written the other way round, figure by figure, must agree with the rules.

money = st.none() | st.sampled_from([Decimal(n) for n in (-1, 0, 1, 2, 3, 4, 50, 51, 150, 151, 7500, 7501)])
any_money = money | st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**13), max_value=10**13)
known_money = any_money.filter(lambda figure: figure is None or figure >= 0)  # constraints keep the rest out
days = st.none() | st.dates(date(2021, 12, 1), date(2022, 8, 1)) | st.dates()
stages = st.sampled_from(["", "nonsense", *Stage.values])
facts_of_any_line = st.builds(
    Facts,
    flow=any_money,
    year_to_date=any_money,
    earlier=any_money,
    since_start=any_money,
    planned=known_money,
    total=known_money,
    stage=stages,
    last_stage=stages,
    last_flow=known_money,
    last_started_on=days,
    started_on=days,
    finished_on=days,
    progress=st.text(max_size=3),
    obstacle=st.text(max_size=3),
    quarter_number=st.integers(1, 4),
    quarter_ends_on=st.just(date(2022, 6, 30)) | st.dates(),
    evidence_count=st.integers(0, 2),
    explanations=st.dictionaries(st.sampled_from(sorted(EXPLAINED)), st.text(max_size=3)),
)
PLACE = {"reserve": 0, "preparatory": 1, "newly_started": 2, "continuing": 3, "completed": 4}


def positive(value: Decimal | None) -> Decimal:
    """The figure where it is one above zero, else nothing that any other figure could pass."""
    return value if value is not None and value > 0 else Decimal("Infinity")


def any_amount(line: Facts) -> Decimal:
    known = [figure for figure in (line.flow, line.year_to_date) if figure is not None]
    return known[0] if known else Decimal("-Infinity")


def flow(line: Facts) -> Decimal:
    return Decimal("-Infinity") if line.flow is None else line.flow


def yuan(line: Facts) -> bool:
    return any_amount(line) > 50 * positive(line.planned or line.total)


def is_still(line: Facts) -> bool:
    return flow(line) == 0 and line.stage in {"newly_started", "continuing"}


def is_stalled(line: Facts) -> bool:
    both = {line.stage, line.last_stage} <= {"newly_started", "continuing", "suspended"}
    return both and line.flow == 0 and line.last_flow == 0


def starts_now(line: Facts) -> bool:
    if line.last_stage:
        return line.stage in STARTED and line.last_stage in {"reserve", "preparatory"}
    known_year = line.started_on.year if line.started_on else 0
    return line.stage == "newly_started" or (line.stage in STARTED and known_year == line.quarter_ends_on.year)


def later(day: date | None, other: date | None) -> bool:
    return None not in (day, other) and day > other  # type: ignore[operator]


HOLDS: dict[str, Callable[[Facts], bool]] = {
    "amount_missing": lambda f: any_amount(f) == Decimal("-Infinity"),
    "stage_missing": lambda f: f.stage in {"", "nonsense"},
    "start_missing": lambda f: f.started_on is None and f.stage in STARTED,
    "finish_missing": lambda f: f.finished_on is None and f.stage == "completed",
    "progress_missing": lambda f: f.progress.split() == [],
    "start_after_quarter": lambda f: later(f.started_on, f.quarter_ends_on),
    "finish_after_quarter": lambda f: later(f.finished_on, f.quarter_ends_on),
    "finish_before_start": lambda f: later(f.started_on, f.finished_on),
    "below_zero": lambda f: f.flow is not None and f.flow < 0,
    "far_above_plan": yuan,
    "same_figure": lambda f: not yuan(f) and positive(f.flow) == f.last_flow,
    "jump": lambda f: not yuan(f) and flow(f) > 3 * positive(f.last_flow),
    "over_plan_in_first_quarter": lambda f: not yuan(f) and f.quarter_number == 1 and flow(f) > positive(f.planned),
    "over_total": lambda f: not yuan(f) and f.since_start is not None and f.since_start > positive(f.total),
    "money_before_start": lambda f: flow(f) > 0 and f.stage in {"reserve", "preparatory"},
    "completed_before": lambda f: f.last_stage == "completed" and f.stage != "completed",
    "stage_backwards": lambda f: (
        {f.stage, f.last_stage} <= PLACE.keys() - {"completed"} and PLACE[f.stage] < PLACE[f.last_stage]
    ),
    "started_in_earlier_year": lambda f: (
        f.stage == "newly_started" and f.started_on is not None and f.started_on.year < f.quarter_ends_on.year
    ),
    "other_start": lambda f: later(f.started_on, f.last_started_on) or later(f.last_started_on, f.started_on),
    "start_without_evidence": lambda f: starts_now(f) and f.evidence_count == 0,
    "stalled_two_quarters": is_stalled,
    "suspended_unexplained": lambda f: f.stage == "suspended" and not f.obstacle.split() and not is_stalled(f),
    "nothing_completed": lambda f: is_still(f) and not f.obstacle.split() and not is_stalled(f),
}


@given(facts_of_any_line)
@example(SOUND)
@settings(max_examples=600)
def test_each_rule_fires_exactly_when_it_should(facts: Facts) -> None:
    assert [finding.code for finding in findings(facts)] == [code for code, holds in HOLDS.items() if holds(facts)]


@given(facts_of_any_line)
@settings(max_examples=300)
def test_every_finding_says_where_what_and_whether_a_sentence_is_missing(facts: Facts) -> None:
    for finding in findings(facts):
        rule = BY_CODE[finding.code]
        assert (finding.field, finding.level, finding.label) == (rule.field, rule.level, rule.label)
        assert finding.message
        said = facts.explanations.get(finding.code, "") + (facts.obstacle if finding.field == "obstacle" else "")
        assert finding.is_open == (rule.level == "warning" and not any(map(str.isalnum, said)))
        assert finding.mended_at in {finding.field, EXPLANATION + finding.code}

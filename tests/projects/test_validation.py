"""The rules about a line: each odd or wrong thing is found, and no input breaks them."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.models import Stage
from projects.validation import Facts, findings

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


def found(**changes: object) -> set[tuple[str, str]]:
    return {(finding.field, str(finding.level)) for finding in findings(replace(SOUND, **changes))}  # type: ignore[arg-type]


def test_sound_line_has_no_findings() -> None:
    assert findings(SOUND) == []


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
    [finding] = findings(replace(SOUND, **changes))  # type: ignore[arg-type]
    assert (finding.field, finding.level, finding.missing) == (field, "error", True)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"flow": Decimal(-1), "year_to_date": Decimal(199)}, ("year_to_date", "error")),
        ({"started_on": date(2022, 7, 1), "last_started_on": None}, ("started_on", "error")),
        ({"flow": Decimal(50001)}, ("confirmed", "error")),
        ({"flow": Decimal(50001), "confirmed": Decimal(50001)}, ("confirmed", "warning")),
        ({"flow": Decimal(50001), "confirmed": Decimal(1)}, ("confirmed", "error")),
        ({"flow": None, "year_to_date": Decimal(2500000)}, ("confirmed", "error")),
        ({"flow": Decimal(250001), "planned": Decimal(0)}, ("confirmed", "error")),
        ({"flow": Decimal(601)}, ("flow", "warning")),
        ({"flow": Decimal(200)}, ("flow", "warning")),
        ({"flow": Decimal(1001), "last_flow": None, "quarter_number": 1}, ("flow", "warning")),
        ({"since_start": Decimal(5001)}, ("flow", "warning")),
        ({"stage": Stage.PREPARATORY, "last_stage": Stage.PREPARATORY}, ("stage", "warning")),
        ({"last_stage": Stage.COMPLETED}, ("stage", "warning")),
        ({"stage": Stage.NEWLY_STARTED, "started_on": date(2022, 3, 1), "last_started_on": None}, ("stage", "warning")),
        ({"stage": Stage.NEWLY_STARTED, "last_stage": Stage.PREPARATORY}, ("stage", "warning")),
        ({"last_started_on": date(2021, 4, 1)}, ("started_on", "warning")),
        ({"stage": Stage.SUSPENDED}, ("obstacle", "warning")),
        ({"flow": Decimal(0)}, ("obstacle", "warning")),
    ],
)
def test_odd_line_is_found(changes: dict[str, object], expected: tuple[str, str]) -> None:
    assert expected in found(**changes)


def test_finish_before_the_start_is_an_error() -> None:
    assert ("finished_on", "error") in found(stage=Stage.COMPLETED, finished_on=date(2020, 1, 1))


def test_standing_still_is_not_asked_about_where_a_reason_is_given() -> None:
    assert found(flow=Decimal(0), obstacle="征地未完成") == set()


def test_same_zero_twice_is_no_repeated_figure() -> None:
    assert ("flow", "warning") not in found(flow=Decimal(0), last_flow=Decimal(0))


money = st.none() | st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**13), max_value=10**13)
days = st.none() | st.dates()
stages = st.sampled_from(["", "nonsense", *Stage.values])


@given(
    st.builds(
        Facts,
        flow=money,
        year_to_date=money,
        earlier=money,
        since_start=money,
        planned=money,
        total=money,
        stage=stages,
        last_stage=stages,
        last_flow=money,
        last_started_on=days,
        started_on=days,
        finished_on=days,
        progress=st.text(),
        obstacle=st.text(),
        quarter_number=st.integers(1, 4),
        quarter_ends_on=st.dates(),
    )
)
def test_any_line_gives_findings_with_errors_first(facts: Facts) -> None:
    levels = [finding.level for finding in findings(facts)]
    assert levels == sorted(levels)
    assert all(finding.message for finding in findings(facts))

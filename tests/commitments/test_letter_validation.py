"""What is wrong or odd about a draft letter, and at which field."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from commitments.models import Direction, Indicator, Pledge
from commitments.validation import Written, findings, unsavable
from projects.validation import Level

DERIVED = Indicator(pk=1, source="derived", kind="money")
READ = Indicator(pk=2, source="readings", kind="number")
RATE = Indicator(pk=3, source="readings", kind="percent")


def pledge(indicator: Indicator | None = READ, **values: Any) -> Pledge:
    said = {"indicator": indicator, "unit_of_measure_zh": "万元", "target": Decimal(10), "leader": "王", "weight": 100}
    return Pledge(**(said | values))


def milestone(**values: Any) -> Pledge:
    said = {"project_id": 7, "milestone": "start", "due_on": date(2022, 5, 1), "target": Decimal(1), "weight": 0}
    return pledge(None, **(said | values))


def letter(*pledges: Pledge, **values: Any) -> Written:
    said: dict[str, Any] = {
        "title": "t",
        "opening": "o",
        "measures": "m",
        "closing": "c",
        "listed": frozenset({7}),
        "year": 2022,
    }
    return Written(pledges=pledges, **(said | values))


def found(written: Written, level: Level = Level.ERROR) -> list[str]:
    return [finding.field for finding in findings(written) if finding.level == level]


def test_complete_letter_has_nothing_to_mend() -> None:
    assert findings(letter(pledge(), milestone())) == []


@pytest.mark.parametrize("name", ["title", "opening", "closing"])
def test_empty_part_is_an_error_and_empty_measures_a_warning(name: str) -> None:
    assert found(letter(pledge(), **{name: "  "})) == [name]
    assert found(letter(pledge(), measures=""), Level.WARNING) == ["measures"]


def test_letter_without_a_pledge_promises_nothing() -> None:
    assert found(letter()) == ["pledges"]


def test_target_missing_or_below_zero_is_an_error_but_a_growth_rate_may_fall() -> None:
    assert found(letter(pledge(target=None))) == ["pledges.0.target"]
    assert found(letter(pledge(target=Decimal(-1)))) == ["pledges.0.target"]
    assert found(letter(pledge(RATE, target=Decimal(-1)))) == []


@pytest.mark.parametrize(
    ("targets", "fields"),
    [
        ((1, 2, 3, 4), []),
        ((1, None, None, 4), []),
        ((None, None, 5, 4), ["target"]),
        ((3, 2, None, 4), ["target_q2"]),
        ((3, None, 2, 4), ["target_q3"]),
        ((3, 2, 1, 4), ["target_q2", "target_q3"]),
        ((2, 2, 2, 2), []),
    ],
)
def test_targets_that_fall_are_shown_where_they_fall(targets: tuple[int | None, ...], fields: list[str]) -> None:
    names = ("target_q1", "target_q2", "target_q3", "target")
    values = {name: None if value is None else Decimal(value) for name, value in zip(names, targets, strict=True)}
    written = letter(pledge(READ, **values))
    assert found(written) == [f"pledges.0.{name}" for name in fields]
    assert bool(unsavable(written)) == bool(fields)
    assert found(letter(pledge(READ, direction=Direction.LESS, **values))) == []


def test_target_below_the_plan_is_an_error_in_its_direction() -> None:
    assert found(letter(pledge(DERIVED, floor=Decimal(11)))) == ["pledges.0.target"]
    assert found(letter(pledge(DERIVED, floor=Decimal(10)))) == []
    assert found(letter(pledge(DERIVED, floor=Decimal(9), direction=Direction.LESS))) == ["pledges.0.target"]
    assert found(letter(pledge(DERIVED, floor=Decimal(11), direction=Direction.LESS))) == []


def test_target_without_a_unit_of_measure_is_an_error_that_no_row_can_hold() -> None:
    written = letter(pledge(unit_of_measure_zh=" "))
    assert found(written) == ["pledges.0.target"]
    assert unsavable(written)


def test_unit_without_projects_pledges_readings_only() -> None:
    assert found(letter(pledge(DERIVED), listed=frozenset())) == ["pledges.0.indicator"]
    assert found(letter(pledge(READ), listed=frozenset())) == []


def test_milestone_needs_a_day_of_the_year_and_a_listed_project() -> None:
    assert found(letter(pledge(), milestone(due_on=None))) == ["pledges.1.due_on"]
    assert found(letter(pledge(), milestone(due_on=date(2023, 1, 1)))) == ["pledges.1.due_on"]
    assert found(letter(pledge(), milestone(due_on=date(2022, 12, 31)))) == []
    assert found(letter(pledge(), milestone(project_id=8))) == ["pledges.1.project"]


def test_same_pledge_twice_is_shown_at_both() -> None:
    assert found(letter(pledge(weight=50), pledge(weight=50))) == ["pledges.0.indicator", "pledges.1.indicator"]
    assert found(letter(pledge(), milestone(), milestone(milestone="complete"))) == []


def test_weights_that_do_not_add_up_and_missing_leaders_are_warnings() -> None:
    assert found(letter(pledge(weight=60)), Level.WARNING) == ["pledges"]
    assert found(letter(pledge(weight=0)), Level.WARNING) == []
    assert found(letter(pledge(leader="")), Level.WARNING) == ["pledges.0.leader"]
    assert found(letter(pledge(weight=-1), pledge(RATE, weight=101))) == ["pledges.0.weight"]

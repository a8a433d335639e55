"""How runs become medians, ratios and verdicts; no run here takes time."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Literal

import pytest

from bench import __main__ as bench
from bench import measure, table
from bench.measure import Contest, Goal, Question, Run
from bench.plans import Plan

WANTED = {"question", "ours", "yardstick", "ratio", "goal", "holds", "size", "runs"}


def costing(*costs: float) -> Run:
    """A run that costs this much at each of its turns."""
    left = list(costs)
    return lambda: left.pop(0)


def question(
    ours: Mapping[int, Sequence[float]], yardstick: Mapping[int, Sequence[float]], *, number: int = 1, bound: float = 2
) -> Question:
    """A question whose runs cost this much at each size; it is judged at the last one."""

    @contextmanager
    def contest(size: int) -> Iterator[Contest]:
        yield Contest(
            {"ours": costing(*ours[size]), "theirs": costing(*yardstick[size])},
            plans=lambda: [Plan("SELECT 1", ("projects_reportline",), "Seq Scan", 1.5)],
            notes=lambda: {"lines": size * 16},
        )

    sizes = tuple(ours)
    return Question(
        number,
        "how fast",
        [Goal(bound, "≤", "theirs")],
        contest,
        small=sizes[:1],
        full=sizes,
        runs=len(next(iter(ours.values()))),
        warm_up=False,
    )


@pytest.mark.parametrize(
    ("direction", "bound", "ours", "yardstick", "ratio", "holds"),
    [
        ("≤", 2, [3], [2], 1.5, True),
        ("≤", 2, [48], [20], 2.4, True),  # within 20%
        ("≤", 2, [49], [20], 2.45, False),
        ("≥", 10, [1], [12], 12, True),
        ("≥", 10, [1], [8], 8, True),
        ("≥", 10, [1], [7.9], 7.9, False),
        ("≥", 0.33, [4], [1], 0.25, False),
        ("=", 0, [0, 0], [3, 1], None, True),
        ("=", 0, [0, 1], [3, 1], None, False),
        ("=", 0, [0, 0], [3, 0], None, False),  # a control that doesn't fail has tried nothing
    ],
)
def test_goal_says_what_the_ratio_is_and_whether_it_holds(
    direction: Literal["≤", "≥", "="],
    bound: float,
    ours: Sequence[float],
    yardstick: Sequence[float],
    ratio: float | None,
    holds: bool,
) -> None:
    goal = Goal(bound, direction, "theirs")
    assert goal.ratio(ours[0], yardstick[0]) == (None if ratio is None else pytest.approx(ratio))
    assert goal.holds(ours, yardstick) is holds


def test_runs_take_turns_from_either_end_after_one_that_does_not_count() -> None:
    turns: list[str] = []

    def turn(name: str) -> float:
        turns.append(name)
        return len(turns)

    costs = measure.interleaved({name: partial(turn, name) for name in ("a", "b")}, 3)
    assert turns == ["a", "b", "a", "b", "b", "a", "a", "b"]
    assert costs["a"].each == [3, 6, 7]


def test_median_and_spread_and_memory_of_the_runs() -> None:
    costs = measure.interleaved({"a": costing(5, 1, 90)}, 3, warm_up=False)["a"]
    assert (costs.median, costs.spread) == (5, (1, 90))
    assert costs.peak_memory is None or costs.peak_memory > 1


def test_peak_memory_is_that_of_the_run_alone() -> None:
    if not measure.watch_memory():
        pytest.skip("this system doesn't tell")
    before = measure.peak_memory()
    block = bytearray(64 * 1024 * 1024)
    with_block = measure.peak_memory()
    del block
    measure.watch_memory()
    assert with_block - before > 50
    assert measure.peak_memory() < with_block - 50


@pytest.mark.parametrize(
    ("smaller", "larger", "expected"),
    [
        ((400, 2.0), (4_000, 20.0), 1),
        ((10_000, 3.0), (100_000, 3.0), 0),
        ((400, 1.0), (10_000, 25.0), 1),  # not ten times as many
        ((10, 1.0), (100, 100.0), 2),
        ((10, 0.0), (100, 1.0), None),
    ],
)
def test_exponent_says_how_the_cost_grows(
    smaller: tuple[int, float], larger: tuple[int, float], expected: float | None
) -> None:
    assert measure.exponent(smaller, larger) == (None if expected is None else pytest.approx(expected))


def test_rows_judge_the_largest_size_of_the_full_extent_only() -> None:
    ours = {400: [1.0, 2.0, 3.0, 2.0, 2.0], 4_000: [30.0, 20.0, 10.0, 20.0, 20.0]}
    asked = question(ours, {400: [2.0] * 5, 4_000: [5.0] * 5})
    (small,) = measure.rows(question({400: ours[400]}, {400: [2.0] * 5}), "small")
    assert (small["ratio"], small["holds"], small["exponent"]) == (1, None, None)
    first, last = measure.rows(asked, "full")
    assert (first["ratio"], first["holds"]) == (1, None)
    assert (last["ours"], last["yardstick"], last["ratio"], last["holds"]) == (20, 5, 4, False)
    assert (last["size"], last["runs"], last["goal"], last["direction"]) == (4_000, 5, 2, "≤")
    assert last["exponent"] == pytest.approx(1)
    assert last["spread"] == {"ours": (10, 30), "yardstick": (5, 5)}
    assert last["plan"][0]["sequential"] == ["projects_reportline"]


def test_results_are_kept_where_a_later_question_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    good = question({400: [1.0, 1.0, 1.0]}, {400: [1.0, 1.0, 1.0]})
    broken = question({400: []}, {400: []}, number=2)
    monkeypatch.setattr(bench, "RESULTS", tmp_path / "results.json")
    monkeypatch.setattr(bench, "found_questions", lambda: ([broken, good], []))
    assert bench.ask(frozenset(), "small") == ["2"]
    said = capsys.readouterr().out
    assert "not judged" in said
    assert " 2 how fast: IndexError" in said
    (row,) = json.loads((tmp_path / "results.json").read_text())
    assert row.keys() >= WANTED
    assert (row["question"], row["holds"], row["runs"], row["size"]) == (1, None, 3, 400)


def test_asking_one_question_again_keeps_the_rows_of_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(cost: float) -> tuple[list[Question], list[str]]:
        return [question({400: [cost] * 3}, {400: [1.0] * 3}, number=number) for number in (1, 2)], []

    monkeypatch.setattr(bench, "RESULTS", tmp_path / "results.json")
    monkeypatch.setattr(bench, "found_questions", lambda: asked(1.0))
    bench.ask(frozenset(), "small")
    monkeypatch.setattr(bench, "found_questions", lambda: asked(3.0))
    bench.ask(frozenset({2}), "small")
    assert [(row["question"], row["ours"]) for row in table.read(tmp_path / "results.json")] == [(1, 1), (2, 3)]


def test_every_question_is_found_and_says_what_it_is_held_against() -> None:
    questions, failed = bench.found_questions()
    assert failed == []
    assert {question.number for question in questions} >= {1, 2, 3, 4, 5, 6, 14}
    assert all(question.goals and question.small and question.full for question in questions)
    assert max(size for question in questions for size in question.small) <= max(measure.SMALL)

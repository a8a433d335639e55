"""How a question is put and judged: interleaved runs of ours and of the yardsticks, medians, spread, growth, the row.

A cost is a number of which less is better: seconds, seconds for each acceptance, megabytes, wrong cells. Whoever asks
declares a `Question`; `rows` gives what stands in bench/results.json.
"""

import math
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from bench.plans import Plan

Run = Callable[[], float]  # does the work once and gives its cost
Row = dict[str, Any]

NEAR = 0.2  # a goal holds within this share of it
SMALL, FULL = (400, 10_000), (400, 10_000, 100_000, 1_000_000)
RUNS = {"small": 3, "full": 5}


def timed(work: Callable[[], object]) -> Run:
    """A run whose cost is the seconds that this work takes."""

    def run() -> float:
        begun = time.perf_counter()
        work()
        return time.perf_counter() - begun

    return run


@dataclass(frozen=True)
class Goal:
    """What ours is held against. `direction` says what the ratio is and on which side of `bound` it is to lie.

    "≤": ours ÷ yardstick, at most so many times the cost. "≥": yardstick ÷ ours, at least so many times faster.
    "=": no ratio; every run of ours costs exactly `bound`, and no run of the yardstick does: a control that must fail.
    """

    bound: float
    direction: Literal["≤", "≥", "="]
    yardstick: str  # what it is; also the name of its run in `Contest.runs`
    ours: str = "ours"  # the name of our run

    def ratio(self, ours: float, yardstick: float) -> float | None:
        above, below = (yardstick, ours) if self.direction == "≥" else (ours, yardstick)
        return None if self.direction == "=" or not below else above / below

    def holds(self, ours: Sequence[float], yardstick: Sequence[float]) -> bool:
        if self.direction == "=":
            return all(cost == self.bound for cost in ours) and self.bound not in yardstick
        ratio = self.ratio(statistics.median(ours), statistics.median(yardstick))
        if ratio is None:
            return False
        return ratio <= self.bound * (1 + NEAR) if self.direction == "≤" else ratio >= self.bound * (1 - NEAR)


@dataclass(frozen=True)
class Contest:
    """What is run at one size, by name; the plans of its main statements, and remarks that belong beside the figures.

    `plans` is asked once, after the runs.
    """

    runs: Mapping[str, Run]
    plans: Callable[[], Sequence[Plan]] = tuple
    notes: Callable[[], Mapping[str, Any]] = dict


@dataclass(frozen=True)
class Question:
    """One question of speed. `contest(size)` makes its runs ready at s = size projects and clears up after them.

    `small` and `full` are the sizes at which it is asked; it is judged at the last of `full`, at SIZE=full. `unit` is
    that of its costs. `runs` replaces the number of interleaved runs at the small sizes where one run is long.
    """

    number: int
    title: str
    goals: Sequence[Goal]
    contest: Callable[[int], AbstractContextManager[Contest]]
    unit: str = "s"
    small: Sequence[int] = SMALL
    full: Sequence[int] = FULL
    runs: int | None = None
    warm_up: bool = True  # one run of each that doesn't count

    def sizes(self, extent: str) -> Sequence[int]:
        return self.full if extent == "full" else self.small

    def rounds(self, extent: str) -> int:
        return RUNS["full"] if extent == "full" else self.runs or RUNS["small"]


@dataclass
class Costs:
    """What the runs of one name cost, in turn, and the highest memory of this process meanwhile in MB."""

    each: list[float] = field(default_factory=list)
    peak_memory: float | None = None

    @property
    def median(self) -> float:
        return statistics.median(self.each)

    @property
    def spread(self) -> tuple[float, float]:
        return min(self.each), max(self.each)


def interleaved(runs: Mapping[str, Run], rounds: int, *, warm_up: bool = True) -> dict[str, Costs]:
    """Each run once in a round, in turn from the other end at every second: what slows the machine slows them all."""
    found = {name: Costs() for name in runs}
    if warm_up:
        for run in runs.values():
            run()
    for number in range(rounds):
        for name in list(runs) if number % 2 == 0 else reversed(list(runs)):
            watched = watch_memory()
            found[name].each.append(runs[name]())
            if watched:
                found[name].peak_memory = max(found[name].peak_memory or 0, peak_memory())
    return found


def watch_memory() -> bool:
    """Begin anew to note the highest memory of this process; whether the system lets us."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return False
    return True


def peak_memory() -> float:
    """The highest resident memory of this process since `watch_memory`, in MB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0


def exponent(smaller: tuple[int, float], larger: tuple[int, float]) -> float | None:
    """By which power of the size the cost grows, from two (size, cost): 0 stays, 1 is in proportion.

    From s to 10 s that is log10(cost(10 s) ÷ cost(s)). Null where a cost is nothing.
    """
    (size, cost), (size_10, cost_10) = smaller, larger
    if cost <= 0 or cost_10 <= 0 or size == size_10:
        return None
    return math.log(cost_10 / cost) / math.log(size_10 / size)


def rows(question: Question, extent: str) -> Iterator[Row]:
    """The question's rows, for each size those of its goals, as soon as that size is measured."""
    before: dict[str, tuple[int, float]] = {}
    for size in question.sizes(extent):
        with question.contest(size) as contest:
            costs = interleaved(contest.runs, question.rounds(extent), warm_up=question.warm_up)
            plans, notes = [plan.row() for plan in contest.plans()], dict(contest.notes())
        judged = extent == "full" and size == question.full[-1]
        for goal in question.goals:
            yield {
                **_row(question, goal, costs, size, judged=judged),
                "exponent": _growth(before.get(goal.ours), (size, costs[goal.ours].median)),
                "yardstick_exponent": _growth(before.get(goal.yardstick), (size, costs[goal.yardstick].median)),
                "plan": plans,
                "notes": notes,
            }
        before = {name: (size, cost.median) for name, cost in costs.items()}


def _growth(before: tuple[int, float] | None, now: tuple[int, float]) -> float | None:
    return exponent(before, now) if before else None


def _row(question: Question, goal: Goal, costs: Mapping[str, Costs], size: int, *, judged: bool) -> Row:
    ours, yardstick = costs[goal.ours], costs[goal.yardstick]
    return {
        "question": question.number,
        "title": question.title,
        "measured": goal.ours,
        "against": goal.yardstick,
        "ours": ours.median,
        "yardstick": yardstick.median,
        "ratio": goal.ratio(ours.median, yardstick.median),
        "goal": goal.bound,
        "direction": goal.direction,
        "holds": goal.holds(ours.each, yardstick.each) if judged else None,
        "size": size,
        "runs": len(ours.each),
        "unit": question.unit,
        "spread": {"ours": ours.spread, "yardstick": yardstick.spread},
        "each": {"ours": ours.each, "yardstick": yardstick.each},
        "peak_memory_mb": {"ours": ours.peak_memory, "yardstick": yardstick.peak_memory},
    }

"""Questions 8 and 9: the city's dashboard and a unit's list of tasks as whole responses, and when nothing has changed.

A dashboard reads sums that are kept up the tree, so it is asked three times: where nothing has changed; as the first
after one unit's cells were computed anew, before the worker has added them up; and as the first after the worker has.
The changed unit is another each time. What the drainer costs itself is question 14's.
"""

import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle

from bench import population
from bench.measure import FULL, SMALL, Contest, Goal, Question, Run
from bench.population import Shape
from bench.visitor import CONSTANT, Visitor, open_for_visits
from portal import clock
from portal.models import Membership, Quarter, Role, User
from projects import kept_sums, lifecycle, rollups
from projects.models import Mark, Report

DASHBOARD = "/dashboard/"
TASKS = "/quarters/2022Q4/units/{code}/"
SMALLEST = 400
TIMES = 15
AFTER_A_CHANGE = "after a change"
AFTER_THE_WORKER = "after a change and the worker"

Change = Callable[[], object]


def run(visitor: Visitor, ask: Callable[[], float], change: Change = lambda: None) -> Run:
    """The median of a few responses, before each of which something changes."""

    def several() -> float:
        visitor.here()
        costs = []
        for _time in range(TIMES):
            change()
            costs.append(ask())
        return statistics.median(costs)

    return several


def changes(built: Shape) -> dict[str, Change]:
    """What goes before each way of asking for a dashboard."""
    quarter = Quarter.objects.get(year=2022, number=4)
    units = cycle(range(built.units - built.levels[-1] + 1, built.units))

    def cells_change() -> None:
        Mark.objects.create(unit_id=next(units), quarter=quarter)
        rollups.drain(at=clock.now())

    def worker_has_been() -> None:
        cells_change()
        kept_sums.make_changed()

    return {"": lambda: None, AFTER_A_CHANGE: cells_change, AFTER_THE_WORKER: worker_has_been}


def named(page: str, when: str) -> str:
    return f"{page}, {when}" if when else page


@contextmanager
def across_sizes(size: int) -> Iterator[Contest]:
    with population.to_write(SMALLEST) as small, population.to_write(size) as large, open_for_visits():
        runs = {}
        for page, built in (("ours", large), ("at 400 projects and 20 units", small)):
            visitor = Visitor(population.name(built.projects), population.REVIEWER)
            ask = lambda visitor=visitor: visitor.seconds(DASHBOARD)  # noqa: E731
            for when, change in changes(built).items():
                runs[named(page, when)] = run(visitor, ask, change)
        yield Contest(runs)


@contextmanager
def beside_a_constant(size: int) -> Iterator[Contest]:
    with population.to_write(size) as built, open_for_visits():
        name = population.name(size)
        leader, reporter = Visitor(name, _leader()), Visitor(name, population.PREPARER)
        _begin_draft(built.measured)
        tasks = TASKS.format(code=built.code)
        dashboards = {
            named("dashboard", when): run(leader, lambda: leader.seconds(DASHBOARD), change)
            for when, change in changes(built).items()
        }
        yield Contest(
            {
                **dashboards,
                "list of tasks": run(reporter, lambda: reporter.seconds(tasks)),
                "unchanged dashboard": _unchanged(leader),
                "a constant view": run(leader, lambda: leader.seconds(CONSTANT)),
            }
        )


def _unchanged(leader: Visitor) -> Run:
    """Of a page that this browser has seen since the last change."""

    def several() -> float:
        leader.here()
        tag = leader.tag(DASHBOARD)
        return statistics.median(leader.seconds(DASHBOARD, tag=tag, status=304) for _time in range(TIMES))

    return several


def _leader() -> int:
    """Somebody who reads: administrators are told on every page what waits, so theirs are always built."""
    person = User.objects.create_user("leader@bench.test", None, name="Leader")
    Membership.objects.create(user=person, unit_id=1, role=Role.LEADER)
    return person.pk


def _begin_draft(unit: int) -> None:
    """The unit's last report is corrected: a draft of 25 lines, each beside what was said before."""
    report = Report.objects.get(unit=unit, quarter__year=2022, quarter__number=4, state="accepted")
    by = User.objects.get(pk=population.PREPARER)
    lifecycle.correct(report, reason="bench", by=by, at=clock.now())
    rollups.drain(at=clock.now())  # while a mark waits, every page is built anew


QUESTIONS = [
    Question(
        number=8,
        title="city dashboard, whole uncached response, across sizes",
        goals=[
            Goal(2, "≤", named("at 400 projects and 20 units", when), named("ours", when))
            for when in ("", AFTER_A_CHANGE, AFTER_THE_WORKER)
        ],
        contest=across_sizes,
        small=SMALL[1:],
        full=FULL[1:],
    ),
    Question(
        number=9,
        title="pages beside a view that says nothing",
        goals=[
            *(
                Goal(8, "≤", "a constant view", named("dashboard", when))
                for when in ("", AFTER_A_CHANGE, AFTER_THE_WORKER)
            ),
            Goal(8, "≤", "a constant view", "list of tasks"),
            Goal(1.5, "≤", "a constant view", "unchanged dashboard"),
        ],
        contest=beside_a_constant,
    ),
]

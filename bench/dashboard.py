"""Questions 8 and 9: the city's dashboard and a unit's list of tasks as whole responses, and when nothing has changed.

A dashboard's sums are kept with the revision of what they are made of, so both are asked: with sums that nobody has
asked for since the last change, and with those kept.
"""

import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bench import population
from bench.measure import FULL, SMALL, Contest, Goal, Question, Run
from bench.visitor import CONSTANT, Visitor, open_for_visits
from portal import clock
from portal.models import Membership, Role, User
from projects import lifecycle, rollups
from projects.models import KeptTotals, Report

DASHBOARD = "/dashboard/"
TASKS = "/quarters/2022Q4/units/{code}/"
SMALLEST = 400
TIMES = 5


def run(visitor: Visitor, ask: Callable[[], float], *, anew: bool = False) -> Run:
    """The median of a few responses; `anew`: of the first after a change of the figures."""

    def several() -> float:
        visitor.here()
        costs = []
        for _time in range(TIMES):
            if anew:
                KeptTotals.objects.all().delete()
            costs.append(ask())
        return statistics.median(costs)

    return several


@contextmanager
def across_sizes(size: int) -> Iterator[Contest]:
    population.ensure(SMALLEST)
    population.ensure(size)
    with open_for_visits():
        runs = {}
        for name, projects in (("ours", size), ("at 400 projects and 20 units", SMALLEST)):
            visitor = Visitor(population.name(projects), population.REVIEWER)
            page = lambda visitor=visitor: visitor.seconds(DASHBOARD)  # noqa: E731
            runs[name] = run(visitor, page)
            runs[f"{name}, summed anew"] = run(visitor, page, anew=True)
        yield Contest(runs)


@contextmanager
def beside_a_constant(size: int) -> Iterator[Contest]:
    with population.to_write(size) as built, open_for_visits():
        name = population.name(size)
        leader, reporter = Visitor(name, _leader()), Visitor(name, population.PREPARER)
        _begin_draft(built.measured)
        tasks = TASKS.format(code=built.code)
        tag = leader.tag(DASHBOARD)
        yield Contest(
            {
                "dashboard": run(leader, lambda: leader.seconds(DASHBOARD)),
                "dashboard, summed anew": run(leader, lambda: leader.seconds(DASHBOARD), anew=True),
                "list of tasks": run(reporter, lambda: reporter.seconds(tasks)),
                "unchanged dashboard": run(leader, lambda: leader.seconds(DASHBOARD, tag=tag, status=304)),
                "a constant view": run(leader, lambda: leader.seconds(CONSTANT)),
            }
        )


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
            Goal(2, "≤", "at 400 projects and 20 units"),
            Goal(2, "≤", "at 400 projects and 20 units, summed anew", "ours, summed anew"),
        ],
        contest=across_sizes,
        small=SMALL[1:],
        full=FULL[1:],
    ),
    Question(
        number=9,
        title="pages beside a view that says nothing",
        goals=[
            Goal(8, "≤", "a constant view", "dashboard"),
            Goal(8, "≤", "a constant view", "dashboard, summed anew"),
            Goal(8, "≤", "a constant view", "list of tasks"),
            Goal(1.5, "≤", "a constant view", "unchanged dashboard"),
        ],
        contest=beside_a_constant,
    ),
]

"""Question 5: eight reviewers who accept in the same quarter, beside one, while every commit waits 10 ms for the disk.

What they accept are reports of different units below one root: a sum kept on the root would make them queue up.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from bench import cluster, population, reports, together
from bench.measure import Contest, Goal, Question, Run
from portal.models import Membership, Role, User
from projects.models import Report

REVIEWERS = 8
EACH = 6  # reports that a reviewer accepts in a run; fewer where there are too few units
SLOW_FLUSH = {"commit_delay": "10000", "commit_siblings": "0"}


@contextmanager
def contest(size: int) -> Iterator[Contest]:
    with population.to_write(size) as place:
        people = [_reviewer(number) for number in range(REVIEWERS)]
        with cluster.sessions_with(population.name(size), SLOW_FLUSH):
            yield Contest({"ours": _accepted(place, people), "1 reviewer": _accepted(place, people[:1])})


def _reviewer(number: int) -> User:
    user = User.objects.create(email=f"reviewer{number}@bench.test", name=f"Reviewer {number}")
    Membership.objects.create(user=user, unit_id=1, role=Role.REVIEWER, valid_from="2018-01-01")
    return user


def _accepted(place: population.Shape, people: Sequence[User]) -> Run:
    """Seconds for each report: the moment of their common start until the last is done, by how many there were."""

    def run() -> float:
        units = reports.answering(place, EACH * REVIEWERS)
        share = len(units) // REVIEWERS
        waiting = reports.corrections(place, units[: share * len(people)])
        shares = [waiting[number :: len(people)] for number in range(len(people))]
        works = [_work(mine, by) for mine, by in zip(shares, people, strict=True)]
        return together.seconds(works) / len(waiting)

    return run


def _work(waiting: Sequence[Report], by: User) -> together.Work:
    def work() -> None:
        for report in waiting:
            reports.accept(report, by)

    return work


QUESTION = Question(
    number=5,
    title="8 reviewers accepting in one quarter, flush of 10 ms",
    goals=[Goal(5, "≥", "1 reviewer")],
    contest=contest,
)

"""Question 5: eight reviewers who accept in the same quarter, beside one, while every commit waits 10 ms for the disk.

What they accept are reports of different units below one root: a sum kept on the root would make them queue up. Asked
twice: of the whole verb, in as many processes as reviewers, which shows how many processors there are; and of the
statements that the verb sends, recorded beforehand, which shows whether the database lets them go on side by side.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from bench import cluster, population, reports, together
from bench.measure import Contest, Goal, Question, Run
from portal.models import Membership, Role, User
from projects import rollups, tasks
from projects.models import Report

REVIEWERS = 8
EACH = 12  # reports that a reviewer accepts in a run, of 25 lines. Question 3 asks what others beside cost
CONNECTED = 6  # accepted and undone first: a web process has long been connected when somebody accepts
SLOW_FLUSH = {"commit_delay": "10000", "commit_siblings": "0"}
FRAME = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")  # sent by the replay itself

# What makes one reviewer ready, and what they do with their share of reports.
Reviewing = Callable[[Sequence[Report], User], tuple[together.Work, together.Work]]


@contextmanager
def contest(size: int) -> Iterator[Contest]:
    with population.to_write(size) as place:
        people = [_reviewer(number) for number in range(REVIEWERS)]
        with cluster.sessions_with(population.name(size), SLOW_FLUSH):
            yield Contest(
                {
                    "8, the statements": _accepted(place, people, _send_again),
                    "1 reviewer, the statements": _accepted(place, people[:1], _send_again),
                    "8, the whole verb": _accepted(place, people, _accept),
                    "1 reviewer, the whole verb": _accepted(place, people[:1], _accept),
                }
            )


def _reviewer(number: int) -> User:
    user = User.objects.create(email=f"reviewer{number}@bench.test", name=f"Reviewer {number}")
    Membership.objects.create(user=user, unit_id=1, role=Role.REVIEWER, valid_from="2018-01-01")
    return user


def _accepted(place: population.Shape, people: Sequence[User], reviewing: Reviewing) -> Run:
    """Seconds for each report: the moment of their common start until the last is done, by how many there were."""

    def run() -> float:
        units = reports.answering(place, EACH * REVIEWERS)
        share = len(units) // REVIEWERS
        rollups.drain(at=reports.BEFORE)  # what a worker has long done when the next report comes in
        waiting = reports.corrections(place, units[: share * len(people)])
        shares = [waiting[number :: len(people)] for number in range(len(people))]
        works = [reviewing(mine, by) for mine, by in zip(shares, people, strict=True)]
        return together.seconds(works) / len(waiting)

    return run


def _accept(waiting: Sequence[Report], by: User) -> tuple[together.Work, together.Work]:
    def ready() -> None:
        _connect(waiting[0], by)
        tasks.ring()  # which those didn't

    def accept() -> None:
        for report in waiting:
            reports.accept(report, by)

    return ready, accept


def _send_again(waiting: Sequence[Report], by: User) -> tuple[together.Work, together.Work]:
    recorded = [_recorded(report, by) for report in waiting]

    def ready() -> None:
        _connect(waiting[0], by)

    def send() -> None:
        for statements in recorded:
            with transaction.atomic():
                _send(statements)

    return ready, send


def _connect(report: Report, by: User) -> None:
    """Have the session plan what is planned once."""
    for _time in range(CONNECTED):
        with transaction.atomic():
            reports.accept(report, by)
            transaction.set_rollback(True)


def _recorded(report: Report, by: User) -> list[str]:
    """The statements that accepting this report sends; it isn't accepted by that."""
    with transaction.atomic():
        with CaptureQueriesContext(connection) as sent:
            reports.accept(report, by)
        transaction.set_rollback(True)
    return [each["sql"] for each in sent.captured_queries if not each["sql"].startswith(FRAME)]


def _send(statements: Sequence[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


QUESTION = Question(
    number=5,
    title="8 reviewers accepting in one quarter, flush of 10 ms",
    goals=[
        Goal(5, "≥", "1 reviewer, the statements", ours="8, the statements"),
        Goal(5, "≥", "1 reviewer, the whole verb", ours="8, the whole verb"),
    ],
    contest=contest,
    small=(population.WIDE,),
    full=(population.WIDE,),
)

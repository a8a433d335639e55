"""Question 13: the weekly e-mails of a thousand people, from the data to the inlined page.

Nine in ten belong to units, three to each where there are so many units; the others review or lead. One in ten reads
English. The plain way asks the database once for each figure of each person, renders the same e-mails from the same
templates one by one, and inlines them with premailer. What it costs is in proportion to the people by its very nature:
at the small sizes it does every eleventh person, and counts for eleven.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from bench import population
from bench.measure import Contest, Goal, Question, timed
from bench.population import Shape
from commitments import weekly
from portal.mail import outbox
from portal.models import Membership, Quarter, Unit, User
from projects.models import Cell, Report

AT = datetime(2023, 1, 30, 2, tzinfo=UTC)
WEEK = weekly.label(AT.date())
PEOPLE = 1_000
EVERY = {400: 11, 10_000: 11}  # at the other sizes the plain way does everybody
FIGURES = ("planned", "year_to_date", "projects", "started", "completed", "flow", "lines_expected", "lines_reported")


@contextmanager
def contest(size: int) -> Iterator[Contest]:
    with population.to_write(size) as place:
        _join(place, PEOPLE)
        letters = list(weekly.letters(at=AT))
        asked = letters[:: EVERY.get(size, 1)]
        plain = timed(lambda: _one_by_one(asked))
        yield Contest(
            {"ours": timed(_ours), "one by one": lambda: plain() * len(letters) / len(asked)},
            notes=lambda: {"people": len(letters), "queries": _queries(), "one by one": "13 queries a person"},
        )


def _join(place: Shape, people: int) -> None:
    """Make the people and what they hold."""
    users = User.objects.bulk_create(
        User(email=f"w{n}@bench.test", name=f"W {n}", language="zh-hans" if n % 10 else "en") for n in range(people)
    )
    units = list(Unit.objects.order_by("-pk")[: place.levels[-1]])
    above = list(Unit.objects.order_by("pk")[: 1 + place.levels[1]])
    since = date(2020, 1, 1)

    def held(n: int, user: User) -> Membership:
        if n % 10 == 5:
            return Membership(
                user=user, unit=above[n % len(above)], role=("leader", "reviewer")[n % 20 > 10], valid_from=since
            )
        role = ("reporter", "approver", "principal")[n % 3]
        return Membership(user=user, unit=units[n // 3 % len(units)], role=role, valid_from=since)

    Membership.objects.bulk_create(held(n, user) for n, user in enumerate(users))


def _ours() -> None:
    for user, about in weekly._worded(WEEK, weekly.letters(at=AT)):
        outbox.worded(weekly.KIND, WEEK, user, about, at=AT)


def _queries() -> int:
    with CaptureQueriesContext(connection) as asked:
        _ours()
    return len(asked)


def _one_by_one(letters: list[tuple[User, weekly.Sections]]) -> None:
    from premailer import Premailer

    class Inliner:
        def inline(self, html: str) -> str:
            return str(Premailer(html, allow_network=False, cssutils_logging_level=logging.CRITICAL).transform())

    inliner, kept = Inliner(), outbox._inliner
    outbox._inliner = lambda: inliner  # type: ignore[assignment]
    try:
        for user, sections in letters:
            _figures(user)
            about = {"sections": sections, "monday": weekly.monday(WEEK), "week": int(WEEK[-2:])}
            outbox.worded(weekly.KIND, WEEK, user, about, at=AT)
    finally:
        outbox._inliner = kept


def _figures(user: User) -> None:
    """What an e-mail of one unit says, each figure asked for by itself: 13 queries."""
    membership = Membership.objects.select_related("unit").filter(user=user)[0]
    quarter = Quarter.objects.get(pk=population.QUARTERS)
    cells = Cell.objects.filter(grain="unit", unit=membership.unit)
    for name in FIGURES:
        cells.filter(quarter=quarter).aggregate(Sum(name))
    cells.filter(quarter_id=population.QUARTERS - 4).aggregate(Sum("year_to_date"))
    list(Report.objects.filter(unit=membership.unit, quarter=quarter))
    list(Report.objects.filter(state="submitted").values_list("pk", flat=True)[:50])


QUESTION = Question(
    number=13,
    title="weekly e-mails of a thousand people",
    goals=[Goal(10, "≥", "one by one")],
    contest=contest,
    full=(100_000, 1_000_000),
)

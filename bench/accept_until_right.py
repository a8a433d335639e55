"""Question 3: from accepting the measured unit's 25 lines until its cells are right, as the country grows."""

from collections.abc import Iterator
from contextlib import contextmanager

from bench import plans, population, reports
from bench.measure import Contest, Goal, Question, Run, timed
from bench.plans import Plan
from portal.models import User
from projects import rollups
from projects.models import Cell, Report, ReportLine

BESIDE = {10_000: 400, 100_000: 10_000, 1_000_000: 10_000}


@contextmanager
def contest(size: int) -> Iterator[Contest]:
    with population.to_write(BESIDE[size]) as smaller, population.to_write(size) as place:
        yield Contest(
            {"ours": _accepted(place), "the same at fewer projects": _accepted(smaller)},
            plans=lambda: _plans(place),
            notes=lambda: {"beside": f"s = {smaller.projects:,}"},
        )


def _accepted(place: population.Shape) -> Run:
    def run() -> float:
        _accept(place)  # the connection is new, since the other side has another: what it has to learn isn't counted
        return _accept(place)

    return run


def _accept(place: population.Shape) -> float:
    (report,) = reports.corrections(place, [place.measured])
    by = reports.reviewer()
    cost = timed(lambda: _accept_and_drain(report, by))()
    _refuse_wrong(place)
    return cost


def _accept_and_drain(report: Report, by: User) -> None:
    reports.accept(report, by)
    rollups.drain(at=reports.AT)


def _refuse_wrong(place: population.Shape) -> None:
    lines = ReportLine.objects.accepted().filter(unit=place.measured, quarter=population.QUARTERS)
    cell = Cell.objects.get(grain="unit", unit=place.measured, quarter=population.QUARTERS)
    if cell.flow != sum(line.flow or 0 for line in lines):
        raise AssertionError(f"the cell says {cell.flow}")


def _plans(place: population.Shape) -> list[Plan]:
    (report,) = reports.corrections(place, [place.measured])
    by = reports.reviewer()
    found = plans.of(lambda: _accept_and_drain(report, by))
    reports.accept(report, by)
    return found


QUESTION = Question(
    number=3,
    title="accept a report of 25 lines until its cells are right",
    goals=[Goal(1.2, "≤", "the same at fewer projects")],
    contest=contest,
    small=tuple(BESIDE)[:1],
    full=tuple(BESIDE),
)

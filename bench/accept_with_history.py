"""Question 4: accepting through the lifecycle, beside the same without its history and its marks.

Of a report of 25 lines in the newest quarter, at every size, its cells made before each acceptance.
Without them means that no event is written, that the trigger which marks is switched off, and that nobody rings. The
bare change of two states, with nothing of what the lifecycle checks and tells, stands beside as a remark.
"""

import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest.mock import patch

from django.db import transaction

from bench import cluster, plans, population, reports
from bench.measure import Contest, Goal, Question, Run, timed
from portal.kept_plans import Kept
from portal.models import User
from projects import acceptance, rollups, tasks
from projects.models import Report, ReportState

COUNT = 20  # acceptances in a run


@contextmanager
def contest(size: int) -> Iterator[Contest]:
    with population.to_write(size) as place:
        yield Contest(
            {
                "ours": _each(place, reports.accept),
                "the same without them": _without(place, _each(place, reports.accept)),
            },
            plans=lambda: _plans(place),
            notes=lambda: {"the bare change of two states": _median(_each(place, _change_state))},
        )


def _median(run: Run) -> str:
    return f"{statistics.median(run() for _ in range(3)) * 1000:.1f} ms"


def _each(place: population.Shape, accept: Callable[[Report, User], None]) -> Run:
    """Seconds for each of the corrections that are accepted one after another."""

    def once() -> float:
        rollups.drain(at=reports.BEFORE)
        (report,) = reports.corrections(place, [place.measured])
        by = reports.reviewer()
        return timed(lambda: accept(report, by))()

    def run() -> float:
        once()  # plans what a session plans once, and what the switched trigger has had forgotten
        return statistics.mean(once() for _ in range(COUNT))

    return run


def _without(place: population.Shape, run: Run) -> Run:
    counted = acceptance.LET_COUNT
    eventless = Kept(counted.statement.replace(f"told AS ({acceptance.EVENTS}),", ""), **counted.types)

    def without() -> float:
        name = population.name(place.projects)
        with (
            cluster.without_trigger(name, "projects_report", "mark_accepted"),
            patch.object(acceptance, "LET_COUNT", eventless),
            patch.object(tasks, "ring", _nothing),
        ):
            return run()

    return without


def _nothing(*_given: object, **_named: object) -> None:
    pass


@transaction.atomic
def _change_state(report: Report, by: User) -> None:
    """What is left of accepting where nothing is checked and nobody told."""
    report = Report.objects.select_for_update().get(pk=report.pk)
    Report.objects.accepted().filter(unit=report.unit_id, quarter=report.quarter_id).update(state="superseded")
    report.state = ReportState.ACCEPTED
    report.reviewed_by, report.reviewed_at = by, reports.AT
    report.save()


def _plans(place: population.Shape) -> list[plans.Plan]:
    (report,) = reports.corrections(place, [place.measured])
    by = reports.reviewer()
    found = plans.of(lambda: reports.accept(report, by))
    reports.accept(report, by)
    return found


QUESTION = Question(
    number=4,
    title="accept with history and marks",
    goals=[Goal(1.5, "≤", "the same without them")],
    contest=contest,
)

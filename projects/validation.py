"""What is wrong or odd about a line: pure functions, figures in, findings out. An error blocks, a warning asks."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from django.utils.translation import gettext as _

from portal.templatetags.figures import amount
from projects.models import Stage
from projects.models.project import STARTED

# A figure typed in yuan comes out 10,000 times too large, so half a per cent of the year's plan already passes 50
# times the plan, which no real quarter does.
YUAN = 50
# A quarter of more than three times the one before is asked about.
JUMP = 3
ORDER: dict[str, int] = {
    stage: place
    for place, stage in enumerate(
        (Stage.RESERVE, Stage.PREPARATORY, Stage.NEWLY_STARTED, Stage.CONTINUING, Stage.COMPLETED)
    )
}


class Level(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Finding:
    """One thing to mend or to look at: the form field it stands at, how grave it is, and what to do.

    `missing` tells what nobody has said yet from what was said wrongly.
    """

    field: str
    level: Level
    message: str
    missing: bool = False


@dataclass(frozen=True, kw_only=True)
class Figures:
    """All that the rules look at. Money in 万元; null is "not reported" for a figure, "not known" for the rest."""

    flow: Decimal | None
    year_to_date: Decimal | None
    earlier: Decimal | None
    since_start: Decimal | None
    planned: Decimal | None
    total: Decimal | None
    confirmed: Decimal | None
    stage: str
    last_stage: str
    last_flow: Decimal | None
    last_started_on: date | None
    started_on: date | None
    finished_on: date | None
    progress: str
    obstacle: str
    quarter_number: int
    quarter_ends_on: date


def findings(figures: Figures) -> list[Finding]:
    """Every finding about one line, errors first."""
    rules = (_missing, _dates, _below_zero, _yuan, _odd_amounts, _odd_stage, _standing_still)
    found = [finding for rule in rules for finding in rule(figures)]
    return sorted(found, key=lambda finding: finding.level)


def _error(field: str, message: str) -> Finding:
    return Finding(field, Level.ERROR, message)


def _warning(field: str, message: str) -> Finding:
    return Finding(field, Level.WARNING, message)


def _missing(line: Figures) -> Iterator[Finding]:
    def missing(field: str, message: str) -> Finding:
        return Finding(field, Level.ERROR, message, missing=True)

    if line.flow is None and line.year_to_date is None:
        yield missing("flow", _("Enter what was completed, this quarter or year to date; 0 is a figure too."))
    if line.stage not in Stage.values:
        yield missing("stage", _("Choose the stage."))
    if line.stage in STARTED and line.started_on is None:
        yield missing("started_on", _("Enter the day on which the project started."))
    if line.stage == Stage.COMPLETED and line.finished_on is None:
        yield missing("finished_on", _("Enter the day on which the project was completed."))
    if not line.progress.strip():
        yield missing("progress", _("Say in words how far the work has come."))


def _dates(line: Figures) -> Iterator[Finding]:
    for field, day in (("started_on", line.started_on), ("finished_on", line.finished_on)):
        if day and day > line.quarter_ends_on:
            yield _error(
                field, _("This day lies after the quarter's last day, %(day)s.") % {"day": line.quarter_ends_on}
            )
    if line.started_on and line.finished_on and line.finished_on < line.started_on:
        yield _error("finished_on", _("The finish lies before the start."))


def _below_zero(line: Figures) -> Iterator[Finding]:
    if line.flow is not None and line.flow < 0:
        yield _error(
            "year_to_date",
            _(
                "The year to date is below the %(earlier)s of the quarters before, so this quarter would be below zero."
                " If an earlier figure was too high, correct the earlier quarter."
            )
            % {"earlier": amount(line.earlier)},
        )


def _yuan(line: Figures) -> Iterator[Finding]:
    """A figure far above the plan (the total where there is no plan) stops the report until somebody confirms it."""
    typed = line.flow if line.flow is not None else line.year_to_date
    measure = line.planned or line.total
    if typed is None or not measure or typed <= YUAN * measure:
        return
    message = _("%(figure)s is %(times)s times the plan. Was it typed in yuan? The form asks for 10,000 CNY.") % {
        "figure": amount(typed),
        "times": round(typed / measure),
    }
    yield Finding("confirmed", Level.WARNING if line.confirmed == typed else Level.ERROR, message)


def _odd_amounts(line: Figures) -> Iterator[Finding]:
    flow, last = line.flow, line.last_flow
    if flow and flow > 0 and last and last > 0:
        if flow == last:
            yield _warning("flow", _("The same figure as in the last report: look whether it is this quarter's."))
        elif flow > JUMP * last:
            yield _warning(
                "flow",
                _("More than %(times)s times the last quarter's %(last)s: look again, and say in words what was done.")
                % {"times": JUMP, "last": amount(last)},
            )
    if line.quarter_number == 1 and flow and line.planned and flow > line.planned:
        yield _warning("flow", _("The first quarter alone is above the plan of the whole year."))
    if line.total and line.since_start is not None and line.since_start > line.total:
        yield _warning(
            "flow",
            _("Completed since the start: %(since)s, more than the total investment of %(total)s.")
            % {"since": amount(line.since_start), "total": amount(line.total)},
        )


def _odd_stage(line: Figures) -> Iterator[Finding]:
    if line.flow and line.flow > 0 and line.stage in (Stage.RESERVE, Stage.PREPARATORY):
        yield _warning("stage", _("Investment is completed, but by its stage the project has not started."))
    if line.last_stage == Stage.COMPLETED and line.stage != Stage.COMPLETED:
        yield _warning("stage", _("It was completed by the last report, and now it is not."))
    elif ORDER.get(line.stage, len(ORDER)) < ORDER.get(line.last_stage, 0):
        yield _warning("stage", _("The stage lies before that of the last report."))
    if line.started_on and line.last_started_on and line.started_on != line.last_started_on:
        yield _warning("started_on", _("The last report gave another start, %(day)s.") % {"day": line.last_started_on})
    if line.stage == Stage.NEWLY_STARTED and line.started_on and line.started_on.year < line.quarter_ends_on.year:
        yield _warning("stage", _("It started in an earlier year: such a project is “continuing”."))


def _standing_still(line: Figures) -> Iterator[Finding]:
    if line.obstacle.strip():
        return
    if line.stage == Stage.SUSPENDED:
        yield _warning("obstacle", _("The project is suspended: say what holds it up."))
    elif line.flow == 0 and line.stage in (Stage.NEWLY_STARTED, Stage.CONTINUING):
        yield _warning("obstacle", _("Nothing was completed this quarter after the start: say what holds it up."))

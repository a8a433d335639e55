"""What is wrong or odd about a line: pure functions, figures in, findings out. An error blocks, a warning asks."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from django.utils.translation import gettext as _

from projects.models import Stage
from projects.models.project import STARTED


class Level(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Finding:
    """One thing to mend or to look at: the form field it stands at, how grave it is, and what to do."""

    field: str
    level: Level
    message: str


@dataclass(frozen=True, kw_only=True)
class Figures:
    """All that the rules look at. Money in 万元; null is "not reported" for a figure, "not known" for the rest."""

    flow: Decimal | None
    year_to_date: Decimal | None
    earlier: Decimal | None
    planned: Decimal | None
    total: Decimal | None
    stage: str
    last_stage: str
    started_on: date | None
    finished_on: date | None
    progress: str
    quarter_number: int
    quarter_ends_on: date


def findings(figures: Figures) -> list[Finding]:
    """Every finding about one line, errors first."""
    found = [*_missing(figures), *_dates(figures), *_amounts(figures)]
    return sorted(found, key=lambda finding: finding.level)


def _missing(line: Figures) -> list[Finding]:
    found = []
    if line.flow is None and line.year_to_date is None:
        found.append(
            Finding(
                "flow",
                Level.ERROR,
                _("Enter what was completed, this quarter or year to date; 0 is a figure too."),
            )
        )
    if line.stage in STARTED and line.started_on is None:
        found.append(
            Finding(
                "started_on",
                Level.ERROR,
                _("Enter the day on which the project started."),
            )
        )
    if line.stage == Stage.COMPLETED and line.finished_on is None:
        found.append(
            Finding(
                "finished_on",
                Level.ERROR,
                _("Enter the day on which the project was completed."),
            )
        )
    if not line.progress.strip():
        found.append(Finding("progress", Level.ERROR, _("Say in words how far the work has come.")))
    return found


def _dates(line: Figures) -> list[Finding]:
    found = []
    for field, day in (
        ("started_on", line.started_on),
        ("finished_on", line.finished_on),
    ):
        if day and day > line.quarter_ends_on:
            found.append(
                Finding(
                    field,
                    Level.ERROR,
                    _("This day lies after the quarter's last day, %(day)s.") % {"day": line.quarter_ends_on},
                )
            )
    if line.started_on and line.finished_on and line.finished_on < line.started_on:
        found.append(Finding("finished_on", Level.ERROR, _("The finish lies before the start.")))
    return found


def _amounts(line: Figures) -> list[Finding]:
    if line.flow is not None and line.flow < 0:
        return [
            Finding(
                "year_to_date",
                Level.ERROR,
                _(
                    "The year to date is below the %(earlier)s of the quarters before, so this quarter would be below"
                    " zero. If an earlier figure was too high, correct the earlier quarter."
                )
                % {"earlier": line.earlier},
            )
        ]
    return []

"""One letter at a quarter's end: each pledge with where its figure comes from, what is missing and why, what to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse

from commitments import behind
from commitments.actuals import Actuals, Known
from commitments.fulfilment import Fulfilment, actuals, fulfilments
from commitments.models import Indicator, LetterVersion, Pledge, PledgeState, Reading, Relief
from portal.models import Quarter, Unit
from projects.duty import Duty, State, duties


@dataclass(frozen=True, kw_only=True)
class Line:
    """A pledge and what has become of it; `lines` leads to the lines behind a derived figure, else it is empty."""

    pledge: Pledge
    found: Fulfilment
    lines: str
    readings: Sequence[Reading]
    not_loaded: Sequence[int]  # the quarters of the year whose reading is wanting
    reliefs: Sequence[Relief]

    @property
    def waiting(self) -> Relief | None:
        """What was asked for and has no answer yet."""
        return next((relief for relief in self.reliefs if relief.granted is None), None)

    @property
    def is_missing(self) -> bool:
        return self.found.known == Known.MISSING

    @property
    def has_nothing_to_judge(self) -> bool:
        return self.found.known == Known.NOTHING


@dataclass(frozen=True, kw_only=True)
class LetterStanding:
    version: LetterVersion
    quarter: Quarter
    lines: Sequence[Line]
    as_of: datetime | None  # when the cells that the figures rest on were computed
    missing: Sequence[Duty]  # reports that the figures rest on and that aren't accepted

    @classmethod
    def read(cls, version: LetterVersion, quarter: Quarter, *, on: date) -> "LetterStanding":
        """In as many queries however many pledges there are."""
        pledges = list(version.pledges.select_related("indicator__category", "indicator__bureau", "project"))
        known = actuals(pledges, quarter)
        found = fulfilments(pledges, quarter, known=known)
        reliefs: dict[int, list[Relief]] = {pledge.pk: [] for pledge in pledges}
        asked = Relief.objects.filter(pledge__in=pledges).select_related("from_quarter", "asked_by", "decided_by")
        for relief in asked:
            reliefs[relief.pledge_id].append(relief)
        unit = version.letter.unit
        return cls(
            version=version,
            quarter=quarter,
            lines=[_line(pledge, found[pledge.pk], known, unit, reliefs[pledge.pk]) for pledge in pledges],
            as_of=known.as_of(unit),
            missing=_missing(known, unit, on=on) if any(_rests_on_reports(each) for each in pledges) else [],
        )

    def of(self, state: str) -> list[Line]:
        return [line for line in self.lines if line.found.state == state]

    @property
    def counts(self) -> dict[str, int]:
        return {state.value: len(self.of(state)) for state in PledgeState}

    @property
    def waiting(self) -> list[Relief]:
        return [relief for line in self.lines if (relief := line.waiting)]

    @property
    def not_loaded(self) -> list[Line]:
        return [line for line in self.lines if line.is_missing and line.not_loaded]


def _rests_on_reports(pledge: Pledge) -> bool:
    return pledge.indicator is None or pledge.indicator.source == Indicator.Source.DERIVED


def _line(pledge: Pledge, found: Fulfilment, known: Actuals, unit: Unit, reliefs: Sequence[Relief]) -> Line:
    indicator = pledge.indicator
    readings = known.readings_of(unit, indicator) if indicator else ()
    return Line(
        pledge=pledge,
        found=found,
        lines=_address(pledge, unit, known.quarter),
        readings=readings,
        not_loaded=behind.not_loaded(indicator, readings, known.quarter) if indicator else (),
        reliefs=reliefs,
    )


def _address(pledge: Pledge, unit: Unit, quarter: Quarter) -> str:
    """Of the lines that a derived figure is made of, or of the project that a milestone is about."""
    if pledge.project is not None:
        return reverse("project_detail", args=[pledge.project.code])
    return behind.lines(pledge.indicator, unit, quarter) if pledge.indicator else ""


def _missing(known: Actuals, unit: Unit, *, on: date) -> list[Duty]:
    """Reports of the year up to the quarter that aren't accepted, of units that the figure doesn't cover."""
    coverage = known.coverage(unit)
    silent = [each for each in known.tree.reached if each.pk in set(coverage.owing) - set(coverage.reported)]
    if not silent:
        return []
    year = Quarter.objects.filter(year=known.quarter.year, number__lte=known.quarter.number)
    settled = (State.ACCEPTED, State.NOTHING_OWED)
    owed = [duty for duty in duties(silent, year, on=on) if duty.state not in settled and not duty.accepted]
    return sorted(owed, key=lambda duty: (duty.quarter.number, duty.unit.code))

"""A campaign at a quarter's end: its targets with what stands behind each, its calendar, and its policy in words."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commitments import behind
from commitments.actuals import Actuals
from commitments.fulfilment import REGISTER, Fulfilment, city_standing
from commitments.models import Campaign, Indicator, Policy, PolicyGroup, PolicyLight, Reading
from commitments.quantity import plain
from commitments.yardstick import Yardstick
from portal.models import Quarter, Unit
from projects.standings import Coverage

NUMBERS = (1, 2, 3, 4)


@dataclass(frozen=True, kw_only=True)
class Line:
    """A target with where its figure comes from: the lines it is derived from, or readings and those still wanting.

    `coverage` is null where the figure doesn't rest on reports.
    """

    found: Fulfilment
    lines: str
    readings: Sequence[Reading]
    not_loaded: Sequence[int]
    coverage: Coverage | None

    @property
    def indicator(self) -> Indicator:
        indicator = self.found.pledge.indicator
        assert indicator is not None  # noqa: S101 - a target of a campaign has one
        return indicator


@dataclass(frozen=True, kw_only=True)
class CampaignStanding:
    quarter: Quarter
    lines: Sequence[Line]
    coverage: Coverage
    as_of: datetime | None

    @classmethod
    def read(cls, campaign: Campaign, quarter: Quarter) -> "CampaignStanding":
        """In as many queries however many targets and units there are."""
        indicators = [target.indicator for target in campaign.targets.select_related("indicator")]
        known = Actuals.read(quarter, [campaign.unit], indicators)
        return cls(
            quarter=quarter,
            lines=[_line(found, known, campaign.unit) for found in city_standing(campaign, quarter, known=known)],
            coverage=known.coverage(campaign.unit),
            as_of=known.as_of(campaign.unit),
        )


def _line(found: Fulfilment, known: Actuals, unit: Unit) -> Line:
    indicator = found.pledge.indicator
    assert indicator is not None  # noqa: S101 - a target of a campaign has one
    readings = known.readings_of(unit, indicator)
    is_derived = indicator.source == Indicator.Source.DERIVED
    return Line(
        found=found,
        lines=behind.lines(indicator, unit, known.quarter),
        readings=readings,
        not_loaded=behind.not_loaded(indicator, readings, known.quarter),
        coverage=known.coverage_of(unit, indicator) if is_derived and indicator.measure not in REGISTER else None,
    )


class Phase(models.TextChoices):
    """Where a quarter stands on a day."""

    AHEAD = "ahead", gettext_lazy("not open yet")
    OPEN = "open", gettext_lazy("open for reports")
    LATE = "late", gettext_lazy("past its due day, late reports are taken")
    CLOSED = "closed", gettext_lazy("closed")


@dataclass(frozen=True)
class Stage:
    """A quarter of the calendar and where it stands."""

    quarter: Quarter
    phase: Phase


def calendar(year: int, *, on: date) -> list[Stage]:
    """The year's quarters in their order."""
    return [Stage(quarter, phase(quarter, on=on)) for quarter in Quarter.objects.filter(year=year).order_by("number")]


def phase(quarter: Quarter, *, on: date) -> Phase:
    if on < quarter.opens_on:
        return Phase.AHEAD
    if on <= quarter.due_on:
        return Phase.OPEN
    return Phase.LATE if on <= quarter.closes_on else Phase.CLOSED


@dataclass(frozen=True, kw_only=True)
class Rules:
    """By what the campaign is judged, for people to read."""

    policy: Policy
    baseline: Sequence[tuple[int, object]]  # number of the quarter, share of the year
    lights: Sequence[tuple[PolicyLight, str]]
    groups: Sequence[tuple[PolicyGroup, int]]  # how many of the campaign's units stand in it

    @classmethod
    def read(cls, campaign: Campaign, quarter: Quarter) -> "Rules":
        """The policy in force on the quarter's last day."""
        yardstick = Yardstick.read(quarter, campaign=campaign)
        units = Unit.objects.within(campaign.unit).alive(on=quarter.ends_on).exclude(pk=campaign.unit_id)
        counted = Counter(group.pk for unit in units if (group := yardstick.group_of(unit)))
        return cls(
            policy=yardstick.policy,
            baseline=[(number, yardstick.policy.baseline(number)) for number in NUMBERS],
            lights=[(light, _from_where(light, yardstick.policy)) for light in yardstick.lights],
            groups=[(group, counted[group.pk]) for group in yardstick.groups if counted[group.pk]],
        )


def _from_where(light: PolicyLight, policy: Policy) -> str:
    """From how far behind it shines, in words."""
    if light.threshold is None:
        return _("for those who are not behind")
    threshold = {"threshold": plain(light.threshold)}
    if policy.lights_by == Policy.LightsBy.SHARE:
        return _("below %(threshold)s%% of the time-proportional progress") % threshold
    if not light.threshold:
        return _("as soon as it is behind")
    return _("from %(threshold)s percentage points behind") % threshold

"""What has become of each pledge at a quarter's end. Nothing is stored: all of it is computed when read.

`sign` is 1 where more is better and -1 where less is. Values are in the pledge's unit of measure, figures are compared
as printed, to two decimals.

    rate  = 1 + sign × (actual - target) ÷ |target|
            For "more" that is actual ÷ target, for "less" 2 - actual ÷ target, the usual formula of limits; of the
            year's target, uncapped. At the year's end it is at least 1 just where the pledge is kept, for growth
            targets below zero as well. Null for a target of 0, by which nothing can be divided.
    gap   = sign × (actual - target to date) ÷ |target|, the rate of the year less the share due by now, in points of
            the year's target; of per cent, sign × (actual - target to date) ÷ 100, in plain percentage points.
    light = by the policy, from the gap as a share of the year's target, beside the share due by now: growth of 3%
            where 12% was promised is 9 points short and a quarter of the promise, and the light goes by the latter.

What accumulates over the year (sums of readings; investment, projects started, completed) and has reached the year's
target is kept before the year ends, and where less is better, what has passed its limit is missed: neither can be
undone by waiting. All else is kept or missed at the end of the fourth quarter, once every report that the figure rests
on is accepted; until then it is on track or behind. On track is what has reached its target to date or shows the
policy's best light, and what has promised nothing by then. A figure that nobody has reported is missing, never 0.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.db.models import prefetch_related_objects

from commitments.actuals import Actual, Actuals, Known
from commitments.models import (
    Campaign,
    CityTarget,
    Direction,
    Indicator,
    Pledge,
    PledgeState,
    Policy,
    PolicyLight,
    Relief,
)
from commitments.models.campaign import Target
from commitments.yardstick import Yardstick
from portal.models import Quarter, Unit
from portal.rounding import rounded

PLACES = 2
# What a pledge is judged with; read once for all of them.
BESIDE = ("indicator", "version__letter__unit", "version__letter__campaign")
Measure = Indicator.Measure
# Derived figures that only grow over a year, corrections aside.
GROWING = frozenset(
    {Measure.INVESTMENT, Measure.STARTED, Measure.NEWLY_STARTED, Measure.COMPLETED, Measure.COMPLETED_OUTPUT}
)
# Derived figures that rest on the register alone, whoever has reported.
REGISTER = frozenset({Measure.PROJECTS, Measure.PLANNED, Measure.LARGE})


@dataclass(frozen=True, kw_only=True)
class Fulfilment:
    """A pledge, or a target of the city, at a quarter's end. Null is "not reported", or nothing to compare with.

    target, to_date and actual in the unit of measure; rate and gap as shares (0.25 is 25%, or 25 points). `to_date` is
    null where nothing is promised by then. Of a milestone, 1 is "reached by its day", and `reached_on` the day that
    was reported, were it too late.
    """

    pledge: Pledge | CityTarget
    target: Decimal | None
    to_date: Decimal | None
    actual: Decimal | None
    rate: Decimal | None
    gap: Decimal | None
    light: PolicyLight | None
    state: PledgeState
    is_adjusted: bool
    known: Known
    relief: Relief | None = None
    due_on: date | None = None
    reached_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Aim:
    """What is asked for, after what was granted; `due_on` for milestones only."""

    target: Decimal | None
    to_date: Decimal | None
    sign: int = 1
    is_percent: bool = False
    accumulates: bool = False
    is_start_rate: bool = False
    is_over: bool = False
    due_on: date | None = None

    def is_reached(self, actual: Decimal, wanted: Decimal) -> bool:
        """Whether the actual figure, as printed, is as good as what is wanted; "over 12%" asks for more than that."""
        ahead = self.sign * (rounded(actual, PLACES) - rounded(wanted, PLACES))
        return ahead > 0 if self.is_over else ahead >= 0

    def rate(self, actual: Decimal) -> Decimal | None:
        """1 + sign × (actual - target) ÷ |target|; null for a target of 0."""
        if not self.target:
            return None
        return 1 + self.sign * (actual - self.target) / abs(self.target)

    def lead(self, actual: Decimal) -> Decimal | None:
        """sign × (actual - target to date) ÷ |target|, below zero where it is behind; null for a target of 0."""
        if not self.target or self.to_date is None:
            return None
        return self.sign * (actual - self.to_date) / abs(self.target)

    def gap(self, actual: Decimal) -> Decimal | None:
        """The lead, but of per cent the plain difference, as a share: 0.02 is 2 percentage points."""
        if self.is_percent and self.to_date is not None:
            return self.sign * (actual - self.to_date) / 100
        return self.lead(actual)

    def light(self, actual: Decimal, yardstick: Yardstick) -> PolicyLight | None:
        """Null where nothing is promised by then. Where no share can be made, the best or the worst there is."""
        if self.to_date is None:
            return None
        lead = self.lead(actual)
        by_points = yardstick.policy.lights_by == Policy.LightsBy.POINTS
        if lead is not None and self.target and (self.to_date or by_points):
            expected = abs(self.to_date) / abs(self.target)
            return yardstick.light(expected + lead, expected)
        reached = self.is_reached(actual, self.to_date)
        return yardstick.light(Decimal(1) if reached else Decimal(-1000), Decimal(1))


def fulfilments(pledges: Sequence[Pledge], quarter: Quarter, *, known: Actuals | None = None) -> dict[int, Fulfilment]:
    """What has become of these pledges by the end of the quarter, by pledge id; `known` where it was read before.

    Takes the same number of queries for any number of pledges and letters of a campaign. Raises ValueError for a
    quarter of another year than the campaign's.
    """
    _read_beside(pledges)
    if any(pledge.version.letter.campaign.year != quarter.year for pledge in pledges):
        raise ValueError("a pledge is judged in the quarters of its year")
    campaigns = {pledge.version.letter.campaign_id: pledge.version.letter.campaign for pledge in pledges}
    yardsticks = {pk: Yardstick.read(quarter, campaign=campaign) for pk, campaign in campaigns.items()}
    known = known or actuals(pledges, quarter)
    reliefs = granted(pledges, quarter)
    found = {}
    for pledge in pledges:
        judge = Judge(
            pledge=pledge,
            aim=aim_of(pledge, reliefs.get(pledge.pk), quarter),
            yardstick=yardsticks[pledge.version.letter.campaign_id],
            quarter=quarter,
            relief=reliefs.get(pledge.pk),
        )
        found[pledge.pk] = judge.of(known, pledge.version.letter.unit)
    return found


def actuals(pledges: Sequence[Pledge], quarter: Quarter) -> Actuals:
    """What has come of the indicators and milestones of these pledges, for whoever shows more than the judgement."""
    _read_beside(pledges)
    return Actuals.read(
        quarter,
        list({pledge.version.letter.unit_id: pledge.version.letter.unit for pledge in pledges}.values()),
        list({pledge.indicator_id: pledge.indicator for pledge in pledges if pledge.indicator}.values()),
        projects={pledge.project_id for pledge in pledges if pledge.project_id},
    )


def _read_beside(pledges: Sequence[Pledge]) -> None:
    """Read for those that haven't got it yet: Django's own way looks at each of thousands even to find nothing."""
    bare = [pledge for pledge in pledges if not _is_beside(pledge)]
    if bare:
        prefetch_related_objects(bare, *BESIDE)


def _is_beside(pledge: Pledge) -> bool:
    cached = pledge._state.fields_cache
    version = cached.get("version")
    letter = version._state.fields_cache.get("letter") if version else None
    if letter is None or (pledge.indicator_id and "indicator" not in cached):
        return False
    return {"unit", "campaign"} <= set(letter._state.fields_cache)


def city_standing(campaign: Campaign, quarter: Quarter, *, known: Actuals | None = None) -> list[Fulfilment]:
    """The campaign's own targets at the end of the quarter, over all units below the one that runs it, in order.

    `known` where it was read before. Raises ValueError for a quarter of another year than the campaign's.
    """
    if campaign.year != quarter.year:
        raise ValueError("a target is judged in the quarters of its year")
    targets = list(campaign.targets.select_related("indicator__category", "indicator__bureau"))
    yardstick = Yardstick.read(quarter, campaign=campaign)
    known = known or Actuals.read(quarter, [campaign.unit], [target.indicator for target in targets])
    return [
        Judge(
            pledge=target,
            aim=replace(_on(target.indicator, target, target.indicator.direction, quarter), is_over=target.is_over),
            yardstick=yardstick,
            quarter=quarter,
        ).of(known, campaign.unit)
        for target in targets
    ]


def granted(pledges: Iterable[Pledge], quarter: Quarter) -> dict[int, Relief]:
    """What was granted and is in force in the quarter, by pledge id: of several, what was decided last. One query.

    What was granted to an earlier version of a letter holds on for a pledge that its amendment left as it was.
    """
    letters = {pledge.version.letter_id for pledge in pledges}
    rows = (
        Relief.objects.filter(granted=True, pledge__version__letter__in=letters)
        .filter(from_quarter__year=quarter.year, from_quarter__number__lte=quarter.number)
        .select_related("pledge__version", "from_quarter", "asked_by", "decided_by")
        .order_by("decided_at", "id")
    )
    last = {_promise(row.pledge): row for row in rows}
    return {pledge.pk: last[key] for pledge in pledges if (key := _promise(pledge)) in last}


def _promise(pledge: Pledge) -> tuple[object, ...]:
    """What is the same in two versions of a letter where the amendment left the pledge alone."""
    what = (pledge.version.letter_id, pledge.indicator_id, pledge.project_id, pledge.milestone, pledge.due_on)
    return (*what, pledge.target_q1, pledge.target_q2, pledge.target_q3, pledge.target)


def aim_of(pledge: Pledge, relief: Relief | None, quarter: Quarter) -> Aim:
    """What the pledge asks for in the quarter, by the new targets where it was adjusted."""
    asked: Target = relief if relief is not None and relief.kind == Relief.Kind.ADJUSTED else pledge
    if pledge.indicator is not None:
        return _on(pledge.indicator, asked, pledge.direction, quarter)
    due_on = pledge.due_on if asked is pledge else due_by(asked, quarter.year)
    is_due = due_on is not None and due_on <= quarter.ends_on
    target = Decimal(1) if due_on is not None else Decimal(0)
    return Aim(target=target, to_date=Decimal(1) if is_due else None, due_on=due_on)


def due_by(asked: Target, year: int) -> date | None:
    """The day of an adjusted milestone: the end of the first quarter that asks for it; null where none does."""
    for number in (1, 2, 3, 4):
        if asked.to_date(number):
            return Quarter(year=year, number=number).ends_on
    return None


def _on(indicator: Indicator, asked: Target, direction: str, quarter: Quarter) -> Aim:
    if indicator.source == Indicator.Source.DERIVED:
        accumulates = indicator.measure in GROWING
    else:
        accumulates = indicator.adds_up == Indicator.AddsUp.SUM
    return Aim(
        target=asked.target,
        to_date=asked.to_date(quarter.number),
        sign=-1 if direction == Direction.LESS else 1,
        is_percent=indicator.kind == Indicator.Kind.PERCENT,
        accumulates=accumulates,
        is_start_rate=indicator.measure == Measure.START_RATE,
    )


@dataclass(frozen=True, kw_only=True)
class Judge:
    """Everything that decides about one pledge, or one target of the city, but the actual figure."""

    pledge: Pledge | CityTarget
    aim: Aim
    yardstick: Yardstick
    quarter: Quarter
    relief: Relief | None = None

    @property
    def is_exempt(self) -> bool:
        return self.relief is not None and self.relief.kind == Relief.Kind.EXEMPT

    def of(self, known: Actuals, unit: Unit) -> Fulfilment:
        """By what is known of the unit, or of the project that the pledge names."""
        indicator = self.pledge.indicator
        if indicator is None:
            return self._milestone(known)
        actual = known.of(unit, indicator)
        from_reports = indicator.source == Indicator.Source.DERIVED and indicator.measure not in REGISTER
        is_whole = not from_reports or known.coverage(unit).is_complete
        light = self._light(actual)
        return self._result(actual, light, self._state(actual, light, is_final=self.quarter.number == 4 and is_whole))

    def _light(self, actual: Actual) -> PolicyLight | None:
        return None if actual.value is None or self.is_exempt else self.aim.light(actual.value, self.yardstick)

    def _result(self, actual: Actual, light: PolicyLight | None, state: PledgeState) -> Fulfilment:
        """What is exempt keeps its figures and has no light."""
        value = actual.value
        return Fulfilment(
            pledge=self.pledge,
            target=self.aim.target,
            to_date=self.aim.to_date,
            actual=value,
            rate=None if value is None else self.aim.rate(value),
            gap=None if value is None else self.aim.gap(value),
            light=light,
            state=PledgeState.EXEMPT if self.is_exempt else state,
            is_adjusted=self.relief is not None and not self.is_exempt,
            known=actual.known,
            relief=self.relief,
        )

    def _state(self, actual: Actual, light: PolicyLight | None, *, is_final: bool) -> PledgeState:
        aim, value = self.aim, actual.value
        if actual.known == Known.NOTHING and aim.is_start_rate:
            # Nothing was due to start: neutral, not 0 (domain.md, Figures).
            return PledgeState.KEPT if is_final else PledgeState.ON_TRACK
        if value is None or aim.target is None:
            return PledgeState.MISSING
        reached = aim.is_reached(value, aim.target)
        if is_final or (aim.accumulates and reached == (aim.sign > 0)):
            return PledgeState.KEPT if reached else PledgeState.MISSED
        if aim.to_date is None or aim.is_reached(value, aim.to_date):
            return PledgeState.ON_TRACK
        return PledgeState.ON_TRACK if light is not None and light.threshold is None else PledgeState.BEHIND

    def _milestone(self, known: Actuals) -> Fulfilment:
        """Kept from the first accepted quarter that states it with a day in time; waived by an adjustment, kept.

        Missed once its day has passed and no accepted report up to the quarter's end states it by that day.
        """
        if not isinstance(self.pledge, Pledge) or self.pledge.project_id is None:
            raise TypeError("only a pledge on a project has a milestone")
        said = known.milestone(self.pledge.project_id, self.pledge.milestone)
        due_on = self.aim.due_on
        day = known.reached_on(self.pledge.project_id, self.pledge.milestone) or self.quarter.ends_on
        reached_on = day if said.value else None
        is_late = reached_on is not None and due_on is not None and reached_on > due_on
        in_time = due_on is None or (reached_on is not None and not is_late)
        actual = Actual(Decimal(0), said.known) if is_late else said
        if in_time:
            state = PledgeState.KEPT
        elif said.value is None:
            state = PledgeState.MISSING
        elif reached_on is not None or (due_on is not None and due_on <= self.quarter.ends_on):
            state = PledgeState.MISSED
        else:
            state = PledgeState.ON_TRACK
        result = self._result(actual, self._light(actual), state)
        return replace(result, due_on=due_on, reached_on=reached_on)

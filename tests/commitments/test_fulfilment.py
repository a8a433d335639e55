"""What becomes of a pledge: target to date, actual, rate, gap, light and state, by hand-computed examples."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commitments.actuals import Actual, Known
from commitments.fulfilment import Aim, Fulfilment, Judge, city_standing, fulfilments
from commitments.models import (
    Campaign,
    CityTarget,
    Indicator,
    Letter,
    LetterVersion,
    Pledge,
    PledgeState,
    Policy,
    Relief,
)
from commitments.yardstick import Yardstick
from portal.models import Quarter, Unit, User
from projects import drafting, lifecycle, rollups
from projects.models import Stage
from tests import world
from tests.commitments import promises
from tests.commitments.promises import objects, promise, promise_milestone
from tests.conftest import City
from tests.world import at

State = PledgeState


@pytest.fixture
def campaign(town: City) -> Campaign:
    return promises.make_campaign(town.city)


@pytest.fixture
def year(town: City) -> list[Quarter]:
    quarters = [town.quarter, *(world.make_quarter(f"2022Q{number}") for number in (2, 3, 4))]
    rollups.rebuild(at=at("2022-01-01"))
    return quarters


@pytest.fixture
def draft(campaign: Campaign, town: City) -> LetterVersion:
    return promises.make_draft(campaign, town.county)


def report(town: City, quarter: Quarter, flow: int | str, unit: Unit | None = None, **values: object) -> None:
    """The unit's accepted report, each line with this flow, in cells."""
    when = at(str(quarter.due_on))
    staff = town.stranger if unit == town.other else town.staff
    filed = drafting.begin(unit or town.county, quarter, by=staff, at=when)
    for line in filed.lines.all():
        world.fill(line, flow, by=staff, when=when, **values)
    world.accepted(lifecycle.submit(filed, by=staff, at=when), by=town.reviewer, when=when)
    rollups.drain(at=when)


def one(pledge: Pledge, quarter: Quarter) -> Fulfilment:
    return fulfilments([Pledge.objects.get(pk=pledge.pk)], quarter)[pledge.pk]


def colour(found: Fulfilment) -> str:
    return found.light.colour if found.light else ""


def test_rate_is_of_the_year_and_the_gap_to_the_share_due_by_now(
    town: City, year: list[Quarter], draft: LetterVersion
) -> None:
    pledge = promise(draft, "investment", 4000, 1000, 2000, 3000)
    report(town, year[0], 400)
    found = one(pledge, year[0])
    assert objects(found.target, found.to_date, found.actual) == (4000, 1000, 800)
    assert (found.rate, found.gap) == (Decimal("0.2"), Decimal("-0.05"))
    assert (found.state, colour(found), found.known, found.is_adjusted) == (State.ON_TRACK, "green", Known.KNOWN, False)


def test_far_behind_is_behind_before_the_year_ends_and_missed_after(
    town: City, year: list[Quarter], draft: LetterVersion
) -> None:
    pledge = promise(draft, "investment", 4200, 2100, 2100, 3150)
    states = []
    for quarter, flow in zip(year, (410, 480, 400, 400), strict=True):
        report(town, quarter, flow)
        states.append((one(pledge, quarter).state, colour(one(pledge, quarter))))
    assert states == [
        (State.BEHIND, "red"),
        (State.ON_TRACK, "green"),
        (State.BEHIND, "yellow"),
        (State.MISSED, "yellow"),
    ]


def test_sum_that_has_reached_the_years_target_is_kept_before_the_year_ends(
    town: City, year: list[Quarter], draft: LetterVersion
) -> None:
    invested = promise(draft, "investment", 800, 100, 200, 300)
    rate = promise(draft, "completion_rate", 20, 5, 10, 15)
    report(town, year[0], 400)
    assert one(invested, year[0]).state == State.KEPT
    assert one(invested, year[0]).rate == 1
    # A rate may fall again, with a plan that grows: it is settled at the year's end.
    assert (one(rate, year[0]).actual, one(rate, year[0]).state) == (Decimal(20), State.ON_TRACK)


def test_not_reported_is_missing_and_never_nought(town: City, year: list[Quarter], draft: LetterVersion) -> None:
    pledge = promise(draft, "investment", 4000, 1000, 2000, 3000)
    start = promise_milestone(draft, town.project, "start", date(2022, 3, 1))
    for found in (one(pledge, year[0]), one(start, year[0])):
        assert (found.state, found.actual, found.rate, found.gap, found.light) == (
            State.MISSING,
            None,
            None,
            None,
            None,
        )
        assert found.known == Known.MISSING
    assert one(pledge, year[0]).to_date == 1000


def test_nothing_promised_by_then_is_on_track_without_light_or_gap(
    town: City, year: list[Quarter], draft: LetterVersion
) -> None:
    pledge = promise(draft, "investment", 40000)
    report(town, year[0], 1)
    found = one(pledge, year[0])
    assert (found.to_date, found.gap, found.light, found.state) == (None, None, None, State.ON_TRACK)
    assert found.rate == Decimal(2) / 40000


def aim(target: object, to_date: object, **fields: object) -> Aim:
    return Aim(target=promises.decimal(target), to_date=promises.decimal(to_date), **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("asked", "actual", "rate", "gap", "light"),
    [
        (aim(100, 25), 20, "0.2", "-0.05", "green"),
        (aim(100, 25), 15, "0.15", "-0.1", "yellow"),
        (aim(100, 100), 135.1, "1.351", "0.351", "green"),
        # Of per cent the gap is in plain points, the light goes by the share of what was promised.
        (aim(12, 12, is_percent=True), 3, "0.25", "-0.09", "red"),
        (aim(12, 12, is_percent=True), 11.5, None, "-0.005", "green"),
        # A limit: 40 allowed.
        (aim(40, 10, sign=-1), 14, "1.65", "-0.1", "yellow"),
        (aim(40, 40, sign=-1), 44, "0.9", "-0.1", "yellow"),
        (aim(40, 40, sign=-1), 38, "1.05", "0.05", "green"),
        # Growth that may fall by 5%.
        (aim(-5, -5, is_percent=True), -3, "1.4", "0.02", "green"),
        (aim(-5, -5, is_percent=True), -10, "0", "-0.05", "red"),
        # No share can be made of a target of 0.
        (aim(0, 0, sign=-1), 0, None, None, "green"),
        (aim(0, 0, sign=-1), 1, None, None, "red"),
        (aim(0, 0, is_percent=True), -1, None, "-0.01", "red"),
        (aim(10, 0), 0, "0", "0", "green"),
    ],
)
@pytest.mark.django_db
def test_formulas_for_more_for_less_and_for_targets_at_and_below_nought(
    asked: Aim, actual: float, rate: str | None, gap: str | None, light: str
) -> None:
    policy = Policy.objects.get()
    value = Decimal(str(actual))
    if rate is not None or not asked.target:
        assert asked.rate(value) == (None if rate is None else Decimal(rate))
    assert asked.gap(value) == (None if gap is None else Decimal(gap))
    shown = asked.light(value, Yardstick.of(policy, Quarter(year=2022, number=1)))
    assert shown is not None
    assert shown.colour == light


@pytest.mark.parametrize(
    ("asked", "actual", "light"),
    [
        (aim(100, 25), 20, "green"),  # four fifths are not below 80%
        (aim(100, 25), 19, "yellow"),
        (aim(100, 25), 14, "red"),
        (aim(40, 40, sign=-1), 50, "yellow"),
        (aim(-5, -5, is_percent=True), -6, "green"),
        (aim(-5, -5, is_percent=True), -8, "red"),
        (aim(5, 0, is_percent=True), -1, "red"),
        (aim(5, 0, is_percent=True), 0, "green"),
    ],
)
@pytest.mark.django_db
def test_lights_by_share_of_what_is_due(asked: Aim, actual: int, light: str) -> None:
    policy = Policy.objects.get()
    policy.lights_by = Policy.LightsBy.SHARE
    policy.save()
    for colour_of, threshold in (("yellow", 80), ("red", 60)):
        policy.lights.filter(colour=colour_of).update(threshold=threshold)
    shown = asked.light(Decimal(actual), Yardstick.of(policy, Quarter(year=2022, number=1)))
    assert shown is not None
    assert shown.colour == light


def test_limit_that_was_passed_is_missed_at_once_and_kept_only_at_the_years_end(
    town: City, year: list[Quarter], draft: LetterVersion
) -> None:
    accidents = promises.make_indicator("accidents", town.city, direction="less")
    kept = promise(draft, accidents, 4, 1, 2, 3)
    for quarter in year:
        promises.read(accidents, town.county, quarter, 1, by=town.administrator)
    assert [one(kept, quarter).state for quarter in year] == [State.ON_TRACK] * 3 + [State.KEPT]
    other = promises.make_draft(draft.letter.campaign, town.other)
    missed = promise(other, accidents, 1, 1, 1, 1)
    for quarter in year:
        promises.read(accidents, town.other, quarter, 1, by=town.administrator)
    assert [one(missed, quarter).state for quarter in year] == [State.ON_TRACK] + [State.MISSED] * 3


def test_level_is_settled_at_the_years_end_only(town: City, year: list[Quarter], draft: LetterVersion) -> None:
    bureau = world.make_unit("430499", town.city, kind=Unit.Kind.BUREAU)
    growth = promises.make_indicator("growth", bureau, kind="percent", adds_up="latest", unit_of_measure_zh="%")
    pledge = promise(draft, growth, 10, 10, 10, 10)
    values = ["12.1", "4.9", "10", "9.994"]
    for quarter, value in zip(year, values, strict=True):
        promises.read(growth, town.county, quarter, value, by=town.administrator)
    assert [one(pledge, quarter).state for quarter in year] == [
        State.ON_TRACK,
        State.BEHIND,
        State.ON_TRACK,
        State.MISSED,
    ]
    growth.reading_set.filter(quarter=year[3]).update(value=Decimal("9.995"))  # is printed as 10
    assert one(pledge, year[3]).state == State.KEPT


def test_start_rate_with_nothing_due_to_start_is_neutral(town: City, year: list[Quarter], draft: LetterVersion) -> None:
    pledge = promise(draft, "start_rate", 95, 95, 95, 95)
    for quarter in year:
        report(town, quarter, 10)
    found = [one(pledge, quarter) for quarter in year]
    states = [(each.state, each.actual, each.known) for each in found]
    assert states == [(State.ON_TRACK, None, Known.NOTHING)] * 3 + [(State.KEPT, None, Known.NOTHING)]


def test_growth_that_cannot_be_compared_is_not_called_missed(
    town: City, year: list[Quarter], draft: LetterVersion
) -> None:
    pledge = promise(draft, "investment_growth", 10, 10, 10, 10)
    for quarter in year:
        report(town, quarter, 10)
    found = one(pledge, year[3])
    assert (found.state, found.known, found.actual) == (State.MISSING, Known.NOTHING, None)


def relieve(pledge: Pledge, town: City, quarter: Quarter, *targets: object, day: str = "2022-05-01") -> Relief:
    """Granted on this day: the year's new target, then those of Q1 to Q3; without targets, exempt."""
    given = dict(zip(("target", "target_q1", "target_q2", "target_q3"), map(promises.decimal, targets), strict=False))
    return Relief.objects.create(
        pledge=pledge,
        kind=Relief.Kind.ADJUSTED if targets else Relief.Kind.EXEMPT,
        from_quarter=quarter,
        reason="flood",
        asked_by=town.staff,
        asked_at=at(day),
        granted=True,
        decided_by=town.administrator,
        decided_at=at(day),
        **given,
    )


def test_adjustment_gives_the_targets_from_its_quarter_on(
    town: City, year: list[Quarter], draft: LetterVersion
) -> None:
    pledge = promise(draft, "investment", 4000, 3000, 3200, 3500)
    relief = relieve(pledge, town, year[1], 2000, 500, 1000, 1500)
    for quarter in year[:2]:
        report(town, quarter, 250)
    first, second = one(pledge, year[0]), one(pledge, year[1])
    assert objects(first.target, first.to_date, first.state, first.is_adjusted) == (4000, 3000, State.BEHIND, False)
    assert objects(second.target, second.to_date, second.state, second.is_adjusted) == (
        2000,
        1000,
        State.ON_TRACK,
        True,
    )
    assert (second.rate, second.relief) == (Decimal("0.5"), relief)


def test_what_was_decided_last_is_in_force(town: City, year: list[Quarter], draft: LetterVersion) -> None:
    pledge = promise(draft, "investment", 4000)
    relieve(pledge, town, year[1], 2000)
    relieve(pledge, town, year[2], day="2022-08-01")
    found = [one(pledge, quarter) for quarter in year]
    assert [each.target for each in found] == [4000, 2000, 4000, 4000]
    assert [each.state for each in found] == [State.MISSING, State.MISSING, State.EXEMPT, State.EXEMPT]
    assert [each.is_adjusted for each in found] == [False, True, False, False]


def test_asked_for_and_refused_changes_nothing(town: City, year: list[Quarter], draft: LetterVersion) -> None:
    pledge = promise(draft, "investment", 4000)
    asked = {"kind": "exempt", "from_quarter": year[0], "reason": "flood", "asked_by": town.staff}
    decided = {"decided_by": town.administrator, "decided_at": at("2022-05-02")}
    Relief.objects.create(pledge=pledge, asked_at=at("2022-05-01"), granted=False, **asked, **decided)
    Relief.objects.create(pledge=pledge, asked_at=at("2022-05-03"), **asked)
    assert one(pledge, year[1]).state == State.MISSING


def test_what_was_granted_outlives_an_amendment_that_left_the_pledge_alone(
    town: City, year: list[Quarter], draft: LetterVersion
) -> None:
    relieve(promise(draft, "investment", 4000, 1000), town, year[0])
    relieve(promise(draft, "completion_rate", 100), town, year[0])
    promises.put_in_force(draft, by=town.administrator)
    amended = promises.make_draft(draft.letter.campaign, town.county)
    same, changed = promise(amended, "investment", 4000, 1000), promise(amended, "completion_rate", 90)
    assert one(same, year[1]).state == State.EXEMPT
    assert one(changed, year[1]).state == State.MISSING


def test_milestone_is_kept_by_the_day_reported_in_the_first_accepted_quarter_that_states_it(
    town: City, year: list[Quarter], draft: LetterVersion
) -> None:
    by_june = promise_milestone(draft, town.project, "complete", date(2022, 6, 20))
    by_may = promise_milestone(draft, town.second, "complete", date(2022, 5, 31))
    by_august = promise_milestone(draft, world.make_project("A3", town.county), "complete", date(2022, 8, 31))
    report(town, year[0], 10)
    first = [one(pledge, year[0]) for pledge in (by_june, by_may, by_august)]
    assert {objects(each.actual, each.to_date, each.state) for each in first} == {(0, None, State.ON_TRACK)}
    when = at("2022-07-05")
    filed = drafting.begin(town.county, year[1], by=town.staff, at=when)
    for line in filed.lines.order_by("project__code")[:2]:
        world.fill(line, 10, by=town.staff, when=when, stage=Stage.COMPLETED, finished_on=date(2022, 6, 15))
    world.fill(filed.lines.get(project__code="A3"), 10, by=town.staff, when=when)
    world.accepted(lifecycle.submit(filed, by=town.staff, at=when), by=town.reviewer, when=when)
    kept, late, open_still = (one(pledge, year[1]) for pledge in (by_june, by_may, by_august))
    assert objects(kept.state, kept.actual, kept.reached_on, colour(kept)) == (
        State.KEPT,
        1,
        date(2022, 6, 15),
        "green",
    )
    assert objects(late.state, late.actual, late.reached_on, colour(late)) == (
        State.MISSED,
        0,
        date(2022, 6, 15),
        "red",
    )
    assert objects(late.rate, late.gap) == (0, -1)
    assert (open_still.state, open_still.light, open_still.reached_on) == (State.ON_TRACK, None, None)


def test_milestone_not_stated_by_its_day_is_missed(town: City, year: list[Quarter], draft: LetterVersion) -> None:
    pledge = promise_milestone(draft, town.project, "complete", date(2022, 3, 31))
    assert one(pledge, year[0]).state == State.MISSING
    report(town, year[0], 10)
    assert (one(pledge, year[0]).state, colour(one(pledge, year[0]))) == (State.MISSED, "red")
    relieve(pledge, town, year[0], 1, 0, 0, 1)
    assert (one(pledge, year[0]).state, one(pledge, year[0]).due_on) == (State.ON_TRACK, date(2022, 9, 30))


def test_city_targets_are_judged_over_all_units_and_settled_when_all_have_reported(
    town: City, year: list[Quarter], campaign: Campaign
) -> None:
    world.make_project("B1", town.other, planned=2000)
    investment = Indicator.objects.get(code="investment")
    rate = Indicator.objects.get(code="completion_rate")
    CityTarget.objects.create(campaign=campaign, indicator=investment, target=Decimal(8000), position=1)
    CityTarget.objects.create(campaign=campaign, indicator=rate, target=Decimal(100), position=2, is_over=True)
    for quarter in year:
        report(town, quarter, 500)
    found = city_standing(campaign, year[3])
    assert [objects(each.actual, each.state) for each in found] == [(4000, State.BEHIND), (100, State.ON_TRACK)]
    for quarter in year:
        report(town, quarter, 500, town.other)
    found = city_standing(campaign, year[3])
    assert [objects(each.actual, each.state) for each in found] == [(6000, State.MISSED), (100, State.MISSED)]
    assert found[0].pledge == campaign.targets.get(position=1)


def test_city_target_to_be_passed_asks_for_more_than_itself(town: City, campaign: Campaign) -> None:
    asked = aim(12, 12, is_percent=True, is_over=True)
    assert [asked.is_reached(Decimal(value), Decimal(12)) for value in ("12", "12.004", "12.005")] == [
        False,
        False,
        True,
    ]


def test_quarter_of_another_year_is_refused(town: City, campaign: Campaign, draft: LetterVersion) -> None:
    earlier = world.make_quarter("2021Q4")
    with pytest.raises(ValueError, match="quarters of its year"):
        fulfilments([promise(draft, "investment", 1)], earlier)
    with pytest.raises(ValueError, match="quarters of its year"):
        city_standing(campaign, earlier)


def test_state_of_what_is_kept_early_is_that_of_its_measure(db: None) -> None:
    policy = Policy.objects.get()
    quarter = Quarter(year=2022, number=2)
    judge = Judge(
        pledge=CityTarget(indicator=Indicator.objects.get(code="investment")),
        aim=aim(10, 5),
        yardstick=Yardstick.of(policy, quarter),
        quarter=quarter,
    )
    known = Actual(Decimal(11), Known.KNOWN)
    assert judge._state(known, None, is_final=False) == State.ON_TRACK


def letters(number: int, campaign: Campaign, town: City, by: User) -> list[Pledge]:
    """So many letters of units with a report, a reading, a milestone and an adjustment each."""
    visits = Indicator.objects.filter(code="visits").first() or promises.make_indicator("visits", town.city)
    made = []
    for index in range(Letter.objects.count(), number):
        unit = world.make_unit(f"43{index + 5000}", town.city)
        project = world.make_project(f"P{index}", unit)
        version = promises.make_draft(campaign, unit)
        pledges = [
            promise(version, code, 100, 25, 50, 75)
            for code in ("investment", "new_industrial", "top500", "start_rate", "investment_growth")
        ]
        pledges += [promise(version, visits, 10, 2), promise_milestone(version, project, "start", date(2022, 6, 30))]
        promises.read(visits, unit, town.quarter, 3, by=by)
        relieve(pledges[0], town, town.quarter, 90, 20)
        made += pledges
    return list(Pledge.objects.filter(version__letter__campaign=campaign))


def test_queries_do_not_grow_with_the_letters(town: City, campaign: Campaign) -> None:
    counted = []
    for number in (1, 3, 300):
        pledges = letters(number, campaign, town, town.administrator)
        rollups.drain(at=at("2022-04-11"))
        with CaptureQueriesContext(connection) as queries:
            assert len(fulfilments(pledges, town.quarter)) == 7 * number
        counted.append(len(queries))
    assert counted == [counted[0]] * 3
    assert counted[0] <= 22

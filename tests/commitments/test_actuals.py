"""What indicators have come to: derived ones equal a recompute from accepted lines; readings add up as they say."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import strategies as st
from hypothesis.stateful import rule

from commitments.actuals import Actual, Actuals, Known
from commitments.models import Indicator, Reading
from portal.models import Quarter, Unit
from projects import drafting, lifecycle, rollups
from projects.models import AnnualPlan, Assignment, ListEntry, Project, Report, ReportLine, Share, Stage
from tests import world
from tests.conftest import City
from tests.histories import try_any
from tests.projects.test_rollup_histories import History, asked_once
from tests.world import at

DAY = at("2022-04-05")
STARTED = {Stage.NEWLY_STARTED, Stage.CONTINUING, Stage.COMPLETED, Stage.SUSPENDED}


def known(value: int | str) -> Actual:
    return Actual(Decimal(value), Known.KNOWN)


def indicator(code: str) -> Indicator:
    """One of those that migrations make."""
    return Indicator.objects.get(code=code)


def derived_from(measure: str, **fields: object) -> Indicator:
    return Indicator.objects.create(
        code=f"x_{measure}_{Indicator.objects.count()}",
        name_zh=measure,
        kind="number",
        unit_of_measure_zh="个",
        unit_of_measure_en="projects",
        source="derived",
        measure=measure,
        **fields,
    )


def of_readings(bureau: Unit, **fields: object) -> Indicator:
    values = {"code": "visitors", "name_zh": "接待游客", "kind": "number", "adds_up": "sum", **fields}
    measured = {"unit_of_measure_zh": "万人次", "unit_of_measure_en": "10,000 visits"}
    return Indicator.objects.create(source="readings", bureau=bureau, **values, **measured)


def read(town: City, indicator: Indicator, unit: Unit, value: str, quarter: Quarter | None = None) -> Reading:
    return Reading.objects.create(
        indicator=indicator,
        unit=unit,
        quarter=quarter or town.quarter,
        value=Decimal(value),
        source="统计公报",
        published_on=date(2022, 4, 20),
        loaded_by=town.administrator,
        loaded_at=DAY,
    )


def accepted(town: City, unit: Unit, quarter: Quarter, lines: dict[str, dict[str, object]]) -> None:
    """The unit's report of the quarter with these lines by project code, accepted the day it opens."""
    when = at(str(quarter.opens_on))
    staff = town.staff if unit == town.county else town.stranger
    report = drafting.begin(unit, quarter, by=staff, at=when)
    for line in ReportLine.objects.filter(report=report).select_related("project"):
        given = {"flow": 0, **lines.get(line.project.code, {})}
        world.fill(line, given.pop("flow"), by=staff, when=when, **given)  # type: ignore[arg-type]
    lifecycle.submit(report, by=staff, at=when)
    report.refresh_from_db()
    world.accepted(report, by=town.reviewer, when=when)
    rollups.drain(at=when)


NEW = {"stage": Stage.NEWLY_STARTED, "started_on": date(2022, 3, 1)}


class Judged(History):
    """Histories in which projects start and finish; at the end indicators are recomputed project by project."""

    @rule(
        which=st.integers(0, 5),
        stages=st.lists(st.sampled_from([*Stage]), min_size=3, max_size=3),
        year=st.sampled_from([2021, 2022]),
    )
    def start(self, which: int, stages: list[Stage], year: int) -> None:
        unit, quarter = self.units[which % 2], self.quarters[which // 2]
        when = max(self.now(), at(str(quarter.opens_on)))
        try:
            report = drafting.begin(unit, quarter, by=self.staff, at=when)
            if report.state != "draft":
                return
            for line, stage in zip(report.lines.order_by("pk"), stages, strict=False):
                began = date(year, 3, 1) if stage in STARTED else None
                ended = quarter.ends_on if stage == Stage.COMPLETED else None
                world.fill(line, 20, by=self.staff, when=when, stage=stage.value, started_on=began, finished_on=ended)
            world.accepted(
                lifecycle.submit(report, by=self.staff, at=when), by=self.reviewer, when=when + timedelta(minutes=1)
            )
        except lifecycle.StepRefused:
            pass

    def compare(self) -> None:
        rollups.drain(at=self.now())
        city = self.units[0].parent
        assert city is not None
        measures = ["investment", "completion_rate", "projects", "planned", "started", "newly_started", "completed"]
        asked = [derived_from(measure) for measure in measures]
        asked += [derived_from(measure, category=world.make_category("livelihood")) for measure in measures]
        asked += [derived_from(measure, tier="county") for measure in measures]
        for quarter in self.quarters:
            actuals = Actuals.read(quarter, [city, *self.units], asked)
            for unit, below in ((city, self.units), *((unit, [unit]) for unit in self.units)):
                for each in asked:
                    assert actuals.of(unit, each) == _recomputed(each, below, quarter), (unit, each, quarter)


def _recomputed(indicator: Indicator, units: list[Unit], quarter: Quarter) -> Actual:
    """From the rules and the rows of lines, without a cell or a statement of the rollups."""
    every = [project for unit in units for project in _population(unit, quarter)]
    own = [project for project in every if _belongs(project, indicator, quarter)]
    covered = [unit for unit in units if _is_covered(unit, quarter)]
    counted = [project for project in own if _unit(project, quarter) in {unit.pk for unit in covered}]
    plan = {project: _plan(project, quarter).planned_investment for project in own}  # type: ignore[union-attr]
    if indicator.measure == "projects":
        return known(len(own))
    if indicator.measure == "planned":
        return known(str(sum(plan.values(), Decimal())))
    if own and not counted:
        return Actual(None, Known.MISSING)
    done = sum((line.flow or 0 for project in counted for line in _year(project, quarter)), Decimal())
    if indicator.measure == "investment":
        return known(str(done))
    if indicator.measure == "completion_rate":
        under = sum((plan[project] for project in counted), Decimal())
        if under:
            return known(str(done / under * 100))
        owing = {_unit(project, quarter) for project in own if _owes(project, quarter)}
        return Actual(None, Known.NOTHING if owing <= {unit.pk for unit in covered} else Known.MISSING)
    takes = {"started": _is_started, "completed": _is_completed, "newly_started": _is_new}[indicator.measure]
    return known(sum(takes(project, quarter) for project in counted))


@asked_once
def _unit(project: Project, quarter: Quarter) -> int | None:
    rows = Assignment.objects.filter(project=project, from_on__lte=quarter.ends_on)
    return rows.order_by("from_on").values_list("unit_id", flat=True).last()


@asked_once
def _plan(project: Project, quarter: Quarter) -> AnnualPlan | None:
    rows = AnnualPlan.objects.filter(project=project, year=quarter.year, in_force_on__lte=quarter.ends_on)
    return rows.order_by("in_force_on").last()


@asked_once
def _population(unit: Unit, quarter: Quarter) -> list[Project]:
    return [each for each in Project.objects.all() if _unit(each, quarter) == unit.pk and _plan(each, quarter)]


@asked_once
def _belongs(project: Project, indicator: Indicator, quarter: Quarter) -> bool:
    plan = _plan(project, quarter)
    entries = ListEntry.objects.in_force(on=quarter.ends_on).filter(project=project, list__tier=indicator.tier)
    in_category = indicator.category_id in (None, plan.category_id if plan else None)
    return in_category and (not indicator.tier or entries.exists())


@asked_once
def _line(project: Project, quarter: Quarter) -> ReportLine | None:
    lines = ReportLine.objects.filter(project=project, quarter=quarter, report__state="accepted")
    return lines.order_by("report__reviewed_at").last()


@asked_once
def _year(project: Project, quarter: Quarter) -> list[ReportLine]:
    quarters = Quarter.objects.filter(year=quarter.year, number__lte=quarter.number).order_by("number")
    return [line for each in quarters if (line := _line(project, each))]


@asked_once
def _owes(project: Project, quarter: Quarter) -> bool:
    if _plan(project, quarter) is None or _unit(project, quarter) is None:
        return False
    return not any(line.stage == "completed" for line in _year(project, quarter) if line.quarter_id != quarter.pk)


@asked_once
def _is_covered(unit: Unit, quarter: Quarter) -> bool:
    population = _population(unit, quarter)
    accepted = Report.objects.filter(unit=unit, quarter=quarter, state="accepted").exists()
    if any(_owes(project, quarter) for project in population) and not accepted:
        return False
    year = Quarter.objects.filter(year=quarter.year, number__lte=quarter.number)
    return all(_line(project, each) for project in population for each in year if _owes(project, each))


def _is_started(project: Project, quarter: Quarter) -> bool:
    return any(line.stage in STARTED for line in _year(project, quarter))


def _is_completed(project: Project, quarter: Quarter) -> bool:
    return any(line.stage == "completed" for line in _year(project, quarter))


def _is_new(project: Project, quarter: Quarter) -> bool:
    first = next((line for line in _year(project, quarter) if line.stage in STARTED), None)
    if first is None:
        return False
    return first.stage == "newly_started" or first.started_on is None or first.started_on.year == quarter.year


@pytest.mark.django_db
def test_indicators_from_rollups_equal_those_from_lines_after_any_history() -> None:
    try_any(Judged, histories=12, steps=18)


def test_derived_values_of_a_county_and_of_the_city_above_it(town: City) -> None:
    world.make_project("B1", town.other, planned=2000)
    accepted(town, town.county, town.quarter, {"A1": {"flow": 250, **NEW}, "A2": {"flow": 150}})
    names = ["investment", "completion_rate", "projects", "newly_started", "new_industrial", "completed", "top500"]
    asked = {name: indicator(name) for name in names}
    actuals = Actuals.read(town.quarter, [town.city, town.county, town.other], [*asked.values()])
    found = {name: actuals.of(town.county, each) for name, each in asked.items()}
    assert found == {
        "investment": known(400),
        "completion_rate": known(10),
        "projects": known(2),
        "newly_started": known(1),
        "new_industrial": known(1),
        "completed": known(0),
        "top500": known(0),
    }
    assert actuals.of(town.city, asked["investment"]) == known(400)
    assert actuals.of(town.city, asked["projects"]) == known(3)
    coverage = actuals.coverage(town.city)
    assert (len(coverage.reported), len(coverage.owing)) == (1, 2)


def test_unit_without_an_accepted_report_is_missing_and_its_register_is_known(town: City) -> None:
    rollups.drain(at=DAY)
    names = ["investment", "completion_rate", "start_rate", "investment_growth", "newly_started", "projects", "planned"]
    asked = [indicator(name) for name in names]
    actuals = Actuals.read(town.quarter, [town.county], asked)
    missing = Actual(None, Known.MISSING)
    assert [actuals.of(town.county, each) for each in asked] == [missing] * 5 + [known(2), known(4000)]


def test_unit_that_only_shares_is_missing_until_the_answering_unit_has_reported(town: City) -> None:
    Share.objects.create(project=town.project, unit=town.other, share="0.4", from_on=date(2022, 1, 1), reason="a road")
    rollups.drain(at=DAY)
    asked = [indicator(name) for name in ("investment", "completion_rate", "newly_started")]
    actuals = Actuals.read(town.quarter, [town.other], asked)
    assert [actuals.of(town.other, each) for each in asked] == [Actual(None, Known.MISSING)] * 3


def test_unit_without_projects_has_counts_of_nought_and_nothing_to_judge_in_rates(town: City) -> None:
    rollups.drain(at=DAY)
    names = ["investment", "newly_started", "projects", "completion_rate", "start_rate", "investment_growth"]
    asked = [indicator(name) for name in names]
    actuals = Actuals.read(town.quarter, [town.other], asked)
    nothing = Actual(None, Known.NOTHING)
    assert [actuals.of(town.other, each) for each in asked] == [known(0)] * 3 + [nothing] * 3


def test_start_rate_has_nothing_to_judge_where_nothing_is_due(town: City) -> None:
    accepted(town, town.county, town.quarter, {"A1": NEW})
    rate = indicator("start_rate")
    assert Actuals.read(town.quarter, [town.county], [rate]).of(town.county, rate) == Actual(None, Known.NOTHING)
    town.project.annualplan_set.update(start_due_on=date(2022, 2, 1))
    rollups.drain(at=DAY)
    assert Actuals.read(town.quarter, [town.county], [rate]).of(town.county, rate) == known(100)


def test_nothing_due_among_those_who_reported_is_missing_while_others_have_not(town: City) -> None:
    later = world.make_project("B1", town.other, planned=2000)
    later.annualplan_set.update(start_due_on=date(2022, 2, 1))
    accepted(town, town.county, town.quarter, {})
    rate = indicator("start_rate")
    assert Actuals.read(town.quarter, [town.city], [rate]).of(town.city, rate) == Actual(None, Known.MISSING)


def test_project_under_way_before_it_came_into_the_register_is_no_new_start(town: City) -> None:
    accepted(town, town.county, town.quarter, {"A1": {"stage": Stage.CONTINUING, "started_on": date(2021, 3, 1)}})
    newly = indicator("newly_started")
    assert Actuals.read(town.quarter, [town.county], [newly]).of(town.county, newly) == known(0)


def test_start_counts_in_the_year_of_the_first_line_that_states_it(town: City) -> None:
    before = world.make_quarter("2021Q4")
    for project in (town.project, town.second):
        world.make_plan(project, 2021, 100)
    newly = indicator("newly_started")
    began: dict[str, object] = {"stage": Stage.NEWLY_STARTED, "started_on": date(2021, 12, 30)}
    waiting: dict[str, object] = {"stage": Stage.PREPARATORY, "started_on": None}
    accepted(town, town.county, before, {"A1": began, "A2": waiting})
    # Said a quarter late, with a day of last year: nobody had counted it, so this year does.
    accepted(town, town.county, town.quarter, {"A1": {"stage": Stage.CONTINUING}, "A2": began})
    assert Actuals.read(before, [town.county], [newly]).of(town.county, newly) == known(1)
    assert Actuals.read(town.quarter, [town.county], [newly]).of(town.county, newly) == known(1)


def test_growth_of_a_slice_compares_it_with_itself(town: City) -> None:
    before = world.make_quarter("2021Q1")
    for project in (town.project, town.second):
        world.make_plan(project, 2021, 500)
    town.second.annualplan_set.update(category=world.make_category("ecology"))
    accepted(town, town.county, before, {"A1": {"flow": 100}, "A2": {"flow": 900}})
    accepted(town, town.county, town.quarter, {"A1": {"flow": 150}, "A2": {"flow": 100}})
    all_of_it = indicator("investment_growth")
    industry = derived_from("growth", category=world.make_category())
    actuals = Actuals.read(town.quarter, [town.city, town.county], [all_of_it, industry])
    assert actuals.of(town.city, all_of_it) == known(-75)
    assert actuals.of(town.city, industry) == known(50)


def test_readings_are_added_up_as_the_indicator_says(town: City) -> None:
    second = world.make_quarter("2022Q2")
    asked = {
        how: of_readings(world.make_unit(f"430499{number}", town.city, Unit.Kind.BUREAU), code=how, adds_up=how)
        for number, how in enumerate(("sum", "latest", "average"))
    }
    for each in asked.values():
        read(town, each, town.county, "10")
        read(town, each, town.county, "30", second)
        read(town, each, town.other, "7", second)
    actuals = Actuals.read(second, [town.city, town.county, town.other], [*asked.values()])
    assert {how: actuals.of(town.county, each) for how, each in asked.items()} == {
        "sum": known(40),
        "latest": known(30),
        "average": known(20),
    }
    missing = Actual(None, Known.MISSING)
    assert [actuals.of(town.other, each) for each in asked.values()] == [missing, known(7), missing]
    # A city's statistics are its own, not the sum of its counties'.
    assert [actuals.of(town.city, each) for each in asked.values()] == [missing] * 3
    assert [each.value for each in actuals.readings_of(town.county, asked["sum"])] == [10, 30]


def test_milestones_are_reached_in_the_first_accepted_line_that_states_them(town: City) -> None:
    second = world.make_quarter("2022Q2")
    accepted(town, town.county, town.quarter, {"A1": NEW, "A2": {"stage": Stage.PREPARATORY, "started_on": None}})
    ids = [town.project.pk, town.second.pk]
    first = Actuals.read(town.quarter, [town.county], [], projects=ids)
    assert [first.milestone(each, "start") for each in ids] == [known(1), known(0)]
    assert [first.milestone(each, "complete") for each in ids] == [known(0), known(0)]
    assert first.reached_on(ids[0], "start") == date(2022, 3, 1)
    # Nothing accepted of the second quarter yet: what was reached stays, of the rest nothing is known.
    later = Actuals.read(second, [town.county], [], projects=ids)
    assert [later.milestone(each, "start") for each in ids] == [known(1), Actual(None, Known.MISSING)]


@pytest.mark.parametrize("count", [1, 3, 300])
def test_actuals_cost_the_same_number_of_queries(town: City, count: int) -> None:
    units = [world.make_unit(f"4304{number:05}", town.city) for number in range(count)]
    rollups.drain(at=DAY)
    bureau = world.make_unit("430499", town.city, Unit.Kind.BUREAU)
    asked = [*Indicator.objects.all(), of_readings(bureau)]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        actuals = Actuals.read(town.quarter, units, asked, projects=[town.project.pk])
        for unit in units:
            for each in asked:
                actuals.of(unit, each)
    # The tree, lists of tiers, mergers, cells by unit, new tiers, cells by class, starts, readings, milestones.
    assert len(queries) == 9

"""Random histories: whatever happens to reports and to the register, drained cells equal a recompute made in Python."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import TypeVar

import pytest
from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from portal.models import Quarter, Role, Unit
from projects import audit, drafting, facts, lifecycle, register, rollups
from projects.facts import MEASURES
from projects.models import AnnualPlan, Assignment, Cell, ListEntry, Mark, Project, Report, ReportLine, Share, Stage
from projects.models.project import STARTED
from projects.standings import WHOLE, Slice, Standings
from tests import world
from tests.histories import try_any
from tests.world import at

START = at("2022-03-25")
Asked = TypeVar("Asked", bound=Callable[..., object])
ASKED: list[Callable[[], None]] = []


def asked_once(function: Asked) -> Asked:
    """A recompute asks the same of the same rows thousands of times, while nothing changes them."""
    remembering = cache(function)
    ASKED.append(remembering.cache_clear)
    return remembering  # type: ignore[return-value]


def forget() -> None:
    for clear in ASKED:
        clear()


class History(RuleBasedStateMachine):
    """Two counties, three projects, three quarters and the people to report them, and a county that only shares."""

    NUMBERS = (1, 2, 3)

    def __init__(self) -> None:
        super().__init__()
        self.history = transaction.atomic()
        self.history.__enter__()
        self.found()

    def found(self) -> None:
        city = world.make_unit("430400", kind=Unit.Kind.CITY)
        self.units = [world.make_unit("430421", city), world.make_unit("430422", city)]
        self.partner = world.make_unit("430423", city)
        self.quarters = [world.make_quarter(f"2022Q{number}") for number in self.NUMBERS]
        self.projects = [world.make_project(f"A{number}", self.units[0], planned=1000) for number in (1, 2)]
        self.projects.append(world.make_project("B1", self.units[1], planned=500, lists=()))
        self.staff = world.make_person("staff", city, Role.REPORTER, Role.APPROVER)
        self.reviewer = world.make_person("reviewer", city, Role.REVIEWER)
        self.when = START

    def now(self) -> datetime:
        self.when += timedelta(minutes=1)
        return self.when

    @rule(which=st.integers(0, 5), flows=st.lists(st.integers(0, 500), min_size=3, max_size=3), done=st.booleans())
    def file(self, which: int, flows: list[int], done: bool) -> None:
        """Prepare and submit, in a quarter that may be too early for it: the refusal is part of the history."""
        unit, quarter = self.units[which % 2], self.quarters[which // 2]
        when = max(self.now(), at(str(quarter.opens_on)))
        try:
            report = drafting.begin(unit, quarter, by=self.staff, at=when)
            if report.state == "draft":
                for line, flow in zip(report.lines.order_by("pk"), flows, strict=False):
                    finish = {"stage": Stage.COMPLETED, "finished_on": quarter.ends_on} if done else {}
                    world.fill(line, flow, by=self.staff, when=when, **finish)
                lifecycle.submit(report, by=self.staff, at=when)
        except lifecycle.StepRefused:
            pass

    @rule(accepts=st.booleans(), which=st.integers(0, 5))
    def review(self, accepts: bool, which: int) -> None:
        waiting = list(Report.objects.waiting_for_review().order_by("pk"))
        if not waiting:
            return
        report = waiting[which % len(waiting)]
        if accepts:
            world.accepted(report, by=self.reviewer, when=self.now())
        else:
            lifecycle.send_back(report, by=self.reviewer, at=self.now(), remark="look again")

    @rule(which=st.integers(0, 5))
    def correct(self, which: int) -> None:
        accepted = list(Report.objects.accepted().order_by("pk"))
        if accepted:
            lifecycle.correct(accepted[which % len(accepted)], by=self.staff, at=self.now(), reason="counted twice")

    @rule(project=st.integers(0, 2), unit=st.integers(0, 1), month=st.integers(1, 9))
    def move(self, project: int, unit: int, month: int) -> None:
        """Assign from a day on, or assign anew from a day on which the project was assigned already."""
        Assignment.objects.update_or_create(
            project=self.projects[project],
            from_on=date(2022, month, 15),
            defaults={"unit": self.units[unit], "reason": "merger"},
        )

    @rule(project=st.integers(0, 2))
    def forget_move(self, project: int) -> None:
        Assignment.objects.filter(project=self.projects[project], from_on__year=2022).delete()

    @rule(project=st.integers(0, 2), month=st.integers(1, 9), listed=st.booleans())
    def relist(self, project: int, month: int, listed: bool) -> None:
        ListEntry.objects.filter(project=self.projects[project]).delete()
        ListEntry.objects.create(
            project=self.projects[project],
            list=world.make_list("county_key"),
            listed_on=date(2022, 1, 1),
            delisted_on=None if listed else date(2022, month, 2),
            reason="test",
        )

    @rule(project=st.integers(0, 2), month=st.integers(1, 9), planned=st.integers(0, 2000))
    def replan(self, project: int, month: int, planned: int) -> None:
        AnnualPlan.objects.update_or_create(
            project=self.projects[project],
            year=2022,
            in_force_on=date(2022, month, 20),
            defaults={"planned_investment": planned, "category": world.make_category("livelihood"), "reason": "test"},
        )

    @rule(unit=st.integers(0, 1), month=st.integers(1, 9))
    def merge(self, unit: int, month: int) -> None:
        """The unit ends, and whatever it answers for passes on."""
        register.pass_on(
            self.units[unit], self.units[1 - unit], on=date(2022, month, 10), by=self.staff, reason="merger"
        )

    @rule()
    def crash(self) -> None:
        """A drainer dies before its commit: what it took is there again."""
        marks = set(Mark.objects.values_list("pk", flat=True))
        with transaction.atomic():
            rollups.drain(at=self.now())
            transaction.set_rollback(True)
        assert set(Mark.objects.values_list("pk", flat=True)) == marks

    @rule()
    def drain(self) -> None:
        rollups.drain(at=self.now())

    @invariant()
    def cells_without_marks_are_right(self) -> None:
        assert audit.differences() == []

    def teardown(self) -> None:
        try:
            forget()
            self.compare()
        finally:
            transaction.set_rollback(True)
            self.history.__exit__(None, None, None)

    def compare(self) -> None:
        rollups.drain(at=self.now())
        assert audit.differences() == []
        units = [*self.units, self.partner]
        for quarter in self.quarters:
            _parts_add_up([unit.pk for unit in units], quarter)
            for unit in units:
                cell = Cell.objects.filter(grain="unit", unit=unit, quarter=quarter).first()
                assert _said(cell) == _recomputed(unit, quarter)


class Shared(History):
    """Histories in which other units come to have shares of projects."""

    @rule(
        project=st.integers(0, 2),
        unit=st.integers(0, 2),
        month=st.integers(1, 9),
        share=st.sampled_from(["0", "0.1", "0.3333", "0.45"]),
    )
    def share(self, project: int, unit: int, month: int, share: str) -> None:
        """From a day on a part of the money counts for this unit, be it the one that answers for the project."""
        Share.objects.update_or_create(
            project=self.projects[project],
            unit=[*self.units, self.partner][unit],
            from_on=date(2022, month, 25),
            defaults={"share": Decimal(share), "reason": "a road through both"},
        )


def _parts_add_up(units: list[int], quarter: Quarter) -> None:
    """What the tree adds up to is the sum of its leaves, and of the lines that a figure opens to, in every slice."""
    standings = Standings.read(quarter, units)
    for part in (WHOLE, Slice(category=world.make_category().pk), Slice(lists=frozenset({"county_key"}))):
        whole, leaves = standings.total(units, part), [standings.total([unit], part) for unit in units]
        lines = facts.read(quarter, units, part)
        for name in OPENED:
            figure = getattr(whole, name)
            known = [value for leaf in leaves if (value := getattr(leaf, name)) is not None]
            assert (figure or 0) == sum(known), (name, part)
            assert (figure or 0) == (MEASURES[name].value(lines) or 0), (name, part)


OPENED = (
    "projects",
    "planned",
    "large",
    "total_investment",
    "flow",
    "year_to_date",
    "started",
    "completed",
    "completed_output",
)


def _said(cell: Cell | None) -> tuple[object, ...] | None:
    if cell is None:
        return None
    return (
        cell.projects,
        cell.planned,
        cell.lines_expected,
        cell.is_reported,
        cell.flow,
        cell.year_to_date,
        cell.started,
    )


def _recomputed(unit: Unit, quarter: Quarter) -> tuple[object, ...] | None:
    """The unit's cell of this quarter, slowly and project by project, written from the rules and not from the SQL."""
    population = {each: part for each in Project.objects.all() if (part := _counts_for(each, unit, quarter))}
    plans = {project: plan for project in population if (plan := _plan(project, quarter)) is not None}
    if not plans:
        return None
    own = [project for project in plans if _answers(project, quarter) == unit.pk]
    year = [each for each in Quarter.objects.all() if each.number <= quarter.number]
    expected = [project for project in own if _expected(project, quarter)]
    accepted = Report.objects.accepted().filter(unit=unit, quarter=quarter).exists()
    others = [project for project in plans if project not in own and _expected(project, quarter)]
    reported = (accepted or not expected) and all(_line(project, quarter) for project in others)
    covered = reported and all(
        _line(project, each) is not None for project in plans for each in year if _expected(project, each)
    )
    flows = {(project, each): line.flow for project in plans for each in year if (line := _line(project, each))}
    now = {project: flows.get((project, quarter)) or Decimal() for project in plans}
    to_date = {project: sum((flows.get((project, each)) or Decimal() for each in year), Decimal()) for project in plans}
    return (
        len(own),
        _counted(plans, unit, quarter),
        len(expected),
        reported,
        _counted(now, unit, quarter) if reported else None,
        _counted(to_date, unit, quarter) if covered else None,
        sum(_started(project, year) for project in own) if covered else None,
    )


def _counted(amounts: dict[Project, Decimal], unit: Unit, quarter: Quarter) -> Decimal:
    """What of these amounts counts for the unit: its shares, rounded, and of its own projects what others leave."""
    total = Decimal()
    for project, amount in amounts.items():
        if _answers(project, quarter) == unit.pk:
            others = [each for each in Unit.objects.all() if each != unit]
            total += amount - sum(_rounded(amount * _shared(project, each, quarter)) for each in others)
        else:
            total += _rounded(amount * _shared(project, unit, quarter))
    return total


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def _counts_for(project: Project, unit: Unit, quarter: Quarter) -> bool:
    """Whether the project counts for the unit at all."""
    answering = _answers(project, quarter)
    return answering == unit.pk or (answering is not None and _shared(project, unit, quarter) > 0)


@asked_once
def _shared(project: Project, unit: Unit, quarter: Quarter) -> Decimal:
    rows = Share.objects.filter(project=project, unit=unit, from_on__lte=quarter.ends_on).order_by("from_on")
    return rows.values_list("share", flat=True).last() or Decimal()


@asked_once
def _answers(project: Project, quarter: Quarter) -> int | None:
    rows = Assignment.objects.filter(project=project, from_on__lte=quarter.ends_on).order_by("from_on")
    return rows.values_list("unit_id", flat=True).last()


@asked_once
def _plan(project: Project, quarter: Quarter) -> Decimal | None:
    rows = AnnualPlan.objects.filter(project=project, year=quarter.year, in_force_on__lte=quarter.ends_on)
    return rows.order_by("in_force_on").values_list("planned_investment", flat=True).last()


@asked_once
def _line(project: Project, quarter: Quarter) -> ReportLine | None:
    lines = ReportLine.objects.filter(project=project, quarter=quarter, report__state="accepted")
    return lines.order_by("report__reviewed_at", "pk").last()


@asked_once
def _expected(project: Project, quarter: Quarter) -> bool:
    earlier = [each for each in Quarter.objects.all() if each.number < quarter.number]
    completed = any(line.stage == Stage.COMPLETED for each in earlier if (line := _line(project, each)))
    return _answers(project, quarter) is not None and _plan(project, quarter) is not None and not completed


def _started(project: Project, year: list[Quarter]) -> bool:
    return any(line.stage in STARTED for each in year if (line := _line(project, each)))


@pytest.mark.django_db
def test_cells_equal_a_recompute_after_any_history() -> None:
    try_any(Shared, histories=25, steps=18)

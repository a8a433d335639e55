"""Random histories over two years: every figure equals the one that tests/oracle.py makes of the same rows.

The oracle is independent of the code under test: it takes rows of the register, reports and lines, and does in plain
Python what figures.md says, for every column of the cells of all three grains. Sums over units, growth and ranks of the
oracle come from its own cells, and are compared with `Standings` (read unit by unit), with the sums over the tree and
its ranks (one statement each), and with the parts of a dashboard. What had been known in the past is not asked here:
test_recorded.py compares it with what was read at the time.
"""

from collections.abc import Collection
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from itertools import zip_longest
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from hypothesis import strategies as st
from hypothesis.stateful import rule

from portal.models import Quarter, Role, Unit
from projects import drafting, facts, lifecycle, milestones, register, rollups, tree_sums
from projects.facts import MEASURES
from projects.models import AnnualPlan, Assignment, Cell, Chain, ListEntry, Project, Share, Stage, Valuation
from projects.models.project import STARTED
from projects.opened import IN_CELLS, Opened
from projects.selection import Selection
from projects.standings import Slice, Standings, Total
from tests import oracle, world
from tests.histories import try_any
from tests.oracle import Oracle
from tests.projects.test_rollup_histories import Shared, forget
from tests.world import at

STANDING = [
    each for each in oracle.Standing.__dataclass_fields__ if each not in {"owing", "reported", "planned_covered"}
]
GROWTH = list(oracle.Growth.__dataclass_fields__)
# Rows of the register, each with the column of the day from which it counts.
REGISTER = st.sampled_from(
    [
        (Assignment, "from_on"),
        (AnnualPlan, "in_force_on"),
        (ListEntry, "listed_on"),
        (Share, "from_on"),
        (Valuation, "from_on"),
    ]
)
CENTS = st.integers(0, 60_000).map(lambda cents: Decimal(cents) / 100)


class Figured(Shared):
    """A township below one of the counties besides; two quarters of a year, and one of a year before."""

    def found(self) -> None:
        super().found()
        self.township = world.make_unit("430421100", self.units[0])
        self.chain = Chain.objects.create(code="steel", name_zh="钢铁", name_en="Steel")
        self.quarters = [world.make_quarter("2021Q2"), *self.quarters[:2]]
        Quarter.objects.update(opens_on=date(2021, 1, 1), closes_on=date(2024, 1, 1))
        for quarter in self.quarters:
            quarter.refresh_from_db()
        self.projects[1].assignment_set.update(unit=self.township)
        for project in self.projects:
            world.make_plan(project, 2021, "333.33")
        for report_of in (*self.units, self.township):
            self._report(report_of, 0, Decimal(100), Stage.CONTINUING)

    def _report(self, unit: Unit, quarter: int, flow: Decimal, stage: Stage) -> None:
        """A report of lines with such a flow, accepted; refused where none is owed, or an earlier one is missing."""
        its, when = self.quarters[quarter], self.now()
        said: dict[str, Any] = {"stage": stage, "started_on": its.starts_on if stage in STARTED else None}
        said |= {"finished_on": its.ends_on} if stage == Stage.COMPLETED else {}
        try:
            draft = drafting.begin(unit, its, by=self.staff, at=when)
            if draft.state == "draft":
                for number, line in enumerate(draft.lines.order_by("pk")):
                    world.fill(line, str(flow + number), by=self.staff, when=when, **said)
                world.accepted(lifecycle.submit(draft, by=self.staff, at=when), by=self.reviewer, when=self.now())
        except lifecycle.StepRefused:
            pass

    @rule(which=st.integers(0, 2), quarter=st.integers(0, 2), flow=CENTS, stage=st.sampled_from(Stage))
    def report_whole(self, which: int, quarter: int, flow: Decimal, stage: Stage) -> None:
        self._report([*self.units, self.township][which], quarter, flow, stage)

    @rule(project=st.integers(0, 2), month=st.integers(1, 6), whole=CENTS, parts=st.lists(CENTS, max_size=3))
    def replan_by_quarter(self, project: int, month: int, whole: Decimal, parts: list[Decimal]) -> None:
        names = ("cumulative_q1", "cumulative_q2", "cumulative_q3")
        cumulative = dict(zip_longest(names, sorted(parts)))
        values: dict[str, Any] = {
            "planned_investment": whole + max(parts, default=0),
            "chain": self.chain,
            "reason": "test",
        }
        values |= {"category": world.make_category(), "start_due_on": date(2022, month, 1), **cumulative}
        day = date(2022, month, 21)
        AnnualPlan.objects.update_or_create(project=self.projects[project], year=2022, in_force_on=day, defaults=values)

    @rule(project=st.integers(0, 2), month=st.integers(1, 6), total=st.sampled_from([None, "99999.99", "100000"]))
    def value(self, project: int, month: int, total: str | None) -> None:
        values: dict[str, Any] = {"total_investment": total, "expected_annual_output": "77.77", "reason": "test"}
        day = date(2022, month, 5)
        Valuation.objects.update_or_create(project=self.projects[project], from_on=day, defaults=values)

    @rule(rows=REGISTER, which=st.integers(0, 9), days=st.integers(-200, 200))
    def redate(self, rows: tuple[Any, str], which: int, days: int) -> None:
        """A row counts from an earlier or a later day than was written down, where that day is free."""
        model, day = rows
        row = model.objects.order_by("pk")[which : which + 1]
        with suppress(IntegrityError), transaction.atomic():
            model.objects.filter(pk__in=row.values("pk")).update(**{day: F(day) + timedelta(days=days)})

    @rule(rows=REGISTER, which=st.integers(0, 9))
    def strike(self, rows: tuple[Any, str], which: int) -> None:
        """A row is deleted, be it the project's only one."""
        model, _day = rows
        model.objects.filter(pk__in=model.objects.order_by("pk")[which : which + 1].values("pk")).delete()

    @rule()
    def change_the_calendar(self) -> None:
        """A quarter before another one of its year joins, and is a gap; or leaves, where nobody has reported it."""
        first = Quarter.objects.filter(year=2021, number=1).first()
        if first is None:
            world.make_quarter("2021Q1")
        elif not first.report_set.exists():
            first.delete()

    @rule(which=st.permutations([0, 1, 2]), month=st.integers(1, 6))
    def succeed(self, which: list[int], month: int) -> None:
        """A unit ends by a merger, as the admin writes it down; where it can't have been, that is refused."""
        units = [*self.units, self.township]
        ending, successor = (Unit.objects.get(pk=units[each].pk) for each in which[:2])
        ending.valid_until, ending.successor = date(2022, month, 28), successor
        try:
            ending.clean()
        except ValidationError:
            return
        ending.save()
        since = ending.valid_until + timedelta(days=1)
        register.pass_on(ending, successor, on=since, by=self.staff, reason="merger")

    def compare(self) -> None:
        forget()
        rollups.drain(at=self.now())
        rightly = Oracle()
        for quarter in rightly.quarters:
            for unit in rightly.units:
                assert _cells(unit, quarter) == rightly.cells(unit, quarter)
                owed = {each.project for each in rightly.facts(unit, quarter) if each.is_own and each.is_expected}
                assert set(Project.objects.expected(rightly.units[unit], quarter).values_list("pk", flat=True)) == owed
                _reached(quarter, rightly.facts(unit, quarter))
            self._compare_totals(rightly, quarter)

    def _compare_totals(self, rightly: Oracle, quarter: Quarter) -> None:
        below = {unit: _below(unit, rightly.units.values()) for unit in rightly.units}
        top, everything = max(below.items(), key=lambda each: len(each[1]))
        parts: list[dict[str, Any]] = [
            {"lists": frozenset({"county_key"})},
            {"category": world.make_category().pk},
            {"lists": frozenset({"municipal_key"}), "category": world.make_category().pk},
            {"chain": self.chain.pk},
        ]
        standings = Standings.read(quarter, everything)
        for part in ({}, *parts):
            _same(standings.total(everything, Slice(**part)), rightly, everything, quarter, part)
        trees = tree_sums.wholes(quarter, below)
        for unit, units in below.items():
            _same(standings.total(units), rightly, units, quarter, {})
            _same(trees[unit], rightly, units, quarter, {})
        sums = tree_sums.sums(quarter, [top], [])
        for part in parts:
            _same(sums.part(Slice(**part)), rightly, everything, quarter, part)
        for part in ({}, *parts):
            _opens(standings.total(everything, Slice(**part)), everything, quarter, Slice(**part))
        rated = tree_sums.rated(quarter, below, dict.fromkeys(below, 1))
        rates = {unit: rightly.total(units, quarter).rate for unit, units in below.items()}
        assert {unit: each.rank for unit, each in rated.items()} == oracle.ranks(rates)


def _cells(unit: int, quarter: Quarter) -> dict[tuple[str, str, int | None, int | None], dict[str, Any]]:
    """As they are kept."""
    about = {"grain", "list_set", "category", "chain", "id", "unit", "quarter", "year", "computed_at"}
    columns = [each.name for each in Cell._meta.concrete_fields if each.name not in about]
    return {
        (cell.grain, cell.list_set, cell.category_id, cell.chain_id): {name: getattr(cell, name) for name in columns}
        for cell in Cell.objects.filter(unit=unit, quarter=quarter)
    }


def _reached(quarter: Quarter, told: Collection[oracle.Fact]) -> None:
    """What pledges on projects rest on says the same."""
    said = milestones.read(quarter, [fact.project for fact in told])
    for fact in told:
        its = said.get(fact.project)
        assert (fact.is_started, fact.is_completed) == ((its.is_started, its.is_completed) if its else (False, False))
        assert fact.has_line == bool(its and its.is_reported)


def _below(unit: int, units: Collection[Unit]) -> frozenset[int]:
    children = [each.pk for each in units if each.parent_id == unit]
    return frozenset({unit}).union(*(_below(child, units) for child in children))


def _same(total: Total, rightly: Oracle, units: Collection[int], quarter: Quarter, part: dict[str, Any]) -> None:
    """The total says what the oracle does; one that was summed by the database says how many units, not which."""
    right, growth = rightly.total(units, quarter, **part), rightly.growth(units, quarter, **part)
    assert {name: getattr(total, name) for name in STANDING} == {name: getattr(right, name) for name in STANDING}
    assert {name: getattr(total.growth, name) for name in GROWTH} == {name: getattr(growth, name) for name in GROWTH}
    assert (total.coverage.owing, total.coverage.reported) == (right.owing, right.reported)
    assert (total.coverage.planned_covered, total.completion_rate) == (right.planned_covered, right.rate)


def _opens(total: Total, units: Collection[int], quarter: Quarter, part: Slice) -> None:
    """The lines that each figure opens to add up to it; what nobody has reported is nought, or not told at all."""
    lines = facts.read(quarter, units, part)
    for name in IN_CELLS.keys() - {"growth"}:
        figure, opened = IN_CELLS[name](total), MEASURES[name].value(lines)
        assert figure == opened or (name == "reported" and not figure and opened is None), (name, part)
    growth = Opened.read(Selection(quarter=quarter), units, part, MEASURES["growth"])
    assert growth.value == total.growth.rate, part


@pytest.mark.django_db
def test_every_figure_equals_the_oracles_after_any_history() -> None:
    try_any(Figured, histories=6, steps=20)


@pytest.mark.django_db
def test_oracle_by_hand(django_assert_max_num_queries: Any) -> None:
    """Worked out on paper, so that the oracle itself is held to something."""
    city = world.make_unit("430400", kind=Unit.Kind.CITY)
    county, other = world.make_unit("430421", city), world.make_unit("430422", city)
    quarter, staff = world.make_quarter("2022Q1"), world.make_person("staff", city, Role.REPORTER, Role.APPROVER)
    world.make_project("A1", county, planned=1000)
    world.make_project("B1", other, planned=500)
    report = world.submitted(county, quarter, 250, by=staff, when=at("2022-04-05"))
    world.accepted(report, by=world.make_person("reviewer", city, Role.REVIEWER), when=at("2022-04-05"))
    with django_assert_max_num_queries(12):
        total = Oracle().total([county.pk, other.pk], quarter)
    assert (total.planned, total.planned_covered, total.year_to_date) == (Decimal(1500), Decimal(1000), Decimal(250))
    assert total.rate == Decimal("0.25")
    assert [total.owing, total.reported] == [{county.pk, other.pk}, {county.pk}]
    assert oracle.ranks({1: Decimal("0.5"), 2: Decimal("0.5"), 3: Decimal("0.1"), 4: None}) == {
        1: 1,
        2: 1,
        3: 3,
        4: None,
    }

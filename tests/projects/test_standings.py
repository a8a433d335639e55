"""Sums, coverage and growth over cells: hand-computed examples, and what holds for any cells."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.models import Quarter, Unit
from projects.models import Cell, Grain
from projects.standings import WHOLE, Standings
from projects.sums import Sums
from tests import world
from tests.world import at

NOW, BEFORE = 8, 4  # primary keys of the two quarters
Q = Quarter(pk=NOW, year=2022, number=2)
DEFAULTS: dict[str, Any] = {
    "grain": Grain.UNIT,
    "quarter_id": NOW,
    "list_set": "",
    "lines_expected": 1,
    "lines_reported": 1,
    "is_reported": True,
    "is_covered": True,
    "flow": Decimal(0),
    "year_to_date": Decimal(0),
    "started": 0,
    "completed": 0,
    "due_started": 0,
    "completed_output": Decimal(0),
    "projects": 1,
    "planned": Decimal(0),
    "due_to_start": 0,
    "due_to_finish": 0,
    "large": 0,
    "total_investment": Decimal(0),
    "expected_output": Decimal(0),
    "computed_at": at("2022-07-05"),
}
MISSING: dict[str, Any] = {
    "lines_reported": 0,
    "is_reported": False,
    "is_covered": False,
    "flow": None,
    "year_to_date": None,
    "started": None,
    "completed": None,
    "due_started": None,
    "completed_output": None,
}


def cell(unit: int, *, planned: int = 0, done: int = 0, reported: bool = True, **values: Any) -> Cell:
    """A cell with this plan and year to date in 万元; reported=False makes it one without an accepted report."""
    amounts = {"planned": Decimal(planned), "year_to_date": Decimal(done), "flow": Decimal(done)}
    return Cell(**{**DEFAULTS, **amounts, **({} if reported else MISSING), **values, "unit_id": unit})


def standings(
    *cells: Cell, mergers: dict[int, int] | None = None, newcomers: dict[str, frozenset[int]] | None = None
) -> Standings:
    return Standings(Q, [(each.unit_id, as_read(each)) for each in cells], mergers or {}, newcomers or {})


def as_read(one: Cell) -> Sums:
    """What the database makes of one unit's cell."""
    owing = [one.unit_id] if one.lines_expected else None
    return Sums(
        is_now=one.quarter_id == NOW,
        projects=one.projects,
        planned=one.planned,
        large=one.large,
        total_investment=one.total_investment,
        expected_output=one.expected_output,
        year_to_date=one.year_to_date,
        started=one.started,
        completed=one.completed,
        completed_output=one.completed_output,
        due_started=one.due_started,
        flow=one.flow,
        planned_covered=one.planned if one.is_covered else None,
        due_to_start=one.due_to_start if one.is_covered else None,
        owing=owing,
        reported=owing if one.is_covered else None,
        computed_at=one.computed_at,
    )


def test_rate_covers_the_same_units_above_and_below_the_line() -> None:
    total = standings(cell(1, planned=1000, done=600), cell(2, planned=3000, reported=False)).total({1, 2})
    assert total.planned == Decimal(4000)
    assert total.year_to_date == Decimal(600)
    assert total.completion_rate == Decimal("0.6")
    assert total.coverage.owing == {1, 2}
    assert total.coverage.reported == {1}
    assert total.coverage.share == Decimal("0.25")
    assert not total.coverage.is_complete


def test_rate_is_not_capped() -> None:
    assert standings(cell(1, planned=1000, done=1351)).total({1}).completion_rate == Decimal("1.351")


def test_total_without_a_report_is_null_and_a_reported_nought_is_nought() -> None:
    silent = standings(cell(1, planned=1000, reported=False)).total({1})
    assert (silent.year_to_date, silent.flow, silent.started, silent.completion_rate) == (None, None, None, None)
    nought = standings(cell(1, planned=1000)).total({1})
    assert {nought.year_to_date, nought.flow, nought.started, nought.completion_rate} == {Decimal(0)}


def test_rate_of_no_plan_is_null() -> None:
    assert standings(cell(1, done=10)).total({1}).completion_rate is None


def test_flow_is_known_where_an_earlier_quarter_is_missing_and_the_year_to_date_is_not() -> None:
    gap: dict[str, Any] = {
        "is_covered": False,
        "year_to_date": None,
        "started": None,
        "completed": None,
        "completed_output": None,
    }
    total = standings(cell(1, planned=1000, done=50, **gap, due_started=None)).total({1})
    assert (total.flow, total.year_to_date) == (Decimal(50), None)
    assert total.coverage.reported == frozenset()


def test_unit_that_owes_no_line_counts_in_sums_and_not_among_the_units() -> None:
    total = standings(cell(1, planned=500, done=500, lines_expected=0, lines_reported=0)).total({1})
    assert total.completion_rate == 1
    assert (total.coverage.owing, total.coverage.is_complete) == (frozenset(), True)


def test_start_rate_is_neutral_where_nothing_is_due() -> None:
    assert standings(cell(1)).total({1}).start_rate is None
    due = standings(cell(1, due_to_start=4, due_started=3), cell(2, due_to_start=9, reported=False)).total({1, 2})
    assert (due.due_to_start, due.due_started, due.start_rate) == (4, 3, Decimal("0.75"))


def test_growth_compares_units_covered_in_both_years_only() -> None:
    growth = (
        standings(
            cell(1, done=150),
            cell(1, done=100, quarter_id=BEFORE),
            cell(2, done=500),
            cell(2, quarter_id=BEFORE, reported=False),
            cell(3, reported=False),
            cell(3, done=700, quarter_id=BEFORE),
            cell(4, done=900),
        )
        .total({1, 2, 3, 4})
        .growth
    )
    assert (growth.now, growth.before, growth.rate) == (Decimal(150), Decimal(100), Decimal("0.5"))
    assert growth.units_now == growth.units_before == {1}
    assert not growth.is_not_comparable


def test_growth_over_nought_is_null() -> None:
    growth = standings(cell(1, done=10), cell(1, quarter_id=BEFORE)).growth({1})
    assert (growth.rate, growth.is_not_comparable) == (None, False)


def test_growth_of_a_merged_unit_is_comparable_only_together_with_the_one_it_took_over() -> None:
    found = standings(
        cell(1, done=300),
        cell(1, done=100, quarter_id=BEFORE),
        cell(2, done=100, quarter_id=BEFORE),
        mergers={2: 1},
    )
    alone = found.growth({1})
    assert (alone.rate, alone.is_not_comparable) == (None, True)
    together = found.growth({1, 2})
    assert (together.now, together.before, together.rate) == (Decimal(300), Decimal(200), Decimal("0.5"))
    assert together.units_before == {1, 2}


def test_growth_beside_a_register_without_this_years_tiers_is_not_comparable() -> None:
    found = standings(
        cell(1, done=600),
        cell(1, done=100, quarter_id=BEFORE),
        cell(2, done=150),
        cell(2, done=100, quarter_id=BEFORE),
        cell(3, done=500),
        newcomers={"municipal": frozenset({1}), "county": frozenset({3})},
    )
    whole = found.growth({1, 2})
    assert (whole.now, whole.before, whole.rate, whole.is_not_comparable) == (Decimal(750), Decimal(200), None, True)
    own = found.growth({2})
    assert (own.rate, own.is_not_comparable) == (Decimal("0.5"), False)
    nothing_before = found.growth({3})
    assert (nothing_before.rate, nothing_before.is_not_comparable) == (None, False)


@pytest.mark.django_db
def test_read_finds_both_years_and_the_mergers_between_them() -> None:
    quarter, before = world.make_quarter("2022Q1"), world.make_quarter("2021Q1")
    heir = world.make_unit("H")
    ended = world.make_unit("E", valid_until=date(2021, 8, 31), successor=heir)
    world.make_unit("OLD", valid_until=date(2021, 3, 30), successor=heir)
    for unit, each, done in ((heir, quarter, 30), (ended, before, 10), (heir, before, 10)):
        cell(unit.pk, done=done, planned=100, quarter_id=each.pk, year=each.year).save()
    found = Standings.read(quarter, list(Unit.objects.values_list("pk", flat=True)))
    assert found.mergers == {ended.pk: heir.pk}
    assert found.total({heir.pk, ended.pk}).growth.rate == Decimal("0.5")


UNITS = st.lists(
    st.builds(
        lambda planned, done, reported: {"planned": planned, "done": done, "reported": reported},
        st.integers(0, 10**9),
        st.integers(0, 10**9),
        st.booleans(),
    ),
    min_size=1,
    max_size=12,
)


@given(UNITS)
def test_unreported_units_never_count_in_a_rate(units: list[dict[str, Any]]) -> None:
    cells = [cell(number, **unit) for number, unit in enumerate(units)]
    total = standings(*cells).total(range(len(units)))
    only = standings(*(each for each in cells if each.is_covered)).total(range(len(units)))
    assert total.completion_rate == only.completion_rate
    assert total.coverage.planned_covered == only.planned
    assert len(total.coverage.reported) == sum(unit["reported"] for unit in units)


@given(UNITS, st.integers(0, 12))
def test_sums_of_a_tree_are_the_sums_of_its_parts(units: list[dict[str, Any]], cut: int) -> None:
    found = standings(*(cell(number, **unit) for number, unit in enumerate(units)))
    whole = found.total(range(len(units)), WHOLE)
    parts = [found.total(range(min(cut, len(units)))), found.total(range(min(cut, len(units)), len(units)))]
    assert whole.planned == sum(part.planned for part in parts)
    assert whole.projects == sum(part.projects for part in parts)
    assert (whole.year_to_date or 0) == sum(part.year_to_date or 0 for part in parts)
    assert whole.coverage.reported == set(parts[0].coverage.reported) | set(parts[1].coverage.reported)

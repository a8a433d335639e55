"""How standings are judged: the gap to the baseline, the pace, and ranks within a group."""

from decimal import Decimal

import pytest

from commitments.figures import GROUPS, Figures, Group, Row, grouped, ranked
from portal.models import Quarter, Unit
from projects.selection import Selection
from tests.projects.test_standings import cell, standings

Q = Quarter(pk=8, year=2022, number=2)


def figures(planned: int, done: int, *, baseline: str = "0.5", reported: bool = True) -> Figures:
    found = standings(cell(1, planned=planned, done=done, reported=reported))
    return Figures(total=found.total({1}), baseline=Decimal(baseline))


def row(code: str, planned: int, done: int, *, kind: str = "county", reported: bool = True) -> Row:
    unit = Unit(code=code, kind=kind, name_zh=code)
    return Row(
        name=code,
        selection=Selection(quarter=Q, units=(code,)),
        figures=figures(planned, done, reported=reported),
        unit=unit,
    )


@pytest.mark.parametrize(
    ("planned", "done", "gap", "pace"),
    [
        (1000, 600, "0.1", "ahead"),
        (1000, 500, "0", "level"),
        (1000, 460, "-0.04", "behind"),
        (100_000, 50_049, "0.00049", "level"),
        (1000, 1351, "0.851", "ahead"),
    ],
)
def test_gap_is_the_rate_less_the_baseline(planned: int, done: int, gap: str, pace: str) -> None:
    judged = figures(planned, done)
    assert (judged.gap, judged.pace) == (Decimal(gap), pace)


def test_gap_without_a_report_is_null() -> None:
    judged = figures(1000, 0, reported=False)
    assert (judged.gap, judged.pace) == (None, None)


def test_ranked_puts_the_highest_rate_first_and_the_silent_below() -> None:
    rows = [
        row("A", 1000, 0, reported=False),
        row("B", 1000, 300),
        row("C", 10, 4),
        row("D", 2000, 600),
        row("E", 9, 1),
    ]
    assert [(each.name, each.rank) for each in ranked(rows)] == [("C", 1), ("B", 2), ("D", 2), ("E", 4), ("A", None)]


def test_grouped_never_ranks_across_groups() -> None:
    rows = [row("P", 100, 90, kind="park"), row("A", 100, 10), row("D", 100, 20, kind="district")]
    found = grouped(rows)
    assert {group: [(each.name, each.rank) for each in own] for group, own in found.items()} == {
        Group.COUNTIES: [("D", 1), ("A", 2)],
        Group.PARKS: [("P", 1)],
    }


def test_every_kind_of_unit_has_a_group() -> None:
    assert set(GROUPS) == set(Unit.Kind)

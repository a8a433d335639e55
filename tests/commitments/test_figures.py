"""How standings are judged: the gap to the baseline, the light, and ranks within a group."""

from decimal import Decimal

import pytest

from commitments.figures import Figures, Row, grouped, ranked
from commitments.models import Policy, PolicyGroup, PolicyLight
from commitments.yardstick import Yardstick
from portal.models import Quarter, Unit
from projects.selection import Selection
from tests.projects.test_standings import cell, standings

Q = Quarter(pk=8, year=2022, number=2)
YARDSTICK = Yardstick(
    policy=Policy(lights_by="points"),
    lights=[PolicyLight(shape="circle"), PolicyLight(shape="triangle", threshold=Decimal(10))],
    groups=[
        PolicyGroup(pk=1, code="counties", name_zh="县市区", kinds=["county", "district"]),
        PolicyGroup(pk=2, code="parks", name_zh="园区", kinds=["park"]),
    ],
    named={},
    items=[],
    baseline=Decimal("0.5"),
)


def figures(planned: int, done: int, *, reported: bool = True) -> Figures:
    found = standings(cell(1, planned=planned, done=done, reported=reported))
    return Figures(total=found.total({1}), yardstick=YARDSTICK)


def row(code: str, planned: int, done: int, *, kind: str = "county", reported: bool = True) -> Row:
    unit = Unit(code=code, kind=kind, name_zh=code)
    return Row(
        name=code,
        selection=Selection(quarter=Q, units=(code,)),
        figures=figures(planned, done, reported=reported),
        unit=unit,
    )


@pytest.mark.parametrize(
    ("planned", "done", "gap", "light"),
    [
        (1000, 600, "0.1", "circle"),
        (1000, 500, "0", "circle"),
        (1000, 460, "-0.04", "circle"),
        (1000, 400, "-0.1", "triangle"),
        (100_000, 40_049, "-0.09951", "triangle"),
        (1000, 1351, "0.851", "circle"),
    ],
)
def test_gap_is_the_rate_less_the_baseline(planned: int, done: int, gap: str, light: str) -> None:
    judged = figures(planned, done)
    assert judged.light is not None
    assert (judged.gap, judged.light.shape) == (Decimal(gap), light)


def test_gap_without_a_report_is_null() -> None:
    judged = figures(1000, 0, reported=False)
    assert (judged.gap, judged.light) == (None, None)


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
    found = grouped(rows, YARDSTICK)
    assert [(each.group and each.group.code, [(row.name, row.rank) for row in each.rows]) for each in found] == [
        ("counties", [("D", 1), ("A", 2)]),
        ("parks", [("P", 1)]),
    ]


def test_units_of_no_group_stand_last_and_without_a_rank() -> None:
    rows = [row("B", 100, 90, kind="bureau"), row("A", 100, 10)]
    first, last = grouped(rows, YARDSTICK)
    assert (first.name, last.group, last.name) == ("县市区", None, "不参与比较")
    assert [(row.name, row.rank) for row in last.rows] == [("B", None)]

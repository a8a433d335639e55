"""Either amount may be typed: which one counts, what the other is, and what contradicts the earlier quarters."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from projects import amounts, check, lifecycle, rollups
from projects.amounts import Contradiction, Earlier, Entry
from projects.models import Assignment, Cell, ReportLine
from tests import world
from tests.conftest import City
from tests.world import at

BEFORE = Earlier(quarters=((1, Decimal(100)), (2, Decimal(150))), years=Decimal(1000))


@pytest.fixture(autouse=True)
def _english(first_language: None) -> Iterator[None]:
    with translation.override("en"):
        yield


def typed(flow: int | None, to_date: int | None, changed: str, before: str = "", hint: str = "") -> str:
    entry = Entry(
        flow=None if flow is None else Decimal(flow),
        year_to_date=None if to_date is None else Decimal(to_date),
        flow_changed="f" in changed,
        year_to_date_changed="y" in changed,
    )
    return amounts.typed_of(entry, BEFORE, typed_before=before, hint=hint)


@pytest.mark.parametrize(
    ("flow", "to_date", "changed", "before", "expected"),
    [
        (50, None, "f", "", "flow"),
        (None, 300, "y", "", "year_to_date"),
        (60, 300, "f", "flow", "flow"),
        (60, 300, "f", "year_to_date", "flow"),
        (50, 320, "y", "flow", "year_to_date"),
        (50, 300, "fy", "", "flow"),
        (50, 300, "", "year_to_date", "year_to_date"),
        (None, 300, "f", "flow", ""),
        (None, 300, "f", "year_to_date", "year_to_date"),
        (50, None, "y", "year_to_date", ""),
        (50, None, "y", "flow", "flow"),
        (None, None, "fy", "flow", ""),
    ],
)
def test_typed_amount_is_the_one_that_was_changed(
    flow: int | None, to_date: int | None, changed: str, before: str, expected: str
) -> None:
    assert typed(flow, to_date, changed, before) == expected


def test_hint_of_the_page_decides_where_both_were_filled_and_agree() -> None:
    assert typed(50, 300, "fy", hint="year_to_date") == "year_to_date"
    assert typed(50, 300, "fy", hint="nonsense") == "flow"


def test_contradiction_names_the_earlier_quarters_and_their_sum() -> None:
    with pytest.raises(Contradiction, match=r"Q1 100 \+ Q2 150 = 250.*is 300, not 400"):
        typed(50, 400, "fy")


def test_both_typed_while_an_earlier_quarter_is_missing_is_refused() -> None:
    with pytest.raises(Contradiction, match="Q1 2022"):
        amounts.refuse_contradiction(Decimal(1), Decimal(1), Earlier(missing=("Q1 2022",)))


@given(st.decimals(0, 10**9, places=2), st.decimals(0, 10**9, places=2))
def test_settled_amounts_agree_whichever_was_typed(flow: Decimal, earlier: Decimal) -> None:
    first = ReportLine(flow=flow, typed="flow")
    amounts.settle(first, earlier)
    second = ReportLine(year_to_date=first.year_to_date, typed="year_to_date")
    amounts.settle(second, earlier)
    assert (second.flow, second.year_to_date) == (flow, earlier + flow)


def test_earlier_quarters_are_summed_from_the_newest_standing_revision(town: City) -> None:
    second, third = world.make_quarter("2022Q2"), world.make_quarter("2022Q3")
    first = world.submitted(town.county, town.quarter, 100, by=town.staff, when=at("2022-04-05"))
    lifecycle.accept(first, by=town.reviewer, at=at("2022-04-05"))
    world.submitted(town.county, second, 50, by=town.staff, when=at("2022-07-05"))
    draft = lifecycle.correct(first, by=town.staff, at=at("2022-04-06"), reason="counted twice")
    world.fill(draft.lines.get(project=town.project), 80, by=town.staff, when=at("2022-04-06"))
    lifecycle.submit(draft, by=town.staff, at=at("2022-04-06"))
    before = amounts.earlier(town.county, third, [town.project.pk, town.second.pk])
    assert before[town.project.pk].quarters == ((1, Decimal(80)), (2, Decimal(50)))
    assert before[town.second.pk].total == Decimal(150)
    assert before[town.second.pk].since_start == Decimal(150)


def test_earlier_quarter_that_two_units_reported_counts_as_in_the_cells(town: City) -> None:
    second = world.make_quarter("2022Q2")
    first = world.submitted(town.county, town.quarter, 100, by=town.staff, when=at("2022-04-05"))
    lifecycle.accept(first, by=town.reviewer, at=at("2022-04-05"))
    draft = lifecycle.correct(first, by=town.staff, at=at("2022-04-06"), reason="counted twice")
    lifecycle.submit(draft, by=town.staff, at=at("2022-04-06"))
    world.accepted(draft, by=town.reviewer, when=at("2022-04-06"))
    Assignment.objects.create(project=town.project, unit=town.other, from_on=date(2022, 2, 1), reason="test")
    theirs = world.submitted(town.other, town.quarter, 70, by=town.stranger, when=at("2022-04-07"))
    world.accepted(theirs, by=town.reviewer, when=at("2022-04-07"))
    rollups.drain(at=at("2022-04-07"))
    assert Cell.objects.get(grain="unit", unit=town.other, quarter=town.quarter).year_to_date == Decimal(70)
    assert amounts.earlier(town.other, second, [town.project.pk])[town.project.pk].total == Decimal(70)
    [line] = world.submitted(town.other, second, 30, by=town.stranger, when=at("2022-07-05")).lines.all()
    assert line.year_to_date == Decimal(100)
    [checked] = check.report(line.report).lines
    assert checked.before.total == Decimal(70)


def test_earlier_quarter_not_submitted_leaves_the_year_to_date_unknown(town: City) -> None:
    second = world.make_quarter("2022Q2")
    before = amounts.earlier(town.county, second, [town.project.pk])[town.project.pk]
    assert before.total is None
    assert before.missing

"""How the register keeps step: here with a unit that ends, whose projects pass on."""

from datetime import date

from django.db.models import F

from portal.models import Unit
from projects import audit, drafting, lifecycle, register, rollups
from projects.models import Assignment, Cell, Project
from tests import world
from tests.conftest import City
from tests.world import at

END = date(2022, 5, 31)
NEXT = date(2022, 6, 1)
LATER = at("2022-07-05")


def ended(town: City) -> int:
    """The county ends within the second quarter; the other county succeeds it."""
    Unit.objects.filter(pk=town.county.pk).update(valid_until=END, successor=town.other)
    return register.pass_on(town.county, town.other, on=NEXT, by=town.administrator, reason="撤并")


def answering(on: date) -> dict[str, int | None]:
    """Which unit answers for each project on this day, by the project's code."""
    return dict(Project.objects.with_unit(on=on).values_list("code", F("unit_id")))


def cells(unit: Unit, label: str) -> list[object]:
    year, number = int(label[:4]), int(label[5])
    found = Cell.objects.filter(unit=unit, quarter__year=year, quarter__number=number)
    return list(found.order_by("grain", "list_set").values("grain", "planned", "year_to_date", "projects"))


def test_pass_on_gives_every_project_of_the_unit_to_its_successor(town: City) -> None:
    world.make_project("B1", town.other)
    assert ended(town) == 2
    assert answering(NEXT) == {"A1": town.other.pk, "A2": town.other.pk, "B1": town.other.pk}
    assert answering(END) == {"A1": town.county.pk, "A2": town.county.pk, "B1": town.other.pk}
    row = Assignment.objects.get(project=town.project, from_on=NEXT)
    assert (row.reason, row.recorded_by) == ("撤并", town.administrator)


def test_pass_on_a_second_time_finds_nothing_left(town: City) -> None:
    assert [ended(town), ended(town)] == [2, 0]
    assert Assignment.objects.count() == 4


def test_pass_on_leaves_a_project_that_has_gone_to_a_third_unit(town: City) -> None:
    third = world.make_unit("430423", town.city)
    Assignment.objects.create(project=town.second, unit=third, from_on=date(2022, 5, 1), reason="test")
    assert ended(town) == 1
    assert answering(NEXT)["A2"] == third.pk


def test_pass_on_takes_a_project_that_would_come_to_the_unit_on_that_very_day(town: City) -> None:
    project = world.make_project("B1", town.other)
    Assignment.objects.create(project=project, unit=town.county, from_on=NEXT, reason="test")
    assert ended(town) == 3
    assert answering(NEXT)["B1"] == town.other.pk


def test_closed_quarters_keep_their_figures_and_the_successor_owes_the_next_report(town: City) -> None:
    second = world.make_quarter("2022Q2")
    report = world.submitted(town.county, town.quarter, 250, by=town.staff, when=at("2022-04-05"))
    lifecycle.accept(report, by=town.reviewer, at=at("2022-04-06"))
    rollups.drain(at=LATER)
    closed = cells(town.county, "2022Q1")
    assert closed
    ended(town)
    rollups.drain(at=LATER)
    assert cells(town.county, "2022Q1") == closed
    assert cells(town.other, "2022Q1") == []
    assert cells(town.county, "2022Q2") == []
    assert dict(Project.objects.lines_owed(second, units=[town.county.pk, town.other.pk])) == {town.other.pk: 2}
    draft = drafting.begin(town.other, second, by=town.stranger, at=LATER)
    assert set(draft.lines.values_list("project__code", flat=True)) == {"A1", "A2"}
    # The year to date comes along: what the county reported for the first quarter counts with the successor.
    for line in draft.lines.all():
        world.fill(line, 100, by=town.stranger, when=LATER)
    lifecycle.accept(lifecycle.submit(draft, by=town.stranger, at=LATER), by=town.reviewer, at=LATER)
    rollups.drain(at=LATER)
    assert Cell.objects.get(grain="unit", unit=town.other, quarter=second).year_to_date == 700
    assert audit.differences() == []

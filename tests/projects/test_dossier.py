"""What a project's page computes from accepted lines: sums of the year, versions as submitted, and what is missing."""

from datetime import date
from decimal import Decimal

from portal.models import Extension, Quarter
from projects import dossier, lifecycle
from projects.dossier import QuarterRow
from projects.models import AnnualPlan, Report
from tests import world
from tests.conftest import City

TODAY = date(2022, 12, 1)


def report(town: City, quarter: Quarter, flow: int, day: str) -> Report:
    made = world.submitted(town.county, quarter, flow, by=town.staff, when=world.at(day))
    return lifecycle.accept(made, by=town.reviewer, at=world.at(day, 15))


def rows(town: City) -> list[QuarterRow]:
    return dossier.compiled(town.project, for_person=town.leader, on=TODAY).quarters


def test_quarters_add_up_within_a_year_latest_first(town: City) -> None:
    report(town, town.quarter, 100, "2022-04-05")
    report(town, world.make_quarter("2022Q2"), 50, "2022-07-05")
    assert [(row.quarter.number, row.line.flow, row.year_to_date) for row in rows(town)] == [
        (2, Decimal(50), Decimal(150)),
        (1, Decimal(100), Decimal(100)),
    ]
    assert rows(town)[0].completion == Decimal("0.15")
    assert dossier.compiled(town.project, for_person=town.leader, on=TODAY).since_start == Decimal(150)


def test_corrected_quarter_restates_the_later_one_and_what_was_submitted_is_kept(town: City) -> None:
    first = report(town, town.quarter, 100, "2022-04-05")
    report(town, world.make_quarter("2022Q2"), 50, "2022-07-05")
    Extension.objects.create(
        unit=town.county,
        quarter=town.quarter,
        until=date(2022, 8, 1),
        reason="test",
        granted_by=town.administrator,
        granted_at=world.at("2022-07-10"),
    )
    draft = lifecycle.correct(first, by=town.staff, at=world.at("2022-07-11"), reason="typing error")
    for line in draft.lines.all():
        world.fill(line, 80, by=town.staff, when=world.at("2022-07-11"))
    lifecycle.accept(
        lifecycle.submit(draft, by=town.staff, at=world.at("2022-07-12")), by=town.reviewer, at=world.at("2022-07-13")
    )
    second, corrected = rows(town)
    assert (second.year_to_date, second.as_submitted) == (Decimal(130), Decimal(150))
    assert (corrected.year_to_date, corrected.as_submitted) == (Decimal(80), None)


def test_year_to_date_is_unknown_while_an_earlier_quarter_is_not_accepted(town: City) -> None:
    world.submitted(town.county, town.quarter, 100, by=town.staff, when=world.at("2022-04-05"))
    report(town, world.make_quarter("2022Q2"), 50, "2022-07-05")
    [row] = rows(town)
    assert (row.year_to_date, row.as_submitted, row.completion) == (None, Decimal(150), None)


def test_project_that_comes_in_a_later_quarter_begins_there(town: City) -> None:
    AnnualPlan.objects.filter(project=town.project).update(in_force_on=date(2022, 4, 1))
    report(town, town.quarter, 100, "2022-04-05")
    report(town, world.make_quarter("2022Q2"), 50, "2022-07-05")
    [row] = rows(town)
    assert (row.quarter.number, row.year_to_date, row.as_submitted) == (2, Decimal(50), None)


def test_plan_is_the_one_in_force_on_the_last_day_of_the_quarter(town: City) -> None:
    plan = town.project.annualplan_set.get()
    plan.cumulative_q1 = Decimal(200)
    plan.save()
    plan.pk, plan.in_force_on, plan.planned_investment, plan.cumulative_q2 = None, date(2022, 6, 30), Decimal(2000), 700
    plan.save()
    report(town, town.quarter, 100, "2022-04-05")
    report(town, world.make_quarter("2022Q2"), 50, "2022-07-05")
    assert [(row.planned, row.planned_to_date) for row in rows(town)] == [
        (Decimal(2000), Decimal(700)),
        (Decimal(1000), Decimal(200)),
    ]


def test_project_without_reports_has_nothing_since_its_start(town: City) -> None:
    assert dossier.compiled(town.project, for_person=town.leader, on=TODAY).since_start is None


def test_nothing_completed_is_zero_and_not_missing(town: City) -> None:
    report(town, town.quarter, 0, "2022-04-05")
    [row] = rows(town)
    assert (row.year_to_date, row.completion) == (Decimal(0), Decimal(0))

"""What the register's plan asks of a unit, figure by figure."""

from datetime import date
from decimal import Decimal

import pytest

from commitments import plan
from commitments.models import Indicator, Policy
from commitments.plan import Plan
from portal.models import Unit
from projects.models import Assignment, ListEntry
from projects.models.annual_plan import AnnualPlan
from tests import world
from tests.conftest import City

DAY = date(2022, 1, 20)


def read(unit: Unit, day: date = DAY, year: int = 2022) -> Plan:
    return plan.read([unit], year, on=day, policy=Policy.objects.in_force(on=day))[unit.pk]


def asked(unit: Unit, code: str) -> object:
    found = read(unit).asks(Indicator.objects.get(code=code))
    return found and [found.target_q1, found.target_q2, found.target_q3, found.target]


def plans(*codes: str, **values: object) -> None:
    AnnualPlan.objects.filter(project__code__in=codes).update(**values)


def test_investment_is_the_sum_of_the_plans_and_by_quarter_the_baseline_of_it(town: City) -> None:
    assert asked(town.county, "investment") == [1000, 2000, 3000, 4000]
    assert asked(town.county, "completion_rate") == [25, 50, 75, 100]


def test_investment_by_quarter_is_the_plans_own_where_all_have_it(town: City) -> None:
    plans("A1", cumulative_q1=100, cumulative_q2=200, cumulative_q3=700)
    assert asked(town.county, "investment") == [1000, 2000, 3000, 4000]
    plans("A2", cumulative_q1=300, cumulative_q2=600, cumulative_q3=2300)
    assert asked(town.county, "investment") == [400, 800, 3000, 4000]
    assert asked(town.county, "completion_rate") == [10, 20, 75, 100]


def test_baseline_above_one_asks_for_no_more_than_the_year(town: City) -> None:
    Policy.objects.update(baseline_factor=Decimal("1.4"))
    assert asked(town.county, "investment") == [1400, 2800, 4000, 4000]


def test_starts_and_completions_are_those_due_by_each_quarter(town: City) -> None:
    for code in ("N1", "N2", "N3"):
        world.make_project(code, town.county, stage="preparatory")
    town.county.refresh_from_db()
    for code, start in (("N1", "2022-03-31"), ("N2", "2022-04-01"), ("N3", "2022-12-01")):
        plans(code, start_due_on=start)
        type(town.project).objects.filter(code=code).update(started_on=None)
    plans("A1", finish_due_on="2022-06-30")
    assert asked(town.county, "newly_started") == [1, 2, 2, 3]
    assert asked(town.county, "start_rate") == [100, 100, 100, 100]
    assert asked(town.county, "completed") == [0, 1, 1, 1]
    assert asked(town.county, "industrial_started") == [3, 4, 4, 5]  # A1 and A2 were under way before


def test_start_rate_is_asked_for_from_the_quarter_on_in_which_a_start_is_due(town: City) -> None:
    plans("A1", start_due_on="2022-08-01")
    assert asked(town.county, "start_rate") == [None, None, 100, 100]


@pytest.mark.parametrize("code", ["newly_started", "start_rate", "completed", "large", "top500"])
def test_of_what_the_plan_has_nothing_it_asks_nothing(town: City, code: str) -> None:
    assert asked(town.county, code) is None


def test_unit_without_projects_is_asked_for_nothing(town: City) -> None:
    for indicator in Indicator.objects.filter(source="derived"):
        assert read(town.other).asks(indicator) is None


def test_growth_is_pledged_without_a_figure_of_the_plan(town: City) -> None:
    assert asked(town.county, "investment_growth") == [None, None, None, None]


def test_counts_and_sums_of_the_whole_year_are_the_same_in_each_quarter(town: City) -> None:
    world.make_project("L1", town.county, planned=500, total=100_000, category="livelihood")
    assert asked(town.county, "projects") == [3, 3, 3, 3]
    assert asked(town.county, "planned") == [4500, 4500, 4500, 4500]
    assert asked(town.county, "large") == [1, 1, 1, 1]
    assert asked(town.county, "industrial_started") == [2, 2, 2, 2]


def test_lists_of_a_tier_count_as_they_stand_on_the_day(town: City) -> None:
    listed = world.make_project("T1", town.county, lists=("municipal_key", "top500_world"))
    world.make_project("T2", town.county, lists=("top500_china", "top500_private"))
    assert asked(town.county, "top500") == [2, 2, 2, 2]
    ListEntry.objects.filter(project=listed, list__code="top500_world").update(delisted_on="2022-01-20")
    assert asked(town.county, "top500") == [1, 1, 1, 1]


def test_projects_are_those_of_the_unit_and_all_below_it_by_code(town: City) -> None:
    park = world.make_unit("P-1", town.county, kind=Unit.Kind.PARK)
    world.make_project("A0", park, planned=10)
    assert [each.project.code for each in read(town.county).projects] == ["A0", "A1", "A2"]
    assert read(town.county).planned == 4010
    assert [each.project.code for each in read(town.city).projects] == ["A0", "A1", "A2"]


def test_plan_and_answering_unit_are_those_in_force_on_the_day(town: City) -> None:
    AnnualPlan.objects.create(
        project=town.project,
        year=2022,
        in_force_on=date(2022, 2, 1),
        planned_investment=Decimal(5000),
        category=world.make_category(),
        reason="r",
    )
    Assignment.objects.create(project=town.second, unit=town.other, from_on=date(2022, 3, 1), reason="r")
    assert read(town.county).planned == 4000
    assert read(town.county, date(2022, 2, 1)).planned == 8000
    assert read(town.county, date(2022, 3, 1)).planned == 5000
    assert read(town.other, date(2022, 3, 1)).planned == 3000
    assert read(town.county, date(2021, 12, 1)).planned == 4000  # a draft in December reads the first of January
    assert read(town.county, date(2023, 5, 1)).planned == 5000

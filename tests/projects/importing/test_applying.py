"""Importing into the register: all or nothing, twice changes nothing, and every dated rule with its way out."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.apps import apps
from django.db import IntegrityError
from pytest_django import DjangoAssertNumQueries

from portal.models import Unit
from projects import lifecycle
from projects.importing import applying
from projects.importing.applying import Preview, Refused, Source
from projects.models import AnnualPlan, Assignment, Category, ListEntry, Project, Stage, Valuation
from tests import world
from tests.conftest import City

SEED = Path(applying.__file__).parent.parent / "seed" / "hengyang"
pytestmark = pytest.mark.django_db


def source(kind: str, text: str, *, on: str = "2022-01-01", **columns: str) -> Source:
    return Source(
        kind=kind,
        name="file.csv",
        content=text.encode(),
        in_force_on=date.fromisoformat(on),
        reason="import",
        columns=columns,
    )


def run(kind: str, text: str, *, on: str = "2022-01-01") -> Preview:
    return applying.apply(source(kind, text, on=on), by=None)


def problems(kind: str, text: str, *, on: str = "2022-01-01") -> list[str]:
    with pytest.raises(Refused) as refused:
        run(kind, text, on=on)
    return [problem.message for problem in refused.value.preview.comparison.problems]


def seed(name: str, kind: str) -> Source:
    return Source(
        kind=kind, name=name, content=(SEED / name).read_bytes(), in_force_on=date(2022, 1, 1), reason="import"
    )


def counts() -> dict[str, int]:
    """Rows of the register and of its history."""
    names = ("Project", "Assignment", "ListEntry", "Valuation", "AnnualPlan")
    models = [apps.get_model("projects", f"{name}{kind}") for name in names for kind in ("", "Event")]
    units = [apps.get_model("portal", "Unit"), apps.get_model("portal", "UnitEvent")]
    return {model.__name__: model._default_manager.count() for model in [*models, *units]}


@pytest.fixture
def root() -> Unit:
    return world.make_unit("430400", kind=Unit.Kind.CITY)


def test_real_files_go_in_as_they_are_and_twice_changes_nothing() -> None:
    for name, kind in (("units.csv", "units"), ("bureaus.csv", "units"), ("projects.csv", "projects")):
        applying.apply(seed(name, kind), by=None)
    first = counts()
    assert (first["Unit"], first["Project"]) == (24, 74)
    assert Project.objects.filter(assignment=None).count() == 23
    assert Project.objects.filter(valuation=None).count() == 51
    assert ListEntry.objects.filter(list__code="provincial_key").count() == 17
    assert ListEntry.objects.filter(list__code="municipal_key").count() == 57
    express = Project.objects.get(name_zh="衡阳至永州高速公路")
    assert express.valuation_set.get().total_investment == Decimal("1484300.00")
    assert express.category == Category.objects.get(code="infrastructure")
    assert Project.objects.order_by("code").first() == Project.objects.get(code="430400-0001")
    assert Unit.objects.get(code="430473").located_in == Unit.objects.get(code="430407")
    for name, kind in (("units.csv", "units"), ("projects.csv", "projects")):
        again = applying.apply(seed(name, kind), by=None).comparison
        assert (again.new, again.changed) == (0, 0)
    assert counts() == first


def test_units_stand_in_any_order_and_point_at_each_other() -> None:
    run("units", "code,kind,name_zh,parent,located_in\n2,county,乙,1,3\n3,park,丙,2,2\n1,city,甲,,\n")
    assert Unit.objects.get(code="3").parent == Unit.objects.get(code="2")
    assert Unit.objects.get(code="2").located_in == Unit.objects.get(code="3")


def test_unit_that_changes_is_updated_and_blank_cells_leave_it_alone(root: Unit) -> None:
    found = run("units", "code,kind,name_zh,name_en,note\n430400,city,新名,,备注\n").comparison
    assert (found.new, found.changed) == (0, 1)
    root.refresh_from_db()
    assert (root.name_zh, root.name_en, root.note) == ("新名", "Unit 430400", "备注")


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("1,city,甲,2\n2,county,乙,1\n", "循环"),
        ("1,city,甲,1\n", "循环"),
        ("1,city,甲,3\n2,county,乙,1\n3,county,丙,2\n", "循环"),
        ("1,city,甲,9\n", "没有单位"),
    ],
)
def test_units_in_a_circle_or_below_nothing_are_refused(rows: str, says: str) -> None:
    assert all(says in message for message in problems("units", "code,kind,name_zh,parent\n" + rows))
    assert Unit.objects.count() == 0


def test_circle_through_units_that_are_there_is_refused(town: City) -> None:
    world.make_unit("x", town.county)
    assert "循环" in problems("units", "code,kind,name_zh,parent\n430421,county,甲,x\n")[0]


def test_projects_need_units_first() -> None:
    assert "先导入单位" in problems("projects", "name\n甲\n")[0]


def test_one_wrong_row_keeps_all_out(root: Unit) -> None:
    before = counts()
    assert len(problems("projects", "name,unit\n甲,430400\n乙,999\n")) == 1
    assert counts() == before


def test_codes_go_on_from_the_highest_and_leave_out_what_is_taken(root: Unit) -> None:
    run("projects", "name\n甲\n乙\n")
    run("projects", "code,name\n430400-0004,丁\n,戊\n")
    run("projects", "name\n己\n")
    names = Project.objects.order_by("code").values_list("code", "name_zh")
    assert [(code[-4:], name) for code, name in names] == [
        ("0001", "甲"),
        ("0002", "乙"),
        ("0003", "戊"),
        ("0004", "丁"),
        ("0005", "己"),
    ]


def test_name_is_the_key_whatever_its_width_and_case(root: Unit) -> None:
    run("projects", "name\n园区（一期）5G\n")
    found = run("projects", "name,investor\n园区(一期)5g,某公司\n").comparison
    assert (found.new, found.changed) == (0, 1)
    assert Project.objects.get().name_zh == "园区（一期）5G"


def test_project_with_a_code_may_change_its_name(root: Unit) -> None:
    run("projects", "code,name\nB1,甲\n")
    run("projects", "code,name\nb1,乙\n")
    assert Project.objects.get().name_zh == "乙"


def test_unit_that_changes_is_a_new_assignment_and_on_the_same_day_refused(town: City) -> None:
    row = f"code,name,unit\nA1,项目A1,{town.other.code}\n"
    assert "更晚" in problems("projects", row, on="2021-01-01")[0]
    run("projects", row, on="2022-04-01")
    assert list(Assignment.objects.filter(project=town.project).values_list("unit__code", "from_on")) == [
        ("430421", date(2021, 1, 1)),
        ("430422", date(2022, 4, 1)),
    ]
    assert run("projects", row, on="2022-04-01").comparison.changed == 0


def test_list_is_added_none_is_taken_away_and_a_later_entry_refuses(town: City) -> None:
    run("projects", "code,name,tier\nA1,项目A1,provincial\n", on="2022-02-01")
    lists = ListEntry.objects.filter(project=town.project).order_by("listed_on").values_list("list__code", flat=True)
    assert list(lists) == ["municipal_key", "provincial_key"]
    assert "2022-02-01" in problems("projects", "code,name,tier\nA1,项目A1,provincial\n", on="2022-01-01")[0]


def test_project_that_left_a_list_may_come_back(town: City) -> None:
    ListEntry.objects.filter(project=town.project).update(delisted_on=date(2021, 12, 31), delist_reason="test")
    run("projects", "code,name,tier\nA1,项目A1,municipal\n", on="2022-02-01")
    assert ListEntry.objects.filter(project=town.project).count() == 2


def test_total_that_changes_is_a_new_version_and_on_the_same_day_refused(town: City) -> None:
    head = "code,name,total_100m_cny,version,预计年产值（万元）\n"
    run("projects", head + "A1,项目A1,5,,\n", on="2022-01-01")
    assert "更晚" in problems("projects", head + "A1,项目A1,6,,\n", on="2022-01-01")[0]
    run("projects", head + "A1,项目A1,6,概算,300\n", on="2022-03-01")
    run("projects", head + "A1,项目A1,,,\n", on="2022-04-01")
    totals = Valuation.objects.filter(project=town.project).order_by("from_on")
    assert list(totals.values_list("version", "total_investment", "expected_annual_output")) == [
        ("estimate", Decimal(50000), None),
        ("budget", Decimal(60000), Decimal(300)),
    ]


def test_stage_of_a_reported_project_stays_as_accepted(town: City) -> None:
    report = world.submitted(town.county, town.quarter, 10, by=town.staff, when=world.at("2022-04-05"))
    lifecycle.accept(report, by=town.reviewer, at=world.at("2022-04-06"))
    found = run("projects", "code,name,stage,investor\nA1,项目A1,reserve,某公司\n").comparison
    assert len(found.notes) == 1
    town.project.refresh_from_db()
    assert (town.project.stage, town.project.investor) == (Stage.CONTINUING, "某公司")


def test_dates_that_contradict_the_register_are_refused(town: City) -> None:
    assert "竣工" in problems("projects", "code,name,实际竣工\nA1,项目A1,2020-01-01\n")[0]


def test_plan_that_changes_is_a_new_version_and_on_the_same_day_refused(town: City) -> None:
    head = "项目名称,年度,年度计划投资（万元）,生效日期\n"
    assert run("plans", head + "项目A1,2022,1000,2022-01-01\n").comparison.unchanged == 1
    assert "更晚" in problems("plans", head + "项目A1,2022,1500,2022-01-01\n")[0]
    run("plans", head + "项目A1,2022,1500,2022-07-01\n项目A1,2022,1700,2022-10-01\n")
    versions = AnnualPlan.objects.filter(project=town.project, year=2022).order_by("in_force_on")
    assert list(versions.values_list("planned_investment", flat=True)) == [1000, 1500, 1700]
    before = counts()
    again = run("plans", head + "项目A1,2022,1500,2022-07-01\n项目A1,2022,1700,2022-10-01\n").comparison
    assert (again.unchanged, counts()) == (2, before)


def test_plan_takes_the_category_of_its_project_or_needs_one(root: Unit) -> None:
    run("projects", "name,category\n甲,ecology\n乙,\n")
    head = "name,year,planned_investment_10k_cny\n"
    assert "类别" in problems("plans", head + "乙,2022,5\n")[0]
    run("plans", head + "甲,2022,5\n")
    plan = AnnualPlan.objects.get()
    assert (plan.category.code, plan.in_force_on, plan.reason) == ("ecology", date(2022, 1, 1), "import")


def test_preview_writes_nothing_and_says_the_same_as_applying(town: City) -> None:
    wanted = source("projects", "name,unit\n新,430421\n项目A1,430422\n", on="2022-05-01")
    before = counts()
    preview = applying.preview(wanted, by=None)
    assert counts() == before
    assert [change.is_new for change in preview.comparison.changes] == [True, False]
    assert applying.apply(wanted, by=None, seen=preview.comparison.fingerprint).comparison.new == 1


def test_confirming_a_stale_preview_is_refused(town: City) -> None:
    wanted = source("projects", "name,unit\n项目A1,430422\n", on="2022-05-01")
    seen = applying.preview(wanted, by=None).comparison.fingerprint
    Assignment.objects.create(project=town.project, unit=town.city, from_on=date(2022, 4, 1), reason="test")
    with pytest.raises(Refused):
        applying.apply(wanted, by=None, seen=seen)
    assert Assignment.objects.filter(project=town.project).count() == 2


def test_failure_half_way_leaves_nothing(root: Unit, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = source("projects", "name,unit\n甲,430400\n")

    def fail(*args: object, **kwargs: object) -> None:
        raise IntegrityError

    monkeypatch.setattr(type(Assignment._default_manager), "bulk_create", fail)
    with pytest.raises(IntegrityError):
        applying.apply(wanted, by=None)
    monkeypatch.undo()
    assert Project.objects.count() == 0


@pytest.mark.parametrize("count", [1, 3, 300])
def test_import_costs_the_same_statements_whatever_its_length(
    root: Unit, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    rows = "".join(f"项目{number},430400,municipal,industry,{number}\n" for number in range(count))
    with django_assert_num_queries(18):
        run("projects", "name,unit,tier,category,total_100m_cny\n" + rows)


def test_import_is_recorded_with_its_reason_and_who(town: City) -> None:
    applying.apply(source("projects", "name,unit\n新,430421\n"), by=town.administrator)
    row = Assignment.objects.get(project__name_zh="新")
    assert (row.reason, row.recorded_by) == ("import", town.administrator)


def test_plan_keeps_what_a_row_leaves_blank_but_not_the_quarters_of_another_amount(town: City) -> None:
    plan = town.project.annualplan_set.get()
    plan.cumulative_q1, plan.content = Decimal(900), "厂房"
    plan.save()
    head = "code,year,planned_investment_10k_cny,q1_10k_cny\n"
    assert run("plans", head + "A1,2022,1000,\n").comparison.unchanged == 1
    run("plans", head + "A1,2022,500,\n", on="2022-06-01")
    newest = town.project.annualplan_set.get(in_force_on=date(2022, 6, 1))
    assert (newest.cumulative_q1, newest.content, newest.category) == (None, "厂房", plan.category)


@pytest.mark.parametrize("count", [1, 3, 300])
def test_plans_cost_the_same_statements_whatever_their_number(
    root: Unit, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    run("projects", "name\n" + "".join(f"项目{number}\n" for number in range(count)))
    with django_assert_num_queries(35):
        run(
            "plans",
            "name,year,计划投资（万元）,类别,产业链\n" + "".join(f"项目{n},2022,{n},产业,\n" for n in range(count)),
        )

"""The list of projects and a project's page: who sees which, what the filters leave, and what stands on file."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from portal import lists
from portal.counting import reckoned
from portal.models import Role
from projects import lifecycle
from projects.models import Assignment, Chain, ListEntry, Project, Stage, Valuation
from projects.views.register_list import ProjectFilter
from tests import world
from tests.conftest import City

LIST = "/projects/"


@pytest.fixture
def at_city(client: Client, town: City) -> Client:
    client.force_login(town.leader)
    return client


@pytest.fixture(autouse=True)
def in_april_2022(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.clock.now", lambda: world.at("2022-04-20"))


def codes(client: Client, **query: str | int) -> list[str]:
    """The codes that the list shows, in its order."""
    response = client.get(LIST, query)
    assert response.status_code == 200
    return [row.record.code for row in response.context["table"].rows]


def page(client: Client, address: str = LIST, **query: str | int) -> str:
    return client.get(address, query).content.decode()


@pytest.mark.parametrize("address", [LIST, "/projects/A1/"])
def test_register_asks_anybody_to_sign_in(client: Client, town: City, address: str) -> None:
    response = client.get(address)
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")


def test_project_of_another_unit_is_not_found(client: Client, town: City) -> None:
    people = {
        town.staff: 200,
        town.stranger: 404,
        town.reviewer: 200,
        town.leader: 200,
        world.make_person("viewer", town.other, Role.VIEWER): 404,
        world.make_person("nobody"): 404,
    }
    for person, status in people.items():
        client.force_login(person)
        assert client.get("/projects/A1/").status_code == status
        assert codes(client) == (["A1", "A2"] if status == 200 else [])


def test_project_that_does_not_exist_is_not_found(at_city: Client) -> None:
    assert at_city.get("/projects/nothing/").status_code == 404


def test_project_that_nobody_answers_for_is_seen_at_the_root_only(client: Client, town: City) -> None:
    Assignment.objects.filter(project=town.project).delete()
    client.force_login(town.leader)
    assert codes(client) == ["A1", "A2"]
    client.force_login(town.staff)
    assert codes(client) == ["A2"]


def test_project_follows_its_unit(client: Client, town: City) -> None:
    Assignment.objects.create(project=town.project, unit=town.other, from_on=date(2022, 4, 1), reason="test")
    client.force_login(town.stranger)
    assert codes(client) == ["A1"]
    client.force_login(town.staff)
    assert client.get("/projects/A1/").status_code == 404


def test_filters_leave_what_they_say(at_city: Client, town: City) -> None:
    third = world.make_project(
        "B3",
        town.other,
        planned=None,
        lists=("provincial_key",),
        stage=Stage.PREPARATORY,
        investor="Great Wall",
        location=town.county,
        is_demonstration=True,
    )
    Project.objects.filter(pk=town.second.pk).update(stage=Stage.COMPLETED, finished_on=date(2022, 2, 1))
    chain = Chain.objects.create(code="c", name_zh="链")
    Project.objects.filter(pk=third.pk).update(chain=chain)
    plan = town.project.annualplan_set.get()
    plan.category = world.make_category("ecology")
    plan.save()
    town.county.name_zh, town.county.name_en = "衡阳县", "Hengyang County"
    town.county.save()
    expected: dict[tuple[str, str | int], list[str]] = {
        ("text", "great wall"): ["B3"],
        ("text", "wall GREAT"): ["B3"],
        ("text", "目a2"): ["A2"],
        ("text", "project b"): ["B3"],
        ("text", "目a"): ["A1", "A2"],
        ("text", "%"): [],
        ("unit", "430421"): ["A1", "A2"],
        ("unit", "430421 衡阳县"): ["A1", "A2"],
        ("unit", "衡阳县"): ["A1", "A2"],
        ("unit", "hengyang"): ["A1", "A2"],
        ("unit", "430400"): ["A1", "A2", "B3"],
        ("location", "430421"): ["B3"],
        ("list", world.make_list("provincial_key").pk): ["B3"],
        ("category", plan.category.pk): ["A1"],
        ("category", world.make_category("industry").pk): ["A2"],
        ("chain", chain.pk): ["B3"],
        ("stage", "preparatory"): ["B3"],
        ("year", 2022): ["A1", "A2"],
        ("started", "true"): ["A1", "A2"],
        ("started", "false"): ["B3"],
        ("completed", "true"): ["A2"],
        ("completed", "false"): ["A1", "B3"],
        ("is_demonstration", "true"): ["B3"],
        ("is_demonstration", "false"): ["A1", "A2"],
    }
    for (name, value), found in expected.items():
        assert (name, value, codes(at_city, **{name: value})) == (name, value, found)


def test_two_chinese_characters_are_found_in_each_text_and_across_none(at_city: Client, town: City) -> None:
    world.make_project("B3", town.other, investor="桥梁公司")
    world.make_project("C4", town.other)
    Project.objects.filter(code="C4").update(name_zh="湘江大桥Ｂ", name_en="北 bridge", investor="é桥")
    found = {
        "大桥": ["C4"],
        "桥梁": ["B3"],
        "梁公 桥梁": ["B3"],
        "梁公 大桥": [],
        "桥北": [],
        "ｂ北": [],
        "桥ｂ": ["C4"],
        "É桥": ["C4"],
        "_桥": [],
        "项目": ["A1", "A2", "B3"],
    }
    assert {text: codes(at_city, text=text) for text in found} == found


def test_two_chinese_characters_are_looked_up_by_index(town: City) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "project_pairs" in Project.objects.order_by().saying("衡阳").explain()


def test_list_that_a_project_has_left_no_longer_holds_it(at_city: Client, town: City) -> None:
    ListEntry.objects.filter(project=town.project).update(delisted_on=date(2022, 4, 20), delist_reason="test")
    assert codes(at_city, list=world.make_list().pk) == ["A2"]


@pytest.mark.parametrize(
    "query", [{"unit": "999999"}, {"unit": "x"}, {"unit": "4304"}, {"year": "1999"}, {"started": "maybe"}]
)
def test_filter_that_cannot_be_read_shows_an_error_and_nothing(at_city: Client, query: dict[str, str]) -> None:
    assert codes(at_city, **query) == []
    assert "field-error" in page(at_city, **query)


def test_filter_by_a_unit_out_of_reach_is_refused(client: Client, town: City) -> None:
    client.force_login(town.stranger)
    assert "field-error" in page(client, unit="430421")


def test_year_shows_the_plans_of_that_year(at_city: Client, town: City) -> None:
    world.make_quarter("2021Q4")
    world.make_plan(town.project, 2021, 77)
    assert codes(at_city, year=2021) == ["A1"]
    assert ">77<" in page(at_city, year=2021)
    assert "2021" in page(at_city, year=2021)


@pytest.mark.parametrize(
    "name", ["code", "name", "unit_name", "location_name", "category_name", "stage", "total", "planned"]
)
def test_columns_sort(at_city: Client, town: City, name: str) -> None:
    assert sorted(codes(at_city, sort=name)) == ["A1", "A2"]
    assert sorted(codes(at_city, sort=f"-{name}")) == ["A1", "A2"]


def test_list_sorts_by_the_plan(at_city: Client) -> None:
    assert codes(at_city, sort="planned") == ["A1", "A2"]
    assert codes(at_city, sort="-planned") == ["A2", "A1"]


def test_total_that_is_not_published_says_so_and_is_blank_in_an_export(at_city: Client, town: City) -> None:
    Valuation.objects.create(
        project=town.second, from_on=date(2022, 1, 1), total_investment=Decimal(50000), reason="test", version="budget"
    )
    text = page(at_city)
    assert "未公布" in text
    assert "概算" in text
    lines = b"".join(at_city.get(LIST, {"export": "csv"})).decode().splitlines()
    assert lines[0].startswith("\ufeff代码,项目,责任单位")
    assert lines[1].split(",")[8:] == ["", "", "1000.00", ""]
    assert lines[2].split(",")[8:] == ["50000.00", "概算", "3000.00", ""]


def test_export_of_who_reaches_nothing_has_headings_only(client: Client, town: City) -> None:
    client.force_login(world.make_person("nobody"))
    assert len(b"".join(client.get(LIST, {"export": "csv"})).decode().splitlines()) == 1


def test_export_names_demonstration_data(at_city: Client, town: City) -> None:
    Project.objects.update(is_demonstration=True)
    lines = b"".join(at_city.get(LIST, {"export": "csv"})).decode().splitlines()
    assert lines[1].startswith("A1,项目A1,")
    assert lines[1].endswith("演示数据")
    assert "演示数据" in page(at_city)
    assert "演示数据" in page(at_city, "/projects/A1/")


def accepted(town: City, flow: int) -> None:
    report = world.submitted(town.county, town.quarter, flow, by=town.staff, when=world.at("2022-04-05"))
    lifecycle.accept(report, by=town.reviewer, at=world.at("2022-04-06"))


def test_detail_shows_the_quarter_and_links_its_report(client: Client, town: City) -> None:
    accepted(town, 250)
    client.force_login(town.staff)
    text = page(client, "/projects/A1/")
    assert town.quarter.name in text
    assert "25.0%" in text
    assert "主体施工" in text
    assert 'href="/reports/' in text


def test_detail_links_no_report_out_of_reach(client: Client, town: City) -> None:
    accepted(town, 250)
    Assignment.objects.create(project=town.project, unit=town.other, from_on=date(2022, 4, 1), reason="merged")
    client.force_login(town.stranger)
    text = page(client, "/projects/A1/")
    assert "主体施工" in text
    assert 'href="/reports/' not in text


def test_detail_keeps_every_version_on_file(at_city: Client, town: City) -> None:
    plan = town.project.annualplan_set.get()
    plan.pk, plan.in_force_on, plan.planned_investment, plan.reason = None, date(2022, 4, 1), Decimal(4321), "调整"
    plan.save()
    for day, total, version in ((1, 100_000, "estimate"), (2, 200_000, "final")):
        Valuation.objects.create(
            project=town.project, from_on=date(2022, day, 1), total_investment=total, version=version, reason="test"
        )
    ListEntry.objects.filter(project=town.project).update(delisted_on=date(2022, 4, 1), delist_reason="不再符合条件")
    text = page(at_city, "/projects/A1/")
    for shown in ("1,000", "4,321", "调整", "100,000", "200,000", "估算", "决算", "不再符合条件", "2022-04-01"):
        assert shown in text


def test_detail_of_a_bare_project_says_what_is_not_known(at_city: Client, town: City) -> None:
    Project.objects.create(code="BARE", name_zh="空白项目")
    text = page(at_city, "/projects/BARE/")
    for shown in ("未公布", "暂无年度计划", "未列入任何清单", "暂无责任单位", "尚无审核通过的报告"):
        assert shown in text


@pytest.mark.parametrize("count", [1, 3, 300])
def test_list_costs_the_same_queries_whatever_its_length(
    at_city: Client, town: City, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        world.make_project(f"C{number}", town.other, total=5)
    with django_assert_num_queries(13):
        at_city.get(LIST)


@pytest.mark.parametrize("count", [1, 3, 30])
def test_detail_costs_the_same_queries_whatever_is_on_file(
    client: Client, town: City, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    accepted(town, 10)
    for number in range(count):
        Valuation.objects.create(project=town.project, from_on=date(2021, 1, 1 + number), reason="test")
        Assignment.objects.create(
            project=town.project, unit=town.county, from_on=date(2021, 2, 1 + min(number, 27)), reason="test"
        ) if number < 28 else None
    client.force_login(town.staff)
    with django_assert_num_queries(13):
        client.get("/projects/A1/")


@pytest.mark.parametrize("few", [1000, 0])
def test_project_is_sorted_by_the_plan_in_force_and_by_what_is_filed_without_one(
    at_city: Client, town: City, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr("portal.lists.SORTED", few)
    industry, ecology = world.make_category("industry"), world.make_category("ecology")
    Project.objects.update(category=ecology)
    plan = town.project.annualplan_set.get()
    plan.pk, plan.in_force_on, plan.category = None, date(2022, 4, 1), ecology
    plan.save()  # of A1, whose first version says industry, as A2's only one does
    world.make_project("B3", town.other, planned=None)
    Project.objects.filter(code="B3").update(category=ecology)
    assert codes(at_city, category=ecology.pk) == ["A1", "B3"]
    assert codes(at_city, category=industry.pk) == ["A2"]
    chain = Chain.objects.create(code="c", name_zh="链")
    Project.objects.filter(code__in=["A1", "B3"]).update(chain=chain)
    assert codes(at_city, chain=chain.pk) == ["B3"]  # A1's plan names none


def test_page_names_a_few_units_however_many_there_are(at_city: Client, town: City) -> None:
    before = page(at_city).count("<option")
    for number in range(100):
        world.make_unit(f"9{number:05}", town.city)
    grown = page(at_city).count("<option")
    for number in range(100, 200):
        world.make_unit(f"9{number:05}", town.city)
    assert page(at_city).count("<option") == grown < before + 2 * 20


def test_unit_that_is_typed_stands_in_the_field_by_code_and_name(at_city: Client, town: City) -> None:
    at_city.cookies["django_language"] = "zh-hans"
    assert 'value="430421 单位430421"' in page(at_city, unit="430421")
    assert 'value="4304"' in page(at_city, unit="4304")


def test_long_list_is_turned_over_by_key(at_city: Client, town: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.counting.EXACTLY", 3)
    monkeypatch.setattr("portal.lists.PER_PAGE", 3)
    for number in range(3, 9):
        world.make_project(f"A{number}", town.other)
    address, seen, offsets = LIST, [], []
    for way in ("下一页", "下一页", "上一页", "末页", "首页", "—"):
        with CaptureQueriesContext(connection) as asked:
            response = at_city.get(address)
        offsets += [each["sql"] for each in asked if " OFFSET " in each["sql"]]
        shown = response.context["table"].page
        seen.append("".join(row.record.code[1] for row in shown.object_list))
        address = LIST + {words: place for words, place, _rel in shown.turns}.get(way, "")
    assert seen == ["123", "456", "78", "456", "678", "123"]
    assert offsets == []


def test_long_list_keeps_its_filter_and_order_as_it_is_turned(
    at_city: Client, town: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.counting.EXACTLY", 1)
    monkeypatch.setattr("portal.lists.PER_PAGE", 1)
    world.make_project("A3", town.other)
    [*_first, after, _last] = at_city.get(LIST, {"unit": "430421", "sort": "-code"}).context["table"].page.turns
    shown = at_city.get(LIST + after[1])
    assert [row.record.code for row in shown.context["table"].page.object_list] == ["A1"]
    assert "after=" not in shown.context["exports"]["csv"]


def test_place_that_no_link_names_shows_the_first_page(at_city: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.counting.EXACTLY", 1)
    for place in ("x", "[]", '["A1", 2]', "{}", '["\\u0000"]'):
        shown = at_city.get(LIST, {"after": place}).context["table"].page
        assert [row.record.code for row in shown.object_list] == ["A1", "A2"]


def test_very_long_list_sorts_by_its_key_only(at_city: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.lists.SORTED", 1)
    assert codes(at_city, sort="-planned") == ["A1", "A2"]
    assert codes(at_city, sort="-code") == ["A2", "A1"]
    text = page(at_city)
    assert "sort=-code" in text or "sort=code" in text
    assert "sort=planned" not in text


def test_address_does_not_say_how_many_rows_make_a_page(at_city: Client, town: City) -> None:
    for number in range(60):
        world.make_project(f"C{number}", town.other)
    assert len(at_city.get(LIST, {"per_page": "1000"}).context["table"].page.object_list) == 50


def test_who_reaches_a_county_reads_no_project_of_another(client: Client, town: City) -> None:
    """What is visible is found from the person's units: no assignment of another unit is looked at."""
    client.force_login(town.staff)
    with CaptureQueriesContext(connection) as asked:
        assert codes(client) == ["A1", "A2"]
    shown = [each["sql"] for each in asked if '"listed_name"' in each["sql"]]
    assert shown
    assert all(f'"unit_id" IN ({town.county.pk})' in rows for rows in shown)


def test_database_expects_many_projects_where_a_category_has_many(
    rf: RequestFactory, town: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it sorts all that a list holds, of a million projects a hundred thousand, to show a page of them."""
    monkeypatch.setattr(lists, "SORTED", 0)
    for number in range(60):
        world.make_project(f"C{number}", town.county, lists=("municipal_key",))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE projects_project, projects_annualplan, projects_listentry")
    category, on_list = world.make_category(), world.make_list("municipal_key")
    request = rf.get(LIST, {"year": 2022, "list": on_list.pk, "category": category.pk})
    request.user = town.leader
    shown = ProjectFilter(
        request.GET, queryset=Project.objects.with_facts(on=date(2022, 4, 20), year=2022), request=request
    )
    assert shown.form.is_valid()
    assert shown.qs.count() >= 60
    assert reckoned(shown.qs) >= 20

"""Lists of the admin with more rows than are counted one by one: about how many, and from page to page by key."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from portal import counting
from portal.counting import Key, Number
from portal.models import Role, Unit
from projects.models import Project, ReportLine, Stage
from tests import world
from tests.conftest import City
from tests.world import at

PROJECTS = "/admin/projects/project/"
LINES = "/admin/projects/reportline/"
TURN = re.compile(r'<a href="([^"]+)"[^>]*>\s*(First|Previous|Next|Last) page')


@pytest.fixture
def admin(town: City) -> Client:
    return world.signed_in(town.administrator)


@pytest.fixture
def many(town: City, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The codes of 120 projects, where 40 are the most that is counted."""
    monkeypatch.setattr(counting, "EXACTLY", 40)
    Project.objects.bulk_create(
        Project(code=f"P{number:03}", name_zh=f"项目{number}", name_en=f"Project {number}") for number in range(118)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE projects_project")
    return list(Project.objects.order_by("code").values_list("code", flat=True))


def shown(page: str) -> list[str]:
    return re.findall(r'<th class="field-code"><a[^>]*>([^<]+)</a>', page)


def turns(page: str) -> dict[str, str]:
    return {name: address.replace("&amp;", "&") for address, name in TURN.findall(page)}


def test_pages_by_key_hold_every_row_once_there_and_back(admin: Client, many: list[str]) -> None:
    page = admin.get(PROJECTS).content.decode()
    assert set(turns(page)) == {"Next", "Last"}
    there = shown(page)
    while "Next" in turns(page):
        page = admin.get(PROJECTS + turns(page)["Next"]).content.decode()
        there += shown(page)
    assert there == many
    assert set(turns(page)) == {"First", "Previous"}
    back = shown(page)
    while "Previous" in turns(page):
        page = admin.get(PROJECTS + turns(page)["Previous"]).content.decode()
        back = shown(page) + back
    assert back == many


def test_last_page_is_reached_without_the_others(admin: Client, many: list[str]) -> None:
    page = admin.get(PROJECTS).content.decode()
    assert shown(admin.get(PROJECTS + turns(page)["Last"]).content.decode()) == many[-50:]


def test_number_of_many_rows_is_about_in_both_languages(admin: Client, town: City, many: list[str]) -> None:
    assert "about 120" in admin.get(PROJECTS).content.decode()
    page = world.signed_in(town.administrator, "zh-hans").get(PROJECTS).content.decode()
    assert "约 120" in page


def test_way_back_to_all_rows_stands_only_where_some_are_left_out(admin: Client, many: list[str]) -> None:
    for query, is_there in (("", False), ("?q=P00", True), ("?stage__exact=reserve", True)):
        page = admin.get(f"/admin/projects/project/{query}").content.decode()
        search = page.partition('id="changelist-search"')[2].partition("</form>")[0]
        assert ("Show all" in search) == is_there, query


def test_few_rows_are_counted_and_numbered(admin: Client, town: City) -> None:
    for number in range(60):
        world.make_project(f"N{number}", town.county, planned=None)
    page = admin.get(PROJECTS).content.decode()
    assert "62" in page
    assert turns(page) == {}
    assert len(shown(admin.get(PROJECTS, {"p": 2}).content.decode())) == 12


@pytest.mark.parametrize("place", ["x", "[]", '["a", "b"]', "{}"])
def test_crooked_place_leads_back_to_the_list(admin: Client, many: list[str], place: str) -> None:
    answer = admin.get(PROJECTS, {"after": place})
    assert answer.status_code in (200, 302)


def test_page_behind_the_last_row_leads_to_the_first_page(admin: Client, many: list[str]) -> None:
    page = admin.get(PROJECTS, {"after": '["ZZZ"]'}).content.decode()
    assert shown(page) == []
    assert list(turns(page)) == ["First"]
    assert shown(admin.get(PROJECTS + turns(page)["First"]).content.decode()) == many[:50]


def test_page_by_number_far_beyond_is_the_last_that_is_counted_off(admin: Client, many: list[str]) -> None:
    assert admin.get(PROJECTS, {"p": 9_999_999}).status_code in (200, 302)


@pytest.mark.parametrize("order", [["code"], ["-code"], ["kind", "pk"], ["-kind", "pk"], ["kind", "-pk"]])
def test_key_goes_on_where_a_page_ended(town: City, order: list[str]) -> None:
    for number in range(7):
        world.make_unit(f"K{number}", town.city, kind=Unit.Kind.PARK if number % 2 else Unit.Kind.COUNTY)
    units = Unit.objects.order_by(*order)
    key, whole = Key.of(units), list(units)
    assert key is not None
    for number, unit in enumerate(whole):
        assert list(key.after(units, key.text(unit))) == whole[number + 1 :]
        assert list(key.after(units, key.text(unit), back=True)) == whole[:number][::-1]


@pytest.mark.parametrize("order", ["unit__code", "submitted_at", "unit"])
def test_order_by_another_table_or_what_may_be_null_has_no_key(db: None, order: str) -> None:
    from projects.models import Report

    assert Key.of(Report.objects.order_by(order, "pk")) is None


@pytest.mark.parametrize(("rows", "said"), [(12_345_678, "about 12,000,000"), (2_049, "about 2,000")])
def test_reckoned_number_says_two_digits(rows: int, said: str) -> None:
    from django.utils import translation

    with translation.override("en"):
        assert (str(Number(rows, is_about=True)), str(Number(rows))) == (said, f"{rows:,}")


def test_number_is_exact_up_to_the_bound(
    town: City, django_assert_num_queries: DjangoAssertNumQueries, monkeypatch: pytest.MonkeyPatch
) -> None:
    with django_assert_num_queries(1):
        assert Number.of(Unit.objects.all()) == Number(3)
    monkeypatch.setattr(counting, "EXACTLY", 2)
    with django_assert_num_queries(2):
        assert Number.of(Unit.objects.all()).is_about


def test_lines_are_read_as_handed_in_within_reach(admin: Client, town: City) -> None:
    world.submitted(town.county, town.quarter, 250, by=town.staff, when=at("2022-04-05"))
    world.make_project("O1", town.other)
    world.submitted(town.other, town.quarter, 70, by=town.stranger, when=at("2022-04-05"))
    page = admin.get(LINES).content.decode()
    assert [name in page for name in ("Project A1", "Project A2", "Project O1", "2.5", "0.7")] == [True] * 5
    assert "Project A1" not in admin.get(LINES, {"unit": town.other.pk}).content.decode()
    assert "Project O1" not in admin.get(LINES, {"q": "项目A1"}).content.decode()
    assert "Project A1" not in admin.get(LINES, {"state": "accepted"}).content.decode()
    line = ReportLine.objects.all()[0]
    assert admin.get(f"{LINES}{line.pk}/change/").status_code == 200
    assert admin.post(f"{LINES}{line.pk}/change/", {"flow": "1"}).status_code == 403
    own = world.signed_in(world.make_person("near", town.other, Role.AUDITOR))
    near = own.get(LINES).content.decode()
    assert ("Project A1" in near, "Project O1" in near) == (False, True)


def test_lines_are_counted_without_the_projects_that_they_are_about(admin: Client, town: City) -> None:
    with CaptureQueriesContext(connection) as asked:
        assert admin.get(LINES).status_code == 200
    [counted] = [each["sql"] for each in asked if each["sql"].startswith("SELECT COUNT")]
    assert "projects_reportline" in counted
    assert "projects_project" not in counted


def test_draft_is_not_listed(admin: Client, town: City) -> None:
    from projects import drafting

    drafting.begin(town.county, town.quarter, by=town.staff, at=at("2022-04-05"))
    assert "Project A1" not in admin.get(LINES).content.decode()


def test_what_a_filter_leaves_is_found_before_it_is_sorted(
    admin: Client, many: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a table of millions is gone through in the order of the list."""
    monkeypatch.setattr(counting, "EXACTLY", 200)
    Project.objects.filter(code__in=many[10:90]).update(stage="suspended")
    with CaptureQueriesContext(connection) as asked:
        first = admin.get(PROJECTS, {"stage__exact": "suspended"}).content.decode()
    [page] = [query["sql"] for query in asked if "LIMIT 50" in query["sql"]]
    second = admin.get(PROJECTS, {"stage__exact": "suspended", "p": "2"}).content.decode()
    assert shown(first) + shown(second) == many[10:90]
    assert ' IN (SELECT V0."id"' in page
    assert "LIMIT 201)" in page


def test_of_a_search_that_finds_very_many_some_are_listed_and_that_is_said(admin: Client, many: list[str]) -> None:
    with CaptureQueriesContext(connection) as asked:
        page = admin.get(PROJECTS, {"q": "项目"}).content.decode()
    assert len(shown(page)) == 40
    assert "40 of them are listed" in page
    assert not turns(page)
    [listed] = [query["sql"] for query in asked if "LIMIT 41)" in query["sql"] and "COUNT" not in query["sql"]]
    assert ' IN (SELECT V0."id"' in listed
    few = admin.get(PROJECTS, {"q": "项目11"}).content.decode()
    assert (len(shown(few)), "of them are listed" in few) == (9, False)


def test_two_characters_are_looked_for_by_their_own_index(admin: Client, town: City) -> None:
    with CaptureQueriesContext(connection) as asked:
        for address in (PROJECTS, LINES):
            assert admin.get(address, {"q": "投资"}).status_code == 200
    counted = [each["sql"] for each in asked if each["sql"].startswith("SELECT COUNT")]
    assert ["projects_pairs" in statement for statement in counted] == [True, True]


def test_lines_of_a_quarter_are_looked_for_in_its_year(admin: Client, town: City) -> None:
    world.submitted(town.county, town.quarter, 250, by=town.staff, when=at("2022-04-05"))
    with CaptureQueriesContext(connection) as asked:
        page = admin.get(LINES, {"quarter": town.quarter.pk}).content.decode()
    assert "Project A1" in page
    told = [each["sql"] for each in asked if "ORDER BY" in each["sql"]]
    listed = [statement for statement in told if 'FROM "projects_reportline"' in statement]
    assert all('"projects_reportline"."year" = 2022' in statement for statement in listed)
    assert listed
    assert "Project A1" not in admin.get(LINES, {"quarter": town.quarter.pk + 999}).content.decode()


def test_rows_are_counted_further_before_a_file_is_made(many: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert Number.of(Project.objects.all()).is_about
    assert counting.for_a_file(Project.objects.all()) == 120
    monkeypatch.setattr(counting, "FOR_A_FILE", 50)
    assert counting.for_a_file(Project.objects.all()) >= 51


@pytest.mark.django_db
@pytest.mark.parametrize("stage", [stage for stage in Stage if stage != Stage.CONTINUING])
def test_lines_of_a_stage_that_is_seldom_are_looked_up_by_index(stage: Stage) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = ReportLine.objects.order_by().filter(stage=stage).explain()
    years = set(re.findall(r" on projects_reportline_(\d+) ", plan))
    assert years
    assert years == set(re.findall(r"projects_reportline_(\d+)_stage_idx", plan)), plan


def test_list_is_headed_by_what_it_lists(admin: Client) -> None:
    page = admin.get(LINES).content.decode()
    assert "<h1>Report lines</h1>" in page
    assert "Select report line" not in page

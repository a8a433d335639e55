"""The register in the admin: dated rows with who and why, refusals in words, and who may change what."""

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from portal.models import Role
from projects import audit, drafting, lifecycle, rollups
from projects.models import Assignment, Category, ListEntry, Mark, Project
from tests import world
from tests.conftest import City

LIST = "/admin/projects/project/"
INLINES = ("assignment_set", "share_set", "listentry_set", "valuation_set", "annualplan_set")


@pytest.fixture
def admin(client: Client, town: City) -> Client:
    client.force_login(town.administrator)
    return client


def place(project: Project) -> str:
    return f"{LIST}{project.pk}/change/"


def form(client: Client, address: str) -> dict[str, str]:
    """Everything the change page would post if nothing were touched."""
    response = client.get(address)
    posted: dict[str, str] = {}
    forms = [
        response.context["adminform"].form,
        *(inline.formset for inline in response.context["inline_admin_formsets"]),
    ]
    for each in forms:
        if hasattr(each, "management_form"):
            posted |= {each.management_form.add_prefix(k): v for k, v in each.management_form.initial.items()}
            for row in each.initial_forms:
                posted |= values(row)
        else:
            posted |= values(each)
    return posted


def values(each: object) -> dict[str, str]:
    found = {}
    for bound in each:  # type: ignore[attr-defined]
        value = bound.value()
        if value not in (None, False):
            found[bound.html_name] = str(value)
    return found


def added(posted: dict[str, str], inline: str, **fields: object) -> dict[str, str]:
    """The same post with one more row in an inline."""
    number = int(posted[f"{inline}-TOTAL_FORMS"])
    row = {f"{inline}-{number}-{name}": str(value) for name, value in fields.items()}
    return {**posted, **row, f"{inline}-TOTAL_FORMS": str(number + 1)}


def errors(client: Client, address: str, posted: dict[str, str]) -> str:
    response = client.post(address, posted)
    assert response.status_code == 200
    return " ".join(str(error) for error in response.context["errors"])


def test_untouched_form_changes_nothing(admin: Client, town: City) -> None:
    posted = form(admin, place(town.project))
    assert admin.post(place(town.project), posted).status_code == 302
    assert town.project.assignment_set.get().recorded_by is None


def test_new_assignment_is_recorded_with_who(admin: Client, town: City) -> None:
    posted = form(admin, place(town.project))
    row = {"unit": town.other.pk, "from_on": "2022-04-01", "reason": "划转"}
    assert admin.post(place(town.project), added(posted, "assignment_set", **row)).status_code == 302
    assert town.project.assignment_set.get(from_on=date(2022, 4, 1)).recorded_by == town.administrator
    assert town.project.assignment_set.get(from_on=date(2021, 1, 1)).recorded_by is None


@pytest.mark.parametrize(
    ("inline", "row", "says"),
    [
        ("assignment_set", {"unit": 0, "from_on": "2022-04-01", "reason": ""}, "必填项|必须填写"),
        ("assignment_set", {"unit": 0, "from_on": "2021-01-01", "reason": "r"}, "从同一天起生效"),
        ("listentry_set", {"listed_on": "2022-01-01", "reason": "r"}, "同一时段"),
        ("listentry_set", {"listed_on": "2020-01-01", "delisted_on": "2019-01-01", "reason": "r"}, "次日|退出"),
        ("listentry_set", {"listed_on": "2020-01-01", "delisted_on": "2020-06-01", "reason": "r"}, "退出清单的原因"),
        (
            "valuation_set",
            {"version": "estimate", "from_on": "2022-01-01", "total_investment": "-1", "reason": "r"},
            "负数",
        ),
        (
            "annualplan_set",
            {"year": "2022", "in_force_on": "2022-01-01", "planned_investment": "5", "reason": "r"},
            "从同一天起生效",
        ),
        (
            "annualplan_set",
            {
                "year": "2023",
                "in_force_on": "2023-01-01",
                "planned_investment": "5",
                "cumulative_q1": "6",
                "cumulative_q3": "6",
                "reason": "r",
            },
            "累计数",
        ),
    ],
)
def test_row_that_breaks_a_rule_is_refused_in_words(
    admin: Client, town: City, inline: str, row: dict[str, object], says: str
) -> None:
    if "unit" in row:
        row = {**row, "unit": town.other.pk}
    if inline == "listentry_set":
        row = {**row, "list": world.make_list().pk}
    if inline == "annualplan_set":
        row = {**row, "category": world.make_category().pk}
    text = errors(admin, place(town.project), added(form(admin, place(town.project)), inline, **row))
    assert any(word in text for word in says.split("|")), text
    assert town.project.assignment_set.count() == 1


def test_two_overlapping_entries_in_one_form_are_refused(admin: Client, town: City) -> None:
    chosen = world.make_list("provincial_key").pk
    posted = form(admin, place(town.project))
    for day in ("2022-01-01", "2022-02-01"):
        posted = added(posted, "listentry_set", list=chosen, listed_on=day, reason="r")
    assert "同一时段" in errors(admin, place(town.project), posted)
    assert ListEntry.objects.filter(project=town.project).count() == 1


def test_shares_that_leave_nothing_are_refused_in_words(admin: Client, town: City) -> None:
    address = place(town.project)
    posted = form(admin, address)
    for unit, share in ((town.other, "0.6"), (town.city, "0.4")):
        posted = added(posted, "share_set", unit=unit.pk, share=share, from_on="2022-01-01", reason="a road")
    assert "不给责任单位留下余额" in errors(admin, address, posted)
    less = {**posted, "share_set-1-share": "0.3"}
    assert admin.post(address, less).status_code == 302
    assert sorted(town.project.share_set.values_list("share", flat=True)) == [Decimal("0.3"), Decimal("0.6")]


def test_project_is_taken_off_a_list_with_a_reason(admin: Client, town: City) -> None:
    posted = form(admin, place(town.project))
    posted |= {"listentry_set-0-delisted_on": "2022-04-01", "listentry_set-0-delist_reason": "已竣工"}
    assert admin.post(place(town.project), posted).status_code == 302
    entry = town.project.listentry_set.get()
    assert (entry.delisted_on, entry.delist_reason, entry.reason) == (date(2022, 4, 1), "已竣工", "test")


def test_change_that_restates_an_accepted_quarter_says_so(admin: Client, town: City) -> None:
    report = world.submitted(town.county, town.quarter, 10, by=town.staff, when=world.at("2022-04-05"))
    lifecycle.accept(report, by=town.reviewer, at=world.at("2022-04-06"))
    posted = form(admin, place(town.project))
    later = {"year": "2022", "in_force_on": "2022-04-01", "planned_investment": "5", "reason": "r"}
    later["category"] = str(world.make_category().pk)
    page = admin.post(place(town.project), added(posted, "annualplan_set", **later), follow=True).content.decode()
    assert "已审核季度" not in page
    posted = form(admin, place(town.project))
    posted["assignment_set-0-from_on"] = "2022-04-01"
    page = admin.post(place(town.project), posted, follow=True).content.decode()
    assert "已审核季度" in page
    assert town.quarter.name in page


def test_removed_row_is_kept_in_the_history_and_restates(admin: Client, town: City) -> None:
    report = world.submitted(town.county, town.quarter, 10, by=town.staff, when=world.at("2022-04-05"))
    lifecycle.accept(report, by=town.reviewer, at=world.at("2022-04-06"))
    posted = {**form(admin, place(town.project)), "listentry_set-0-DELETE": "on"}
    page = admin.post(place(town.project), posted, follow=True).content.decode()
    assert "已审核季度" in page
    assert town.project.listentry_set.count() == 0
    history = ListEntry.pgh_event_model.objects.filter(pgh_obj_id=posted["listentry_set-0-id"])  # type: ignore[attr-defined]
    assert "delete" in set(history.values_list("pgh_label", flat=True))


def test_project_can_be_added_with_its_rows(admin: Client, town: City) -> None:
    posted = form(admin, f"{LIST}add/") | {"code": "N-1", "name_zh": "新项目", "stage": "reserve"}
    posted = added(posted, "assignment_set", unit=town.county.pk, from_on="2022-01-01", reason="备案")
    assert admin.post(f"{LIST}add/", posted).status_code == 302
    assert Assignment.objects.get(project__code="N-1").recorded_by == town.administrator


@pytest.mark.parametrize("code", ["a/b", "a b", "甲?"])
def test_code_that_fits_no_address_is_refused(admin: Client, town: City, code: str) -> None:
    posted = form(admin, f"{LIST}add/") | {"code": code, "name_zh": "新项目", "stage": "reserve"}
    assert "网页地址" in errors(admin, f"{LIST}add/", posted)


def test_register_opens_by_role_and_reach(client: Client, town: City) -> None:
    elsewhere = world.make_project("Z9", town.other)
    below = world.make_person("below", town.county, Role.ADMINISTRATOR)
    auditor = world.make_person("auditor", town.city, Role.AUDITOR)
    client.force_login(below)
    assert client.get(place(elsewhere)).status_code == 302  # the admin's way to say: no such record
    assert client.get(place(town.project)).status_code == 200
    assert client.get(f"{LIST}add/").status_code == 403
    for person in (town.reviewer, auditor):
        client.force_login(person)
        assert client.get(place(elsewhere)).status_code == 200
        assert client.post(place(town.project), {"name_zh": "x"}).status_code == 403
    for person in (town.staff, town.leader):
        client.force_login(person)
        assert client.get(LIST, follow=True).status_code == 403
    client.logout()
    assert client.get(LIST).status_code == 302


def test_sortings_are_edited_by_who_administers_all(client: Client, town: City) -> None:
    address = "/admin/projects/category/add/"
    posted = {"code": "culture", "name_zh": "文化", "name_en": "Culture", "position": "50"}
    client.force_login(world.make_person("below", town.county, Role.ADMINISTRATOR))
    assert client.post(address, posted).status_code == 403
    client.force_login(town.administrator)
    assert client.post(address, posted).status_code == 302
    assert Category.objects.get(code="culture").position == 50
    for name in ("chain", "projectlist", "category"):
        assert client.get(f"/admin/projects/{name}/").status_code == 200


@pytest.mark.parametrize("count", [1, 3, 300])
def test_list_costs_the_same_queries_whatever_its_length(
    admin: Client, town: City, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        world.make_project(f"C{number}", town.other, total=5, location=town.county)
    with django_assert_num_queries(6):
        admin.get(LIST)


def test_search_finds_by_name_code_and_investor(admin: Client, town: City) -> None:
    Project.objects.filter(pk=town.second.pk).update(investor="长城公司")
    for text in ("长城", "A2", "项目A2"):
        page = admin.get(LIST, {"q": text}).content.decode()
        assert ("项目A2" in page, "项目A1" in page) == (True, False)


def test_stage_is_what_reports_say_once_one_is_accepted(admin: Client, town: City) -> None:
    assert "stage" in form(admin, place(town.project))
    report = world.submitted(town.county, town.quarter, 10, by=town.staff, when=world.at("2022-04-05"))
    lifecycle.accept(report, by=town.reviewer, at=world.at("2022-04-06"))
    posted = form(admin, place(town.project))
    assert not {"stage", "started_on", "finished_on"} & posted.keys()
    admin.post(place(town.project), posted | {"stage": "reserve"})
    town.project.refresh_from_db()
    assert town.project.stage == "continuing"


def test_project_is_deleted_with_its_dated_rows_while_nobody_reported_on_it(admin: Client, town: City) -> None:
    address = f"{LIST}{town.project.pk}/delete/"
    assert "Cannot delete" not in admin.get(address).content.decode()
    assert admin.post(address, {"post": "yes"}).status_code == 302
    assert not Project.objects.filter(pk=town.project.pk).exists()
    assert Mark.objects.filter(unit=town.county, quarter=town.quarter).exists()
    rollups.drain(at=world.at("2022-04-05"))
    assert audit.differences() == []


def test_project_that_a_report_names_is_not_deleted_and_says_why(town: City) -> None:
    admin = world.signed_in(town.administrator)
    drafting.begin(town.county, town.quarter, by=town.staff, at=world.at("2022-04-05"))
    for response in (
        admin.get(f"{LIST}{town.project.pk}/delete/", follow=True),
        admin.post(f"{LIST}{town.project.pk}/delete/", {"post": "yes"}, follow=True),
    ):
        assert response.redirect_chain[-1][0] == place(town.project)
        assert "can't be deleted" in " ".join(str(message) for message in response.context["messages"])
    assert Project.objects.filter(pk=town.project.pk).exists()

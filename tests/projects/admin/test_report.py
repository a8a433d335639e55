"""The queue in the admin: what it begins with, what it adds up, and that nothing can be changed from it."""

from decimal import Decimal

import pytest
from django.contrib import admin
from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat
from django.test import Client
from django.urls import NoReverseMatch, reverse
from pytest_django import DjangoAssertNumQueries

from portal.models import Role, Unit
from projects import lifecycle
from projects.admin.report import accept_clean
from projects.models import Report
from tests import world
from tests.conftest import City
from tests.world import at, signed_in

DAY = at("2022-04-05")
QUEUE = "/admin/projects/report/"


def listed(client: Client, query: str = "") -> list[Report]:
    answer = client.get(QUEUE + query)
    assert answer.status_code == 200
    return list(answer.context["cl"].result_list)


@pytest.fixture
def reports(town: City) -> list[Report]:
    """One accepted report of the county, one late report of the other county that waits."""
    first = world.submitted(town.county, town.quarter, 250, by=town.staff, when=DAY)
    world.make_project("B1", town.other, planned=50)
    second = world.submitted(town.other, town.quarter, 5, by=town.stranger, when=at("2022-04-12"))
    return [lifecycle.accept(first, by=town.reviewer, at=DAY), second]


def test_queue_access(town: City, reports: list[Report]) -> None:
    auditor = world.make_person("auditor", town.city, Role.AUDITOR)
    people = (town.staff, town.leader, town.reviewer, town.administrator, auditor)
    assert [signed_in(person).get(QUEUE, follow=True).status_code for person in people] == [403, 403, 200, 200, 200]
    assert Client().get(QUEUE).status_code == 302


def test_queue_begins_with_what_waits(town: City, reports: list[Report]) -> None:
    client = signed_in(town.reviewer)
    assert listed(client) == [reports[1]]
    assert listed(client, "?state=accepted") == [reports[0]]
    assert listed(client, "?state=every") == reports


def test_queue_filters(town: City, reports: list[Report]) -> None:
    client = signed_in(town.reviewer)
    assert listed(client, f"?state=every&unit={town.county.pk}") == [reports[0]]
    assert listed(client, f"?state=every&quarter={town.quarter.pk}") == reports
    assert listed(client, "?state=every&is_late__exact=1") == [reports[1]]
    assert listed(client, "?resubmitted=yes") == []
    assert listed(client, "?state=every&q=430422") == [reports[1]]


@pytest.mark.parametrize("query", ["?unit=x", "?quarter=%00", "?is_late__exact=%00", "?reviewed_by__email=x"])
def test_crooked_filter_leads_back_to_the_list(town: City, query: str) -> None:
    answer = signed_in(town.reviewer).get(QUEUE + query)
    assert answer.status_code in {302, 400}


def test_queue_shows_what_submission_counted(town: City, reports: list[Report]) -> None:
    first, second = listed(signed_in(town.reviewer), "?state=every")
    assert (first.line_count, first.year_to_date, first.planned) == (2, Decimal(500), Decimal(4000))
    assert (second.line_count, second.year_to_date, second.planned) == (1, Decimal(5), Decimal(50))
    assert (first.warning_count, first.unexplained_count, first.changed_count) == (0, 0, None)


def test_queue_filters_by_group_and_findings(town: City, reports: list[Report]) -> None:
    park = world.make_unit("4304P1", town.city, kind=Unit.Kind.PARK)
    world.make_project("P1", park)
    person = world.make_person("park", park, Role.APPROVER)
    odd = world.submitted(park, town.quarter, 1500, by=person, when=DAY)
    client = signed_in(town.reviewer)
    assert listed(client, "?group=parks") == [odd]
    assert listed(client, "?group=counties") == [reports[1]]
    assert listed(client, "?group=companies") == []
    assert listed(client, "?findings=warnings") == [odd]
    assert listed(client, "?findings=clean") == [reports[1]]
    assert listed(client, "?findings=unexplained") == []
    assert "▲ 1" in client.get(QUEUE).content.decode()


def test_row_of_the_queue_takes_its_filters_along(town: City, reports: list[Report]) -> None:
    shown = signed_in(town.reviewer).get(QUEUE + "?group=counties").content.decode()
    assert f"/{reports[1].pk}/change/?_changelist_filters=group%3Dcounties" in shown


def test_only_who_reviews_may_choose_reports_to_accept(town: City, reports: list[Report]) -> None:
    auditor = world.make_person("auditor", town.city, Role.AUDITOR)
    assert 'name="action"' in signed_in(town.reviewer).get(QUEUE).content.decode()
    assert 'name="action"' not in signed_in(auditor).get(QUEUE).content.decode()


def test_reviewer_of_a_county_sees_only_its_reports(town: City, reports: list[Report]) -> None:
    own = world.make_person("own", town.county, Role.REVIEWER)
    assert listed(signed_in(own), "?state=every") == [reports[0]]


def test_unit_filter_shows_one_level_of_the_tree(town: City, reports: list[Report]) -> None:
    village = world.make_unit("43042101", town.county)
    filters = signed_in(town.reviewer).get(QUEUE).context["cl"].filter_specs
    units = next(spec for spec in filters if spec.title == "unit").lookup_choices
    assert [key for key, name in units] == [str(town.county.pk), str(town.other.pk)]
    filters = signed_in(town.reviewer).get(f"{QUEUE}?unit={town.county.pk}").context["cl"].filter_specs
    units = next(spec for spec in filters if spec.title == "unit").lookup_choices
    assert [key for key, name in units] == [str(town.county.pk), str(village.pk)]


def test_nothing_is_added_edited_or_deleted(town: City, reports: list[Report]) -> None:
    for page in ("add", "delete", "history"):
        with pytest.raises(NoReverseMatch):
            reverse(f"admin:projects_report_{page}", args=[] if page == "add" else [reports[0].pk])
    action = {"action": "delete_selected", "_selected_action": reports[1].pk}
    signed_in(town.administrator).post(QUEUE, action)
    assert Report.objects.count() == 2
    assert admin.site.get_model_admin(Report).actions == (accept_clean,)


def _many_submitted(town: City, count: int) -> None:
    """As many reports as rows of the queue, without lines: each through the lifecycle would take half a minute."""
    units = [
        Unit(code=f"5{number:03}", kind=Unit.Kind.COUNTY, parent=town.city, name_zh=f"县{number}", name_en=f"U{number}")
        for number in range(count)
    ]
    Unit.objects.bulk_create(units)
    Report.objects.bulk_create([Report(unit=unit, quarter=town.quarter) for unit in units])
    counted = {"line_count": 1, "warning_count": 0, "unexplained_count": 0}
    Report.objects.filter(unit__in=units).update(
        state="submitted",
        submitted_by=town.staff,
        submitted_at=DAY,
        receipt=Concat(Value("R"), Cast("pk", CharField())),
        **counted,
    )


@pytest.mark.parametrize("count", [1, 3, 300])
def test_queue_costs_the_same_queries_for_every_number_of_reports(
    town: City, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    _many_submitted(town, count)
    client = signed_in(town.reviewer)
    with django_assert_num_queries(6):
        client.get(QUEUE)

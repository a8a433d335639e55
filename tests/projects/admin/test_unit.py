"""A unit's end in the admin: its projects pass to the successor at once, and where there is none that is said."""

from datetime import date

import pytest
from django.test import Client

from portal.models import Unit
from projects.models import Assignment, Project
from tests import world
from tests.conftest import City


@pytest.fixture
def admin(town: City) -> Client:
    return world.signed_in(town.administrator)


def saved(client: Client, unit: Unit, **fields: object) -> str:
    """What the page says after the unit was saved with these fields."""
    posted = {"code": unit.code, "kind": unit.kind, "name_zh": unit.name_zh, "name_en": unit.name_en}
    posted |= {"parent": str(unit.parent_id), "valid_from": "2000-01-01", **{k: str(v) for k, v in fields.items()}}
    response = client.post(f"/admin/portal/unit/{unit.pk}/change/", posted, follow=True)
    assert response.status_code == 200
    if "adminform" in response.context and response.context["errors"]:
        return " ".join(str(error) for error in response.context["errors"])
    return " ".join(str(message) for message in response.context["messages"])


def test_unit_that_ends_passes_its_projects_to_its_successor(admin: Client, town: City) -> None:
    said = saved(admin, town.county, valid_until="2022-05-31", successor=town.other.pk)
    assert "2 projects of Unit 430421 pass to Unit 430422 on 2022-06-01" in said
    assert Project.objects.answered_for_by(town.other, on=date(2022, 6, 1)).count() == 2
    row = Assignment.objects.filter(unit=town.other, project=town.project).get()
    assert row.recorded_by == town.administrator
    assert "pass to" not in saved(admin, town.county, valid_until="2022-05-31", successor=town.other.pk, note="x")
    assert Assignment.objects.count() == 4


def test_projects_pass_on_to_the_last_successor_in_whatever_order_the_mergers_are_written_down(
    admin: Client, town: City
) -> None:
    third = world.make_unit("430423", town.city)
    saved(admin, town.other, valid_until="2022-08-31", successor=third.pk)
    said = saved(admin, town.county, valid_until="2022-05-31", successor=town.other.pk)
    assert "2 projects of Unit 430422 pass to Unit 430423 on 2022-09-01" in said
    assert Project.objects.answered_for_by(town.other, on=date(2022, 8, 31)).count() == 2
    assert Project.objects.answered_for_by(third, on=date(2022, 9, 1)).count() == 2
    row = Assignment.objects.get(unit=third, project=town.project)
    assert row.reason == "Unit 430422 has ended; Unit 430423 succeeds it."


def test_unit_does_not_end_before_those_that_it_succeeds(admin: Client, town: City) -> None:
    saved(admin, town.county, valid_until="2022-05-31", successor=town.other.pk)
    for day in ("2022-03-31", "2022-05-31"):
        said = saved(admin, town.other, valid_until=day, successor=town.county.pk)
        assert "A unit that this one succeeds ends only on that day or later." in said
    assert Unit.objects.get(pk=town.other.pk).valid_until is None


def test_unit_that_ends_without_a_successor_is_told_what_still_stands_in_its_name(admin: Client, town: City) -> None:
    assert "2 projects still stand in its name" in saved(admin, town.county, valid_until="2022-05-31")
    assert Assignment.objects.count() == 2


def test_unit_that_goes_on_passes_nothing(admin: Client, town: City) -> None:
    assert "project" not in saved(admin, town.county, note="x")
    assert Assignment.objects.count() == 2


def test_successor_is_another_unit_that_exists_by_then(admin: Client, town: City) -> None:
    gone = world.make_unit("430423", town.city, valid_until=date(2022, 5, 31))
    unborn = world.make_unit("430424", town.city, valid_from=date(2022, 7, 1))
    for successor in (town.county, gone, unborn):
        assert "The successor" in saved(admin, town.county, valid_until="2022-05-31", successor=successor.pk)
    assert Unit.objects.get(pk=town.county.pk).successor is None
    assert Assignment.objects.count() == 2


def test_unit_does_not_move_below_one_that_lies_below_it(admin: Client, town: City) -> None:
    township = world.make_unit("430421100", town.county)
    assert "Unit 430421100 lies below this unit." in saved(admin, town.county, parent=township.pk)
    assert "t belong to itself." in saved(admin, town.county, parent=town.county.pk)
    assert Unit.objects.get(pk=town.county.pk).parent == town.city
    saved(admin, township, parent=town.other.pk)
    assert Unit.objects.get(pk=township.pk).parent == town.other

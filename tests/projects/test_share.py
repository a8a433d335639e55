"""A project's money may count by shares for other units; the project and its report stay with the one that answers."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from portal.models import Unit
from projects import audit, lifecycle, rollups
from projects.models import Assignment, Cell, Share
from tests import world
from tests.conftest import City
from tests.world import at

DAY = at("2022-04-05")
FROM = date(2022, 1, 1)


def give(town: City, unit: Unit, share: str, *, since: date = FROM) -> Share:
    return Share.objects.create(project=town.project, unit=unit, share=Decimal(share), from_on=since, reason="a road")


def cell(unit: Unit, town: City) -> Cell:
    rollups.drain(at=DAY)
    assert audit.differences() == []
    return Cell.objects.get(grain="unit", unit=unit, quarter=town.quarter)


def report(town: City) -> None:
    """Each of the county's two projects has completed 250.01 万元; one is planned with 1,000, the other with 3,000."""
    handed_in = world.submitted(town.county, town.quarter, "250.01", by=town.staff, when=DAY)
    lifecycle.accept(handed_in, by=town.reviewer, at=DAY)


def test_money_is_divided_to_the_cent_and_counts_are_not(town: City) -> None:
    give(town, town.other, "0.3333")
    report(town)
    own, theirs = cell(town.county, town), cell(town.other, town)
    assert (theirs.flow, theirs.planned) == (Decimal("83.33"), Decimal("333.30"))  # 250.01 × 0.3333 = 83.328…
    assert (own.flow, own.planned) == (Decimal("416.69"), Decimal("3666.70"))
    assert (own.projects, own.started, own.lines_expected) == (2, 2, 2)
    assert (theirs.projects, theirs.started, theirs.lines_expected) == (0, 0, 0)


def test_share_is_unknown_until_the_answering_unit_has_reported(town: City) -> None:
    give(town, town.other, "0.25")
    theirs = cell(town.other, town)
    assert (theirs.planned, theirs.is_reported, theirs.flow, theirs.year_to_date) == (Decimal(250), False, None, None)
    report(town)
    theirs = cell(town.other, town)
    assert (theirs.is_reported, theirs.is_covered, theirs.flow) == (True, True, Decimal("62.50"))


def test_share_counts_from_its_day_and_ends_with_one_of_0(town: City) -> None:
    give(town, town.other, "0.25", since=date(2022, 4, 1))
    rollups.drain(at=DAY)
    assert not Cell.objects.filter(unit=town.other, quarter=town.quarter).exists()
    second = world.make_quarter("2022Q2")
    give(town, town.other, "0", since=date(2022, 7, 1))
    third = world.make_quarter("2022Q3")
    rollups.drain(at=DAY)
    shared = Cell.objects.filter(unit=town.other, grain="unit")
    assert list(shared.values_list("quarter", "planned")) == [(second.pk, Decimal(250))]
    assert Cell.objects.get(unit=town.county, grain="unit", quarter=third).planned == 4000


def test_unit_that_comes_to_answer_for_the_project_has_its_share_and_the_rest(town: City) -> None:
    give(town, town.other, "0.25")
    Assignment.objects.create(project=town.project, unit=town.other, from_on=FROM, reason="handed over")
    theirs = cell(town.other, town)
    assert (theirs.planned, theirs.projects) == (Decimal(1000), 1)


def test_shares_leave_a_part_on_every_day(town: City) -> None:
    third = world.make_unit("430423", town.city)
    give(town, town.other, "0.6")
    give(town, third, "0.3")
    with connection.cursor() as cursor:
        with transaction.atomic():
            give(town, third, "0.4", since=date(2023, 1, 1))
            give(town, town.other, "0.5", since=date(2023, 1, 1))
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError, match="leave a part"):
            give(town, third, "0.5", since=date(2023, 2, 1))


def test_lines_behind_a_shared_figure_show_the_share_and_add_up(town: City, client: Client) -> None:
    give(town, town.other, "0.4")
    report(town)
    rollups.drain(at=DAY)
    client.force_login(town.leader)
    page = client.get(f"/lines/?unit={town.other.code}&measure=flow&quarter=2022Q1", headers={"accept-language": "en"})
    text = page.content.decode()
    assert "share of the amounts" in text
    assert "40.0" in text
    [fact] = page.context["made"].taken
    assert (fact.flow, page.context["made"].value) == (Decimal("100.00"), Decimal("100.00"))
    apart = client.get(f"/lines/?unit={town.other.code}&measure=projects&quarter=2022Q1")
    assert apart.context["made"].value == 0


def test_project_page_names_the_shares(town: City, client: Client) -> None:
    give(town, town.other, "0.4")
    client.force_login(town.leader)
    page = client.get(f"/projects/{town.project.code}/", headers={"accept-language": "en"})
    assert f"{town.other.name_en}: 40.0%, from 2022-01-01" in " ".join(page.content.decode().split())

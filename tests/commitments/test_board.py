"""What a dashboard shows: rows that add up to the headline, and the policy of the quarter's last day."""

from datetime import date
from decimal import Decimal

from commitments.board import Board
from commitments.models import Campaign, Policy
from portal.models import Role, Unit
from projects import rollups
from projects.models import Share
from projects.selection import Tree
from tests import world
from tests.conftest import City
from tests.world import at

DAY = at("2022-04-05")
ON = date(2022, 4, 5)


def test_rows_of_units_hold_what_lies_below_and_add_up_to_the_headline(town: City) -> None:
    township = world.make_unit("430421101", town.county)
    world.make_project("T1", township, planned=500)
    world.make_project("O1", town.other, planned=700)
    world.make_project("C1", town.city, planned=90)
    report = world.submitted(town.county, town.quarter, 250, by=town.staff, when=DAY)
    world.accepted(report, by=town.reviewer, when=DAY)
    rollups.drain(at=DAY)
    board = Board.read(town.quarter, Tree.reached_by(town.leader, on=ON))
    rows = {row.name: row for each in board.units() for row in each.rows}
    by_code = {row.unit.code: row for row in rows.values() if row.unit}
    assert by_code["430421"].figures.total.planned == Decimal(4500)
    assert by_code["430421"].figures.total.coverage.planned_covered == Decimal(4000)
    assert by_code["430400"].selection.itself
    assert sum(row.figures.total.planned for row in rows.values()) == board.headline().total.planned == Decimal(5290)


def test_unit_that_only_shares_has_a_row_with_its_part(town: City) -> None:
    Share.objects.create(project=town.project, unit=town.other, share="0.4", from_on=date(2022, 1, 1), reason="a road")
    rollups.drain(at=DAY)
    board = Board.read(town.quarter, Tree.reached_by(town.leader, on=ON))
    rows = {row.unit.code: row.figures.total for each in board.units() for row in each.rows if row.unit}
    assert (rows["430422"].projects, rows["430422"].planned) == (0, Decimal(400))
    assert sum(total.planned for total in rows.values()) == board.headline().total.planned == Decimal(4000)
    alone = Board.read(town.quarter, Tree.reached_by(town.stranger, on=ON))
    assert [row.figures.total.planned for row in alone.lists()] == [Decimal(400)] * 2  # the tier and its list


def test_unit_that_stands_alone_has_no_rows_of_units(town: City) -> None:
    rollups.drain(at=DAY)
    board = Board.read(town.quarter, Tree.reached_by(town.staff, on=ON))
    assert (board.units(), board.headline().total.projects) == ([], 2)


def test_tiers_count_a_project_once_and_lists_each_time(town: City) -> None:
    world.make_project("S1", town.county, planned=50, lists=("provincial_key", "provincial_single"))
    world.make_project("S2", town.county, planned=70, lists=("provincial_key", "municipal_key"))
    rollups.drain(at=DAY)
    board = Board.read(town.quarter, Tree.reached_by(town.leader, on=ON))
    found = [(row.selection.tier or row.selection.list, row.figures.total.projects) for row in board.lists()]
    assert found == [
        ("provincial", 2),
        ("provincial_key", 2),
        ("provincial_single", 1),
        ("municipal", 3),
        ("municipal_key", 3),
    ]


def test_categories_add_up_to_the_headline(town: City) -> None:
    world.make_project("E1", town.county, planned=50, category="ecology")
    rollups.drain(at=DAY)
    board = Board.read(town.quarter, Tree.reached_by(town.leader, on=ON))
    rows = board.categories()
    assert [row.selection.category for row in rows] == ["industry", "ecology"]
    assert sum(row.figures.total.planned for row in rows) == board.headline().total.planned


def test_baseline_is_that_of_the_policy_on_the_quarters_last_day(town: City) -> None:
    Policy.objects.create(effective_on=date(2022, 3, 31), baseline_factor=Decimal("1.2"), reason="× 120%")
    Policy.objects.create(effective_on=date(2022, 4, 1), baseline_factor=Decimal("1.6"), reason="later")
    rollups.drain(at=DAY)
    board = Board.read(town.quarter, Tree.reached_by(town.leader, on=ON))
    assert board.headline().baseline == Decimal("0.3")


def test_policy_of_the_campaign_judges_the_units_below_it_and_the_general_one_the_rest(town: City) -> None:
    campaign = Campaign.objects.create(unit=town.county, year=2022, name_zh="攻坚年")
    own = Policy.objects.create(
        campaign=campaign, effective_on=date(2022, 1, 1), lights_by="share", baseline_factor=Decimal("1.2"), reason="x"
    )
    own.lights.create(name_zh="正常", colour="green", shape="circle")
    own.lights.create(name_zh="偏慢", colour="blue", shape="diamond", threshold=80)
    report = world.submitted(town.county, town.quarter, 450, by=town.staff, when=DAY)
    world.accepted(report, by=town.reviewer, when=DAY)
    rollups.drain(at=DAY)
    county = Board.read(town.quarter, Tree.reached_by(town.staff, on=ON)).headline()
    assert county.light is not None
    assert (county.gap, county.light.shape, county.light.name) == (Decimal("-0.075"), "diamond", "偏慢")
    city = Board.read(town.quarter, Tree.reached_by(town.leader, on=ON)).headline()
    assert city.light is not None
    assert (city.gap, city.light.shape) == (Decimal("-0.025"), "circle")


def test_unit_that_was_taken_over_is_comparable_in_the_city_and_not_alone(town: City) -> None:
    before = world.make_quarter("2021Q1")
    for project in (town.project, world.make_project("O1", town.other, planned=None)):
        world.make_plan(project, 2021, 400)
    for unit, person in ((town.county, town.staff), (town.other, town.stranger)):
        report = world.submitted(unit, before, 100, by=person, when=at("2021-04-05"))
        world.accepted(report, by=town.reviewer, when=at("2021-04-05"))
    Unit.objects.filter(pk=town.other.pk).update(valid_until=date(2021, 12, 31), successor=town.county)
    report = world.submitted(town.county, town.quarter, 150, by=town.staff, when=DAY)
    world.accepted(report, by=town.reviewer, when=DAY)
    rollups.drain(at=DAY)
    city = Board.read(town.quarter, Tree.reached_by(town.leader, on=ON)).headline().total.growth
    assert (city.now, city.before, city.rate) == (Decimal(300), Decimal(200), Decimal("0.5"))
    alone = world.make_person("alone", town.county, Role.VIEWER)
    assert Board.read(town.quarter, Tree.reached_by(alone, on=ON)).headline().total.growth.is_not_comparable


def test_top_500_lists_have_rows_of_their_own_and_leave_the_growth_comparable(town: City) -> None:
    before = world.make_quarter("2021Q1")
    for project in (town.project, town.second):
        world.make_plan(project, 2021, 400)
    town.project.listentry_set.create(list=world.make_list("top500_world"), listed_on=date(2022, 1, 1), reason="test")
    for quarter, flow in ((before, 100), (town.quarter, 150)):
        when = at(str(quarter.opens_on))
        report = world.submitted(town.county, quarter, flow, by=town.staff, when=when)
        world.accepted(report, by=town.reviewer, when=when)
    rollups.drain(at=DAY)
    board = Board.read(town.quarter, Tree.reached_by(town.leader, on=ON))
    assert board.headline().total.growth.rate == Decimal("0.5")
    found = [(row.selection.tier or row.selection.list, row.figures.total.projects) for row in board.lists()]
    assert found == [("municipal", 2), ("municipal_key", 2), ("top500", 1), ("top500_world", 1)]

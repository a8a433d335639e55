"""Whose campaign it is: the nearest above a unit; and who stands in it."""

from datetime import date

from commitments.models import Campaign
from portal.models import Membership, Role
from tests import world
from tests.conftest import City

TODAY = date(2022, 4, 7)


def test_campaign_of_a_unit_is_that_of_the_nearest_above(town: City) -> None:
    city = Campaign.objects.create(unit=town.city, year=2022, name_zh="市")
    street = world.make_unit("430421-1", town.county)
    assert Campaign.objects.of(street, 2022) == city
    own = Campaign.objects.create(unit=town.county, year=2022, name_zh="县")
    assert Campaign.objects.of(street, 2022) == own
    assert Campaign.objects.of(town.other, 2022) == city
    assert Campaign.objects.of(street, 2021) is None


def test_campaign_is_seen_by_those_below_at_and_above_it_and_nobody_else(town: City) -> None:
    campaign = Campaign.objects.create(unit=town.county, year=2022, name_zh="县")
    street = world.make_unit("430421-1", town.county)
    below = world.make_person("below", street, Role.VIEWER)
    left = world.make_person("left", street, Role.VIEWER)
    Membership.objects.filter(user=left).update(valid_until=date(2022, 4, 6))
    for person in (below, town.staff, town.leader):
        assert list(Campaign.objects.visible_to(person, on=TODAY)) == [campaign]
    for person in (town.stranger, left, world.make_person("nobody")):
        assert not Campaign.objects.visible_to(person, on=TODAY).exists()


def test_campaign_of_the_city_is_seen_by_every_unit(town: City) -> None:
    campaign = Campaign.objects.create(unit=town.city, year=2022, name_zh="市")
    assert campaign in Campaign.objects.visible_to(town.stranger, on=TODAY)

"""What somebody changes while a bulletin comes out is not known to its lines before it is to its figures."""

import pytest
from django.db import connection

from commitments import publishing
from commitments.models import Bulletin, Campaign
from projects import lifecycle, rollups
from projects.models import AnnualPlan
from tests import world
from tests.conftest import City
from tests.world import at

NOW = at("2022-04-15")


@pytest.fixture
def bulletin(transactional_db: None, town: City) -> Bulletin:
    report = world.submitted(town.county, town.quarter, 250, by=town.staff, when=at("2022-04-05"))
    world.accepted(report, by=town.reviewer, when=at("2022-04-06"))
    rollups.drain(at=at("2022-04-06"))
    campaign = Campaign.objects.create(unit=town.city, year=2022, name_zh="攻坚年", name_en="Breakthrough")
    return publishing.begin(campaign, town.quarter, by=town.administrator, at=NOW)


@pytest.mark.django_db(transaction=True)
def test_bulletin_waits_for_a_change_that_began_before_it(bulletin: Bulletin, town: City) -> None:
    other = connection.copy()
    try:
        other.set_autocommit(False)
        other.cursor().execute(f"UPDATE {AnnualPlan._meta.db_table} SET planned_investment = 7")
        with pytest.raises(lifecycle.StepTaken):
            publishing.publish(bulletin, by=town.administrator, at=NOW)
        other.rollback()
        assert publishing.publish(bulletin, by=town.administrator, at=NOW).published_at == NOW
    finally:
        other.close()

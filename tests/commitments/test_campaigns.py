"""Cloning a campaign into the next year: what is carried over, what isn't, and what is refused."""

from datetime import date
from decimal import Decimal

import pytest
from django.utils import translation

from commitments import campaigns
from commitments.models import Campaign, Policy
from portal.models import Role
from projects.lifecycle import StepRefused
from tests import world
from tests.commitments.campaign import make_campaign
from tests.conftest import City
from tests.world import at

NOW = at("2022-12-20")


def test_clone_carries_over_names_targets_templates_with_pledges_and_the_policy(town: City) -> None:
    old = make_campaign(town.city)
    with translation.override("en"):
        new = campaigns.clone(old, by=town.administrator, at=NOW)
    new.refresh_from_db()
    assert (new.year, new.unit, new.cloned_from) == (2023, town.city, old)
    assert (new.name_zh, new.name_en) == ("聚力攻坚年2023", "Year of effort 2023")
    assert (new.issuer_zh, new.issuer_en, new.launched_on, new.sign_by) == ("市政府办", "City office", None, None)
    assert list(new.targets.values_list("indicator__code", "target", "target_q1", "is_over", "note")) == [
        ("completion_rate", Decimal(100), Decimal(25), False, "carried over from 2022, to be reviewed · 全市口径"),
        ("investment", Decimal(11_000_000), None, True, "carried over from 2022, to be reviewed"),
    ]
    (template,) = new.templates.all()
    assert (template.title, template.kinds, template.closing) == ("2023年承诺书", ["county", "district"], "请予监督")
    assert list(template.pledges.values_list("indicator__code", "weight", "target")) == [
        ("completion_rate", Decimal(60), Decimal(100)),
        ("investment", Decimal(40), None),
    ]
    assert old.targets.count() == 2
    assert old.templates.get().pledges.count() == 2


def test_clone_has_a_copy_of_the_policy_at_the_years_end_from_january_on(town: City) -> None:
    new = campaigns.clone(make_campaign(town.city), by=town.administrator, at=NOW)
    copy = Policy.objects.in_force(on=date(2023, 1, 1), campaign=new)
    assert (copy.campaign, copy.effective_on, copy.baseline(1)) == (new, date(2023, 1, 1), Decimal("0.3"))
    assert copy.reason == "沿用2022年规则：号文"
    assert [light.threshold for light in copy.lights.all()] == [None, 80]
    assert [(group.code, list(group.units.all())) for group in copy.groups.all()] == [
        ("counties", []),
        ("strong", [town.city]),
    ]
    assert list(copy.items.values_list("code", "weight")) == [("rate", Decimal(40))]
    assert Policy.objects.in_force(on=date(2023, 1, 1)).campaign is None


def test_clone_of_a_campaign_without_a_policy_copies_the_general_one(town: City) -> None:
    bare = Campaign.objects.create(unit=town.city, year=2022, name_zh="攻坚年")
    new = campaigns.clone(bare, by=town.administrator, at=NOW)
    copy = Policy.objects.in_force(on=date(2023, 3, 31), campaign=new)
    assert (copy.campaign, copy.lights.count(), copy.groups.count()) == (new, 3, 5)


def test_clone_is_refused_where_the_next_year_has_a_campaign(town: City) -> None:
    old = make_campaign(town.city)
    campaigns.clone(old, by=town.administrator, at=NOW)
    with (
        translation.override("en"),
        pytest.raises(StepRefused, match="has a campaign of 2023 already: “Year of"),
    ):
        campaigns.clone(old, by=town.administrator, at=NOW)
    assert Campaign.objects.count() == 2


def test_clone_is_for_who_administers_the_unit(town: City) -> None:
    old = make_campaign(town.city)
    below = world.make_person("below", town.county, Role.ADMINISTRATOR)
    for person in (town.reviewer, town.leader, town.staff, below):
        with pytest.raises(StepRefused):
            campaigns.clone(old, by=person, at=NOW)
    assert campaigns.clone(make_campaign(town.county), by=below, at=NOW).unit == town.county


def test_clone_of_a_clone_leads_on_year_by_year(town: City) -> None:
    new = campaigns.clone(make_campaign(town.city), by=town.administrator, at=NOW)
    third = campaigns.clone(new, by=town.administrator, at=NOW)
    assert (third.year, third.name_zh, third.templates.get().title) == (2024, "聚力攻坚年2024", "2024年承诺书")
    notes = list(third.targets.values_list("note", flat=True))
    assert notes[1] == "沿用2023年数值，待核定"

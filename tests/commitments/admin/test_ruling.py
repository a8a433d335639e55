"""Rulings on scores in the admin: made by who administers the campaign, with a reason; ended, never changed."""

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from commitments.models import Campaign, ScoringRuling
from portal.models import Quarter, Role
from tests import world
from tests.commitments.standings import make_campaign, make_item
from tests.conftest import City

ADD = "/admin/commitments/scoringruling/add/"


@pytest.fixture
def campaign(town: City) -> Campaign:
    return make_campaign(town.city)


def form(town: City, campaign: Campaign, **changed: object) -> dict[str, object]:
    return {
        "campaign": campaign.pk,
        "unit": town.county.pk,
        "kind": "disqualified",
        "item_code": "",
        "from_quarter": town.quarter.pk,
        "until_quarter": "",
        "reason": "较大以上安全事故",
    } | changed


def signed_in(client: Client, town: City, who: str = "administrator") -> Client:
    client.force_login(getattr(town, who))
    return client


@pytest.mark.parametrize(
    ("who", "status"), [("administrator", 200), ("reviewer", 403), ("leader", 403), ("staff", 403)]
)
def test_ruling_is_made_by_administrators_alone(
    client: Client, town: City, campaign: Campaign, who: str, status: int
) -> None:
    assert signed_in(client, town, who).get(ADD, follow=True).status_code == status


def test_ruling_keeps_who_made_it_and_when(client: Client, town: City, campaign: Campaign) -> None:
    assert signed_in(client, town).post(ADD, form(town, campaign)).status_code == 302
    ruling = ScoringRuling.objects.get()
    assert (ruling.made_by, ruling.reason, ruling.until_quarter) == (town.administrator, "较大以上安全事故", None)


def test_administrator_of_a_county_does_not_rule_in_the_citys_campaign(
    client: Client, town: City, campaign: Campaign
) -> None:
    client.force_login(world.make_person("county", town.county, Role.ADMINISTRATOR))
    assert client.get(ADD).status_code == 403
    own = make_campaign(town.county)
    street = world.make_unit("430421-1", town.county)
    assert client.post(ADD, form(town, campaign, unit=street.pk)).status_code == 200
    assert client.post(ADD, form(town, own, unit=street.pk)).status_code == 302
    assert [ruling.campaign for ruling in ScoringRuling.objects.all()] == [own]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"reason": ""}, "这个字段是必填项"),
        ({"kind": "exempt"}, "免责须指明计分项"),
        ({"item_code": "completion"}, "免责须指明计分项"),
        ({"unit": "city"}, "主办单位不参加本年度活动的排名"),
        ({"unit": "beyond"}, "该单位不在本年度活动范围内"),
        ({"from_quarter": "last"}, "请选择活动年度2022年的季度"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(
    client: Client, town: City, campaign: Campaign, changed: dict[str, object], said: str
) -> None:
    make_item()
    known = {
        "city": town.city.pk,
        "beyond": world.make_unit("999").pk,
        "last": world.make_quarter("2021Q4").pk,
    }
    client.force_login(town.administrator)
    town.administrator.membership_set.create(unit_id=known["beyond"], role=Role.ADMINISTRATOR)
    posted = form(town, campaign, **{name: known.get(str(value), value) for name, value in changed.items()})
    page = client.post(ADD, posted).content.decode()
    assert said in page
    assert "reason" in changed or "较大以上安全事故" in page
    assert not ScoringRuling.objects.exists()


def test_exemption_names_one_of_the_policys_items(client: Client, town: City, campaign: Campaign) -> None:
    make_item()
    signed_in(client, town)
    assert client.post(ADD, form(town, campaign, kind="exempt", item_code="nothing")).status_code == 200
    assert client.post(ADD, form(town, campaign, kind="exempt", item_code="completion")).status_code == 302
    assert ScoringRuling.objects.get().item_code == "completion"


def make_ruling(town: City, campaign: Campaign, since: Quarter) -> ScoringRuling:
    return ScoringRuling.objects.create(
        campaign=campaign, unit=town.county, kind="disqualified", from_quarter=since, reason="r",
        made_by=town.administrator, made_at=world.at("2022-04-05"),
    )  # fmt: skip


def test_ruling_is_ended_and_nothing_else_of_it_changes(client: Client, town: City, campaign: Campaign) -> None:
    ruling, second = make_ruling(town, campaign, town.quarter), world.make_quarter("2022Q2")
    address = f"/admin/commitments/scoringruling/{ruling.pk}/change/"
    posted = {"until_quarter": second.pk, "reason": "another", "unit": town.other.pk}
    assert signed_in(client, town).post(address, posted).status_code == 302
    ruling.refresh_from_db()
    assert (ruling.until_quarter, ruling.reason, ruling.unit) == (second, "r", town.county)
    assert client.post(address.replace("change", "delete"), {"post": "yes"}).status_code == 403


def test_database_keeps_a_ruling_as_it_was_made(town: City, campaign: Campaign) -> None:
    ruling = make_ruling(town, campaign, town.quarter)
    mine = ScoringRuling.objects.filter(pk=ruling.pk)
    for change in ({"reason": "s"}, {"unit": town.other}, {"kind": "exempt", "item_code": "x"}):
        with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
            mine.update(**change)
    with pytest.raises(Exception, match="Cannot delete"), transaction.atomic():
        mine.delete()
    assert mine.update(until_quarter=town.quarter) == 1


def test_ruling_taken_back_altogether_never_held(town: City, campaign: Campaign) -> None:
    ruling, before = make_ruling(town, campaign, town.quarter), world.make_quarter("2021Q4")
    assert list(ScoringRuling.objects.of(campaign, town.quarter)) == [ruling]
    ScoringRuling.objects.update(until_quarter=before)
    assert list(ScoringRuling.objects.of(campaign, town.quarter)) == []

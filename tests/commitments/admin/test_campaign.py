"""Campaigns in the admin: who writes them, their targets and templates, their calendar, and the next year's."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from commitments.models import Campaign, Indicator, Letter, LetterTemplate
from portal.models import Role
from tests import world
from tests.commitments.admin.typing import typed
from tests.commitments.campaign import make_campaign
from tests.conftest import City
from tests.world import signed_in

LIST = "/admin/commitments/campaign/"
ADD = f"{LIST}add/"


@pytest.fixture
def administrator(town: City) -> Client:
    return signed_in(town.administrator)


@pytest.fixture
def campaign(town: City) -> Campaign:
    return make_campaign(town.city)


def page_of(campaign: Campaign) -> str:
    return f"{LIST}{campaign.pk}/change/"


def clone_of(campaign: Campaign) -> str:
    return f"{LIST}{campaign.pk}/clone/"


def page_of_template(template: LetterTemplate) -> str:
    return f"/admin/commitments/lettertemplate/{template.pk}/change/"


def row(prefix: str, number: int, **fields: Any) -> dict[str, Any]:
    """What one more row of an inline sends."""
    named = {f"{prefix}-{number}-{name}": value for name, value in fields.items()}
    return {**named, f"{prefix}-TOTAL_FORMS": number + 1}


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.REVIEWER])
def test_campaign_is_read_by_auditors_and_reviewers_and_changed_by_neither(
    town: City, campaign: Campaign, role: Role
) -> None:
    client = signed_in(world.make_person("reader", town.city, role))
    template = campaign.templates.get()
    for page in (page_of(campaign), page_of_template(template)):
        shown = client.get(page)
        assert shown.status_code == 200
        assert "county · district" in shown.content.decode()
        assert client.post(page, {"name_zh": "x", "title": "x"}).status_code == 403
    assert client.get(clone_of(campaign)).status_code == 403
    assert client.post(clone_of(campaign)).status_code == 403
    assert Campaign.objects.count() == 1


def test_administrator_below_reads_the_campaign_above_and_writes_their_own(town: City, campaign: Campaign) -> None:
    client = signed_in(world.make_person("below", town.county, Role.ADMINISTRATOR))
    assert client.get(page_of(campaign)).status_code == 200
    assert client.post(page_of(campaign), {}).status_code == 403
    assert client.post(clone_of(campaign)).status_code == 403
    sent = typed(client.get(ADD), name_zh="县攻坚年", year="2022", unit=town.city.pk)
    assert client.post(ADD, sent).status_code == 200
    assert client.post(ADD, {**sent, "unit": town.county.pk}).status_code == 302
    own = Campaign.objects.get(unit=town.county)
    assert client.post(clone_of(own)).status_code == 302
    stranger = signed_in(world.make_person("elsewhere", town.other, Role.ADMINISTRATOR))
    assert stranger.get(clone_of(own)).status_code == 404


def test_campaign_is_added_with_its_targets_and_templates(administrator: Client, town: City) -> None:
    rate = Indicator.objects.get(code="completion_rate")
    sent = typed(administrator.get(ADD), name_zh="攻坚年", year="2022", unit=town.city.pk)
    sent |= row("targets", 0, indicator=rate.pk, position="10", target_q1="25", target="100", note="n")
    sent |= row("templates", 0, title="承诺书", kinds=["county", "park"], opening="{unit}承诺", closing="请予监督")
    assert administrator.post(ADD, sent).status_code == 302
    campaign = Campaign.objects.get()
    assert list(campaign.targets.values_list("indicator", "target")) == [(rate.pk, Decimal(100))]
    assert campaign.templates.get().kinds == ["county", "park"]


def test_target_stands_beside_its_unit_of_measure(administrator: Client, campaign: Campaign) -> None:
    page = administrator.get(page_of(campaign)).content.decode()
    assert "Completion rate of the annual plan (%)" in page
    assert "Completed investment (10,000 CNY)" in page


REFUSALS = [
    ({"targets-0-target_q2": "20"}, "Targets are cumulative: no quarter&#x27;s can be below the one before it"),
    ({"targets-0-target": ""}, "Give the target of the year."),
    ({"templates-0-opening": "{uint}承诺"}, "{uint} is not filled in by anybody. Filled in are only: {unit}, {year},"),
    ({"templates-0-opening": "{unit承诺"}, "A brace stands alone."),
    ({"templates-0-kinds": []}, "This field is required."),
]


@pytest.mark.parametrize(("wrong", "message"), REFUSALS)
def test_campaign_that_cannot_stand_is_refused_where_and_why(
    administrator: Client, campaign: Campaign, wrong: dict[str, Any], message: str
) -> None:
    sent = {**typed(administrator.get(page_of(campaign))), **wrong}
    response = administrator.post(page_of(campaign), sent)
    assert response.status_code == 200
    assert message in response.content.decode()
    assert {name: typed(response).get(name, "" if value == "" else []) for name, value in wrong.items()} == wrong


def test_kind_of_unit_has_one_template_on_either_page(administrator: Client, campaign: Campaign) -> None:
    message = "“district” has the template “2022年承诺书” already. Take it out of one of the two."
    two = {"title": "another", "kinds": ["district", "park"], "opening": "o", "closing": "c"}
    sent = typed(administrator.get(page_of(campaign))) | row("templates", 1, **two)
    assert message in administrator.post(page_of(campaign), sent).content.decode()
    other = LetterTemplate.objects.create(campaign=campaign, **{**two, "kinds": ["park"]})
    page = page_of_template(other)
    sent = typed(administrator.get(page), kinds=["district", "park"])
    assert message in administrator.post(page, sent).content.decode()
    assert administrator.post(page, {**sent, "kinds": ["park", "bureau"]}).status_code == 302


def test_pledges_stand_on_the_templates_own_page(administrator: Client, campaign: Campaign) -> None:
    template = campaign.templates.get()
    assert page_of_template(template) in administrator.get(page_of(campaign)).content.decode()
    page = page_of_template(template)
    started = Indicator.objects.get(code="newly_started")
    sent = typed(administrator.get(page)) | row("pledges", 2, indicator=started.pk, position="30", weight="0")
    assert administrator.post(page, sent).status_code == 302
    assert template.pledges.count() == 3


def test_templates_stand_in_no_menu_and_strangers_see_none(town: City, campaign: Campaign) -> None:
    assert "lettertemplate" not in signed_in(town.administrator).get("/admin/").content.decode()
    own = make_campaign(town.county)
    stranger = signed_in(world.make_person("elsewhere", town.other, Role.ADMINISTRATOR))
    assert stranger.get(page_of_template(campaign.templates.get())).status_code == 200
    assert stranger.post(page_of_template(campaign.templates.get()), {}).status_code == 403
    assert stranger.get(page_of_template(own.templates.get())).status_code == 302


def test_campaign_shows_the_quarters_of_its_year_with_the_way_to_each(
    administrator: Client, town: City, campaign: Campaign
) -> None:
    page = administrator.get(page_of(campaign)).content.decode()
    assert f'<a href="/admin/portal/quarter/{town.quarter.pk}/change/">Q1 2022: opens 2022-03-25' in page
    later = make_campaign(town.county, 2031)
    assert "The calendar has no quarter of 2031 yet." in administrator.get(page_of(later)).content.decode()


def test_unit_and_year_stand_still_with_the_first_letter(administrator: Client, town: City, campaign: Campaign) -> None:
    assert 'name="year"' in administrator.get(page_of(campaign)).content.decode()
    Letter.objects.create(campaign=campaign, unit=town.county)
    assert 'name="year"' not in administrator.get(page_of(campaign)).content.decode()
    sent = typed(administrator.get(page_of(campaign)), year="2023", name_zh="新名")
    assert administrator.post(page_of(campaign), sent).status_code == 302
    campaign.refresh_from_db()
    assert (campaign.year, campaign.name_zh) == (2022, "新名")


def test_clone_says_first_what_is_carried_over_in_both_languages(town: City, campaign: Campaign) -> None:
    english = " ".join(signed_in(town.administrator).get(clone_of(campaign)).content.decode().split())
    for text in (
        "From “Year of effort 2022” 2022 of Unit 430400 these are carried over:",
        "Completion rate of the annual plan: 100 %",
        "2022年承诺书 (Completion rate of the annual plan, Completed investment)",
        "a copy of the policy in force from 2022-06-01, as the new campaign&#x27;s own from 2023-01-01".replace(
            "&#x27;", "'"
        ),
        "◆ slow (below 80% of the baseline)",
        "The calendar has no quarter of 2023 yet: add its quarters as well.",
    ):
        assert text in english
    chinese = " ".join(signed_in(town.administrator, "zh-hans").get(clone_of(campaign)).content.decode().split())
    for text in ("沿用到2023年", "以下内容由单位4304002022年“聚力攻坚年2022”沿用：", "不沿用：启动和签署日期"):
        assert text in chinese
    assert Campaign.objects.count() == 1


def test_clone_leads_to_the_new_campaign_and_a_second_one_is_refused(
    administrator: Client, town: City, campaign: Campaign
) -> None:
    response = administrator.post(clone_of(campaign), follow=True)
    new = Campaign.objects.get(year=2023)
    assert response.redirect_chain == [(page_of(new), 302)]
    assert "The campaign of 2023 is there. Look at its targets, and set its days." in response.content.decode()
    again = administrator.post(clone_of(campaign))
    assert again.status_code == 409
    assert "Unit 430400 has a campaign of 2023 already: “Year of effort 2023”." in again.content.decode()
    shown = administrator.get(clone_of(campaign)).content.decode()
    assert page_of(new) in shown
    assert 'class="default"' not in shown


@pytest.mark.parametrize("count", [1, 3, 300])
def test_list_of_campaigns_costs_the_same(
    administrator: Client, town: City, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for year in range(2100, 2100 + count):
        Campaign.objects.create(unit=town.city, year=year, name_zh="攻坚年")
    with django_assert_num_queries(4):
        assert "攻坚年" in administrator.get(LIST).content.decode()

"""A campaign to test with: two targets, a template with two pledges, and a policy of its own."""

from datetime import date
from decimal import Decimal

from commitments.models import Campaign, Indicator, LetterTemplate, Policy
from portal.models import Unit


def make_campaign(unit: Unit, year: int = 2022) -> Campaign:
    """It says its year in its name and in the title of its letters; its policy begins in June."""
    campaign = Campaign.objects.create(
        unit=unit, year=year, name_zh=f"聚力攻坚年{year}", name_en=f"Year of effort {year}",
        launched_on=date(year, 2, 7), sign_by=date(year, 2, 28), issuer_zh="市政府办", issuer_en="City office",
    )  # fmt: skip
    rate, investment = (Indicator.objects.get(code=code) for code in ("completion_rate", "investment"))
    campaign.targets.create(indicator=rate, position=10, target=Decimal(100), target_q1=Decimal(25), note="全市口径")
    campaign.targets.create(indicator=investment, position=20, target=Decimal(11_000_000), is_over=True)
    template = LetterTemplate.objects.create(
        campaign=campaign, kinds=["county", "district"], title=f"{year}年承诺书", addressee="市委、市政府",
        opening="{unit}承诺{year}年实施{projects}个项目", closing="请予监督",
    )  # fmt: skip
    template.pledges.create(indicator=rate, weight=Decimal(60), target=Decimal(100))
    template.pledges.create(indicator=investment, weight=Decimal(40))
    make_policy(campaign)
    return campaign


def make_policy(campaign: Campaign) -> Policy:
    policy = Policy.objects.create(
        campaign=campaign, effective_on=date(campaign.year, 6, 1), reason="号文", baseline_factor=Decimal("1.2"),
        lights_by="share",
    )  # fmt: skip
    policy.lights.create(name_zh="正常", colour="green", shape="circle")
    policy.lights.create(name_zh="偏慢", name_en="slow", colour="yellow", shape="diamond", threshold=Decimal(80))
    policy.groups.create(code="counties", name_zh="县市区", kinds=["county", "district"])
    policy.groups.create(code="strong", name_zh="强县").units.add(campaign.unit)
    indicator = Indicator.objects.get(code="completion_rate")
    policy.items.create(code="rate", name_zh="完成率", indicator=indicator, formula="share", weight=Decimal(40))
    return policy

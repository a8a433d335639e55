"""The demo's campaigns of 2021 and 2022: targets, templates of letters, and the policy by which they are judged.

The six targets of 2022 are those published at the mobilisation meeting (seed/hengyang/headlines.json). All else is made
up: the scoring rules are an example, no city's own.
"""

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from commitments.models import (
    Campaign,
    CityTarget,
    Indicator,
    LetterTemplate,
    Policy,
    PolicyGroup,
    PolicyLight,
    ScoringItem,
    TemplatePledge,
)
from portal.models import Unit
from projects.demo.building import Scene
from projects.demo.headlines import HUNDRED_MILLION
from projects.demo.known import FOLDER

COUNTIES = [Unit.Kind.DISTRICT, Unit.Kind.COUNTY, Unit.Kind.COUNTY_CITY]
PLACES = [*COUNTIES, Unit.Kind.PARK]
ISSUER = ("衡阳市重大项目建设指挥部办公室", "Office of Hengyang's Headquarters for Major Projects")
MADE_UP = "演示数据 / demonstration data"
CLOSED_YEAR, OPEN_YEAR = 2021, 2022
LAUNCHED_ON = {CLOSED_YEAR: date(2021, 2, 8), OPEN_YEAR: date(2022, 2, 7)}
SIGN_BY = {CLOSED_YEAR: date(2021, 2, 28), OPEN_YEAR: date(2022, 2, 28)}
NAMES = {CLOSED_YEAR: ("重大项目建设年（演示）", "Year of Major Projects (demonstration)")}

VISITS = ("人次", "visits")
# Code, names, unit of measure, kind, how it adds up, answering bureau, highest value; growth may be below zero.
READINGS = (
    ("fai_growth", "固定资产投资增速", "Growth of fixed-asset investment", ("%", "%"), "latest", "B-TJJ", 300),
    ("fdi_growth", "实际使用外资增速", "Growth of foreign capital used", ("%", "%"), "latest", "B-SWJ", 500),
    ("fdi", "实际使用外资", "Foreign capital used", ("万美元", "USD 10,000"), "sum", "B-SWJ", 1_000_000),
    ("visitors", "春节景区接待游客", "Visitors of attractions at Spring Festival", VISITS, "sum", "B-TJJ", None),
    ("passengers", "春节机场旅客吞吐量", "Airport passengers at Spring Festival", VISITS, "sum", "B-FGW", None),
    ("accidents", "较大以上安全事故", "Major safety accidents", ("起", "accidents"), "sum", "B-FGW", 100),
)


def write(scene: Scene) -> Mapping[int, Campaign]:
    """Both campaigns, by year."""
    indicators = _indicators(scene)
    city = scene.units["430400"]
    published = json.loads((FOLDER / "headlines.json").read_text(encoding="utf-8"), parse_float=Decimal)
    names = NAMES | {OPEN_YEAR: (published["campaign"]["name_zh"], published["campaign"]["name_en"])}
    found: dict[int, Campaign] = {}
    for year in (CLOSED_YEAR, OPEN_YEAR):
        campaign = Campaign.objects.create(
            unit=city,
            year=year,
            name_zh=names[year][0],
            name_en=names[year][1],
            launched_on=LAUNCHED_ON[year],
            sign_by=SIGN_BY[year],
            issuer_zh=ISSUER[0],
            issuer_en=ISSUER[1],
            cloned_from=found.get(year - 1),
        )
        _policy(campaign, indicators)
        _templates(campaign, indicators)
        found[year] = campaign
    _targets(found[OPEN_YEAR], indicators, published["targets_2022"])
    return found


def _indicators(scene: Scene) -> dict[str, Indicator]:
    for position, (code, zh, en, measure, adds_up, bureau, most) in enumerate(READINGS):
        is_percent = measure[0] == "%"
        Indicator.objects.create(
            code=code,
            position=500 + position * 10,
            name_zh=zh,
            name_en=en,
            kind="percent" if is_percent else "number",
            unit_of_measure_zh=measure[0],
            unit_of_measure_en=measure[1],
            direction="less" if code == "accidents" else "more",
            adds_up=adds_up,
            source="readings",
            bureau=scene.units[bureau],
            least=-100 if is_percent else 0,
            most=most,
        )
    return {indicator.code: indicator for indicator in Indicator.objects.all()}


def _targets(campaign: Campaign, indicators: Mapping[str, Indicator], published: Mapping[str, Any]) -> None:
    rows = (
        ("fai_growth", published["fixed_asset_investment_growth_pct_over"], True, ""),
        ("projects", published["major_projects_at_least"], False, ""),
        ("investment", published["completed_investment_100m_cny_over"] * HUNDRED_MILLION, True, ""),
        ("industrial_started", published["major_industrial_projects_built"], False, ""),
        ("top500", published["projects_by_top_500_companies"], False, "引进三类500强企业项目 / brought in"),
        ("fdi_growth", published["foreign_capital_used_growth_pct_over"], True, ""),
    )
    for position, (code, target, is_over, note) in enumerate(rows, start=1):
        CityTarget.objects.create(
            campaign=campaign,
            indicator=indicators[code],
            position=position * 10,
            target=target,
            is_over=is_over,
            note=note,
        )


def _policy(campaign: Campaign, indicators: Mapping[str, Indicator]) -> None:
    policy = Policy.objects.create(
        campaign=campaign,
        effective_on=date(campaign.year, 1, 1),
        reason="年度考核办法（演示） / rules of the year (demonstration)",
    )
    default = Policy.objects.filter(campaign=None).earliest("effective_on")
    for light in default.lights.all():
        light.pk, light.policy = None, policy
        PolicyLight.objects.bulk_create([light])
    for group in default.groups.all():
        group.pk, group.policy = None, policy
        PolicyGroup.objects.bulk_create([group])
    for position, item in enumerate(_items(), start=1):
        indicator = indicators[item.pop("indicator")]
        ScoringItem.objects.create(policy=policy, indicator=indicator, position=position * 10, **item)


def _items() -> list[dict[str, Any]]:
    """An example of a scoring: a hundred points, up to ten more, and one veto."""
    return [
        {
            "code": "completion",
            "name_zh": "投资完成率",
            "name_en": "Completion rate",
            "indicator": "completion_rate",
            "formula": "linear",
            "reference": "baseline",
            "weight": 45,
            "bonus": Decimal("0.1"),
            "deduction": Decimal("0.5"),
            "most": 50,
        },
        {
            "code": "start",
            "name_zh": "开工率",
            "name_en": "Start rate",
            "indicator": "start_rate",
            "formula": "share",
            "reference": "fixed",
            "fixed": 100,
            "weight": 20,
            "nothing_below": 60,
        },
        {
            "code": "size",
            "name_zh": "完成投资规模",
            "name_en": "Size of completed investment",
            "indicator": "investment",
            "formula": "rank",
            "grades": "20, 19, 18, 17, 16",
            "deduction": Decimal("0.5"),
            "weight": 20,
            "least": 10,
        },
        {
            "code": "new_industrial",
            "name_zh": "新开工产业项目",
            "name_en": "New industrial projects",
            "indicator": "new_industrial",
            "formula": "count",
            "bonus": 1,
            "weight": 10,
            "most": 10,
            "groups": "counties, parks",
        },
        {
            "code": "fdi",
            "name_zh": "实际使用外资",
            "name_en": "Foreign capital used",
            "indicator": "fdi",
            "formula": "share",
            "reference": "target",
            "weight": 5,
            "most": 6,
            "groups": "counties, parks",
        },
        {
            "code": "top500",
            "name_zh": "引进三类500强项目加分",
            "name_en": "Bonus for projects by Top 500 companies",
            "indicator": "top500",
            "formula": "count",
            "bonus": 1,
            "most": 4,
        },
        {
            "code": "safety",
            "name_zh": "安全生产一票否决",
            "name_en": "Veto for safety",
            "indicator": "accidents",
            "formula": "veto",
            "fixed": 0,
            "groups": "counties, parks",
        },
    ]


OPENING = (
    "为深入贯彻落实市委、市政府关于重大项目建设的决策部署，确保{year}年度重点项目建设任务落到实处，"
    "{unit}对所负责的{projects}个重点项目、年度计划投资{planned}，作出如下承诺。"
)
MEASURES = (
    "一、压实责任。实行领导包联、专班推进，逐个项目明确责任领导、责任单位和完成时限。\n"
    "二、强化调度。按季如实填报项目进度，对滞后项目及时分析原因、限期整改。\n"
    "三、优化保障。统筹用地、用能、资金等要素，为项目建设创造良好条件。"
)
CLOSING = "以上承诺，请市委、市政府监督。承诺事项完成情况按季考核，年底结账；未兑现的，自愿接受通报和考核扣分。"
TITLE = "{year}年度重大项目建设承诺书"
ADDRESSEE = "中共衡阳市委、衡阳市人民政府："


# Indicators and their weights; the plans of 2022 name no project that is to be completed in the year.
PLEDGES = {
    CLOSED_YEAR: (
        (PLACES, {"investment": 40, "start_rate": 20, "newly_started": 15, "completed": 15, "fdi": 10}),
        ([Unit.Kind.PLATFORM_COMPANY], {"investment": 60, "start_rate": 20, "completed": 20}),
    ),
    OPEN_YEAR: (
        (PLACES, {"investment": 50, "start_rate": 20, "newly_started": 20, "fdi": 10}),
        ([Unit.Kind.PLATFORM_COMPANY], {"investment": 70, "start_rate": 30}),
    ),
}


def _templates(campaign: Campaign, indicators: Mapping[str, Indicator]) -> None:
    for kinds, codes in PLEDGES[campaign.year]:
        template = LetterTemplate.objects.create(
            campaign=campaign,
            kinds=kinds,
            title=TITLE.format(year=campaign.year),
            addressee=ADDRESSEE,
            opening=OPENING,
            measures=MEASURES,
            closing=CLOSING,
        )
        for position, (code, weight) in enumerate(codes.items(), start=1):
            TemplatePledge.objects.create(
                template=template, indicator=indicators[code], position=position * 10, weight=weight
            )

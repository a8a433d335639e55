"""What every portal begins with: lights by points behind, four comparison groups, and the derived indicators."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

CURVE = {"baseline_q1": "0.25", "baseline_q2": "0.5", "baseline_q3": "0.75", "baseline_q4": "1"}
LIGHTS = [
    ("正常", "on time", "green", "circle", None),
    ("滞后", "behind", "yellow", "triangle", 10),
    ("严重滞后", "far behind", "red", "square", 30),
]
GROUPS = [
    ("cities", "市本级", "Cities", ["city"]),
    ("counties", "县市区", "Counties and districts", ["district", "county", "county_city"]),
    ("parks", "园区", "Parks", ["park"]),
    ("companies", "平台公司", "Platform companies", ["platform_company"]),
    ("bureaus", "市直部门", "Bureaus", ["bureau"]),
]
MONEY = ("money", "万元", "10,000 CNY")
PERCENT = ("percent", "%", "%")
COUNT = ("number", "个", "projects")
INDICATORS = [
    ("investment", "完成投资", "Completed investment", MONEY, "investment", "", ""),
    ("completion_rate", "年度计划完成率", "Completion rate of the annual plan", PERCENT, "completion_rate", "", ""),
    ("investment_growth", "完成投资同比增速", "Growth of completed investment", PERCENT, "growth", "", ""),
    ("projects", "重点项目数", "Major projects", COUNT, "projects", "", ""),
    ("planned", "年度计划投资", "Annual planned investment", MONEY, "planned", "", ""),
    ("large", "10亿元以上项目数", "Projects of at least CNY 1 billion", COUNT, "large", "", ""),
    ("start_rate", "开工率", "Start rate", PERCENT, "start_rate", "", ""),
    ("newly_started", "新开工项目数", "Projects newly started", COUNT, "newly_started", "", ""),
    ("completed", "竣工投产项目数", "Projects completed", COUNT, "completed", "", ""),
    (
        "industrial_started",
        "开工建设重大产业项目数",
        "Major industrial projects under way",
        COUNT,
        "started",
        "industry",
        "",
    ),
    ("new_industrial", "新开工产业项目数", "New industrial projects", COUNT, "newly_started", "industry", ""),
    ("top500", "三类500强企业项目数", "Projects by Top 500 companies", COUNT, "projects", "", "top500"),
]


def begin(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    policy_model = apps.get_model("commitments", "Policy")
    # A curve that is months ÷ 12 says what the factor of 1 says.
    policy_model.objects.filter(**CURVE).update(**dict.fromkeys(CURVE))
    for policy in policy_model.objects.all():
        _complete(apps, policy)
    _indicators(apps)


def _complete(apps: StateApps, policy: object) -> None:
    for name_zh, name_en, colour, shape, threshold in LIGHTS:
        apps.get_model("commitments", "PolicyLight").objects.create(
            policy=policy, name_zh=name_zh, name_en=name_en, colour=colour, shape=shape, threshold=threshold
        )
    for position, (code, name_zh, name_en, kinds) in enumerate(GROUPS, start=1):
        apps.get_model("commitments", "PolicyGroup").objects.create(
            policy=policy, code=code, name_zh=name_zh, name_en=name_en, kinds=kinds, position=position * 10
        )


def _indicators(apps: StateApps) -> None:
    categories = apps.get_model("projects", "Category").objects
    for position, (code, name_zh, name_en, figure, measure, category, tier) in enumerate(INDICATORS, start=1):
        kind, unit_zh, unit_en = figure
        apps.get_model("commitments", "Indicator").objects.create(
            code=code,
            position=position * 10,
            name_zh=name_zh,
            name_en=name_en,
            kind=kind,
            unit_of_measure_zh=unit_zh,
            unit_of_measure_en=unit_en,
            source="derived",
            measure=measure,
            category=categories.filter(code=category).first() if category else None,
            tier=tier,
        )


class Migration(migrations.Migration):
    dependencies = [("commitments", "0003_letters_and_scoring"), ("projects", "0010_top500_lists")]
    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]

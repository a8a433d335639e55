"""The categories, lists and industry chains every portal begins with; all of them are edited in the admin afterwards."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

CATEGORIES = [
    ("industry", "产业", "Industry"),
    ("infrastructure", "基础设施", "Infrastructure"),
    ("livelihood", "社会民生", "Livelihood"),
    ("ecology", "生态环保", "Ecology"),
]
LISTS = [
    ("provincial_key", "省重点", "Provincial key", "provincial"),
    ("provincial_single", "省重点单列", "Provincial single-item", "provincial"),
    ("municipal_key", "市重点", "Municipal key", "municipal"),
    ("county_key", "县市区重点", "County key", "county"),
]
CHAINS = [
    ("nonferrous", "有色金属", "Non-ferrous metals"),
    ("salt_chemicals", "盐卤及精细化工", "Salt and fine chemicals"),
    ("steel_tubes", "钢管及深加工", "Steel tubes"),
    ("power_equipment", "输变电装备", "Power transmission equipment"),
    ("new_energy", "新能源及动力电池", "New energy and power batteries"),
    ("connected_vehicles", "智能网联汽车", "Intelligent connected vehicles"),
    ("electronics", "电子信息", "Electronics and information"),
    ("textiles", "纺织服装", "Textiles and clothing"),
    ("logistics", "现代物流", "Modern logistics"),
    ("tourism", "文化旅游", "Culture and tourism"),
]


def begin(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for name, rows in (("Category", CATEGORIES), ("ProjectList", LISTS), ("Chain", CHAINS)):
        model = apps.get_model("projects", name)
        for position, (code, name_zh, name_en, *tier) in enumerate(rows, start=1):
            fields = {"name_zh": name_zh, "name_en": name_en, "position": position * 10}
            model.objects.get_or_create(code=code, defaults=fields | ({"tier": tier[0]} if tier else {}))


class Migration(migrations.Migration):
    dependencies = [("projects", "0004_imports_and_filed_category")]
    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]

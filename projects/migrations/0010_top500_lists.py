"""The three Top 500 lists 三类500强: a project brought by a company on one of them is listed there."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

LISTS = [
    ("top500_world", "世界500强", "Fortune Global 500"),
    ("top500_china", "中国500强", "Top 500 of China"),
    ("top500_private", "民营500强", "Top 500 private companies of China"),
]


def begin(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    model = apps.get_model("projects", "ProjectList")
    for position, (code, name_zh, name_en) in enumerate(LISTS, start=1):
        names = {"name_zh": name_zh, "name_en": name_en, "tier": "top500", "position": 200 + position * 10}
        model.objects.get_or_create(code=code, defaults=names)


class Migration(migrations.Migration):
    dependencies = [("projects", "0009_top500")]
    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]

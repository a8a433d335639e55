"""Which Top 500 list an investor is on becomes an entry of that list, which is dated as every list is."""

from datetime import date

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

LISTS = {"world": "top500_world", "china": "top500_china", "private": "top500_private"}


def carry_over(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """What stood on the project had no day of its own: it holds on its list from today on."""
    lists = {each.code: each for each in apps.get_model("projects", "ProjectList").objects.filter(tier="top500")}
    entries = apps.get_model("projects", "ListEntry").objects
    for project in apps.get_model("projects", "Project").objects.exclude(top500=""):
        entries.create(
            project=project, list=lists[LISTS[project.top500]], listed_on=date.today(), reason="500强企业项目"
        )


class Migration(migrations.Migration):
    dependencies = [("projects", "0010_top500_lists")]
    operations = [migrations.RunPython(carry_over, migrations.RunPython.noop)]

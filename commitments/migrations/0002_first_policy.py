"""The policy every portal begins with: time-proportional progress is months elapsed ÷ 12."""

from datetime import date

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def begin(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("commitments", "Policy").objects.get_or_create(
        effective_on=date(2000, 1, 1), defaults={"reason": "按已过月数÷12"}
    )


class Migration(migrations.Migration):
    dependencies = [("commitments", "0001_initial")]
    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]

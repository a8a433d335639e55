from django.db import migrations

from portal import watched


class Migration(migrations.Migration):
    """The trigger's statement for rows of a unit is planned once a session."""

    dependencies = [
        ("portal", "0010_changes"),
    ]

    operations = [migrations.RunSQL(watched.CHANGED_BY_KEY, migrations.RunSQL.noop)]

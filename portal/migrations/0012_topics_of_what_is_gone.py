from django.db import migrations

from portal import watched


class Migration(migrations.Migration):
    """Rows about something that is gone have no topic, and are written all the same."""

    dependencies = [
        ("portal", "0011_kept_changes"),
    ]

    operations = [migrations.RunSQL(watched.CHANGED_BY_KEY, migrations.RunSQL.noop)]

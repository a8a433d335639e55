"""A quarter's own cells of units are found without those of its lists, and a calendar loaded without triggers has room."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0022_long_imports"),
    ]

    operations = [
        migrations.AddIndex(
            "cell",
            models.Index(fields=["quarter", "unit"], condition=Q(grain="unit"), name="cell_of_units"),
        ),
        # Whoever loads quarters without triggers fills their cells next.
        migrations.RunSQL(
            "ALTER TABLE portal_quarter ENABLE ALWAYS TRIGGER projects_make_room",
            "ALTER TABLE portal_quarter ENABLE TRIGGER projects_make_room",
        ),
    ]

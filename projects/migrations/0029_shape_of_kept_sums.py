import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    """With kept sums is kept what they were made of; where it isn't known, they are made anew once."""

    dependencies = [
        ("projects", "0028_lines_by_year"),
    ]

    operations = [
        migrations.AddField(
            model_name="keptquarter",
            name="year_before",
            field=models.BigIntegerField(null=True),
        ),
        *(
            migrations.AddField(
                model_name="keptquarter",
                name=name,
                field=django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), null=True, size=None),
            )
            for name in ("units", "parts")
        ),
    ]

"""The lines of one quarter, the newest first, by an index of their own; keys that another index begins with lose theirs."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0031_decisions_stay"),
    ]

    operations = [
        migrations.AlterField(
            model_name="reportline",
            name="quarter",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                to="portal.quarter",
                verbose_name="quarter",
            ),
        ),
        migrations.AlterField(
            model_name="reportline",
            name="report",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="lines",
                to="projects.report",
                verbose_name="report",
            ),
        ),
        migrations.AlterField(
            model_name="reportline",
            name="unit",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                to="portal.unit",
                verbose_name="unit",
            ),
        ),
        migrations.AddIndex(
            model_name="reportline",
            index=models.Index(fields=["quarter", "id"], name="line_quarter_newest"),
        ),
    ]

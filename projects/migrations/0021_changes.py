import django.db.models.deletion
from django.db import migrations, models

from portal import watched

REGISTER = ("project", "assignment", "annualplan", "listentry", "share", "valuation")
OF_QUARTER = "SELECT year || 'Q' || number FROM portal_quarter WHERE id = key"
OF_REPORT = "SELECT unit_id FROM projects_report WHERE id = key"
OF_LINE = "SELECT unit_id FROM projects_reportline WHERE id = key"


class Migration(migrations.Migration):
    dependencies = [
        ("portal", "0010_changes"),
        ("projects", "0020_cells_by_year"),
    ]

    operations = [
        *(watched.table(f"projects_{name}", "catalogue") for name in ("projectlist", "category", "chain")),
        *(watched.table(f"projects_{name}", "register") for name in REGISTER),
        watched.rows("projects_cell", "cells", "quarter_id", OF_QUARTER),
        *(watched.rows(f"projects_{name}", "unit", "unit_id") for name in ("report", "reportline", "workbook")),
        *(watched.rows(f"projects_{name}", "unit", "report_id", OF_REPORT) for name in ("remark", "settlement")),
        watched.rows("projects_evidence", "unit", "line_id", OF_LINE),
        migrations.CreateModel(
            name="KeptTotals",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("tops", models.CharField(max_length=400)),
                ("revision", models.TextField()),
                ("content", models.JSONField()),
                (
                    "quarter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="portal.quarter"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("quarter", "tops"), name="kept_totals_once")],
            },
        ),
        migrations.AddIndex(
            "cell",
            models.Index(fields=["quarter", "list_set"], condition=models.Q(grain="class"), name="cell_by_lists"),
        ),
    ]

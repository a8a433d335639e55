"""Sums up the tree are kept for each unit, and triggers say whose cells have changed since."""

import django.db.models.deletion
from django.db import migrations, models

# A cell is felt in its own quarter's sums and, as last year's, in those of a year later. Very many units at once are
# one row: all sums are made again then.
FUNCTION = """
CREATE FUNCTION projects_cells_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO projects_changedunit (unit_id, quarter_id)
    SELECT DISTINCT CASE WHEN units <= 100 THEN unit_id END, felt.id
    FROM (SELECT unit_id, quarter_id, count(*) OVER (PARTITION BY quarter_id) AS units
          FROM (SELECT DISTINCT unit_id, quarter_id FROM changed) pair) its
    JOIN portal_quarter own ON own.id = its.quarter_id
    JOIN portal_quarter felt ON felt.number = own.number AND felt.year IN (own.year, own.year + 1);
    RETURN NULL;
END $$;
"""
EVENTS = {"INSERT": ["NEW"], "UPDATE": ["OLD", "NEW"], "DELETE": ["OLD"]}
TRIGGERS = [
    f"CREATE TRIGGER units_{event.lower()}_{image.lower()} AFTER {event} ON projects_cell"
    f" REFERENCING {image} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION projects_cells_changed()"
    for event, images in EVENTS.items()
    for image in images
]
NO_TRIGGERS = [
    f"DROP TRIGGER units_{event.lower()}_{image.lower()} ON projects_cell"
    for event, images in EVENTS.items()
    for image in images
]


# What is kept in a process's memory is kept by the revision of these topics: each has one from the start.
REVISIONS = """
    INSERT INTO portal_change (topic, salt)
    SELECT topic, (random() * 9e18)::bigint FROM unnest(ARRAY['catalogue', 'policy', 'units']) topic
"""


class Migration(migrations.Migration):
    dependencies = [
        ("portal", "0010_changes"),
        ("projects", "0024_marks_that_pass_on"),
    ]

    operations = [
        migrations.CreateModel(
            name="KeptQuarter",
            fields=[
                (
                    "quarter",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="portal.quarter",
                    ),
                ),
                ("structure", models.TextField()),
                ("fresh", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="ChangedUnit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "quarter",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="portal.quarter",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="portal.unit",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="KeptSum",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("part", models.TextField(blank=True)),
                ("family", models.IntegerField(null=True)),
                ("members", models.IntegerField()),
                ("is_known", models.BooleanField(null=True)),
                ("was_known", models.BooleanField(null=True)),
                ("year_to_date", models.DecimalField(decimal_places=2, max_digits=20, null=True)),
                ("planned_covered", models.DecimalField(decimal_places=2, max_digits=20)),
                ("planned", models.DecimalField(decimal_places=2, max_digits=20)),
                ("owing", models.IntegerField()),
                ("reported", models.IntegerField()),
                ("now", models.DecimalField(decimal_places=2, max_digits=20)),
                ("before", models.DecimalField(decimal_places=2, max_digits=20)),
                ("is_new", models.BooleanField()),
                ("projects_now", models.BigIntegerField()),
                ("projects_before", models.BigIntegerField()),
                ("units_now", models.IntegerField()),
                ("units_before", models.IntegerField()),
                ("projects", models.BigIntegerField()),
                ("large", models.BigIntegerField()),
                ("total_investment", models.DecimalField(decimal_places=2, max_digits=20)),
                ("expected_output", models.DecimalField(decimal_places=2, max_digits=20)),
                ("started", models.BigIntegerField(null=True)),
                ("completed", models.BigIntegerField(null=True)),
                ("completed_output", models.DecimalField(decimal_places=2, max_digits=20, null=True)),
                ("due_to_start", models.BigIntegerField(null=True)),
                ("due_started", models.BigIntegerField(null=True)),
                ("flow", models.DecimalField(decimal_places=2, max_digits=20, null=True)),
                ("computed_at", models.DateTimeField(null=True)),
                (
                    "heir",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="portal.unit",
                    ),
                ),
                (
                    "quarter",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="portal.quarter",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="portal.unit",
                    ),
                ),
            ],
        ),
        migrations.DeleteModel(
            name="KeptTotals",
        ),
        migrations.AddIndex(
            model_name="keptsum",
            index=models.Index(fields=["quarter", "unit", "part"], name="kept_sum_of_unit"),
        ),
        migrations.AddIndex(
            model_name="keptsum",
            index=models.Index(condition=models.Q(("part", "")), fields=["quarter", "unit"], name="kept_sum_whole"),
        ),
        migrations.RunSQL(
            [FUNCTION, *TRIGGERS],
            [*NO_TRIGGERS, "DROP FUNCTION projects_cells_changed()"],
        ),
        migrations.RunSQL(REVISIONS, migrations.RunSQL.noop),
    ]

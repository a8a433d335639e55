"""Scoring items by rate of fulfilment, spread between worst and best, joint ceilings and a neutral mean."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("commitments", "0005_readings"),
    ]

    operations = [
        migrations.AddField(
            model_name="scoringitem",
            name="as_rate",
            field=models.BooleanField(
                default=False,
                help_text="Value ÷ reference in per cent is what counts: for each percentage point short of the target so many points off. Steps, grades and lines are then in per cent.",
                verbose_name="by rate of fulfilment",
            ),
        ),
        migrations.AddField(
            model_name="scoringitem",
            name="joint",
            field=models.SlugField(
                blank=True,
                help_text="A word of your choice: items with the same word are capped together, such as all bonus items.",
                max_length=40,
                verbose_name="joint ceiling",
            ),
        ),
        migrations.AddField(
            model_name="scoringitem",
            name="joint_most",
            field=models.DecimalField(
                blank=True,
                decimal_places=4,
                help_text="The same for all items of one joint ceiling.",
                max_digits=9,
                null=True,
                verbose_name="most points together",
            ),
        ),
        migrations.AddField(
            model_name="scoringitem",
            name="neutral_is_mean",
            field=models.BooleanField(
                default=False,
                help_text="Where there is nothing to judge, the mean of the points of the group's other units.",
                verbose_name="neutral points are the mean of the group",
            ),
        ),
        migrations.AlterField(
            model_name="scoringitem",
            name="bands_below",
            field=models.CharField(
                blank=True,
                help_text="Points off, without a minus sign: 5:0.5, 1",
                max_length=200,
                verbose_name="bands below",
            ),
        ),
        migrations.AlterField(
            model_name="scoringitem",
            name="fixed",
            field=models.DecimalField(
                blank=True,
                decimal_places=4,
                help_text="What the value is compared with; a veto's line. With a rate of another reference: the per cent at which full points are given, empty: 100.",
                max_digits=18,
                null=True,
                verbose_name="fixed value",
            ),
        ),
        migrations.AlterField(
            model_name="scoringitem",
            name="formula",
            field=models.CharField(
                choices=[
                    ("linear", "linear: so many points for each step above or below the reference"),
                    ("bands", "bands: successive steps above and below the reference, each with its own points"),
                    ("grades", "grades: from this value on so many points"),
                    ("rank", "rank points: by the place within the group"),
                    ("count", "points per count, up to a ceiling"),
                    ("share", "share: the weight times value ÷ reference"),
                    (
                        "spread",
                        "spread: from the fewest points for the worst of the group to the full points for its best",
                    ),
                    ("veto", "veto: beyond the fixed value the score is capped or the unit is out of the ranking"),
                ],
                max_length=10,
                verbose_name="formula",
            ),
        ),
        migrations.AlterField(
            model_name="scoringitem",
            name="grades",
            field=models.CharField(
                blank=True,
                help_text="Grades: 100:20, 90:15, 80:10; beside a reference other than the fixed value the distance from it: 0:20, -5:15. Rank points, the first place first: 20, 18, 16",
                max_length=300,
                verbose_name="grades or rank points",
            ),
        ),
        migrations.AlterField(
            model_name="scoringitem",
            name="nothing_below",
            field=models.DecimalField(
                blank=True,
                decimal_places=4,
                help_text="A value worse than this gets the fewest points; for shares and rates of fulfilment in per cent of the reference.",
                max_digits=18,
                null=True,
                verbose_name="nothing below",
            ),
        ),
        migrations.AddConstraint(
            model_name="scoringitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("joint", ""), ("joint_most", None)),
                    models.Q(models.Q(("joint", ""), _negated=True), ("joint_most__isnull", False)),
                    _connector="OR",
                ),
                name="scoring_item_joint_ceiling_is_whole",
                violation_error_message="A joint ceiling has a word and its most points.",
            ),
        ),
    ]

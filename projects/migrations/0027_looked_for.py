"""What is looked for and seldom met: two Chinese characters in a project's name, and lines by their stage."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.db import migrations, models

# Of a row whose texts are joined by line ends, so that no word of a search goes from one into the next. It costs as
# much as hundreds of comparisons, and PostgreSQL is told so: it then asks the index rather than each row.
PAIRS = r"""
    CREATE FUNCTION projects_pairs(name_zh text, name_en text, code text, investor text) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 300 AS $$
    DECLARE
        said text := upper(concat(name_zh, E'\n', name_en, E'\n', code, E'\n', investor));
        pair text;
        pairs text[] := '{}';
    BEGIN
        FOR place IN 1 .. length(said) - 1 LOOP
            pair := substr(said, place, 2);
            IF octet_length(pair) > 2 THEN
                pairs := pairs || pair;
            END IF;
        END LOOP;
        RETURN pairs;
    END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0026_marks_of_the_calendar"),
    ]

    operations = [
        migrations.RunSQL(PAIRS, "DROP FUNCTION projects_pairs(text, text, text, text)"),
        migrations.AddIndex(
            model_name="project",
            index=django.contrib.postgres.indexes.GinIndex(
                models.Func(
                    "name_zh",
                    "name_en",
                    "code",
                    "investor",
                    function="projects_pairs",
                    output_field=django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None),
                ),
                name="project_pairs",
            ),
        ),
        migrations.AddIndex(
            model_name="reportline",
            index=models.Index(
                condition=models.Q(
                    ("stage__in", ("reserve", "preparatory", "newly_started", "completed", "suspended"))
                ),
                fields=["stage"],
                name="line_seldom_stage",
            ),
        ),
    ]

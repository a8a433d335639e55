"""What a changed calendar, or a renamed list, leaves to be recomputed is marked, too."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

# A quarter that joins the calendar, or leaves it, decides whether the later ones of its year have a gap; a quarter that
# becomes another one decides, besides, what had been said by when. Changes under way, which mark the quarters that they
# see, don't see this one: so these marks wait for them, like those of a project that passes on.
MARK_CALENDAR = """
    CREATE FUNCTION projects_mark_calendar() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO projects_mark (unit_id, quarter_id, passes_on)
        SELECT unit.id, quarter.id, true FROM portal_unit unit CROSS JOIN portal_quarter quarter
        WHERE TG_OP = 'UPDATE' OR TG_OP = 'INSERT' AND quarter.year = NEW.year AND quarter.number >= NEW.number
           OR TG_OP = 'DELETE' AND quarter.year = OLD.year AND quarter.number > OLD.number;
        RETURN NULL;
    END $$;
    DROP TRIGGER projects_mark_new_quarter ON portal_quarter;
    DROP FUNCTION projects_mark_new_quarter();
    CREATE TRIGGER projects_mark_calendar AFTER INSERT OR DELETE ON portal_quarter
        FOR EACH ROW EXECUTE FUNCTION projects_mark_calendar();
    CREATE TRIGGER projects_mark_other_quarter AFTER UPDATE ON portal_quarter
        FOR EACH ROW WHEN ((OLD.year, OLD.number) IS DISTINCT FROM (NEW.year, NEW.number))
        EXECUTE FUNCTION projects_mark_calendar();
"""
MARK_NEW_QUARTER = """
    CREATE FUNCTION projects_mark_new_quarter() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO projects_mark (unit_id, quarter_id) SELECT unit.id, NEW.id FROM portal_unit unit;
        RETURN NULL;
    END $$;
    DROP TRIGGER projects_mark_other_quarter ON portal_quarter;
    DROP TRIGGER projects_mark_calendar ON portal_quarter;
    DROP FUNCTION projects_mark_calendar();
    CREATE TRIGGER projects_mark_new_quarter AFTER INSERT ON portal_quarter
        FOR EACH ROW EXECUTE FUNCTION projects_mark_new_quarter();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0025_kept_sums"),
    ]

    operations = [
        migrations.RunSQL(MARK_CALENDAR, MARK_NEW_QUARTER),
        migrations.AlterField(
            model_name="cell",
            name="list_set",
            field=models.TextField(blank=True),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="projectlist",
            trigger=pgtrigger.compiler.Trigger(
                name="mark_renamed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."code" IS DISTINCT FROM (NEW."code"))',
                    func="\n    INSERT INTO projects_mark (unit_id, quarter_id)\n    SELECT DISTINCT touched.unit_id, quarter.id\n    FROM projects_listentry entry\n    CROSS JOIN LATERAL (\n        SELECT unit_id FROM projects_assignment WHERE project_id = entry.project_id\n        UNION\n        SELECT unit_id FROM projects_share WHERE project_id = entry.project_id\n    ) touched\n    JOIN portal_quarter quarter ON (make_date(quarter.year, quarter.number * 3, 1) + interval '1 month - 1 day')::date >= entry.listed_on\n    WHERE entry.list_id = NEW.id;\n    RETURN NULL;\n",
                    hash="382ceafe1e67a41ae23be93017cb5f44c714e2c6",
                    operation='UPDATE OF "code"',
                    pgid="pgtrigger_mark_renamed_7f55c",
                    table="projects_projectlist",
                    when="AFTER",
                ),
            ),
        ),
    ]

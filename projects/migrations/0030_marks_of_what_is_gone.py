from django.db import migrations

# A unit that joins with its first project and a quarter that joins at the same moment would not see each other, and no
# mark would name both: so the calendar waits for whoever writes units, and they for the calendar.
JOIN = "LOCK TABLE portal_unit IN SHARE MODE;"
# A drainer under way may write cells of a quarter, or a unit, that leaves meanwhile: they are looked for once more.
LEAVE = """
    IF TG_OP = 'DELETE' THEN
        INSERT INTO projects_mark (unit_id, quarter_id) SELECT id, OLD.id FROM portal_unit;
    END IF;
"""
MARK_CALENDAR = """
    CREATE OR REPLACE FUNCTION projects_mark_calendar() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        {join}
        INSERT INTO projects_mark (unit_id, quarter_id, passes_on)
        SELECT unit.id, quarter.id, true FROM portal_unit unit CROSS JOIN portal_quarter quarter
        WHERE TG_OP = 'UPDATE' OR TG_OP = 'INSERT' AND quarter.year = NEW.year AND quarter.number >= NEW.number
           OR TG_OP = 'DELETE' AND quarter.year = OLD.year AND quarter.number > OLD.number;
        {leave}
        RETURN NULL;
    END $$;
"""
MARK_UNIT = """
    CREATE FUNCTION projects_mark_gone_unit() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO projects_mark (unit_id, quarter_id) SELECT OLD.id, id FROM portal_quarter;
        RETURN NULL;
    END $$;
    CREATE TRIGGER projects_mark_gone AFTER DELETE ON portal_unit
        FOR EACH ROW EXECUTE FUNCTION projects_mark_gone_unit();
"""


class Migration(migrations.Migration):
    """What joins at the same moment is marked, and so is what has left."""

    dependencies = [
        ("portal", "0012_topics_of_what_is_gone"),
        ("projects", "0029_shape_of_kept_sums"),
    ]

    operations = [
        migrations.RunSQL(
            MARK_CALENDAR.format(join=JOIN, leave=LEAVE),
            MARK_CALENDAR.format(join="", leave=""),
        ),
        migrations.RunSQL(
            MARK_UNIT,
            "DROP TRIGGER projects_mark_gone ON portal_unit; DROP FUNCTION projects_mark_gone_unit()",
        ),
    ]

"""Lines lie in a partition a year, beside the cells of that year, and are made room for with them.

The rows are copied in one transaction. What leads to a line knows its year, too: a foreign key names both.
"""

from importlib import import_module

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

cells = import_module("projects.migrations.0020_cells_by_year")

# A partition takes on the keys of its table, for which the tables that they lead to are locked; quarters are none of
# them, since two that are opened at the same moment would wait for each other.
MAKE_ROOM = """
    CREATE OR REPLACE FUNCTION projects_make_room(wanted integer) RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DECLARE parent text;
    BEGIN
        FOREACH parent IN ARRAY ARRAY['projects_reportline', 'projects_cell'] LOOP
            IF to_regclass(format('%s_%s', parent, wanted)) IS NULL THEN
                EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', parent);
                IF to_regclass(format('%s_%s', parent, wanted)) IS NULL THEN
                    EXECUTE format('CREATE TABLE %s_%s PARTITION OF %1$s FOR VALUES FROM (%2$s) TO (%3$s)',
                                   parent, wanted, wanted + 1);
                END IF;
            END IF;
        END LOOP;
    END $$;
    CREATE OR REPLACE FUNCTION projects_make_room_for_quarter() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    BEGIN
        -- First: two who looked at lines before would hold each other off.
        PERFORM projects_make_room(NEW.year);
        IF TG_OP = 'UPDATE' THEN
            IF NEW.year <> OLD.year AND EXISTS (SELECT FROM projects_reportline WHERE quarter_id = NEW.id) THEN
                RAISE EXCEPTION 'a quarter with lines keeps its year' USING ERRCODE = 'check_violation';
            END IF;
            UPDATE projects_cell SET year = NEW.year WHERE quarter_id = NEW.id AND year <> NEW.year;
        END IF;
        RETURN NEW;
    END $$;
"""
# Whatever was built on the table is noted down, and built again on the one that takes its place.
NOTE_DOWN = """
    CREATE TEMPORARY TABLE rebuilt ON COMMIT DROP AS
    SELECT 1 AS step, pg_get_indexdef(indexrelid) AS statement
    FROM pg_index WHERE indrelid = 'projects_reportline'::regclass AND NOT indisunique
    UNION ALL
    SELECT 2, format('ALTER TABLE projects_reportline ADD CONSTRAINT %I %s', conname, pg_get_constraintdef(oid))
    FROM pg_constraint
    WHERE conrelid = 'projects_reportline'::regclass AND contype = 'f'
      AND confrelid NOT IN ('portal_quarter'::regclass, 'portal_unit'::regclass)
    UNION ALL
    SELECT 3, pg_get_triggerdef(oid) FROM pg_trigger
    WHERE tgrelid = 'projects_reportline'::regclass AND NOT tgisinternal;
    DO $$ DECLARE its record; BEGIN
        FOR its IN SELECT conrelid::regclass AS lies, conname FROM pg_constraint
            WHERE confrelid = 'projects_reportline'::regclass AND contype = 'f' AND conparentid = 0
        LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', its.lies, its.conname); END LOOP;
    END $$;
"""
REBUILD = """
    DO $$ DECLARE its record; BEGIN
        FOR its IN SELECT statement FROM rebuilt ORDER BY step, statement
        LOOP EXECUTE replace(its.statement, ' ON ONLY ', ' ON '); END LOOP;
    END $$;
    DROP TABLE rebuilt;
    SELECT setval('projects_reportline_id_seq', (SELECT COALESCE(max(id), 0) + 1 FROM projects_reportline), false);
    ANALYZE projects_reportline;
"""

LED_HERE = ("projects_evidence", "projects_remark")
LEAD_TO_BOTH = """
    CREATE FUNCTION projects_line_year() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.line_year := (SELECT year FROM projects_reportline WHERE id = NEW.line_id);
        RETURN NEW;
    END $$;
""" + "".join(
    f"""
    ALTER TABLE {table} ADD COLUMN line_year smallint;
    ALTER TABLE {table} DISABLE TRIGGER USER;
    UPDATE {table} SET line_year = line.year FROM projects_reportline line WHERE line.id = line_id;
    ALTER TABLE {table} ENABLE TRIGGER USER;
    ALTER TABLE {table} ADD CONSTRAINT {table}_line FOREIGN KEY (line_id, line_year)
        REFERENCES projects_reportline (id, year) MATCH FULL DEFERRABLE INITIALLY DEFERRED;
    CREATE TRIGGER line_year BEFORE INSERT OR UPDATE OF line_id, line_year ON {table}
        FOR EACH ROW EXECUTE FUNCTION projects_line_year();
    """
    for table in LED_HERE
)
NO_LONGER_LEAD_TO_BOTH = (
    "".join(
        f"""
    DROP TRIGGER line_year ON {table};
    ALTER TABLE {table} DROP COLUMN line_year;
    """
        for table in LED_HERE
    )
    + "DROP FUNCTION projects_line_year();"
)
LEAD_TO_ONE = "".join(
    f"""
    ALTER TABLE {table} ADD CONSTRAINT {table}_line FOREIGN KEY (line_id)
        REFERENCES projects_reportline (id) DEFERRABLE INITIALLY DEFERRED;
    """
    for table in LED_HERE
)

BY_YEAR = f"""
    {NOTE_DOWN}
    ALTER TABLE projects_reportline RENAME TO projects_reportline_whole;
    ALTER TABLE projects_reportline_whole ALTER COLUMN id DROP IDENTITY;
    CREATE TABLE projects_reportline
        (LIKE projects_reportline_whole INCLUDING CONSTRAINTS, year smallint NOT NULL CHECK (year >= 0))
        PARTITION BY RANGE (year);
    {MAKE_ROOM}
    SELECT projects_make_room(year) FROM (SELECT DISTINCT year FROM portal_quarter) its;
    INSERT INTO projects_reportline SELECT whole.*, quarter.year
        FROM projects_reportline_whole whole JOIN portal_quarter quarter ON quarter.id = whole.quarter_id;
    DROP TABLE projects_reportline_whole;
    CREATE SEQUENCE projects_reportline_id_seq OWNED BY projects_reportline.id;
    ALTER TABLE projects_reportline
        ALTER COLUMN id SET DEFAULT nextval('projects_reportline_id_seq'),
        ADD CONSTRAINT projects_reportline_pkey PRIMARY KEY (id, year),
        ADD CONSTRAINT line_once_in_a_report UNIQUE (report_id, project_id, year);
    {REBUILD}
    {LEAD_TO_BOTH}
    -- The cells' statistics as a whole, too, which nothing has gathered so far.
    ANALYZE projects_cell;
    CREATE FUNCTION projects_analyze() RETURNS void LANGUAGE sql
    SECURITY DEFINER SET search_path = public, pg_temp AS 'ANALYZE projects_reportline; ANALYZE projects_cell';
"""
WHOLE = f"""
    DROP FUNCTION projects_analyze();
    {NOTE_DOWN}
    {NO_LONGER_LEAD_TO_BOTH}
    ALTER TABLE projects_reportline RENAME TO projects_reportline_by_year;
    ALTER SEQUENCE projects_reportline_id_seq OWNED BY NONE;
    ALTER TABLE projects_reportline_by_year ALTER COLUMN id DROP DEFAULT;
    DROP SEQUENCE projects_reportline_id_seq;
    CREATE TABLE projects_reportline (LIKE projects_reportline_by_year INCLUDING CONSTRAINTS);
    INSERT INTO projects_reportline SELECT * FROM projects_reportline_by_year;
    DROP TABLE projects_reportline_by_year;
    ALTER TABLE projects_reportline
        DROP COLUMN year,
        ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY,
        ADD CONSTRAINT projects_reportline_pkey PRIMARY KEY (id),
        ADD CONSTRAINT line_once_in_a_report UNIQUE (report_id, project_id),
        ADD CONSTRAINT projects_reportline_quarter FOREIGN KEY (quarter_id) REFERENCES portal_quarter
            DEFERRABLE INITIALLY DEFERRED,
        ADD CONSTRAINT projects_reportline_unit FOREIGN KEY (unit_id) REFERENCES portal_unit
            DEFERRABLE INITIALLY DEFERRED;
    {REBUILD}
    {LEAD_TO_ONE}
    {cells.FORGET_ROOM}
    {cells.MAKE_ROOM}
"""


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0027_looked_for"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger("reportline", "keep_frozen"),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(BY_YEAR, WHOLE)],
            state_operations=[
                migrations.RemoveConstraint("reportline", "line_once_in_a_report"),
                migrations.AddField(
                    "reportline", "year", models.PositiveSmallIntegerField(editable=False), preserve_default=False
                ),
                migrations.AlterField(
                    "reportline",
                    "quarter",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="portal.quarter",
                        verbose_name="quarter",
                    ),
                ),
                migrations.AlterField(
                    "reportline",
                    "unit",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="portal.unit",
                        verbose_name="unit",
                    ),
                ),
                migrations.AlterField(
                    "evidence",
                    "line",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="evidence",
                        to="projects.reportline",
                        verbose_name="report line",
                    ),
                ),
                migrations.AlterField(
                    "remark",
                    "line",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="remarks",
                        to="projects.reportline",
                        verbose_name="line",
                    ),
                ),
                migrations.AddConstraint(
                    "reportline",
                    models.UniqueConstraint(fields=("report", "project", "year"), name="line_once_in_a_report"),
                ),
            ],
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="reportline",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_frozen",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE report projects_report%ROWTYPE;",
                    func="\n    SELECT * INTO report FROM projects_report WHERE id = COALESCE(NEW.report_id, OLD.report_id) FOR SHARE;\n    IF report.state <> 'draft' OR (TG_OP = 'UPDATE' AND NEW.report_id <> OLD.report_id) THEN\n        RAISE EXCEPTION 'the lines of a submitted report never change' USING ERRCODE = 'check_violation';\n    END IF;\n    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;\n    IF NEW.unit_id <> report.unit_id OR NEW.quarter_id <> report.quarter_id THEN\n        RAISE EXCEPTION 'a line has the unit and quarter of its report' USING ERRCODE = 'check_violation';\n    END IF;\n    IF TG_OP = 'UPDATE' AND NEW.year <> OLD.year OR TG_OP = 'INSERT'\n        AND NEW.year <> (SELECT year FROM portal_quarter WHERE id = NEW.quarter_id FOR KEY SHARE) THEN\n        RAISE EXCEPTION 'a line has the year of its quarter' USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NEW;\n",
                    hash="568f5daaf3b7953cbd25be3eb19465d1876d6f1c",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_keep_frozen_782f9",
                    table="projects_reportline",
                    when="BEFORE",
                ),
            ),
        ),
    ]

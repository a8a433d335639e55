"""A ruling on a score is ended, never changed nor deleted."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("commitments", "0007_closed_accounts"),
    ]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name="scoringruling",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_ruling",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    IF (NEW.campaign_id, NEW.unit_id, NEW.kind, NEW.item_code, NEW.from_quarter_id, NEW.reason, NEW.made_by_id,\n        NEW.made_at) IS DISTINCT FROM\n       (OLD.campaign_id, OLD.unit_id, OLD.kind, OLD.item_code, OLD.from_quarter_id, OLD.reason, OLD.made_by_id,\n        OLD.made_at) THEN\n        RAISE EXCEPTION 'a ruling is ended, never changed' USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NEW;\n",
                    hash="8c84f712bc5cba56ee8532970714e7f0b9b3f3c9",
                    operation="UPDATE",
                    pgid="pgtrigger_keep_ruling_6e699",
                    table="commitments_scoringruling",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="scoringruling",
            trigger=pgtrigger.compiler.Trigger(
                name="never_deleted",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="05e8841190c349daaf58a239ed24018cc421d747",
                    operation="DELETE",
                    pgid="pgtrigger_never_deleted_2e5ec",
                    table="commitments_scoringruling",
                    when="BEFORE",
                ),
            ),
        ),
    ]

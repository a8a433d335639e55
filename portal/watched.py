"""The triggers that say which tables a topic is about, for migrations: by form, import, shell or plain SQL alike."""

from collections.abc import Sequence

from django.db.migrations import RunSQL

CHANGED = """
CREATE FUNCTION portal_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO portal_change (topic, salt) VALUES (TG_ARGV[0], (random() * 9e18)::bigint);
    RETURN NULL;
END $$;
"""
# Of most tables the key is the unit's id in the row: that statement's plan is kept, the others are made each time. What
# names nothing any more has no topic: a cell that a deleted quarter left behind must not hold off whoever clears it up.
CHANGED_BY_KEY = """
CREATE OR REPLACE FUNCTION portal_changed_by_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM changed) THEN
        RETURN NULL;
    ELSIF TG_ARGV[1] = 'unit_id' AND TG_ARGV[2] = 'key' THEN
        INSERT INTO portal_change (topic, salt)
        SELECT TG_ARGV[0] || ':' || unit_id, (random() * 9e18)::bigint FROM (SELECT DISTINCT unit_id FROM changed) keys;
    ELSE
        EXECUTE format('INSERT INTO portal_change (topic, salt) SELECT topic, (random() * 9e18)::bigint '
            'FROM (SELECT %L || (%s) AS topic FROM (SELECT DISTINCT %I AS key FROM changed) keys OFFSET 0) named '
            'WHERE topic IS NOT NULL',
            TG_ARGV[0] || ':', TG_ARGV[2], TG_ARGV[1]);
    END IF;
    RETURN NULL;
END $$;
"""
FUNCTIONS = CHANGED + CHANGED_BY_KEY
NO_FUNCTIONS = "DROP FUNCTION portal_changed_by_key(); DROP FUNCTION portal_changed();"


def table(name: str, topic: str, *, of: Sequence[str] = ()) -> RunSQL:
    """Every statement that writes to the table changes the topic; `of`: an update only where it names these columns."""
    update = f"UPDATE OF {', '.join(of)}" if of else "UPDATE"
    return RunSQL(
        f"CREATE TRIGGER changed AFTER INSERT OR DELETE OR TRUNCATE OR {update} ON {name}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION portal_changed('{topic}')",
        f"DROP TRIGGER changed ON {name}",
    )


def rows(name: str, topic: str, column: str, named: str = "key") -> RunSQL:
    """The rows that a statement writes change the topics `<topic>:<key>`, by what stands in the column.

    `named`: SQL that makes the topic's name of the column's value, `key`. Of an updated row its new value is taken.
    """
    events = {"INSERT": "NEW", "UPDATE": "NEW", "DELETE": "OLD"}
    return RunSQL(
        [
            f"CREATE TRIGGER changed_{event.lower()} AFTER {event} ON {name} REFERENCING {image} TABLE AS changed"
            f" FOR EACH STATEMENT EXECUTE FUNCTION portal_changed_by_key('{topic}', '{column}', $key${named}$key$)"
            for event, image in events.items()
        ],
        [f"DROP TRIGGER changed_{event.lower()} ON {name}" for event in events],
    )

"""The triggers that append a mark with whatever changes a figure, be it by form, import, admin, shell or plain SQL.

A mark names a unit and a quarter. A changed row of the register marks, for each unit that answers or answered for the
project, or has or had a share of it, every quarter whose last day lies on or after the row's day: too many marks cost a
recompute, too few a figure. Rows that pass a project on, and a changed calendar (migration 0026), mark so that what is
under way meanwhile is waited for (Mark).
"""

import pgtrigger

LAST_DAY = "(make_date(quarter.year, quarter.number * 3, 1) + interval '1 month - 1 day')::date"


def mark_changes(day: str, *, unit: str = "NULL::bigint") -> list[pgtrigger.Trigger]:
    """The triggers of a dated table whose rows count from the column `day`; `unit` is its own column of a unit.

    Rows with a unit of their own pass a project on, as a whole or in part.
    """
    passes_on = "false" if unit == "NULL::bigint" else "true"
    old, new = "old_rows", "new_rows"
    operations = (
        ("insert", pgtrigger.Insert, pgtrigger.Referencing(new=new), [new]),
        ("update", pgtrigger.Update, pgtrigger.Referencing(old=old, new=new), [old, new]),
        ("delete", pgtrigger.Delete, pgtrigger.Referencing(old=old), [old]),
    )
    return [
        pgtrigger.Trigger(
            name=f"mark_{name}",
            operation=operation,
            when=pgtrigger.After,
            level=pgtrigger.Statement,
            referencing=referencing,
            func=_append(
                " UNION ALL ".join(f"SELECT project_id, {day} AS since, {unit} AS unit FROM {rows}" for rows in tables),
                passes_on,
            ),
        )
        for name, operation, referencing, tables in operations
    ]


def _append(changed: str, passes_on: str) -> str:
    return f"""
        WITH changed AS ({changed}),
        touched AS (
            SELECT unit AS unit_id, since FROM changed WHERE unit IS NOT NULL
            UNION
            SELECT assignment.unit_id, since FROM changed JOIN projects_assignment assignment USING (project_id)
            UNION
            SELECT share.unit_id, since FROM changed JOIN projects_share share USING (project_id)
        )
        INSERT INTO projects_mark (unit_id, quarter_id, passes_on)
        SELECT DISTINCT touched.unit_id, quarter.id, {passes_on}
        FROM touched JOIN portal_quarter quarter ON {LAST_DAY} >= touched.since;
        RETURN NULL;
    """


# What was accepted, or no longer is: the unit's quarter and all later ones, whose standings rest on it, for every unit
# that answers for one of its projects, or has a share of one, at some time.
MARK_ACCEPTED = """
    INSERT INTO projects_mark (unit_id, quarter_id)
    SELECT DISTINCT touched.unit_id, quarter.id
    FROM old_rows JOIN new_rows USING (id)
    JOIN portal_quarter its ON its.id = new_rows.quarter_id
    CROSS JOIN LATERAL (
        SELECT new_rows.unit_id
        UNION
        SELECT assignment.unit_id FROM projects_reportline line JOIN projects_assignment assignment USING (project_id)
        WHERE line.report_id = new_rows.id
        UNION
        SELECT share.unit_id FROM projects_reportline line JOIN projects_share share USING (project_id)
        WHERE line.report_id = new_rows.id
    ) touched
    JOIN portal_quarter quarter ON (quarter.year, quarter.number) >= (its.year, its.number)
    WHERE old_rows.state <> new_rows.state AND 'accepted' IN (old_rows.state, new_rows.state);
    RETURN NULL;
"""

# A list's code stands in the cells of the projects on it.
MARK_RENAMED = f"""
    INSERT INTO projects_mark (unit_id, quarter_id)
    SELECT DISTINCT touched.unit_id, quarter.id
    FROM projects_listentry entry
    CROSS JOIN LATERAL (
        SELECT unit_id FROM projects_assignment WHERE project_id = entry.project_id
        UNION
        SELECT unit_id FROM projects_share WHERE project_id = entry.project_id
    ) touched
    JOIN portal_quarter quarter ON {LAST_DAY} >= entry.listed_on
    WHERE entry.list_id = NEW.id;
    RETURN NULL;
"""

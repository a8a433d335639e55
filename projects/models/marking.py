"""The triggers that append a mark with whatever changes a figure, be it by form, import, admin, shell or plain SQL.

A mark names a unit and a quarter. A changed row of the register marks, for each unit that answers or answered for the
project, or has or had a share of it, every quarter whose last day lies on or after the row's day: too many marks cost a
recompute, too few a figure. Rows that pass a project on, and a changed calendar (migration 0026), mark so that what is
under way meanwhile is waited for (Mark).
"""

import pgtrigger

EVER = ("assignment", "share")  # the tables that say which units ever had to do with a project
LAST_DAY = "(make_date(quarter.year, quarter.number * 3, 1) + interval '1 month - 1 day')::date"


def _of_each_unit(select: str, *, margin: int) -> str:
    """The same of each table that says which units ever had to do with a project: {table} in `select`.

    `margin`: the spaces before the lines. A trigger's text decides whether the database has the same one.
    """
    before = f"\n{' ' * margin}"
    return f"{before}UNION{before}".join(select.format(table=table) for table in EVER)


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
    touched = "SELECT {table}.unit_id, since FROM changed JOIN projects_{table} {table} USING (project_id)"
    return f"""
        WITH changed AS ({changed}),
        touched AS (
            SELECT unit AS unit_id, since FROM changed WHERE unit IS NOT NULL
            UNION
            {_of_each_unit(touched, margin=12)}
        )
        INSERT INTO projects_mark (unit_id, quarter_id, passes_on)
        SELECT DISTINCT touched.unit_id, quarter.id, {passes_on}
        FROM touched JOIN portal_quarter quarter ON {LAST_DAY} >= touched.since;
        RETURN NULL;
    """


_OF_A_LINE = """SELECT {table}.unit_id FROM projects_reportline line JOIN projects_{table} {table} USING (project_id)
        WHERE line.report_id = new_rows.id"""
# What was accepted, or no longer is: the unit's quarter and all later ones, whose standings rest on it, for every unit
# that answers for one of its projects, or has a share of one, at some time.
MARK_ACCEPTED = f"""
    INSERT INTO projects_mark (unit_id, quarter_id)
    SELECT DISTINCT touched.unit_id, quarter.id
    FROM old_rows JOIN new_rows USING (id)
    JOIN portal_quarter its ON its.id = new_rows.quarter_id
    CROSS JOIN LATERAL (
        SELECT new_rows.unit_id
        UNION
        {_of_each_unit(_OF_A_LINE, margin=8)}
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
        {_of_each_unit("SELECT unit_id FROM projects_{table} WHERE project_id = entry.project_id", margin=8)}
    ) touched
    JOIN portal_quarter quarter ON {LAST_DAY} >= entry.listed_on
    WHERE entry.list_id = NEW.id;
    RETURN NULL;
"""

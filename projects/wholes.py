"""Many units with everything below them, in many slices, as a part of a larger statement: what `Standings` adds up.

For whoever asks about thousands of units at once and shows few of them: the database adds up, compares and sorts. It
says what `Standings.total` says of the same units and slices, growth included (tests compare). Money in 万元; null is
"not reported", 0 is 0.

The statement around it is recursive and has, before this part, `top` (unit_id): the units that are asked about; and
`slice` (part, lists, category): what `Slice` has, lists null for any. Its values are `kept_sums.given` of the quarter.
Then `total` has a row of each unit (unit_id) and part of which any project counts, and the part WHOLE is of all.
"""

from projects.reshaping import KIN
from projects.sums import BEFORE, NEW, NOW

WHOLE = "|"
SUMMED = ("projects", "planned", "large")
REPORTED = ("year_to_date", "started", "newly_started", "completed", "completed_output", "due_started")
# A unit's own, of the whole and of a slice: all cells of a unit's quarter are covered, or none is (rollups.FACT).
OWN = """
    SELECT unit_id, {part} AS part, {is_now} AS is_now, is_covered, {columns}, computed_at
    FROM projects_cell cell {slices} WHERE {quarter} AND unit_id IN (SELECT unit_id FROM tree)
"""
COLUMNS = (*SUMMED, *REPORTED, "due_to_start", "lines_expected")
OF_WHOLE = OWN.replace("{columns}", f"{', '.join(COLUMNS)}, false AS is_fresh").replace("{slices}", "")
OF_SLICES = """
    SELECT unit_id, part, is_now, is_covered, {sums}, max(computed_at) AS computed_at
    FROM ({own}) cell GROUP BY unit_id, part, is_now, is_covered
""".format(
    sums=", ".join([*(f"sum({name}) AS {name}" for name in COLUMNS), "bool_or(is_fresh) AS is_fresh"]),
    own=OWN.replace(
        "{columns}",
        f"{', '.join(COLUMNS)},"
        " lists IS NULL AND projects > 0 AND list_set IN (SELECT list_set FROM fresh) AS is_fresh",
    ).replace(
        "{slices}",
        "JOIN slice ON (lists IS NULL OR string_to_array(list_set, ',') && lists)"
        " AND (category IS NULL OR category_id = category)",
    ),
)


def _own(statement: str, part: str, grain: str, *, is_now: bool) -> str:
    quarter = f"grain = '{grain}' AND {NOW if is_now else BEFORE}"
    return statement.replace("{part}", part).replace("{is_now}", str(is_now).lower()).replace("{quarter}", quarter)


TOTALS = f"""
    tree (top, unit_id) AS (
        SELECT unit_id, unit_id FROM top
        UNION SELECT tree.top, child.id FROM tree JOIN portal_unit child ON child.parent_id = tree.unit_id
    ),
    {KIN}, {NEW},
    -- By itself: of rows with a part of that name among others PostgreSQL would expect a handful.
    own_whole AS MATERIALIZED (
        {_own(OF_WHOLE, f"'{WHOLE}'", "unit", is_now=True)}
        UNION ALL {_own(OF_WHOLE, f"'{WHOLE}'", "unit", is_now=False)}
    ),
    own AS MATERIALIZED (
        SELECT * FROM own_whole
        UNION ALL {_own(OF_SLICES, "part", "class", is_now=True)}
        UNION ALL {_own(OF_SLICES, "part", "class", is_now=False)}
    ),
    -- Whether each year's report is accepted; null where nothing is known of that year.
    known AS MATERIALIZED (
        SELECT unit_id, bool_and(year_to_date IS NOT NULL) FILTER (WHERE is_now) AS is_known,
               bool_and(year_to_date IS NOT NULL) FILTER (WHERE NOT is_now) AS was_known
        FROM own_whole GROUP BY unit_id
    ),
    newcomer AS (
        SELECT DISTINCT unit_id FROM projects_cell
        WHERE grain = 'class' AND {NOW} AND list_set = ANY (ARRAY(SELECT list_set FROM fresh))
    ),
    -- Of merged units, those of which a top has all, and knows all: only they are compared.
    family AS MATERIALIZED (
        SELECT top, heir_id
        FROM tree JOIN kin USING (unit_id) LEFT JOIN known USING (unit_id)
        GROUP BY top, heir_id
        HAVING count(*) = (SELECT count(*) FROM kin its WHERE its.heir_id = kin.heir_id)
           AND bool_and(is_known) AND bool_and(was_known)
    ),
    -- `counts`: in the growth of this top.
    member AS MATERIALIZED (
        SELECT top, unit_id, newcomer.unit_id IS NOT NULL AS is_fresh,
               CASE WHEN kin.unit_id IS NULL THEN COALESCE(is_known AND was_known, false)
                    ELSE (top, kin.heir_id) IN (SELECT top, heir_id FROM family) END AS counts
        FROM tree JOIN known USING (unit_id) LEFT JOIN kin USING (unit_id) LEFT JOIN newcomer USING (unit_id)
    ),
    total AS MATERIALIZED (
        SELECT top AS unit_id, part,
               {", ".join(f"sum({name}) FILTER (WHERE is_now) AS {name}" for name in (*SUMMED, *REPORTED))},
               sum(planned) FILTER (WHERE is_now AND is_covered) AS planned_covered,
               sum(due_to_start) FILTER (WHERE is_now AND is_covered) AS due_to_start,
               count(*) FILTER (WHERE is_now AND lines_expected > 0) AS owing,
               count(*) FILTER (WHERE is_now AND lines_expected > 0 AND is_covered) AS reported,
               sum(year_to_date) FILTER (WHERE is_now AND counts) AS compared,
               sum(year_to_date) FILTER (WHERE NOT is_now AND counts) AS compared_before,
               bool_or(counts AND CASE WHEN part = '{WHOLE}' THEN member.is_fresh ELSE is_now AND own.is_fresh END)
                   AS has_new_tier,
               max(computed_at) FILTER (WHERE is_now) AS computed_at
        FROM member JOIN own USING (unit_id) GROUP BY top, part
    )
"""

"""Parts of what some units and all below them answer for, by lists, category or chain, summed by one statement.

It says what `Standings` says of the same parts of the same units (tests compare), and hands over a row for each part,
whatever the number of units and cells. Money in 万元; null is "not reported", 0 is 0.
"""

from collections.abc import Collection, Mapping

from portal.models import Quarter
from projects.standings import Slice, Total
from projects.sums import BEFORE, NOW
from projects.tree_sums import COLUMNS, OTHERS, RATED, UNITS, array, asked, made, summed

# The units of the key that has the parts, and what holds of its whole: parts add up to it in both years, so they are
# compared where it is.
WHOLE = """
    unit AS MATERIALIZED (SELECT unit_id, is_compared FROM counted WHERE key = %(whole)s),
    whole AS (SELECT units_now, units_before, has_new_tier, apart FROM total WHERE key = %(whole)s)
"""
# What a cell holds that is added up, and is null where the unit's report doesn't count.
MONEY = ("planned", "total_investment", "expected_output", "year_to_date", "completed_output", "flow")
COUNTS = ("projects", "large", "started", "completed", "due_to_start", "due_started")
# Sums by the cells' own keys, which are few. All cells of a unit's quarter are covered, or none is.
KEYS = f"""
    key_now AS MATERIALIZED (
        SELECT grain, list_set, category_id, chain_id, is_covered, is_compared,
               {", ".join(f"sum({name}) AS {name}" for name in (*MONEY, *COUNTS))},
               array_agg(unit_id) FILTER (WHERE lines_expected > 0) AS owing, max(computed_at) AS computed_at
        FROM projects_cell JOIN unit USING (unit_id)
        WHERE grain IN ('class', 'chain') AND {NOW}
        GROUP BY grain, list_set, category_id, chain_id, is_covered, is_compared
    ),
    key_before AS MATERIALIZED (
        SELECT grain, list_set, category_id, chain_id, sum(year_to_date) AS before, sum(projects) AS projects_before
        FROM projects_cell JOIN unit USING (unit_id)
        WHERE grain IN ('class', 'chain') AND {BEFORE} AND is_compared
        GROUP BY grain, list_set, category_id, chain_id
    )
"""
# A part's lists are joined by commas; null is any list, '' is none.
PARTS = """
    part AS MATERIALIZED (
        SELECT number, string_to_array(lists, ',') AS lists, category, chain
        FROM unnest(%(lists)s::text[], %(categories)s::bigint[], %(chains)s::bigint[])
            WITH ORDINALITY AS given (lists, category, chain, number)
    )
"""
TAKES = """
    CASE WHEN part.chain IS NOT NULL THEN key.grain = 'chain' AND key.chain_id = part.chain
         ELSE key.grain = 'class' AND (part.category IS NULL OR key.category_id = part.category)
              AND (part.lists IS NULL OR string_to_array(key.list_set, ',') && part.lists) END
"""
# A unit counts once in a part, on however many of its lists it has projects: so each key has a bit for each part that
# takes it, and each unit those of all its keys. Units of the same bits are counted together.
OWED = f"""
    key_bits AS MATERIALIZED (
        SELECT owing, is_covered,
               (SELECT string_agg(({TAKES})::int::text, '' ORDER BY number)::varbit FROM part) AS bits
        FROM key_now key WHERE owing IS NOT NULL
    ),
    marked AS (
        SELECT unit, is_covered, bit_or(bits) AS bits FROM key_bits CROSS JOIN unnest(owing) unit
        GROUP BY unit, is_covered
    ),
    alike AS (SELECT bits, count(*) AS owing, count(*) FILTER (WHERE is_covered) AS reported FROM marked GROUP BY bits),
    owed AS (
        SELECT number, sum(owing)::bigint AS owing, sum(reported)::bigint AS reported
        FROM part JOIN alike ON get_bit(bits, number::int - 1) = 1 GROUP BY number
    )
"""
PART_TOTALS = f"""
    now AS (
        SELECT number, {", ".join(f"sum({name}) AS {name}" for name in MONEY)},
               {", ".join(f"sum({name})::bigint AS {name}" for name in COUNTS if name != "due_to_start")},
               sum(due_to_start) FILTER (WHERE is_covered)::bigint AS due_to_start,
               sum(planned) FILTER (WHERE is_covered) AS planned_covered,
               sum(year_to_date) FILTER (WHERE is_compared) AS now,
               sum(projects) FILTER (WHERE is_compared)::bigint AS projects_now,
               bool_or(is_compared AND key.projects > 0 AND list_set IN (SELECT list_set FROM fresh)) AS is_new,
               max(computed_at) AS computed_at
        FROM part JOIN key_now key ON {TAKES} GROUP BY number
    ),
    before AS (
        SELECT number, sum(before) AS before, sum(projects_before)::bigint AS projects_before
        FROM part JOIN key_before key ON {TAKES} GROUP BY number
    ),
    part_total AS (
        SELECT now.*, before, projects_before, owing, reported, whole.*, part.number AS its_number,
               CASE WHEN lists IS NOT NULL THEN false WHEN category IS NOT NULL THEN COALESCE(is_new, false)
                    ELSE whole.has_new_tier END AS is_of_new_tier
        FROM part LEFT JOIN now USING (number) LEFT JOIN before USING (number) LEFT JOIN owed USING (number)
        CROSS JOIN whole
    )
"""
NOT_NULL = {
    *("planned", "planned_covered", "owing", "reported", "now", "before", "projects", "large", "total_investment"),
    *("expected_output", "projects_now", "projects_before"),
}
OF_PART = ", ".join(
    "is_of_new_tier" if name == "has_new_tier" else f"COALESCE({name}, 0)" if name in NOT_NULL else name
    for name in RATED | OTHERS
)
STATEMENT = f"""
    WITH RECURSIVE {UNITS}, {summed(RATED | OTHERS)}, {WHOLE}, {KEYS}, {PARTS}, {OWED}, {PART_TOTALS}
    SELECT false, key, {COLUMNS}, apart FROM total
    UNION ALL
    SELECT true, its_number, {OF_PART}, apart FROM part_total
"""


def totals(
    quarter: Quarter,
    keys: Mapping[int, Collection[int]],
    *,
    itself: Collection[int] = (),
    whole: int,
    parts: Collection[Slice],
) -> tuple[dict[int, Total], dict[Slice, Total]]:
    """As `tree_sums.totals`, and each of these parts of what the key `whole` is about; one query."""
    numbered = list(parts)
    given = {
        "whole": whole,
        "lists": [None if part.lists is None else ",".join(sorted(part.lists)) for part in numbered],
        "categories": array(part.category for part in numbered),
        "chains": array(part.chain for part in numbered),
    }
    of_keys, of_parts = {}, {}
    for is_part, number, *row in asked(STATEMENT, quarter, keys, itself=itself, given=given):
        if is_part:
            of_parts[numbered[number - 1]] = made(row)
        else:
            of_keys[number] = made(row)
    return of_keys, of_parts

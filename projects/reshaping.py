"""Which sums up the tree a moved unit, a merger or a changed list concerns: the others stay as they are kept.

With a quarter's sums is kept what they were made of besides cells, their shape: who lies below whom and was merged with
whom, the parts, the lists that are new to the register, and the quarter a year before. What is another one now names
units, and those are added up again with all above them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from portal.models.change import OF_TOPICS
from projects.models.classification import INDUSTRY
from projects.models.kept_sum import KeptSum
from projects.sums import BEFORE, ITS_QUARTER, NEW, NOW

STRUCTURE = "COALESCE(({}), '')".format(OF_TOPICS % {"topics": "ARRAY['calendar', 'catalogue', 'units']"})
FRESH_NOW = "ARRAY(SELECT list_set FROM fresh ORDER BY list_set)::text[]"
# Units that were merged since the year before, each with the one that answers for it now, and that one with itself.
KIN = """
    ended AS (
        SELECT id, successor_id FROM portal_unit
        WHERE successor_id IS NOT NULL AND valid_until >= %(ended_from)s AND valid_until < %(ended_before)s
    ),
    passed (unit_id, heir_id) AS (
        SELECT id, successor_id FROM ended
        UNION SELECT passed.unit_id, ended.successor_id FROM passed JOIN ended ON ended.id = passed.heir_id
    ),
    kin AS MATERIALIZED (
        SELECT unit_id, heir_id FROM passed WHERE heir_id NOT IN (SELECT id FROM ended)
        UNION SELECT heir_id, heir_id FROM passed WHERE heir_id NOT IN (SELECT id FROM ended)
    )
"""
OF_TIER = """string_agg(code, ',' ORDER BY code COLLATE "C")"""
# Every part that a page asks for, under the name that `Slice.name` gives it: tiers, lists, categories, chains, and what
# is industrial on each list.
PARTS = f"""
    part AS (
        SELECT concat(lists, '|', category, '|', chain) AS part, string_to_array(lists, ',') AS lists, category, chain
        FROM (
            SELECT {OF_TIER} AS lists, NULL::bigint AS category, NULL::bigint AS chain
            FROM projects_projectlist GROUP BY tier
            UNION SELECT code, NULL, NULL FROM projects_projectlist
            UNION SELECT NULL, id, NULL FROM projects_category
            UNION SELECT NULL, NULL, id FROM projects_chain
            UNION SELECT list.code, category.id, NULL
                  FROM projects_projectlist list JOIN projects_category category ON category.code = '{INDUSTRY}'
        ) its
    )
"""
# In one statement: what is noted is what one moment knew.
SHAPE = f"""
    WITH RECURSIVE {NEW}, {KIN}, {PARTS}
    SELECT {STRUCTURE}, COALESCE({ITS_QUARTER.format(year="%(year)s - 1")}, 0), {FRESH_NOW},
           ARRAY(SELECT concat(unit.id, '|', parent_id, '|', heir_id, '|',
                               (SELECT count(*) FROM kin its WHERE its.heir_id = kin.heir_id))
                 FROM portal_unit unit LEFT JOIN kin ON unit_id = unit.id),
           ARRAY(SELECT part FROM part UNION ALL SELECT concat(tier, '=', {OF_TIER}, '||')
                 FROM projects_projectlist GROUP BY tier)
"""
NOTED = """
    SELECT structure, year_before, fresh::text[], units, parts FROM projects_keptquarter WHERE quarter_id = %(quarter)s
"""
NOTE = """
    INSERT INTO projects_keptquarter (quarter_id, structure, year_before, fresh, units, parts)
    VALUES (%(quarter)s, %(structure)s, %(year_before)s, %(fresh)s::text[]::text, %(units)s::text[], %(parts)s::text[])
    ON CONFLICT (quarter_id) DO UPDATE
    SET structure = EXCLUDED.structure, year_before = EXCLUDED.year_before, fresh = EXCLUDED.fresh,
        units = EXCLUDED.units, parts = EXCLUDED.parts
"""
FORGET = "DELETE FROM projects_keptsum WHERE quarter_id = %(quarter)s AND unit_id = ANY (%(nodes)s::bigint[])"
FORGET_PARTS = "DELETE FROM projects_keptsum WHERE quarter_id = %(quarter)s AND part = ANY (%(parts)s::text[])"
FIGURES = ", ".join(sorted({field.attname for field in KeptSum._meta.concrete_fields} - {"id", "quarter_id", "part"}))
TAKE_OVER = f"""
    INSERT INTO projects_keptsum (quarter_id, part, {FIGURES})
    SELECT quarter_id, %(part)s, {FIGURES} FROM projects_keptsum
    WHERE quarter_id = %(quarter)s AND part = %(earlier)s
"""
# Units with cells on one of these lists, or of these sets of lists, this year or the year before: by the sets that
# there are, of which there are few.
ON_LISTS = f"""
    WITH RECURSIVE {NEW},
    its AS (
        SELECT list_set FROM (SELECT list_set FROM stands UNION SELECT list_set FROM stood) every
        WHERE string_to_array(list_set, ',') && %(lists)s::text[] OR list_set = ANY (%(sets)s::text[])
    )
    SELECT unit_id FROM projects_cell
    WHERE grain = 'class' AND {NOW} AND list_set = ANY (ARRAY(SELECT list_set FROM its))
    UNION
    SELECT unit_id FROM projects_cell
    WHERE grain = 'class' AND {BEFORE} AND list_set = ANY (ARRAY(SELECT list_set FROM its))
"""


@dataclass(frozen=True)
class Shape:
    """What a quarter's sums are made of besides cells; `structure` is the revision of all of it.

    `year_before`: the quarter's id, 0 for none. `fresh`: sets of lists of a tier that the register held nothing of a
    year before. `units`: a unit with the one that it lies below, its heir and how many have this heir, each empty where
    there is none. `parts`: their names, and those of tiers once more, after the tier and an equals sign.
    """

    structure: str
    year_before: int
    fresh: frozenset[str]
    units: frozenset[str]
    parts: frozenset[str]

    @classmethod
    def of(cls, row: tuple[Any, ...]) -> "Shape":
        structure, year_before, *its = row
        return cls(structure, year_before, *map(frozenset, its))

    @cached_property
    def parents(self) -> dict[int, int | None]:
        return dict(map(_lies_below, self.units))

    @cached_property
    def names(self) -> set[str]:
        """Of the parts."""
        return {part.partition("=")[2] or part for part in self.parts}

    @cached_property
    def tiers(self) -> dict[str, str]:
        """A tier with the name of its part."""
        return {tier: part for tier, is_tiers, part in (told.partition("=") for told in self.parts) if is_tiers}

    def up_from(self, units: Iterable[int]) -> set[int]:
        """Those of these units that there are, and all above them."""
        found: set[int] = set()
        for each in units:
            unit: int | None = each
            while unit is not None and unit in self.parents and unit not in found:
                found.add(unit)
                unit = self.parents[unit]
        return found


def _lies_below(told: str) -> tuple[int, int | None]:
    unit, parent, *_kin = told.split("|")
    return int(unit), int(parent) if parent else None


def noted(cursor: Any, values: dict[str, Any]) -> tuple[Shape | None, Shape]:
    """The shape that the kept sums have, null where none is known, and the one that they are to have: now it is noted.

    `values` are what statements about the quarter are given.
    """
    cursor.execute(NOTED, values)
    row = cursor.fetchone()
    cursor.execute(SHAPE, values)
    now = cursor.fetchone()
    cursor.execute(NOTE, values | dict(zip(("structure", "year_before", "fresh", "units", "parts"), now, strict=True)))
    return Shape.of(row) if row and None not in row else None, Shape.of(now)


def take_over(cursor: Any, values: dict[str, Any], before: Shape, now: Shape) -> None:
    """Keep the parts that there are now: of other lists than before, they are right but for whom that concerns.

    Of parts and of units that are gone nothing is kept.
    """
    for part, earlier in _new_parts(before, now).items():
        if earlier:
            cursor.execute(TAKE_OVER, values | {"part": part, "earlier": earlier})
    if gone := before.names - now.names:
        cursor.execute(FORGET_PARTS, values | {"parts": list(gone)})
    if ended := before.parents.keys() - now.parents.keys():
        cursor.execute(FORGET, values | {"nodes": list(ended)})


def concerned(cursor: Any, values: dict[str, Any], before: Shape, now: Shape) -> set[int]:
    """Units of which, or of whose cells, the two shapes say something else; a moved unit with those it lies below."""
    found = {unit for told in before.units ^ now.units for unit in _lies_below(told) if unit is not None}
    lists: set[str] = set()
    for part, earlier in _new_parts(before, now).items():  # cells of a new category or chain come later
        lists |= _lists(part) ^ _lists(earlier)
    sets = before.fresh ^ now.fresh
    if lists or sets:
        cursor.execute(ON_LISTS, values | {"lists": list(lists), "sets": list(sets)})
        found.update(unit for (unit,) in cursor.fetchall())
    return found


def _new_parts(before: Shape, now: Shape) -> dict[str, str]:
    """Each with the part that its tier had before; empty where it shares no list with that, or is no tier's."""
    of_tier = {part: before.tiers.get(tier, "") for tier, part in now.tiers.items()}
    new = {part: of_tier.get(part, "") for part in sorted(now.names - before.names)}
    return {part: earlier if _lists(part) & _lists(earlier) else "" for part, earlier in new.items()}


def _lists(part: str) -> set[str]:
    return set(part.split("|")[0].split(",")) - {""}

"""Units with everything below them: their whole and its parts, read from the sums that are kept up the tree.

It says what `Standings` says of the same units, growth and its reasons included (tests compare), and reads a row for
each total that is asked for, where `Standings` reads a cell for each unit. Whoever asks after a change and before the
worker makes the sums first. Money in 万元; null is "not reported", 0 is 0.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from decimal import Decimal
from operator import itemgetter
from typing import Any, NamedTuple

from django.db import transaction

from portal.models import Quarter
from portal.replicas import connection
from projects import kept_sums
from projects.kept_sums import ROW, Sum
from projects.models.kept_sum import ITSELF, WHOLE
from projects.standings import Coverage, Growth, HowMany, Slice, Total, completion_rate, growth_rate

# The units as a question within the question: PostgreSQL would look through a list of thousands before it begins.
WHOLES = f"""
    SELECT {{columns}} FROM projects_keptsum
    WHERE quarter_id = %(quarter)s AND part = '' AND unit_id = ANY ((SELECT %(units)s::bigint[])::bigint[])
      AND {kept_sums.CURRENT}
"""
# What a league table says of a unit: for thousands of them, each column counts.
OF_RATED = ("year_to_date", "planned", "planned_covered", "owing", "reported", "now", "before", "is_new")
LEAGUE = WHOLES.format(columns=f"unit_id, heir_id, {', '.join(OF_RATED)}")
# Of the tops everything, but for one that lies below another of them; of the branches the whole.
BOARD = f"""
    SELECT {ROW} FROM projects_keptsum
    WHERE quarter_id = %(quarter)s AND unit_id = ANY (%(tops)s::bigint[]) AND {kept_sums.CURRENT}
    UNION ALL {WHOLES.format(columns=ROW)} AND unit_id <> ALL (%(tops)s::bigint[])
"""
TOPMOST = """
    WITH RECURSIVE above (top, unit_id) AS (
        SELECT id, parent_id FROM portal_unit WHERE id = ANY (%(tops)s::bigint[])
        UNION SELECT top, parent_id FROM above JOIN portal_unit ON id = unit_id
    )
    SELECT top FROM above GROUP BY top HAVING NOT COALESCE(bool_or(unit_id = ANY (%(tops)s::bigint[])), false)
"""
FIRST = Sum._fields.index("year_to_date")  # of what is added up
NONE_OF_IT: dict[str, Any] = {
    **dict.fromkeys(Sum._fields, 0),
    **dict.fromkeys(("planned_covered", "planned", "now", "before", "total_investment", "expected_output"), Decimal()),
    **dict.fromkeys(("heir_id", "family", "is_known", "was_known", "computed_at", *kept_sums.REPORTED, "due_to_start")),
    "part": WHOLE,
    "is_new": False,
}
NOUGHT = Sum(**NONE_OF_IT)
# Growth's: of a family that isn't compared they count for nothing.
COMPARED = ("now", "before", "is_new", "projects_now", "projects_before", "units_now", "units_before")
UNCOMPARED = {name: NONE_OF_IT[name] for name in COMPARED}
OF_TOTAL = [name for name in Sum._fields if name in {each.name for each in fields(Total)}]
OF_GROWTH = ("now", "before", "projects_now", "projects_before")


class Rated(NamedTuple):
    """What a league table says of a unit with everything below it. Money in 万元.

    `completion_rate` is as `Total` has it. `rank`: by completion rate within its group, null without a rate or a group;
    equal rates share one.
    """

    year_to_date: Decimal | None
    planned: Decimal
    planned_covered: Decimal
    owing: int
    reported: int
    now: Decimal
    before: Decimal
    has_new_tier: bool
    completion_rate: Decimal | None
    rank: int | None

    @property
    def growth_rate(self) -> Decimal | None:
        """As `Growth` has it."""
        return growth_rate(self.now, self.before, has_new_tier=self.has_new_tier)

    @property
    def coverage(self) -> Coverage:
        return Coverage.counted(self.owing, self.reported, planned=self.planned, planned_covered=self.planned_covered)


@dataclass(frozen=True)
class _Families:
    """Of merged units, those who are compared as one, by the unit that answers now; `apart`: one is not all there."""

    compared: frozenset[int] = frozenset()
    apart: bool = False

    @classmethod
    def of(cls, rows: Iterable[Sum]) -> "_Families":
        """By the wholes of the units that stand side by side in a total."""
        members: defaultdict[int, list[Sum]] = defaultdict(list)
        for row in rows:
            if row.heir_id is not None:
                members[row.heir_id].append(row)
        whole = {heir: own for heir, own in members.items() if sum(row.members for row in own) == own[0].family}
        known = {heir for heir, own in whole.items() if _all(row.is_known for row in own)}
        compared = {heir for heir in known if _all(row.was_known for row in whole[heir])}
        return cls(frozenset(compared), apart=len(whole) < len(members))


def _all(known: Iterable[bool | None]) -> bool:
    """Where there is anything to know, whether it is known."""
    told = {each for each in known if each is not None}
    return told == {True}


class Sums:
    """Of some tops side by side with everything below them: the whole and its parts, the branches, the tops alone."""

    def __init__(self, rows: Iterable[Sum], tops: Collection[int], branches: Collection[int]) -> None:
        by_part: defaultdict[str, list[Sum]] = defaultdict(list)
        by_unit: defaultdict[int, list[Sum]] = defaultdict(list)
        itself: defaultdict[int, list[Sum]] = defaultdict(list)
        for row in rows:
            if row.part == WHOLE:
                by_unit[row.unit_id].append(row)
            if row.part == ITSELF:
                itself[row.unit_id].append(row)
            elif row.unit_id in tops:
                by_part[row.part].append(row)
        self._families, self._by_part = _Families.of(by_part[WHOLE]), by_part
        self.whole = _whole(by_part[WHOLE])
        self.branches = {unit: _whole(by_unit[unit]) for unit in branches}
        self.itself = {unit: _whole(itself.get(unit) or by_unit[unit]) for unit in by_unit if unit in tops}

    def part(self, part: Slice) -> Total:
        """Of a tier, list, category or chain, or of what is industrial on a list.

        Parts add up to the whole in both years: they are compared where it is. Only a category can be of a new tier
        where the whole is not: a list is compared with itself, and a chain's cells don't know lists.
        """
        found = _added(self._by_part.get(part.name, ()), self._families)
        growth = self.whole.growth
        if part.category is None:
            found = found._replace(is_new=growth.has_new_tier)
        if part.lists is not None:
            found = found._replace(is_new=False)
        told = _total(found, apart=growth.apart)
        return replace(told, growth=replace(told.growth, units_now=growth.units_now, units_before=growth.units_before))


def rated(quarter: Quarter, units: Collection[int], groups: Mapping[int, int]) -> dict[int, Rated]:
    """Each of these units with everything below it, ranked within its group.

    One query where nothing has changed, and one for the units with merged ones among them.
    """
    rows = _asked(LEAGUE, quarter, units=units)
    merged = {row[0] for row in rows if row[1] is not None}
    told = {row[0]: row[2:] for row in rows if row[0] not in merged}
    told |= {unit: _of_league(rows) for unit, rows in _by_unit(quarter, merged).items()}
    rates = {unit: completion_rate(figures[0], figures[2]) for unit, figures in told.items()}
    ranks = _ranks(rates, groups)
    return {unit: Rated._make((*figures, rates[unit], ranks.get(unit))) for unit, figures in told.items()}


def _of_league(rows: Sequence[Sum]) -> tuple[Any, ...]:
    its = _added(rows, _Families.of(rows))
    return tuple(getattr(its, name) for name in OF_RATED)


def _ranks(rates: Mapping[int, Decimal | None], groups: Mapping[int, int]) -> dict[int, int]:
    """One more than the number of higher rates in the group."""
    standing: defaultdict[int, list[tuple[int, Decimal]]] = defaultdict(list)
    for unit, rate in rates.items():
        if rate is not None and unit in groups:
            standing[groups[unit]].append((unit, rate))
    ranks: dict[int, int] = {}
    for competing in standing.values():
        competing.sort(key=itemgetter(1), reverse=True)
        rank, before = 0, None
        for place, (unit, rate) in enumerate(competing, 1):
            if rate != before:
                rank, before = place, rate
            ranks[unit] = rank
    return ranks


def wholes(quarter: Quarter, units: Collection[int]) -> dict[int, Total]:
    """Each of these units with everything below it."""
    return {unit: _whole(rows) for unit, rows in _by_unit(quarter, units).items()}


def _by_unit(quarter: Quarter, units: Collection[int]) -> dict[int, list[Sum]]:
    found: dict[int, list[Sum]] = {unit: [] for unit in units}
    for row in _asked(WHOLES.format(columns=ROW), quarter, units=units):
        found[row[0]].append(Sum._make(row))
    return found


def sums(quarter: Quarter, tops: Collection[int], branches: Collection[int]) -> Sums:
    """Of these tops, one below another counting once, and of these branches; one query for one top that has any."""
    topmost = list(tops) if len(tops) < 2 else _topmost(tops)
    rows = [Sum._make(row) for row in _asked(BOARD, quarter, tops=topmost, units=branches)]
    if alone := set(topmost) - {row.unit_id for row in rows if row.part == ITSELF}:
        rows += _parts(quarter, alone)
    return Sums(rows, frozenset(topmost), branches)


def _topmost(tops: Collection[int]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(TOPMOST, {"tops": list(tops)})
        return [top for (top,) in cursor.fetchall()]


def _parts(quarter: Quarter, units: Collection[int]) -> list[Sum]:
    """Of units without units below them, of which no parts are kept."""
    with connection.cursor() as cursor:
        kept_sums.PARTING.run(cursor, kept_sums.given(quarter) | {"nodes": list(units)})
        return [Sum._make(row) for row in cursor.fetchall()]


def _asked(statement: str, quarter: Quarter, **units: Collection[int]) -> list[tuple[Any, ...]]:
    """The statement's rows, once what is kept is right. Each unit has one, so none means that it isn't.

    Whatever changes after they were made doesn't take them away again from who has made them.
    """
    if not any(units.values()):
        return []
    values = {"quarter": quarter.pk} | {name: _array(its) for name, its in units.items()}
    if found := _fetched(statement, values):
        return found
    with transaction.atomic():
        kept_sums.make(quarter)
        return _fetched(statement.replace(kept_sums.CURRENT, "true"), values)


def _fetched(statement: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def _array(values: Iterable[int]) -> str:
    """As PostgreSQL writes one: psycopg would look at each of thousands of values on its own."""
    return f"{{{','.join(map(str, values))}}}"


def _whole(rows: Sequence[Sum]) -> Total:
    families = _Families.of(rows)
    return _total(_added(rows, families), apart=families.apart)


def _added(rows: Sequence[Sum], families: _Families) -> Sum:
    """Rows that stand side by side as one."""
    if not rows:
        return NOUGHT
    if len(rows) == 1 and rows[0].heir_id is None:
        return rows[0]
    counted = [
        row if row.heir_id is None or row.heir_id in families.compared else row._replace(**UNCOMPARED) for row in rows
    ]
    return Sum._make([*NOUGHT[:FIRST], *map(_sum, zip(*(row[FIRST:] for row in counted), strict=True))])


def _sum(values: Iterable[Any]) -> Any:
    """Null where none is known."""
    known = [value for value in values if value is not None]
    if not known:
        return None
    if isinstance(known[0], bool):
        return any(known)
    return max(known) if isinstance(known[0], datetime) else sum(known[1:], known[0])


def _total(found: Sum, *, apart: bool) -> Total:
    return Total(
        **{name: getattr(found, name) for name in OF_TOTAL},
        coverage=Coverage.counted(
            found.owing, found.reported, planned=found.planned, planned_covered=found.planned_covered
        ),
        growth=Growth(
            **{name: getattr(found, name) for name in OF_GROWTH},
            units_now=HowMany(found.units_now),
            units_before=HowMany(found.units_before),
            apart=apart,
            has_new_tier=found.is_new,
        ),
    )

"""The lines behind a figure as a file of any length: the same rows and words as projects/fact_table.py, by SQL."""

from collections.abc import Collection
from dataclasses import fields
from datetime import datetime

from portal.extract import Cell, Choice, Day, Extract, Moment, Money, Number, Text, composed, literal
from portal.models.naming import localized_sql
from projects import facts
from projects.fact_table import FactTable
from projects.facts import MEASURES, Base, Fact, Measure
from projects.models import Stage
from projects.selection import Selection
from projects.standings import Slice, Standings

BASES = {Base.REGISTER: "true", Base.REPORTED: "fact.is_reported", Base.COVERED: "fact.is_covered"}
# What Measure.takes asks of a fact, by the measure's name; the others take all of their base's.
TAKES = {
    "large": "fact.is_large",
    "started": "fact.is_started",
    "newly_started": "fact.is_newly_started",
    "start_rate": "fact.is_due_to_start",
    "completed": "fact.is_completed",
    "completed_output": "fact.is_completed",
    "missing": "NOT fact.is_covered",
}
NAMED = """
    SELECT fact.*, {project} AS name, {unit} AS unit, {category} AS category, {chain} AS chain, listed.names AS lists
    FROM ({rows}) fact ({columns})
    JOIN portal_unit unit ON unit.id = fact.unit_id
    JOIN projects_category category ON category.id = fact.category_id
    LEFT JOIN projects_chain chain ON chain.id = fact.chain_id
    LEFT JOIN LATERAL (
        SELECT string_agg({list}, ' · ' ORDER BY list.code COLLATE "C") AS names
        FROM projects_projectlist list WHERE list.code = ANY (string_to_array(fact.list_set, ','))) listed ON true
    WHERE {base} AND {takes} AND {counts}
    ORDER BY {order}
"""
CELLS: dict[str, Cell] = {
    "code": Text("code"),
    "name": Text("name"),
    "unit": Text("unit"),
    "share": Number("round(share * 100, 1)"),
    "lists": Text("lists"),
    "category": Text("category"),
    "chain": Text("chain"),
    "planned": Money("planned"),
    "flow": Money("flow"),
    "year_to_date": Money("year_to_date"),
    "total_investment": Money("total_investment"),
    "expected_output": Money("expected_output"),
    "stage": Choice("stage", dict(Stage.choices)),
    "started_on": Day("started_on"),
    "receipt": Text("receipt"),
    "revision": Number("revision"),
    "accepted_by": Text("accepted_by"),
    "accepted_at": Moment("accepted_at"),
}


def extract(
    table: FactTable,
    measure: Measure,
    selection: Selection,
    units: Collection[int],
    part: Slice,
    *,
    known_at: datetime,
) -> Extract:
    """What the measure takes of these units' facts, in the columns and order of the table; its rows don't count.

    `known_at` stands in the file, be it the selection's moment of the past or now.
    """
    quarter, then = selection.quarter, selection.as_of.at if selection.as_of else None
    rows = about(selection, units, part)
    if measure is MEASURES["growth"]:
        units = Standings.read(quarter, units, known_at=then).growth(units, part).units_now
    named = {name: localized_sql(name) for name in ("unit", "category", "chain", "list")}
    name = next((name for name, each in MEASURES.items() if each is measure), "")
    source = NAMED.format(
        rows=composed(*facts.statement(quarter, units, part, known_at=then)),
        columns=", ".join(field.name for field in fields(Fact)),
        project=localized_sql("fact"),
        base=BASES[measure.base],
        takes=TAKES.get(name, "true"),
        counts="true" if measure.amount else "fact.is_own",
        order=", ".join([*_sorted_by(table), "unit.code", "fact.code"]),
        **named,
    )
    cells = {**CELLS, "known_at": Moment(f"{literal(known_at.isoformat())}::timestamptz")}
    return Extract.of(table, cells, source, rows=rows)


def about(selection: Selection, units: Collection[int], part: Slice) -> int:
    """How many rows there will be, about, in the past as well: by the cells, which tells at once."""
    return Standings.read(selection.quarter, units).total(units, part).projects


def _sorted_by(table: FactTable) -> list[str]:
    chosen = [alias for alias in table.order_by or () if alias.bare in CELLS]
    return [f"{CELLS[alias.bare].sql} {'DESC' if alias.is_descending else 'ASC'}" for alias in chosen]

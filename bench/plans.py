"""What PostgreSQL does for a statement: which tables it reads from end to end, and its plan in words."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Plan:
    """The plan of one statement. `sequential`: the tables that it reads from end to end."""

    statement: str
    sequential: tuple[str, ...]
    text: str

    def row(self) -> dict[str, Any]:
        return {"statement": self.statement, "sequential": list(self.sequential), "text": self.text.splitlines()}


def explain(statement: str, sql: str, given: Any = None, *, run: bool = True) -> Plan:
    """The plan of this statement with these parameters; run for real, and undone, unless `run` is false.

    What triggers do is not in it.
    """
    from django.db import connection, transaction

    options = "ANALYZE, BUFFERS, " if run else ""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN ({options}FORMAT JSON) {sql}", given)
        found = cursor.fetchone()[0]
        transaction.set_rollback(True)
    root = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    nodes = list(_nodes(root))
    sequential = sorted({node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan" and _runs(node)})
    return Plan(statement, tuple(sequential), "\n".join(_lines(root)))


def _runs(node: dict[str, Any]) -> bool:
    """Whether the node is ever begun; a plan may hold parts that a run passes over."""
    return bool(node.get("Actual Loops", 1))


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)


def _lines(node: dict[str, Any], depth: int = 0) -> Iterator[str]:
    named = [node[key] for key in ("Relation Name", "Index Name", "CTE Name", "Subplan Name") if key in node]
    rows = f"{node['Plan Rows']} rows expected"
    if "Actual Rows" in node:
        rows += f", {node['Actual Rows']} × {node['Actual Loops']} found in {node['Actual Total Time']:.1f} ms each"
    yield f"{'  ' * depth}{node['Node Type']} {' '.join(named)}".rstrip() + f" ({rows})"
    for child in node.get("Plans", ()):
        yield from _lines(child, depth + 1)


def slow_scans(plans: Sequence[Plan], table: str) -> list[str]:
    """The statements that read this table from end to end."""
    return [plan.statement for plan in plans if table in plan.sequential]

"""What PostgreSQL does for a statement: which tables it reads from end to end, and its plan in words."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

SHOWN = 6  # plans that `of` gives in full


@dataclass(frozen=True)
class Plan:
    """One statement's plan. `sequential`: the tables that it reads from end to end; ms is null where it didn't run."""

    statement: str
    sequential: tuple[str, ...]
    text: str
    ms: float | None = None

    def row(self) -> dict[str, Any]:
        lines = self.text.splitlines()
        return {"statement": self.statement, "ms": self.ms, "sequential": list(self.sequential), "text": lines}


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
    read = {node["Relation Name"] for node in _nodes(root) if node["Node Type"] == "Seq Scan" and _runs(node)}
    ms = round(root["Actual Total Time"], 2) if run else None
    return Plan(statement, tuple(sorted(read)), "\n".join(_lines(root)), ms)


def of(work: Callable[[], object]) -> list[Plan]:
    """The plans of every statement that this work sends, the slowest first; what it does is undone.

    Only the slowest of them keep their text.
    """
    from django.db import connection, transaction

    found: list[Plan] = []

    def watch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        words = " ".join(sql.split())
        if words.startswith(("SELECT", "WITH", "INSERT", "UPDATE", "DELETE")) and not many:
            found.append(explain(words[:200], sql, params))
        return execute(sql, params, many, context)

    with transaction.atomic():
        with connection.execute_wrapper(watch):
            work()
        transaction.set_rollback(True)
    found.sort(key=lambda plan: -(plan.ms or 0))
    return [*found[:SHOWN], *(replace(plan, text="") for plan in found[SHOWN:])]


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

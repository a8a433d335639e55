"""Plans that a connection keeps, of statements whose planning takes longer than their work.

By name, and looked up in the transaction: behind a pool, that is the connection which the transaction runs on.
"""

import hashlib
from collections.abc import Collection, Mapping
from typing import Any

# A plan is for any values, from the first time on.
FOUND = """
    SELECT set_config('plan_cache_mode', 'force_generic_plan', true),
           ARRAY(SELECT name FROM pg_prepared_statements WHERE name = ANY (%s))
"""


class Plan:
    """A statement with values of these types, by the names that it calls them `%(name)s`. `execute` runs it."""

    def __init__(self, name: str, statement: str, types: Mapping[str, str]) -> None:
        used = {each: of for each, of in types.items() if f"%({each})s" in statement}
        self.name = f"{name}_{hashlib.sha256(statement.encode()).hexdigest()[:16]}"
        numbered = {each: f"${number}" for number, each in enumerate(used, 1)}
        self.prepare = f"PREPARE {self.name} ({', '.join(used.values())}) AS {statement % numbered}"
        self.execute = f"EXECUTE {self.name} ({', '.join(f'%({each})s::{of}' for each, of in used.items())})"


def prepare(cursor: Any, plans: Collection[Plan]) -> None:
    """Make sure that the transaction's connection has these plans, and goes by them."""
    cursor.execute(FOUND, [[plan.name for plan in plans]])
    _set, known = cursor.fetchone()
    for plan in plans:
        if plan.name not in known:
            cursor.execute(plan.prepare)

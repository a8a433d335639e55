"""Statements that a session plans once: those whose planning costs as much as their answer, short or long.

    UNLIKE = Kept("SELECT … WHERE report_id = %(report)s", report="bigint")
    UNLIKE.run(cursor, {"report": 7})

A session knows them by a name made of their text, so another text is another statement. It plans each for whatever
values (portal/environment.py asks for that): where the best way depends on them, EXPLAIN the statement under
`plan_cache_mode = force_generic_plan` before keeping it. Behind a pool that hands sessions around between transactions
nobody knows what the session was told before: there they are planned each time.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from weakref import WeakKeyDictionary

_told: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()  # session → names


class Kept:
    """A statement with %(named)s values, each with its PostgreSQL type."""

    def __init__(self, statement: str, **types: str) -> None:
        self.statement, self.types = statement, types
        numbered = statement % {name: f"${number}" for number, name in enumerate(types, 1)}
        kinds = ", ".join(types.values())
        self.name = f"kept_{sha256(f'{kinds} {numbered}'.encode()).hexdigest()[:24]}"
        self.prepare = f"PREPARE {self.name} ({kinds}) AS {numbered}"
        values = ", ".join(f"%({name})s::{kind}" for name, kind in types.items())
        self.call = f"EXECUTE {self.name} ({values})"

    def run(self, cursor: Any, given: Mapping[str, Any]) -> None:
        """Execute it by this cursor of Django's, which then gives the rows; `given` may hold more than is asked for."""
        values = {name: given[name] for name in self.types}
        if cursor.db.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS"):  # how Django is told of such a pool
            cursor.execute(self.statement, values)
            return
        told = _told.setdefault(cursor.connection, set())
        if self.name not in told:
            # Not by the cursor: what a page asks doesn't depend on who has asked it before.
            with cursor.db.wrap_database_errors:
                cursor.connection.execute(self.prepare)
            told.add(self.name)
        cursor.execute(self.call, values)

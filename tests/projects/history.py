"""The register's history in tests: its rows carry the real time of the test, unless they are told another."""

from datetime import datetime

import pgtrigger
from django.db import connection

from projects.recorded import DATED

EVENTS = [f"{model._meta.db_table}event" for model in DATED]
KEPT = [f"projects.{model.__name__}Event:append_only" for model in DATED]


def stamp(when: datetime) -> None:
    """Let the history tell of what this test has written since the last time as if it had been written then."""
    with connection.cursor() as cursor, pgtrigger.ignore(*KEPT):
        for table in EVENTS:
            cursor.execute(f"UPDATE {table} SET pgh_created_at = %s WHERE pgh_created_at = now()", [when])

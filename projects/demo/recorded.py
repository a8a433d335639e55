"""When the demo's register was recorded: each row on the day from which it counts, not on the day of the build."""

from collections.abc import Mapping
from datetime import timedelta

import pgtrigger
from django.apps import apps
from django.db import connection
from django.db.models import Model

from projects.models import AnnualPlan, Assignment, ListEntry, Share, Valuation

DAYS: Mapping[type[Model], str] = {
    Assignment: "from_on",
    AnnualPlan: "in_force_on",
    ListEntry: "listed_on",
    Share: "from_on",
    Valuation: "from_on",
}


def date_back(*, shift: timedelta) -> None:
    """Let the history of the register say that every row was recorded on its own day, or now where that comes later.

    The history carries the database's own time, which the demo's clock is `shift` behind (portal/clock.py).
    """
    for model, day in DAYS.items():
        event = apps.get_model("projects", f"{model.__name__}Event")
        with pgtrigger.ignore(f"projects.{event.__name__}:append_only"), connection.cursor() as cursor:
            cursor.execute(
                f"""
                UPDATE {event._meta.db_table} SET pgh_created_at =
                    LEAST(pgh_created_at, ({day}::timestamp AT TIME ZONE 'Asia/Shanghai') + %s::interval)
                """,
                [f"{shift.days} days"],
            )

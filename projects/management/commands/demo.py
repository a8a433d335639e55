"""Builds the demonstration at its first call; at each call lists who may sign in. For demo mode only."""

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from portal.demo import people
from projects.demo import building


class Command(BaseCommand):
    help = "Build the demonstration, where there is none yet, and list its accounts. For demo mode only."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("This portal is not in demo mode (CONCENTRIC_DEMO=1): it gets no made-up projects.")
        begun = time.monotonic()
        try:
            is_new = building.build(started_at=timezone.now())
        except building.InTheWay:
            raise CommandError(
                "There are projects in this database that are not the demonstration's: it is built in an empty one."
            ) from None
        people.list_accounts(building.persons(), settings.RUN_DIR / "demo-accounts.json")
        if is_new:
            self.stdout.write(f"the demonstration is built ({time.monotonic() - begun:.0f} s)")

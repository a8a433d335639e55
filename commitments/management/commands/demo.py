"""Builds the demonstration at its first call; at each call lists who may sign in. For demo mode only."""

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from commitments.demo.building import build
from portal.demo import people
from projects.demo import building


class Command(BaseCommand):
    help = "Build the demonstration, where there is none yet, and list its accounts. For demo mode only."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="only refuse where real work has begun; write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("This portal is not in demo mode (CONCENTRIC_DEMO=1): it gets no made-up projects.")
        try:
            if options["check"]:
                building.refuse_among_others()
            else:
                self.build()
        except building.InTheWay:
            raise CommandError(
                "This database holds work that is not the demonstration's, and nothing was changed in it:"
                " start with CONCENTRIC_DEMO=0, or build the demonstration in an empty database."
            ) from None

    def build(self) -> None:
        begun = time.monotonic()
        is_new = build(started_at=timezone.now())
        people.list_accounts(building.persons(), settings.RUN_DIR / "demo-accounts.json")
        if is_new:
            self.stdout.write(f"the demonstration is built ({time.monotonic() - begun:.0f} s)")

"""Recomputes the rollups, or compares them with a recompute."""

from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal import clock
from portal.models import Quarter, Unit
from projects import audit, kept_sums, notices, rollups


class Command(BaseCommand):
    help = "Recompute every rollup cell from accepted lines; with --verify, compare, report and repair instead."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--quarter", help="only this quarter, such as 2022Q1")
        parser.add_argument(
            "--verify", action="store_true", help="print cells and sums that differ from a recompute, and repair them"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        quarter = _quarter(options["quarter"]) if options["quarter"] else None
        if not options["verify"]:
            count = rollups.rebuild(at=clock.now(), quarter=quarter)
            kept_sums.make_changed()
            self.stdout.write(f"recomputed {count} units' quarters")
            return
        now = clock.now()
        found = audit.repair(at=now, quarter=quarter)
        notices.repaired([wrong.unit_id for wrong in found], at=now)
        self.tell(found)
        if found:
            raise CommandError(
                f"{len(found)} cells or sums differed and were recomputed; docs/operate.md says under"
                " “the bell tells an administrator that figures were repaired” what to look at"
            )
        self.stdout.write("every cell and every sum equals its recompute")

    def tell(self, found: Iterable[audit.Difference]) -> None:
        """Which cells and sums, and of each the figures that differed; money in 万元."""
        units = dict(Unit.objects.values_list("pk", "code"))
        quarters = {each.pk: each.label for each in Quarter.objects.all()}
        for wrong in found:
            which = "".join(f", {name} {value}" for name, value in wrong.which.items())
            kind = "sum with all below it" if "part" in (wrong.expected or wrong.found or {}) else "cell"
            state = " (missing)" if wrong.found is None else " (too many)" if wrong.expected is None else ""
            self.stdout.write(f"{quarters[wrong.quarter_id]} {units[wrong.unit_id]}: {kind}{which}{state}")
            for name, (was, right) in sorted(audit.differing(wrong.found, wrong.expected).items()):
                self.stdout.write(f"    {name}: found {_shown(was)}, expected {_shown(right)}")


def _shown(value: object) -> str:
    return "nothing" if value is None else str(value)


def _quarter(label: str) -> Quarter:
    year, _, number = label.upper().partition("Q")
    if not (year.isdecimal() and number.isdecimal()):
        raise CommandError(f"{label!r} is not a quarter such as 2022Q1")
    found = Quarter.objects.filter(year=int(year), number=int(number)).first()
    if found is None:
        raise CommandError(f"{label} is not in the calendar")
    return found

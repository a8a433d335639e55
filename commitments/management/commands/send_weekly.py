"""Writes the weekly e-mail of a week into the outbox, or says who would get what."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from commitments import weekly
from portal import clock
from portal.models import Message


class Command(BaseCommand):
    help = "Write the weekly e-mail for everybody who has none of this week yet; a second run changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--week", help="such as 2022-W14; the current week where none is given")
        parser.add_argument("--dry-run", action="store_true", help="say who would get what, and write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        week = options["week"] or weekly.label(clock.today())
        try:
            begins = weekly.monday(week)
        except ValueError:
            raise CommandError(f"--week {week}: a week is written like 2022-W14") from None
        if begins > clock.today():
            raise CommandError(f"--week {week} has not begun: it is {weekly.label(clock.today())} now")
        if options["dry_run"]:
            self.tell(week)
            return
        before = Message.objects.filter(kind=weekly.KIND, period=week).count()
        weekly.send(week, at=clock.now())
        after = Message.objects.filter(kind=weekly.KIND, period=week).count()
        self.stdout.write(f"{week}: {after - before} written, {before} had been written before")

    def tell(self, week: str) -> None:
        written = set(Message.objects.filter(kind=weekly.KIND, period=week).values_list("recipient__email", flat=True))
        for user, sections in weekly.letters(at=clock.now()):
            parts = []
            if sections.own:
                parts.append(f"{len(sections.own)} units, {sections.to_do} to do, {sections.returned} returned")
            if sections.review:
                parts.append(f"{sections.to_review} to review, {len(sections.review.late)} late")
            if sections.city:
                parts.append("figures and league tables")
            already = " (has it already)" if user.email in written else ""
            self.stdout.write(f"{user.email}{already}: {'; '.join(parts)}")

"""Imports units, projects or annual plans from a CSV or XLSX file: all of it or nothing."""

from argparse import ArgumentTypeError
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from portal import clock
from projects.importing import applying
from projects.importing.applying import Preview, Refused, Source
from projects.importing.mapping import Kind
from projects.importing.table import Unreadable

SHOWN = 50


def day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(_("“%(text)s” is no day. Write it as 2022-03-31.") % {"text": text}) from error


def column(text: str) -> tuple[str, str]:
    header, equals, field = text.rpartition("=")
    if not equals:
        raise ArgumentTypeError(_("Write a column as HEADER=FIELD, money as HEADER=FIELD:MEASURE."))
    return header, field


class Command(BaseCommand):
    help = "Import units, projects or annual plans from a CSV or XLSX file: all of it or nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", choices=Kind.values)
        parser.add_argument("file", type=Path)
        parser.add_argument("--from", dest="in_force_on", type=day, help="the day from which it holds; today otherwise")
        parser.add_argument("--reason", default="", help="why, kept with every dated row")
        parser.add_argument(
            "--column",
            action="append",
            type=column,
            default=[],
            metavar="HEADER=FIELD[:MEASURE]",
            help="how a column is read whose header isn't known, such as 金额=total_investment:100m_cny",
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would change and change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            content = path.read_bytes()
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from error
        source = Source(
            kind=options["kind"],
            name=path.name,
            content=content,
            in_force_on=options["in_force_on"] or clock.today(),
            reason=options["reason"] or _("imported from %(name)s") % {"name": path.name},
            columns=dict(options["column"]),
        )
        try:
            found = applying.preview(source, by=None) if options["dry_run"] else applying.apply(source, by=None)
        except Unreadable as unreadable:
            raise CommandError(f"{path.name}: {unreadable}") from unreadable
        except Refused as refused:
            self.show(refused.preview)
            raise CommandError(_("Nothing was imported.")) from refused
        self.show(found)
        if found.comparison.problems:
            raise CommandError(_("Nothing was imported."))

    def show(self, found: Preview) -> None:
        """The counts, what changes and what is to be mended, at most so many lines of each."""
        comparison = found.comparison
        for problem in comparison.problems[:SHOWN]:
            self.stderr.write(str(problem))
        if len(comparison.problems) > SHOWN:
            self.stderr.write(_("… and %(count)s more.") % {"count": len(comparison.problems) - SHOWN})
        for change in comparison.changes[:SHOWN]:
            if not change.is_new:
                self.stdout.write(f"{change.row} · {change.subject} · {'; '.join(change.details)}")
        for note in comparison.notes:
            self.stdout.write(note)
        self.stdout.write(
            _("%(new)s new, %(changed)s changed, %(unchanged)s unchanged")
            % {"new": comparison.new, "changed": comparison.changed, "unchanged": comparison.unchanged}
        )

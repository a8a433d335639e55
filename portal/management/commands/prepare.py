"""Makes this checkout ready to serve: translations, tables, static files, the demo. Doing it twice changes nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection

from portal import translations

LOCK = 0x70726570  # the advisory lock of the host that brings the tables up to date


class Command(BaseCommand):
    help = "Compile translations, migrate the database, gather static files, and in demo mode build the demonstration."

    def handle(self, *args: Any, **options: Any) -> None:
        translations.compile_all()
        call_command("collectstatic", interactive=False, verbosity=0)
        with one_host_at_a_time():
            if settings.DEMO:
                call_command("demo", check=True)  # before anything is written to a database that may be a real one
            call_command("migrate", interactive=False, verbosity=options["verbosity"])
            call_command("createcachetable", verbosity=options["verbosity"])
            if settings.DEMO:
                call_command("demo", stdout=self.stdout)


@contextmanager
def one_host_at_a_time() -> Iterator[None]:
    """Hosts that start together wait here for the first; a transaction of its own holds the lock, and ends with it."""
    beside = connection.copy()
    try:
        beside.set_autocommit(False)
        with beside.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            yield
    finally:
        beside.rollback()
        beside.close()

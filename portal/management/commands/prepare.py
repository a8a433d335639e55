"""Makes this checkout ready to serve: translations, tables, static files, the demo. Doing it twice changes nothing."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from portal import translations


class Command(BaseCommand):
    help = "Compile translations, migrate the database, gather static files, and in demo mode build the demonstration."

    def handle(self, *args: Any, **options: Any) -> None:
        translations.compile_all()
        if settings.DEMO:
            call_command("demo", check=True)  # before anything is written to a database that may be a real one
        call_command("migrate", interactive=False, verbosity=options["verbosity"])
        call_command("createcachetable", verbosity=options["verbosity"])
        call_command("collectstatic", interactive=False, verbosity=0)
        if settings.DEMO:
            call_command("demo", stdout=self.stdout)

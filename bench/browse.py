"""The portal itself on a generated database, to be opened in a browser: `PORT=8001 python -m bench.browse 1000000`.

Worker, beat and web processes as `make serve` starts them, in demo mode in the week of `visitor.DAY`, after the
last of the generated quarters. What is done there is undone when a question next asks for this database.
"""

import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from bench import cluster, population
from portal.serve.__main__ import commands
from portal.serve.child import Child
from portal.serve.places import Refused
from portal.serve.supervisor import Supervisor, answers, check_port, manage, say


def main() -> int:
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    port = check_port(os.environ.get("PORT") or "8000")
    os.environ["CONCENTRIC_DEMO"] = "1"
    try:
        with cluster.running():
            import django

            django.setup()
            from portal import translations

            translations.compile_all()
            built = population.ensure(size)
            with _in_its_week():
                people = _people()
                cluster.leave()
                serve(size, port, [*people, f"the measured unit is {built.code}, the last quarter 2022Q4"])
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 1
    return 0


def serve(size: int, port: int, words: list[str]) -> None:
    told = cluster.environment(population.name(size))
    supervisor = Supervisor()
    with supervisor.listening():
        for step in (("collectstatic", "--no-input", "--verbosity", "0"), ("createcachetable",)):
            supervisor.finish(Child("prepare", cluster.PLACES, manage(*step), told))
        portal = [Child(name, cluster.PLACES, command, told, patience=wait) for name, command, wait in commands()]
        supervisor.launch(*portal)
        supervisor.watch(lambda: announce(port, words))


def announce(port: int, words: list[str]) -> bool:
    if not answers(port):
        return False
    for line in (f"the portal is at http://127.0.0.1:{port}/  (Ctrl+C stops it)", *words):
        say("browse", line)
    return True


@contextmanager
def _in_its_week() -> Iterator[None]:
    """The portal's clock is in the week of DAY."""
    from django.utils import timezone

    from bench.visitor import DAY
    from portal import clock
    from portal.models import DemoStart

    weeks = (timezone.now() - DAY) // timedelta(weeks=1)
    DemoStart.objects.update_or_create(defaults={"started_at": clock.DEMO_WEEK + timedelta(weeks=weeks)})
    try:
        yield
    finally:
        DemoStart.objects.all().delete()


def _people() -> list[str]:
    """The generated people, with passwords of this start."""
    from portal.models import User

    lines = []
    for person in User.objects.filter(pk__in=(population.PREPARER, population.REVIEWER)):
        password = secrets.token_urlsafe(9)
        person.set_password(password)
        person.save(update_fields=["password"])
        held = ", ".join(person.membership_set.values_list("role", flat=True))
        lines.append(f"{held}: {person.email}  {password}")
    return lines


if __name__ == "__main__":
    sys.exit(main())

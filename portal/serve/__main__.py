"""`python -m portal.serve serve | services | stop | …`: what `make` calls; PORT picks the port, FILE the backup."""

import os
import sys
from collections.abc import Callable, Sequence

from portal.serve import running
from portal.serve.backup import backup, restore
from portal.serve.child import Child
from portal.serve.demo import forget_demo, remember_mode
from portal.serve.places import Places, Refused, here
from portal.serve.postgres import Postgres
from portal.serve.servers import environment, own_servers
from portal.serve.supervisor import Supervisor, answers, check_port, manage, python, say

Command = Callable[[], Sequence[str]]


def serve(places: Places) -> None:
    """The whole portal, until told to stop."""
    os.environ.setdefault("CONCENTRIC_DEMO", "1")
    supervisor = Supervisor()
    with running.hold(places, "serve"), supervisor.listening():
        places.make_folders()
        told = environment(places)
        portal = [Child(name, places, command, told, patience=patience) for name, command, patience in commands()]
        prepare = Child("prepare", places, manage("prepare"), told | {"CONCENTRIC_AS_OWNER": "1"})
        for child in (*reversed(portal), prepare):
            child.end_leftovers()  # before the port is tried and the tables are changed: an orphan may be at either
        port = check_port(os.environ.get("PORT") or "8000")
        start_servers(supervisor, places)
        supervisor.finish(prepare)
        supervisor.launch(*portal)
        supervisor.watch(lambda: announce(places, port))


def commands() -> list[tuple[str, Command, float]]:
    """The portal's own processes in the order of starting: name, command, seconds it may take to stop."""
    port = os.environ.get("PORT") or "8000"
    celery = ("-m", "celery", "-A", "portal")
    web = ("-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", port, "--workers", "2")
    threads = ("--blocking-threads", "4", "--no-ws", "--respawn-failed-workers", "portal.wsgi:application")
    return [
        ("worker", python(*celery, "worker", "--concurrency", "2", "--loglevel", "INFO"), 30.0),
        ("beat", python(*celery, "beat", "--pidfile", "", "--loglevel", "INFO"), 10.0),
        ("web", python(*web, *threads), 15.0),
    ]


def services(places: Places) -> None:
    """Only the servers, for work with manage.py."""
    supervisor = Supervisor()
    with running.hold(places, "services"), supervisor.listening():
        places.make_folders()
        start_servers(supervisor, places)
        say("services", "the servers are up; manage.py finds them by itself. Ctrl+C stops them.")
        supervisor.watch(lambda: True)


def start_servers(supervisor: Supervisor, places: Places) -> None:
    postgres = None if "DATABASE_URL" in os.environ else Postgres(places)
    if postgres:
        remember_mode(places)
    supervisor.start(*own_servers(places, postgres))
    if postgres:
        postgres.introduce_roles()


def announce(places: Places, port: int) -> bool:
    if not answers(port):
        return False
    say("serve", f"the portal is at http://127.0.0.1:{port}/  (Ctrl+C stops it)")
    if places.accounts.exists():
        say("serve", f"demo accounts: {places.accounts}")
    return True


def stop(places: Places) -> None:
    print(running.stop(places))


def main() -> int:
    chosen: dict[str, Callable[[Places], None]] = {
        "serve": serve,
        "services": services,
        "stop": stop,
        "backup": backup,
        "restore": restore,
        "forget-demo": forget_demo,
    }
    name = sys.argv[1] if len(sys.argv) > 1 else "serve"
    if name not in chosen or len(sys.argv) > 2:
        print(f"usage: python -m portal.serve [{' | '.join(chosen)}]", file=sys.stderr)
        return 2
    try:
        chosen[name](here())
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 1
    except PermissionError as error:
        print(f"Not allowed: {error.strerror}: {error.filename}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""PostgreSQL and Valkey as children: which of the two are ours to start, and what others must know of them."""

import os
import signal
from collections.abc import Sequence

from portal.serve.child import Child
from portal.serve.places import OWNER, Places
from portal.serve.postgres import Postgres
from portal.serve.valkey import Valkey


def postgres_child(places: Places, server: Postgres) -> Child:
    return Child(
        name="postgres",
        places=places,
        command=server.command,
        make_ready=server.make_ready,
        ready=server.ready,
        user=lambda: server.uid,
        stop_signal=signal.SIGINT,  # "fast": ends sessions, loses nothing
        patience=30.0,
    )


def valkey_child(places: Places, server: Valkey) -> Child:
    return Child(name="valkey", places=places, command=server.command, ready=server.ready)


def environment(places: Places) -> dict[str, str]:
    """What a child is told: the addresses of our servers, where no others are named."""
    told = {"CONCENTRIC_RUN_DIR": str(places.run)}
    if "DATABASE_URL" not in os.environ:
        told |= {"DATABASE_URL": places.database_url(), "OWNER_DATABASE_URL": places.database_url(OWNER)}
    if "REDIS_URL" not in os.environ:
        told["REDIS_URL"] = places.redis_url()
    return told


def own_servers(places: Places, postgres: Postgres | None) -> Sequence[Child]:
    """The servers that the environment doesn't name, in the order of starting."""
    children = [postgres_child(places, postgres)] if postgres else []
    return children if "REDIS_URL" in os.environ else [*children, valkey_child(places, Valkey(places))]

"""The database that test databases are copies of: migrating takes half a minute of a processor, a copy no time.

It stays in the run's own PostgreSQL for a day, under a name made of all that decides what migrations make.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from django.db import connection
from django.db.migrations import Migration
from django.db.migrations.state import ProjectState
from django.db.models import Field
from pgtrigger.migrations import AddTrigger, RemoveTrigger

from portal.serve.places import CHECKOUT

LOCK = "TESTS_MIGRATED_LOCK"  # names a file where the run has a PostgreSQL of its own
PREFIX = "migrated_"


def provide() -> None:
    """Make the database if it isn't there, and have the test databases copied from it."""
    if LOCK not in os.environ:
        return
    wanted = name()
    with _alone(Path(os.environ[LOCK])):
        kept = _kept()
        if wanted not in kept:
            _make(wanted)
        for old in kept - {wanted}:
            _run(f'DROP DATABASE "{old}"')
    connection.settings_dict["TEST"]["TEMPLATE"] = wanted


def name() -> str:
    decisive = [
        *(
            path
            for app in ("portal", "projects", "commitments")
            for path in (CHECKOUT / app / "migrations").glob("*.py")
        ),
        *(CHECKOUT / each for each in ("requirements/production.txt", "tests/services.py", "portal/serve/roles.sql")),
    ]
    digest = sha256()
    for path in sorted(decisive):
        digest.update(f"{path.name}\n".encode() + path.read_bytes())
    return f"{PREFIX}{datetime.now(UTC):%Y%m%d}_{digest.hexdigest()[:16]}"


@contextmanager
def quick_states() -> Iterator[None]:
    """Models of the past aren't made anew for each trigger, of which they know nothing: a third of migrating."""
    with pytest.MonkeyPatch.context() as patch:
        for operation in (AddTrigger, RemoveTrigger):
            patch.setattr(operation, "state_forwards", _without_models(operation.state_forwards))
        patch.setattr(Migration, "mutate_state", _mutated)
        patch.setattr(Field, "clone", _cloned)
        yield


def _cloned(field: Field) -> Field:  # type: ignore[type-arg]
    """Of a field that belongs to no model yet, a copy is what taking it apart and making it anew comes to."""
    clone = deepcopy(field)
    clone.creation_counter = Field.creation_counter
    Field.creation_counter += 1
    return clone


def _mutated(migration: Migration, state: ProjectState, preserve: bool = True) -> ProjectState:
    """The state after this migration; its models are made once, when they are asked for, and not after each step."""
    mutated = state.clone() if preserve else state
    mutated.__dict__.pop("apps", None)
    for operation in migration.operations:
        operation.state_forwards(migration.app_label, mutated)
    return mutated


def _without_models(forwards: Callable[..., None]) -> Callable[..., None]:
    def quick(operation: object, app_label: str, state: ProjectState) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(state, "reload_model", lambda *_model, **_how: None)
            forwards(operation, app_label, state)

    return quick


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Those who run side by side wait for the first."""
    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _kept() -> set[str]:
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{PREFIX}%"])
        return {name for (name,) in cursor.fetchall()}


def _make(wanted: str) -> None:
    usual = connection.settings_dict["NAME"]
    with quick_states():
        made = connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    connection.close()
    connection.settings_dict["NAME"] = usual
    _run(f'ALTER DATABASE "{made}" RENAME TO "{wanted}"')


def _run(statement: str) -> None:
    with connection._nodb_cursor() as cursor:
        cursor.execute(statement)

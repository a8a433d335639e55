#!/usr/bin/env python
"""Django's commands for this portal, which say plainly when there is no database to talk to or a setting is wrong."""

import os
import shutil
import sys

# These make or change tables, so they run as the database's owner; everything else as the portal's role.
OWNER_COMMANDS = {"createcachetable", "dbshell", "flush", "migrate", "pgtrigger", "prepare"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    if OWNER_COMMANDS.intersection(sys.argv[1:2]):
        os.environ.setdefault("CONCENTRIC_AS_OWNER", "1")
    if sys.argv[1:2] == ["dbshell"]:
        os.environ["PATH"] = with_psql(os.environ.get("PATH", ""))

    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db import OperationalError

    try:
        if sys.argv[1:2] == ["runserver"]:
            require_database()  # its reloader would bury the answer under tracebacks
        execute_from_command_line(sys.argv)
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) is not None:
            raise  # the database answered; what it said is the news
        sys.exit(explain(error))
    except ImproperlyConfigured as error:
        sys.exit(f"a setting is wrong: {error}")


def require_database() -> None:
    import django
    from django.db import connection

    django.setup()
    connection.ensure_connection()


def with_psql(path: str) -> str:
    """The folders of commands; where none of them has psql, with that of the PostgreSQL that was brought along."""
    if shutil.which("psql", path=path):
        return path
    from portal.serve.postgres import find_binaries

    return os.pathsep.join([path, str(find_binaries())])


def explain(error: Exception) -> str:
    if "DATABASE_URL" in os.environ:
        return f"the database that DATABASE_URL names does not answer: {str(error).splitlines()[0]}"
    return "the database is not running: make services"


if __name__ == "__main__":
    main()

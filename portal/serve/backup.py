"""A backup of this checkout's own database into one file, and back; what a restore replaces is kept beside it."""

import os
import subprocess
from datetime import datetime
from pathlib import Path

from portal.serve import running
from portal.serve.child import Child
from portal.serve.demo import REAL, mode_file
from portal.serve.places import DATABASE, OWNER, Places, Refused
from portal.serve.postgres import SUPERUSER, Postgres
from portal.serve.servers import postgres_child
from portal.serve.supervisor import Supervisor

MAKE_NEW = f"""
DROP DATABASE IF EXISTS {DATABASE}_new;
CREATE DATABASE {DATABASE}_new OWNER {OWNER} ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0;
"""
PUT_IN_PLACE = f"""
DROP DATABASE IF EXISTS {DATABASE}_before;
ALTER DATABASE {DATABASE} RENAME TO {DATABASE}_before;
ALTER DATABASE {DATABASE}_new RENAME TO {DATABASE};
"""


def backup(places: Places) -> None:
    """Write the database to FILE, or to a file named after the time under `.run/backup`; others may go on working."""
    refuse_elsewhere()
    if running.holder(places) is None:
        raise Refused("The database is not running: make services (in another window), then make backup again.")
    now = datetime.now().astimezone().strftime("%Y-%m-%d-%H%M%S")
    file = Path(os.environ.get("FILE") or places.run / "backup" / f"concentric-{now}.dump")
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f"{file.name}.part")  # renamed when whole: a backup that broke off must not look like one
    pg_dump = str(Postgres(places).binaries / "pg_dump")
    command = [pg_dump, *connect(places, DATABASE), "--format=custom", "--file", str(part)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        part.unlink(missing_ok=True)
        raise Refused(f"The backup failed: {done.stderr.strip()}")
    part.chmod(0o600)
    part.rename(file)
    print(f"{file} holds the database as it was at {now}.")
    print(f"Photos and documents of reports lie in {places.evidence}: copy that folder after it.")


def restore(places: Places) -> None:
    """Put the database of FILE in the place of the present one, which stays as concentric_before."""
    refuse_elsewhere()
    file = Path(os.environ.get("FILE") or "")
    if not file.is_file():
        raise Refused("Say which backup: make restore FILE=.run/backup/….dump")
    mode = mode_file(places)
    if mode.exists() and mode.read_text().strip() != REAL:
        raise Refused("This checkout holds a demonstration. Throw it away first: make demo-reset")
    supervisor, server = Supervisor(), Postgres(places)
    with running.hold(places, "restore"), supervisor.listening():
        places.make_folders()
        supervisor.start(postgres_child(places, server))
        server.introduce_roles()
        server.run_sql(MAKE_NEW)
        options = ["--exit-on-error", "--single-transaction", str(file.absolute())]
        command = [str(server.binaries / "pg_restore"), *connect(places, f"{DATABASE}_new"), *options]
        supervisor.finish(Child("restore", places, lambda: command))
        server.run_sql(PUT_IN_PLACE)
        mode.write_text(f"{REAL}\n")
        print(f"{file} is in place; the database from before is kept as {DATABASE}_before.")
        print(f"Put the folder of photos and documents of the same day to {places.evidence}, too.")


def connect(places: Places, database: str) -> list[str]:
    return ["--host", str(places.sockets), "--username", SUPERUSER, "--dbname", database]


def refuse_elsewhere() -> None:
    if "DATABASE_URL" in os.environ:
        raise Refused("DATABASE_URL names a database of your own: back it up with its own pg_dump.")

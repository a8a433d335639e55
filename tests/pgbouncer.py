"""pgbouncer in transaction mode before the tests' PostgreSQL, so set that each transaction meets another session."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg

from portal.serve import processes
from portal.serve.postgres import INSIDE_NAMESPACE, namespaces_work
from tests import smtp

PROGRAM = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"
SESSIONS = 4
SETTINGS = """
[databases]
* = host={host} port={port} user={user} connect_query='SET enable_memoize = off'

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {own_port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
server_round_robin = 1
default_pool_size = {sessions}
max_client_conn = 200
"""


@contextmanager
def running(url: str, folder: Path, *, sessions: int = SESSIONS) -> Iterator[str]:
    """A pgbouncer in front of the PostgreSQL of this address; gives the address through it, of the same database."""
    address = urlsplit(url)
    host, port = unquote(address.hostname or ""), address.port or 5432
    own_port = smtp.free_port()
    told = SETTINGS.format(host=host, port=port, user=address.username, own_port=own_port, sessions=sessions)
    (folder / "pgbouncer.ini").write_text(told)
    with (folder / "pgbouncer.log").open("ab") as log:
        child = subprocess.Popen(command(folder), stdout=log, stderr=subprocess.STDOUT)
    try:
        assert processes.until(lambda: _answers(own_port), 20), (folder / "pgbouncer.log").read_text()
        pooled = address._replace(netloc=f"{address.username}@127.0.0.1:{own_port}").geturl()
        with ExitStack() as together:  # sessions are opened when they are wanted, so want all of them at once
            for _session in range(sessions):
                together.enter_context(psycopg.connect(pooled)).execute("SELECT 1")
        yield pooled
    finally:
        child.terminate()
        child.wait(20)


def command(folder: Path) -> Sequence[str]:
    """Like PostgreSQL it refuses to run as root, and is made to believe that it doesn't."""
    prefix = INSIDE_NAMESPACE if os.geteuid() == 0 and namespaces_work() else ()
    return [*prefix, PROGRAM, str(folder / "pgbouncer.ini")]


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False

"""Programs that a test starts beside itself: they find the test's own database, Redis and mail server."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.db import connection

from portal.environment import BASE


def environment(**more: str) -> dict[str, str]:
    """The environment of a child: the test database by name instead of the one it was made beside."""
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    address = urlunsplit(url)
    return {**os.environ, "DATABASE_URL": address, "OWNER_DATABASE_URL": address, **more}


@contextmanager
def running(*command: str, log: Path, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """`python <command>` in the checkout until the end of the block; what it says goes into the log."""
    with log.open("ab") as said:
        child = subprocess.Popen(
            [sys.executable, *command], cwd=BASE, env=environment(**more), stdout=said, stderr=subprocess.STDOUT
        )
    try:
        yield child
    finally:
        child.terminate()
        try:
            child.wait(20)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

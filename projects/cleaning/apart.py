"""Has a file made anew in a process of its own, so that one made to harm its reader ends that process and no other."""

import json
import logging
import os
import subprocess
import sys
from pathlib import Path
from threading import BoundedSemaphore

from projects.cleaning import Made, Unfit

HERE = Path(__file__).resolve().parents[2]
SECONDS = 60  # by the clock: on a busy machine several of computing take long
AT_ONCE = BoundedSemaphore(2)  # for each process of the web server: decoding takes memory

log = logging.getLogger(__name__)


def made_anew(content: bytes, kind: str) -> Made:
    """The photo or document (`kind`) made anew. Raises Unfit."""
    command = [sys.executable, "-m", "projects.cleaning", kind]
    environment = {"PYTHONPATH": str(HERE), "PATH": os.environ.get("PATH", "")}
    try:
        with AT_ONCE:
            done = subprocess.run(  # noqa: S603 - our own program; the file goes in by its standard input
                command, input=content, capture_output=True, timeout=SECONDS, cwd=HERE, env=environment
            )
    except subprocess.TimeoutExpired as error:
        raise Unfit("too_heavy") from error
    if done.returncode:
        log.warning("making a %s anew ended with %s: %s", kind, done.returncode, done.stderr[-500:])
        raise Unfit("too_heavy")
    head, _, body = done.stdout.partition(b"\n")
    said = json.loads(head)
    if "unfit" in said:
        raise Unfit(said["unfit"], **said["figures"])
    length = said["content"]
    return Made(content=body[:length], thumbnail=body[length : length + said["thumbnail"]], **said["measures"])

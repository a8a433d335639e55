"""Valkey with a replica and a Sentinel: the master dies by kill -9, and the doorbell rings at its successor."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import redis
from celery import Celery

from portal import environment
from portal.serve import processes
from portal.serve.valkey import find_binary
from tests import smtp

WATCH = """
port {sentinel}
sentinel monitor doorbells 127.0.0.1 {master} 1
sentinel down-after-milliseconds doorbells 500
sentinel failover-timeout doorbells 2000
"""


@contextmanager
def running(folder: Path, name: str, *arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
    with (folder / f"{name}.log").open("wb") as log:
        child = subprocess.Popen([find_binary(), *arguments], cwd=folder, stdout=log, stderr=subprocess.STDOUT)
    try:
        yield child
    finally:
        child.kill()
        child.wait()


def rings(app: Celery) -> bool:
    try:
        app.send_task("projects.tasks.drain", retry=False)
    except Exception:
        return False
    return True


def test_doorbell_finds_the_master_that_follows_a_killed_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    master, second, sentinel = (smtp.free_port() for _server in range(3))
    (tmp_path / "sentinel.conf").write_text(WATCH.format(sentinel=sentinel, master=master))
    plain = ("--save", "", "--bind", "127.0.0.1", "--port")
    with ExitStack() as stack:
        first = stack.enter_context(running(tmp_path, "first", *plain, str(master)))
        stack.enter_context(running(tmp_path, "second", *plain, str(second), "--replicaof", f"127.0.0.1 {master}"))
        stack.enter_context(running(tmp_path, "sentinel", "sentinel.conf", "--sentinel"))
        monkeypatch.setenv("REDIS_URL", f"sentinel://127.0.0.1:{sentinel}/doorbells")
        _ours, broker, options = environment.redis("")
        app = Celery(broker=broker, set_as_current=False)
        app.conf.broker_transport_options = {"max_retries": 0, "socket_connect_timeout": 1, **options}
        assert processes.until(lambda: rings(app), 30)
        asked = redis.Redis(port=sentinel)
        assert processes.until(lambda: len(asked.sentinel_slaves("doorbells")) == 1, 30)
        kept = redis.Redis(port=second)
        assert processes.until(lambda: kept.llen("celery") == 1, 30)  # the replica follows
        first.kill()
        assert processes.until(lambda: rings(app), 60, pause=0.5), (tmp_path / "sentinel.log").read_text()
        assert kept.llen("celery") == 2
        app.close()

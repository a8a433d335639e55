"""Whose process is it: pid files of the living, the dead, and of pids that passed to somebody else."""

import os
import subprocess
import sys
from pathlib import Path

from portal.serve import processes

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]


def test_pid_file_of_a_living_child_finds_its_session(tmp_path: Path) -> None:
    child = subprocess.Popen(SLEEP, start_new_session=True)
    try:
        processes.write_pid_file(tmp_path / "pid", child.pid)
        assert [one.pid for one in processes.leftover(tmp_path / "pid", tmp_path)] == [child.pid]
    finally:
        child.kill()
        child.wait()


def test_zombie_counts_as_dead(tmp_path: Path) -> None:
    child = subprocess.Popen(SLEEP, start_new_session=True)
    processes.write_pid_file(tmp_path / "pid", child.pid)
    child.kill()
    assert processes.until(lambda: (found := processes.find(child.pid)) is not None and not found.alive, 60)
    assert processes.leftover(tmp_path / "pid", tmp_path) == []
    child.wait()


def test_pid_that_passed_to_another_process_is_left_alone(tmp_path: Path) -> None:
    mine = processes.find(os.getpid())
    assert mine is not None
    (tmp_path / "pid").write_text(f"{mine.pid} {mine.started - 1} {processes.boot()}\n")
    assert processes.leftover(tmp_path / "pid", tmp_path) == []


def test_pid_file_from_before_a_restart_of_the_machine_is_left_alone(tmp_path: Path) -> None:
    mine = processes.find(os.getpid())
    assert mine is not None
    (tmp_path / "pid").write_text(f"{mine.pid} {mine.started} another-boot\n")
    assert processes.leftover(tmp_path / "pid", tmp_path) == []


def test_damaged_pid_file_names_nobody(tmp_path: Path) -> None:
    (tmp_path / "pid").write_text("")
    assert processes.leftover(tmp_path / "pid", tmp_path) == []

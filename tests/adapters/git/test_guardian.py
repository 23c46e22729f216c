"""A push does not outlive the worker that began it, whatever became of that worker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests import processes
from tests.adapters.git.origin import Origin
from tests.processes import PATIENCE, alive

PUSH = """\
import sys
from pathlib import Path
from app.core.model.facts import RefUpdate
from app.gitplumbing import process
from app.gitplumbing.remote import Remote
remote = Remote(sys.argv[1], "acme/web")
update = RefUpdate("refs/heads/main", sys.argv[3], sys.argv[2])
import time
remote._push_until(Path(sys.argv[1]), [update], time.monotonic() + float(sys.argv[4]))
"""
SLOW = """\
echo $$ > "{begun}"
tail -f /dev/null & wait
"""


@pytest.fixture
def begun(tmp_path):
    """The server's hook writes its id there when a push arrives."""
    return tmp_path / "begun"


@pytest.fixture
def worker(tmp_path, begun):
    """Start a process that pushes to a server whose hook never ends."""
    origin = Origin.make(tmp_path / "web.git")
    old = origin.commit({"f": b"1"})
    new = origin.commit({"f": b"2"}, "next", parents=[old])
    origin.hook(SLOW.format(begun=begun))
    started = []

    def start(seconds: float = PATIENCE, first: str = "") -> subprocess.Popen[bytes]:
        words = [sys.executable, "-c", first + PUSH, str(origin.path), old, new, str(seconds)]
        process = subprocess.Popen(words, cwd=Path(__file__).parents[3], stderr=subprocess.DEVNULL)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
    assert origin.tip() == old


@pytest.fixture
def pushing(worker, begun):
    """Start one, and wait for the hook: both processes."""

    def arrived() -> bool:
        return bool(begun.exists() and begun.read_text().strip() != "")

    def start(seconds: float = PATIENCE) -> tuple[subprocess.Popen[bytes], int]:
        process = worker(seconds)
        until(lambda: arrived() or process.poll() is not None)
        if not arrived():  # its time was over before: this machine needs more of it
            assert seconds < PATIENCE
            return start(2 * seconds)
        return process, int(begun.read_text())

    return start


def until(true) -> None:
    """Look again and again; fail where it does not become true."""
    processes.until(true, PATIENCE, "it did not become true")


def told(pid: int, what: str) -> str:
    """What the system says of a process; nothing of one that has ended."""
    try:
        return Path(f"/proc/{pid}/{what}").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def children(pid: int) -> list[int]:
    """The processes that it started."""
    return [int(word) for word in told(pid, f"task/{pid}/children").split()]


def having(word: str, worker: int) -> list[int]:
    """Those that the worker started with that word."""
    return [pid for pid in children(worker) if word in told(pid, "cmdline").split("\0")]


def test_it_dies_with_a_worker_that_is_killed(pushing):
    worker, hook = pushing()
    assert alive(hook)

    worker.kill()

    until(lambda: not alive(hook))


def test_it_dies_at_the_end_of_its_time_also_where_the_worker_is_stopped(pushing):
    worker, hook = pushing(seconds=2)
    os.kill(worker.pid, signal.SIGSTOP)

    until(lambda: not alive(hook))


def test_it_dies_though_its_worker_and_the_guardian_were_asked_to_stop(pushing):
    """A service manager sends SIGTERM to everything at once; the worker is killed later."""
    worker, hook = pushing()
    os.kill(worker.pid, signal.SIGSTOP)
    [guardian] = having("-S", worker.pid)
    os.kill(guardian, signal.SIGTERM)

    worker.kill()

    until(lambda: not alive(hook))


def test_it_does_not_begin_before_it_is_sure_that_it_ends_with_its_worker(worker, begun, tmp_path):
    """The one that would end it takes for ever to start, and just then the worker is killed."""
    slow = tmp_path / "guardian"
    slow.write_text("#!/bin/sh\ncat >/dev/null\n")
    slow.chmod(0o755)
    process = worker(first=f"import sys\nsys.executable = {str(slow)!r}\n")
    until(lambda: having("-S", process.pid) and having("push", process.pid))
    [pushes] = having("push", process.pid)

    process.kill()

    until(lambda: begun.exists() or not alive(pushes))
    assert not begun.exists()

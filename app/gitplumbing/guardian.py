"""
Ends what this process has begun with git when the process itself cannot any more.

A push must not outlive whoever began it: another worker takes over, and believes after 60 s that
what has not landed by then will not. A process that was killed, or is stopped, ends nobody. So a
small one beside it holds the other end of a pipe; that ends whatever became of us.

Run as a program it is that small one: the standard library only, no package of ours.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

GRACE = 1.0
"""Seconds after which the guardian ends what its own process should have ended."""
ANSWER = 5.0
"""Seconds within which it says that it has taken a group under its guard."""


class NoGuardianError(Exception):
    """There is none that answers: what is to be guarded must not begin."""


class Guardian:
    """The small process, started when it is first needed, and again where it is gone."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._beside: subprocess.Popen[bytes] | None = None
        self._owner = 0

    @contextmanager
    def guarding(self, group: int, seconds: float) -> Iterator[None]:
        """
        While this lasts, the process *group* ends with this process, and after *seconds*.

        The guardian has said so before this begins; raises NoGuardianError.
        """
        with self._lock:
            if not (self._told(group, seconds) or self._told(group, seconds)):
                raise NoGuardianError
        try:
            yield
        finally:
            with self._lock, contextlib.suppress(OSError):
                self._write(b"-%d\n" % group)

    def _told(self, group: int, seconds: float) -> bool:
        """It was told, and has said so; else it is not there any more, and the next one begins."""
        with contextlib.suppress(BrokenPipeError):
            beside = self._write(b"+%d %f\n" % (group, seconds + GRACE))
            answers = beside.stdout
            if answers and select.select([answers], [], [], ANSWER)[0] and answers.read(1):
                return True
        if self._beside is not None:
            self._beside.kill()
            self._beside = None
        return False

    def _write(self, line: bytes) -> subprocess.Popen[bytes]:
        if self._beside is None or self._owner != os.getpid():
            self._owner = os.getpid()
            self._beside = subprocess.Popen(
                [sys.executable, "-I", "-S", __file__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                bufsize=0,
                env={},
                start_new_session=True,
            )
            atexit.register(_release, os.getpid(), self._beside)
        if self._beside.stdin is not None:  # always: it was asked for
            self._beside.stdin.write(line)
        return self._beside


def _release(owner: int, beside: subprocess.Popen[bytes]) -> None:
    """The process that began it ends in peace: it leaves no pipe open and no child unread."""
    if owner != os.getpid():
        return
    for pipe in (beside.stdin, beside.stdout):
        if pipe is not None:
            pipe.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        beside.wait(GRACE)


def watch(pipe: int, answers: int) -> None:
    """
    Kill each group that *pipe* names when its time is up, and all of them when *pipe* ends.

    A byte to *answers* says that one is under guard.
    """
    at_stake: dict[int, float] = {}
    rest = b""
    while True:
        soonest = min(at_stake.values(), default=None)
        wait = None if soonest is None else max(soonest - time.monotonic(), 0.0)
        if select.select([pipe], [], [], wait)[0]:
            read = os.read(pipe, 65536)
            if not read:
                break
            *lines, rest = (rest + read).split(b"\n")
            for line in lines:
                if _note(at_stake, line):
                    with contextlib.suppress(BrokenPipeError):  # its process is gone, and we know
                        os.write(answers, b"+")
        for group in [g for g, end in at_stake.items() if end <= time.monotonic()]:
            _kill(group)
            del at_stake[group]
    for group in at_stake:
        _kill(group)


def _note(at_stake: dict[int, float], line: bytes) -> bool:
    group, _, seconds = line[1:].partition(b" ")
    if line[:1] == b"+":
        at_stake[int(group)] = time.monotonic() + float(seconds)
        return True
    at_stake.pop(int(group), None)
    return False


def _kill(group: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    # Whoever stops our process means it, not us: we end right after it.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    watch(0, 1)

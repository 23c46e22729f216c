"""Run a command while a grant is held: renewed beside it, given back behind it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from types import FrameType

from app.cli.lock_request import Request
from app.cli.out import complain
from app.errors import Transient

GRACE_SECONDS = 10.0
"""Between SIGTERM and SIGKILL, when the lock was taken away."""
PASSED_ON = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)
NOT_FOUND, NOT_EXECUTABLE = 127, 126


def run_under(request: Request, command: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run *command* under the grant of *request*; its exit code, 1 where the lock was taken."""
    try:
        child = subprocess.Popen(command, env=dict(environ))
    except OSError as error:
        request.leave()
        complain(f"stagelock lock: {command[0]}: {error.strerror}")
        return NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_EXECUTABLE
    over = threading.Event()
    beats = Heartbeats(request, child, over)
    with _passing_on(child):
        beats.start()
        code = child.wait()
    over.set()
    beats.join()
    request.leave()
    if beats.taken:
        return 1
    return 128 - code if code < 0 else code


class Heartbeats(threading.Thread):
    """Renews the grant until the child is *over*; ends the child when the grant is *taken*."""

    def __init__(
        self, request: Request, child: subprocess.Popen[bytes], over: threading.Event
    ) -> None:
        super().__init__(name="heartbeats", daemon=True)
        self._request, self._child, self._over = request, child, over
        self.taken = False

    def run(self) -> None:
        pause = self._request.ttl.total_seconds() / 3
        while not self._over.wait(pause):
            try:
                if self._request.renew():
                    continue
            except Transient as error:
                complain(f"stagelock lock: {error.message}; retrying; the command keeps running")
                continue
            self._end()
            return

    def _end(self) -> None:
        self.taken = True
        group = self._request.place.group
        complain(f"stagelock lock: {group} is no longer held: ending the command")
        self._signal(signal.SIGTERM)
        if not self._over.wait(GRACE_SECONDS):
            self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            self._child.send_signal(number)


@contextmanager
def _passing_on(child: subprocess.Popen[bytes]) -> Iterator[None]:
    """Signals that come to us go on to the child; Ctrl-C reaches it from the terminal by itself."""

    def handle(number: int, _frame: FrameType | None) -> None:
        if number != signal.SIGINT or not _of_our_terminal():
            child.send_signal(number)

    before = {number: signal.signal(number, handle) for number in (*PASSED_ON, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _of_our_terminal() -> bool:
    """The terminal sends Ctrl-C to our whole process group, the child among it."""
    try:
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except (OSError, ValueError):
        return False

"""A real terminal in which a command runs."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import time

from tests.cli.asking import ROOT, environ

LIMIT = 90.0


class Terminal:
    """A real terminal in which one command runs, as its foreground job."""

    def __init__(self, *arguments: str, **env: str) -> None:
        self._ours, theirs = pty.openpty()
        self.seen = ""
        self.process = subprocess.Popen(
            arguments,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=ROOT,
            env=environ(PYTHONPATH=str(ROOT), TERM="xterm", **env),
            preexec_fn=_sits_before_it,  # noqa: PLW1509
        )
        os.close(theirs)

    def shows(self, pattern: str) -> re.Match[str]:
        """Read until *pattern* is on the screen."""
        end = time.monotonic() + LIMIT
        while not (found := re.search(pattern, self.seen)):
            if not self._read(end - time.monotonic()):
                raise AssertionError(f"{pattern!r} is not in {self.seen!r}")
        return found

    def types(self, keys: bytes) -> None:
        os.write(self._ours, keys)

    def ends(self) -> int:
        """Its exit code, once all that it wrote was read."""
        while self._read(LIMIT):
            pass
        return self.process.wait(LIMIT)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._ours)

    def _read(self, seconds: float) -> bool:
        if not select.select([self._ours], [], [], max(0.0, seconds))[0]:
            return False
        try:
            part = os.read(self._ours, 4096)
        except OSError:  # Linux says so when nobody has the other side open any more
            return False
        self.seen += part.decode()
        return bool(part)


def _sits_before_it() -> None:
    """The terminal is the controlling one of a session of its own, and sends its signals."""
    os.setsid()
    os.close(os.open(os.ttyname(0), os.O_RDWR))
    signal.signal(signal.SIGINT, signal.SIG_DFL)

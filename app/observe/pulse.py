"""
A work process's signs of life: lines in a pipe to the process that started it.

A thread that holds the interpreter can neither renew a lease nor end its own work, so who watches
stands outside: it hears what is worked on, and that it lives.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress

EVERY_SECONDS = 1.0
BEGINS, ENDS, LIVES, ALLOWS, GOES_ON = b"+", b"-", b".", b"~", b"="
"""
The first byte of a line: work on a key begins, ends; nothing new; it may take SECONDS more; it has
many parts, of which the next one begins.
"""


class Pulse:
    """Writes to the pipe *fd*; None: nobody listens. Never waits, never fails."""

    def __init__(self, fd: int | None) -> None:
        self._fd = fd
        if fd is not None:
            os.set_blocking(fd, False)
            threading.Thread(target=self._beat, name="pulse", daemon=True).start()

    def begins(self, key: str) -> None:
        """Work on *key* begins."""
        self._say(BEGINS, key)

    def ends(self) -> None:
        """It has ended."""
        self._say(ENDS)

    def goes_on(self) -> None:
        """The next of many parts begins: each has the time of a look."""
        self._say(GOES_ON)

    def allows(self, seconds: float) -> None:
        """What begins now may take that long by itself: it has a limit of its own."""
        self._say(ALLOWS, f"{seconds:.0f}")

    def _beat(self) -> None:
        pause = threading.Event()
        while not pause.wait(EVERY_SECONDS):
            self._say(LIVES)

    def _say(self, kind: bytes, text: str = "") -> None:
        if self._fd is not None:
            with suppress(OSError):  # who listened is gone, or does not read: not our business
                os.write(self._fd, kind + text.encode() + b"\n")


UNHEARD = Pulse(None)
"""Of a process that nobody watches."""

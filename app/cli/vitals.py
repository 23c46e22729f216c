"""What a parent hears of a work process: what it works on, since when, and that it lives."""

from __future__ import annotations

import os
from dataclasses import dataclass

from app.observe.pulse import ALLOWS, BEGINS, ENDS, GOES_ON

_READ = 1 << 16


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a child may take, in seconds."""

    look: float = 600.0
    """One look at one thing."""
    silence: float = 15.0
    """
    Shorter than a lease, so that a death is counted before somebody else takes over what killed.
    """
    long: float = 10.0
    """After so much a look counts as long."""


class Vitals:
    """The reading end of one process's pipe; times are of `time.monotonic`."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        os.set_blocking(fd, False)
        self._left = b""
        self._heard: float | None = None
        self._since: float | None = None
        self._begun: float | None = None
        self._allowed = 0.0
        self.key = ""

    def hear(self, now: float) -> None:
        """Take in what has arrived."""
        while data := self._arrived():
            self._heard = now
            *lines, self._left = (self._left + data).split(b"\n")
            for line in lines:
                self._take(line[:1], line[1:], now)

    def slept(self, seconds: float) -> None:
        """Who listens did not, for that long: what was silent meanwhile is not at fault."""
        self._heard = None if self._heard is None else self._heard + seconds
        self._since = None if self._since is None else self._since + seconds
        self._begun = None if self._begun is None else self._begun + seconds

    def why_ended(self, now: float, limits: Limits) -> str:
        """Why the process must be ended; "": it need not be."""
        if self._heard is not None and now - self._heard > limits.silence:
            return f"no sign of life for {limits.silence:g} s"
        if self._since is not None and now - self._since > limits.look + self._allowed:
            return f"not done after {_duration(limits.look + self._allowed)}"
        return ""

    def is_long(self, now: float, limits: Limits) -> bool:
        """Tell whether it has been busy with one thing for so long that others may wait for it."""
        return self._begun is not None and now - self._begun > limits.long

    def close(self) -> None:
        """Hear no more."""
        os.close(self._fd)

    def _arrived(self) -> bytes:
        try:
            return os.read(self._fd, _READ)
        except BlockingIOError:
            return b""

    def _take(self, kind: bytes, text: bytes, now: float) -> None:
        if kind == BEGINS:
            self.key, self._allowed = text.decode("ascii", "replace"), 0.0
            self._begun = self._since = now
        elif kind == ENDS:
            self.key, self._begun, self._since = "", None, None
        elif kind == GOES_ON and self._since is not None:
            self._since, self._allowed = now, 0.0
        elif kind == ALLOWS and text.isdigit():
            self._allowed += float(text)


def _duration(seconds: float) -> str:
    return f"{seconds / 60:g} min" if seconds >= 120 else f"{seconds:g} s"

"""
"Retry-After": once GitHub has asked an installation to wait, it is left alone until then.

"Continuing to make requests while you are rate limited may result in the banning of your
integration": https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.errors import Transient
from app.github.endpoints import UPDATE_RUN
from app.github.translate import Call
from app.ports import Clock


@dataclass(frozen=True, slots=True)
class Pause:
    """GitHub asked us to wait."""

    until: datetime
    said: str
    """GitHub's words."""
    may_tell: bool
    """A check run may still tell people of it."""


class Pauses:
    """
    The pauses of one process; safe to share between threads.

    Where it was the creation of something that GitHub had too much of, check runs that exist are
    still updated, so that they can say what is waited for. Everything else waits, reads too.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: dict[int | None, Pause] = {}

    def heed(self, installation: int | None, call: Call) -> None:
        """Transient, with the time left, while *installation* (None: the App) has to wait."""
        pause = self._kept.get(installation)
        if pause is None:
            return
        left = (pause.until - self._clock()).total_seconds()
        if left <= 0:
            self._kept.pop(installation, None)
        elif not (pause.may_tell and call.endpoint is UPDATE_RUN):
            message = f"{call.doing}: GitHub asks us to wait until {pause.until:%H:%M:%S} UTC"
            raise Transient(f"{message} ({pause.said})", retry_after=left)

    def told(self, installation: int | None, call: Call, error: Transient) -> None:
        """GitHub answered *call* with *error*; a time to wait in it counts from now."""
        if error.retry_after is None:
            return
        until = self._clock() + timedelta(seconds=error.retry_after)
        new = Pause(until, _said(error), call.endpoint.creates)
        before = self._kept.get(installation, new)
        longest = max(before, new, key=lambda pause: pause.until)
        may_tell = before.may_tell and new.may_tell
        self._kept[installation] = replace(longest, may_tell=may_tell)


def _said(error: Transient) -> str:
    return error.message.rpartition(": ")[2].partition(" (again in")[0]

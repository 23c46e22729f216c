"""Gone is what two looks, a minute apart, find so: one may have met a token that is too new."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import datetime, timedelta

from app.ports import Clock

APART = timedelta(minutes=1)


class Absences:
    """What this process did not find when it looked; forgotten as soon as it is found again."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._since: dict[Hashable, datetime] = {}

    def found(self, what: Hashable) -> None:
        """It is there."""
        self._since.pop(what, None)

    def missed(self, what: Hashable) -> timedelta | None:
        """It was not there now: when to look once more; None, it is gone."""
        now = self._clock()
        left = self._since.setdefault(what, now) + APART - now
        if left > timedelta():
            return left
        del self._since[what]
        return None

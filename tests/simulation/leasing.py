"""The lease of a worker, as ticks see it."""

from __future__ import annotations

from datetime import timedelta

from app.ports.store import Claim, Work

LEASE = timedelta(seconds=30)


class SimLease:
    """A lease that nobody renews: what is left of it is the database's answer."""

    length = LEASE
    lost = stopping = over = False

    def __init__(self, work: Work, claim: Claim) -> None:
        self._work, self._claim = work, claim

    def remaining(self) -> timedelta:
        return self._work.remaining(self._claim)

    def check(self) -> None:
        """A worker that stalled does not know that it lost its lease."""

"""A claim that is kept alive while somebody works under it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextvars import copy_context
from datetime import timedelta
from types import TracebackType
from typing import Self

from app.errors import Conflict, OutsideError
from app.ports import Work
from app.ports.store import Claim

LENGTH = timedelta(seconds=30)
RENEW_EVERY = timedelta(seconds=10)
RETRY_EVERY = timedelta(seconds=1)
LOOK = timedelta(minutes=8)
"""After that a look goes on in the next one: well before it is ended from outside."""

log = logging.getLogger("stagelock.worker")


class Lease:
    """
    Renews *claim* from a thread of its own, from entering to leaving the context.

    Handlers call `check` before each effect, and `remaining` before a push. *since* is a moment of
    `time.monotonic` that is not later than the claim. After *look* the work goes on in another one
    (None: it has many parts, however many); *goes_on* is told of each check.
    """

    def __init__(
        self,
        work: Work,
        claim: Claim,
        *,
        stopping: threading.Event | None = None,
        length: timedelta = LENGTH,
        renew_every: timedelta = RENEW_EVERY,
        since: float | None = None,
        look: timedelta | None = LOOK,
        goes_on: Callable[[], None] = lambda: None,
    ) -> None:
        self._work = work
        self._claim = claim
        self._stopping = stopping or threading.Event()
        self._length = length
        self._renew_every = renew_every
        self._known_at = time.monotonic() if since is None else since
        self._over_at = None if look is None else self._known_at + look.total_seconds()
        self._goes_on = goes_on
        self._lost = threading.Event()
        self._over = threading.Event()
        # In the context of who works here: what it logs carries the same ids.
        self._thread = threading.Thread(
            target=copy_context().run, args=(self._renew,), name=f"lease {claim.key}", daemon=True
        )

    @property
    def length(self) -> timedelta:
        """How long it lasts after each renewal."""
        return self._length

    @property
    def stopping(self) -> bool:
        """The process was asked to end: begin nothing new."""
        return self._stopping.is_set()

    @property
    def lost(self) -> bool:
        """Somebody else may hold the claim: what it protected must not go on."""
        return self._lost.is_set()

    @property
    def over(self) -> bool:
        """Whether this look has taken long enough: others come first."""
        return self._over_at is not None and time.monotonic() > self._over_at

    def remaining(self) -> timedelta:
        """What is left of it by the database's clock; zero once it is lost."""
        if self.lost:
            return timedelta()
        return max(self._work.remaining(self._claim), timedelta())

    def check(self) -> None:
        """
        Raise Conflict if it is lost, if the process is to end, or if the look's time is over: stop
        after this effect.

        A process that was stopped for a while (SIGSTOP, a virtual machine that was moved) wakes up
        in the middle of its work, before the thread that renews has run: when half of the lease
        has passed since it was last known to be ours, the store is asked. Transient if it is away.
        """
        if not self.lost and time.monotonic() - self._known_at > self._length.total_seconds() / 2:
            self.confirm()
        if self.lost:
            raise Conflict(f"the lease on {self._claim.key} was lost")
        if self.stopping:
            raise Conflict(f"this process ends; {self._claim.key} goes on elsewhere")
        if self.over:
            raise Conflict(f"{self._claim.key} goes on in its next look: this one took long")
        self._goes_on()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    def _renew(self) -> None:
        pause = self._renew_every
        while not self.lost and not self._over.wait(pause.total_seconds()):
            try:
                self.confirm()
                pause = self._renew_every
            except OutsideError as error:  # the store is away: fences hold if it stays so
                log.warning("%s", error.message, extra={"action": "lease.unrenewed"})
                pause = min(RETRY_EVERY, self._renew_every)

    def confirm(self) -> None:
        """Renew it, which only its holder can."""
        asked = time.monotonic()
        try:
            self._work.renew(self._claim, self._length)
        except Conflict:
            log.warning("the lease was lost", extra={"action": "lease.lost"})
            self._lost.set()
        else:
            self._known_at = asked

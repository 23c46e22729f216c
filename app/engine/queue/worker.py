"""
The loop of a work process: claim what is due, hand it to its handler, give it back.

Exclusive access, deduplication and takeover are the work table's; nothing is remembered here.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Literal, TypedDict

from app.engine.queue.lease import LENGTH, LOOK, RENEW_EVERY, Lease
from app.engine.queue.work_keys import id_in
from app.errors import Conflict, OutsideError, Transient
from app.observe import Metrics, about
from app.observe.pulse import UNHEARD, Pulse
from app.ports import Work
from app.ports.store import Claim

Handler = Callable[[Claim, Lease], timedelta | None]
"""Looks at what the claim names; returns when to look again (None: only when it is touched)."""

Outcome = Literal["done", "failed", "stopped"]

LONGEST_BACKOFF = timedelta(minutes=5)
POLL = timedelta(seconds=1)


class _Bounds(TypedDict, total=False):
    look: timedelta | None
    goes_on: Callable[[], None]


log = logging.getLogger("stagelock.worker")


def backoff(failures: int) -> timedelta:
    """How long to wait after that many failures in a row: 1 s, doubled each time, up to 5 min."""
    return min(timedelta(seconds=2 ** min(failures, 20)), LONGEST_BACKOFF)


class Worker:
    """
    One thread's worth of work. *handlers* are found by what stands before the key's dash.

    *owner* names this worker in the work table and must be unique among all workers alive. *pulse*
    tells who watches from outside what is worked on.
    """

    def __init__(
        self,
        *,
        work: Work,
        handlers: Mapping[str, Handler],
        owner: str,
        metrics: Metrics,
        lease: timedelta = LENGTH,
        renew_every: timedelta = RENEW_EVERY,
        pulse: Pulse = UNHEARD,
    ) -> None:
        self._pulse = pulse
        self._work = work
        self._handlers = handlers
        self._owner = owner
        self._metrics = metrics
        self._length = lease
        self._renew_every = renew_every
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Ask it to end: the effect under way is finished, nothing else is begun."""
        self._stopping.set()

    def run(self) -> None:
        """Work until `stop`; raises nothing because of what it worked on but `MemoryError`."""
        troubles = 0
        while not self._stopping.is_set():
            try:
                if not self.step():
                    self._work.wait(POLL)
                troubles = 0
            except OutsideError as error:
                log.warning("%s", error.message, extra={"action": "work.unanswered"})
                self._stopping.wait(backoff(min(troubles, 4)).total_seconds())
                troubles += 1

    def run_until_idle(self, limit: int = 1000) -> int:
        """Do what is due until nothing is, at most *limit* claims; how many there were."""
        for done in range(limit):
            if not self.step():
                return done
        return limit

    def step(self) -> bool:
        """Claim and handle one due key; False if there was none. Raises the store's errors only."""
        since = time.monotonic()
        claim = self._work.claim(self._owner, self._length)
        if claim is None:
            return False
        with about(tick=f"{claim.key}.{claim.fence}", **_whose(claim)):
            self._tick(claim, since)
        return True

    def _tick(self, claim: Claim, since: float) -> None:
        log.info("claimed", extra={"action": "tick.claimed", "failures": claim.failures or None})
        begun = time.monotonic()
        lease = Lease(
            self._work,
            claim,
            stopping=self._stopping,
            length=self._length,
            renew_every=self._renew_every,
            since=since,
            **self._bounds(claim),
        )
        self._pulse.begins(claim.key)
        try:
            with lease:
                delay, outcome = self._handle(claim, lease)
            self._tell(claim, delay, outcome, time.monotonic() - begun)
            if not lease.lost:
                self._finish(claim, delay, failed=outcome == "failed")
        finally:
            self._pulse.ends()

    def _bounds(self, claim: Claim) -> _Bounds:
        """One repository's look is short; of what lists many, each part is."""
        if claim.key.startswith("repo-"):
            return {"look": LOOK}
        return {"look": None, "goes_on": self._pulse.goes_on}

    def _tell(
        self, claim: Claim, delay: timedelta | None, outcome: Outcome, seconds: float
    ) -> None:
        kind = claim.key.partition("-")[0]
        self._metrics.tick(kind if kind in self._handlers else "other", outcome, seconds)
        log.info(
            "%s in %.3f s",
            outcome,
            seconds,
            extra={
                "action": "tick.ended",
                "outcome": outcome,
                "seconds": round(seconds, 3),
                "again_in": None if delay is None else round(delay.total_seconds(), 3),
            },
        )

    def _handle(self, claim: Claim, lease: Lease) -> tuple[timedelta | None, Outcome]:
        handler = self._handlers.get(claim.key.partition("-")[0])
        if handler is None:
            log.error("nobody here knows %s", claim.key, extra={"action": "tick.unknown"})
            return backoff(claim.failures), "failed"
        try:
            return handler(claim, lease), "done"
        except OutsideError as error:
            return self._outside(claim, lease, error)
        except MemoryError:
            raise  # the process ends, and this look counts as broken off
        except Exception:
            log.exception("a defect stopped the work", extra={"action": "tick.defect"})
            return backoff(claim.failures), "failed"

    def _outside(
        self, claim: Claim, lease: Lease, error: OutsideError
    ) -> tuple[timedelta | None, Outcome]:
        if isinstance(error, Conflict):
            with suppress(
                OutsideError
            ):  # the store refuses who was overtaken: ask whether that is it
                lease.confirm()
        if isinstance(error, Conflict) and (lease.lost or lease.stopping or lease.over):
            log.info("%s", error.message, extra={"action": "tick.stopped"})
            return timedelta(), "stopped"
        delay = backoff(claim.failures)
        if isinstance(error, Transient) and error.retry_after is not None:
            delay = max(delay, timedelta(seconds=error.retry_after))
        log.warning("%s", error.message, extra={"action": "tick.put-off"})
        return delay, "failed"

    def _finish(self, claim: Claim, delay: timedelta | None, *, failed: bool) -> None:
        try:
            self._work.finish(claim, delay, failed=failed)
        except Conflict:
            log.warning("somebody else took it over", extra={"action": "tick.overtaken"})


def _whose(claim: Claim) -> dict[str, int]:
    """The id that the lines about this claim carry."""
    if claim.key.startswith(("repo-", "quarantine-", "services-")):
        return {"repository": id_in(claim.key)}
    return {"installation": id_in(claim.key)} if claim.key.startswith("installation-") else {}

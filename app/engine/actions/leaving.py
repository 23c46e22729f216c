"""
What a repository that nobody looks at has at external lock services, given back as far as it may.

The App was removed there, say, or it was archived: GitHub is not asked, and need not be. What a
grant holds whose job may still run stays, and is renewed: that a repository is left alone is no
proof that its job has ended, and nobody is there who could say so. Everything else goes back.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from app.core.locks.direct import next_lapse
from app.core.model.lock_requests import HOLDING, DirectRequest
from app.core.model.service_claims import ServiceClaim
from app.core.planning.actions import GiveBack
from app.engine.actions.outside import Outside
from app.engine.queue.lease import Lease
from app.ports import Clock, LockServices, Store
from app.ports.store import Claim

log = logging.getLogger("stagelock.services")
MOST = 50
"""Attempts in a row without a clear answer, about four hours; then one a day."""
RARELY = timedelta(days=1)


class Leaving:
    """Works under the claim of the repository, as its looks do: so never beside one."""

    def __init__(self, store: Store, known: LockServices, clock: Clock) -> None:
        self._store = store
        self._known = known
        self._clock = clock

    def give_back(self, claim: Claim, lease: Lease, repo_id: int) -> timedelta | None:
        """One attempt for each lock that is due; returns when the next is. None: none is left."""
        service_claims, silent = self._store.service_claims, set[str]()
        if not service_claims.of(repo_id):
            return None
        lapse = self._lapse(claim, repo_id)
        outside = Outside(self._store, claim, repo_id, self._clock, silent, self._known)
        known = service_claims.of(repo_id)
        over = [claim for claim in known if not self._kept(claim)]
        for claimed in sorted(
            over, key=lambda claim_of: (claim_of.service, claim_of.resource), reverse=True
        ):
            lease.check()
            if (
                claimed.state == "ending"
                and claimed.next_at is not None
                and claimed.next_at > self._clock()
            ):
                continue
            outside.give_back(GiveBack(claimed.id))
            self._rest(claim, claimed)
        left = [claim for claim in service_claims.of(repo_id) if not self._kept(claim)]
        log.info(
            "%d locks at external services stay with grants whose jobs may run; %d go back later",
            len(known) - len(over),
            len(left),
            extra={"action": "service.left"},
        )
        pauses = [_pause(claim.next_at, self._clock()) for claim in left]
        return min(
            pauses if lapse is None else [*pauses, _pause(lapse, self._clock())], default=None
        )

    def _lapse(self, claim: Claim, repo_id: int) -> datetime | None:
        """
        A client's place, or a grant that it never read, ends by time as it does elsewhere; returns
        when that is next so for one.
        """
        now, later = self._clock(), list[datetime]()
        for request in self._store.direct_locks.live(repo_id):
            if not isinstance(request, DirectRequest) or request.kind != "client":
                continue
            over = next_lapse(request)
            if over is None:
                continue
            if over <= now:
                self._store.direct_locks.lapse(claim, request.id, now)
            else:
                later.append(over)
        return min(later, default=None)

    def _kept(self, claim: ServiceClaim) -> bool:
        request = self._store.direct_locks.find(claim.request)
        if request is None or request.state not in HOLDING or claim.state == "ending":
            return False
        return request.requested_at == claim.since

    def _rest(self, claim: Claim, claimed: ServiceClaim) -> None:
        after = self._store.service_claims.find(claimed.id)
        if after is None or after.misses < MOST:
            return
        log.error(
            "%s does not take back %s, held there by %s: free it there",
            after.service,
            after.resource,
            after.owner,
            extra={"action": "service.unreturned"},
        )
        later = replace(after, next_at=self._clock() + RARELY)
        self._store.service_claims.save(claim, later)


def _pause(until: datetime | None, now: datetime) -> timedelta:
    return RARELY if until is None else max(until - now, timedelta(seconds=1))

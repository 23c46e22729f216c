"""
Grants of external lock services are renewed whatever else cannot be asked.

A look at a repository needs GitHub and Git; a lease does not wait for them. So each repository that
has something outside has a second work key, whose look asks those services and the database alone.
"""

from __future__ import annotations

from datetime import timedelta

from app.core.locks import services
from app.core.model.lock_requests import LIVE
from app.core.model.lock_services import Ambiguous
from app.core.model.service_claims import ServiceClaim
from app.engine.queue.lease import Lease
from app.engine.queue.work_keys import id_in
from app.ports import Clock, LockServices, Store
from app.ports.store import Claim

SOONEST = timedelta(seconds=1)


class Renewing:
    """The handler of the keys ``services-<repository id>``."""

    def __init__(self, store: Store, known: LockServices, clock: Clock) -> None:
        self._store = store
        self._known = known
        self._clock = clock

    def handle(self, claim: Claim, lease: Lease) -> timedelta | None:
        """Renew what is due; returns when the next one is. None: nothing is renewed any more."""
        repo_id, nexts = id_in(claim.key), []
        silent: set[str] = set()
        for claimed in self._store.service_claims.of(repo_id):
            lease.check()
            if claimed.state != "held" or claimed.next_at is None or not self._needed(claimed):
                continue
            after = claimed
            if services.due(claimed, self._clock()):
                after = self._renewed(claimed, silent)
                self._store.service_claims.renewed(claim, claimed, after)
            if after.state == "held" and after.next_at is not None:
                nexts.append(after.next_at)
        if not nexts:
            return None
        return max(min(nexts) - self._clock(), SOONEST)

    def _needed(self, claim: ServiceClaim) -> bool:
        """Its request is the one that it was granted to; else it is given back by the next look."""
        request = self._store.direct_locks.find(claim.request)
        return request is not None and request.state in LIVE and request.requested_at == claim.since

    def _renewed(self, claim: ServiceClaim, silent: set[str]) -> ServiceClaim:
        at = self._clock()
        service = self._known.by_name.get(claim.service)
        if service is None or claim.service in silent:
            return services.answered(claim, "renew", Ambiguous(""), at)
        answer = service.renew(claim.asked)
        if isinstance(answer, Ambiguous):
            silent.add(claim.service)
        return services.answered(claim, "renew", answer, at)

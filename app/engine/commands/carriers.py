"""Which pull requests a freight came by: GitHub is asked once for each commit that it holds."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Protocol

from app.core.model.cards import Carrier
from app.core.model.names import FreightId, Sha
from app.core.model.snapshot import Snapshot
from app.core.state.carrying import minted_before
from app.engine.queue.lease import Lease
from app.errors import Denied, Missing
from app.ports import Clock, Forge, Store
from app.ports.store import Claim

AT_ONCE = 10
"""Commits that are asked about in one look; the next one goes on at once."""
ALL = Sha("")
"""Stands for: every commit of the freight was asked about."""

log = logging.getLogger("stagelock.cards")


class Fired(Protocol):
    """Reads in Git what makes freight."""

    def __call__(self, freight: FreightId, since: Sha) -> Iterable[Sha]:
        """The commits that fire from *freight* back to the freight of commit *since*."""
        ...


class Carriers:
    """Asks, and remembers."""

    def __init__(self, store: Store, forge: Forge, clock: Clock) -> None:
        self._store = store
        self._forge = forge
        self._clock = clock

    def ask(
        self,
        claim: Claim,
        lease: Lease,
        snapshot: Snapshot,
        freights: Iterable[FreightId],
        fired: Fired,
    ) -> timedelta | None:
        """Ask about what is not known yet of *freights*; at once again where some of it is left."""
        room, repo_id = AT_ONCE, snapshot.repo.id
        for freight in freights:
            known = {c.sha for c in self._store.cards.carriers(repo_id, freight)}
            if ALL in known:
                continue
            for sha in (sha for sha in _commits(snapshot, freight, fired) if sha not in known):
                if not room:
                    return timedelta()
                room -= 1
                lease.check()
                pull = self._pull(snapshot, freight, sha)
                self._store.cards.note(claim, repo_id, Carrier(freight, sha, pull, self._clock()))
            self._store.cards.note(claim, repo_id, Carrier(freight, ALL, 0, self._clock()))
        return None

    def _pull(self, snapshot: Snapshot, freight: FreightId, sha: Sha) -> int:
        """The pull request that brought the commit to the warehouse's branch; 0: none did."""
        pipeline = snapshot.config.pipeline
        watched = pipeline.warehouses[freight.warehouse].branch if pipeline else None
        branch = watched or snapshot.default_branch
        try:
            pulls = self._forge.pulls_of(snapshot.repo, sha)
        except (Denied, Missing) as error:
            log.info("%s", error.message, extra={"action": "card.untold"})
            return 0
        merged = [pull for pull in pulls if pull.merged and pull.base_ref == branch]
        made = [pull.number for pull in merged if pull.merge_sha == sha]
        return next(iter((*made, *(pull.number for pull in merged))), 0)


def _commits(snapshot: Snapshot, freight: FreightId, fired: Fired) -> Sequence[Sha]:
    """The first freight of a warehouse holds all that ever was: of it, its own commit counts."""
    since = minted_before(snapshot, freight)
    return tuple(fired(freight, since)) if since is not None else (freight.sha,)

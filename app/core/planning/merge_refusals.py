"""
A merge that GitHub refused although nothing seemed missing: no lock is taken for it in vain again.

Rules that an App is not shown refuse it round after round, for the same reason; whoever shares the
lock would wait for nothing.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from app.core.model.facts import PullFact
from app.core.model.lock_requests import LockRequest
from app.core.model.merge_refusals import MergeRefusal
from app.core.model.records import Promotion
from app.core.state.grants_in_steps import named_by
from app.core.state.ledger import Ledger
from app.core.state.reviews import newest_sides

AGAIN = timedelta(hours=1)
"""After so long it is tried once more, for what changed may be nothing that we see."""


def if_refused(ledger: Ledger, promotion: Promotion, pull: PullFact) -> MergeRefusal:
    """What is to be remembered where the merge that is asked for now is refused."""
    seen, now = _mark(ledger, promotion, pull), ledger.snapshot.now
    known = promotion.refused
    if known is None or known.seen != seen:
        return MergeRefusal(seen, pull.mergeable, now)
    return MergeRefusal(seen, pull.mergeable or known.mergeable, known.at)


def no_lock_until(ledger: Ledger, promotion: Promotion, pull: PullFact) -> datetime | None:
    """Until when its lock is not requested, if nothing changes; None: it may be."""
    known = promotion.refused
    if known is None or not _stands(ledger, promotion, pull, known):
        return None
    until = max(known.at, promotion.retry_at or known.at) + AGAIN
    return until if ledger.snapshot.now < until else None


def told_again(ledger: Ledger, promotion: Promotion, pull: PullFact, request: LockRequest) -> bool:
    """It was granted to try once more, and GitHub refused what it had refused before."""
    known, granted = promotion.refused, request.granted_at
    if known is None or granted is None or promotion.retry_at is None:
        return False
    return known.at < granted < promotion.retry_at and _stands(ledger, promotion, pull, known)


def refused(ledger: Ledger, promotion: Promotion, pull: PullFact) -> bool:
    """GitHub refused what is seen there now."""
    return promotion.refused is not None and _stands(ledger, promotion, pull, promotion.refused)


def _stands(ledger: Ledger, promotion: Promotion, pull: PullFact, known: MergeRefusal) -> bool:
    newly_mergeable = pull.mergeable and not known.mergeable
    return known.seen == _mark(ledger, promotion, pull) and not newly_mergeable


def _mark(ledger: Ledger, promotion: Promotion, pull: PullFact) -> str:
    """Of all that we see of what GitHub's answer depends on, but for our own check."""
    checks, snapshot = ledger.checks(pull.head_sha), ledger.snapshot
    runs = checks.runs if checks is not None else ()
    others = {(r.name, r.app, r.conclusion or "") for r in runs if r.app_id != snapshot.app_id}
    sides = newest_sides(ledger.reviews(pull.number) or ()).values()
    reviews = sorted((one.id, one.state) for one in sides)
    # A head that names the grant's permit is rewritten at each grant.
    head = "" if named_by(ledger.stage_terms(promotion)) else pull.head_sha
    said = (head, pull.base_ref, sorted(others), reviews)
    return hashlib.sha256(repr(said).encode("utf-8", "surrogateescape")).hexdigest()[:16]

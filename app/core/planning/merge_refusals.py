"""
A merge that GitHub refused although nothing seemed missing: its lock is taken in vain ever less.

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

LONGEST = timedelta(hours=1)
"""After so long it is tried once more at the latest: what changed may be nothing that we see."""
SHORTEST = timedelta(minutes=1)


def if_refused(ledger: Ledger, promotion: Promotion, pull: PullFact) -> MergeRefusal:
    """What is to be remembered where the merge that is asked for now is refused."""
    seen, head, now = _mark(ledger, promotion, pull), pull.head_sha, ledger.snapshot.now
    known, request = promotion.refused, ledger.requests.get(promotion.stage)
    if known is None or known.seen != seen:
        return MergeRefusal(seen, pull.mergeable, now, head=head)
    later = request is not None and request.granted_at is not None and request.granted_at > known.at
    again = now if later else known.again
    return MergeRefusal(seen, pull.mergeable or known.mergeable, known.at, again, head)


def not_again_until(ledger: Ledger, promotion: Promotion, pull: PullFact) -> datetime | None:
    """
    Until when GitHub is not asked again for a merge that it refused, if nothing changes there.

    None: it may be asked. A refusal is of one head: another one is tried at once.
    """
    known, until = promotion.refused, promotion.retry_at
    if until is None or ledger.snapshot.now >= until:
        return None
    if known is None or promotion.errors_since is not None:
        return until  # no refusal set it: the merge had no answer
    same = known.head == pull.head_sha and _stands(ledger, promotion, pull, known)
    return until if same else None


def no_lock_until(ledger: Ledger, promotion: Promotion, pull: PullFact) -> datetime | None:
    """
    Until when its lock is not requested, if nothing changes; None: it may be.

    After its first grant it may: the stage queues again, as after each grant that is not used. What
    is refused to a later grant, too, waits for as long again as it has been refused so far.
    """
    known = promotion.refused
    if known is None or known.again is None or not _stands(ledger, promotion, pull, known):
        return None
    until = known.again + min(max(known.again - known.at, SHORTEST), LONGEST)
    return until if ledger.snapshot.now < until else None


def refused_again(
    ledger: Ledger, promotion: Promotion, pull: PullFact, request: LockRequest
) -> bool:
    """GitHub refused to this grant what it had refused to an earlier one."""
    known, granted = promotion.refused, request.granted_at
    if known is None or known.again is None or granted is None:
        return False
    return granted <= known.again and _stands(ledger, promotion, pull, known)


def _stands(ledger: Ledger, promotion: Promotion, pull: PullFact, known: MergeRefusal) -> bool:
    newly_mergeable = pull.mergeable and not known.mergeable
    return known.seen == _mark(ledger, promotion, pull) and not newly_mergeable


def _mark(ledger: Ledger, promotion: Promotion, pull: PullFact) -> str:
    """Of all that we see of what GitHub's answer depends on, but for our own check."""
    checks, snapshot = ledger.checks(pull.head_sha), ledger.snapshot
    runs = checks.runs if checks is not None else ()
    others = {(r.name, r.app, r.conclusion or "") for r in runs if r.app_id != snapshot.app_id}
    sides = newest_sides(ledger.reviews(pull.number) or ()).values()
    reviews = sorted((review.id, review.state) for review in sides)
    # A head that names the grant's permit is rewritten at each grant.
    head = "" if named_by(ledger.stage_terms(promotion)) else pull.head_sha
    said = (head, pull.base_ref, sorted(others), reviews)
    return hashlib.sha256(repr(said).encode("utf-8", "surrogateescape")).hexdigest()[:16]

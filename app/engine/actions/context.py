"""What carrying out a plan needs, in one value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from app.core.locks.quota import Quota
from app.core.model.facts import Commit, Identity, RefUpdate
from app.core.model.hand_edits import HandEdit
from app.core.model.lock_requests import LockRequest
from app.core.model.names import Repo, Sha
from app.core.model.records import Promotion
from app.core.model.renders import Rendered
from app.core.planning.retry_pauses import FIRST, LAST
from app.core.state.drift import Outcome, fates, standing
from app.core.state.ledger import Ledger
from app.core.text.commit_messages import commit_message
from app.engine.actions.lock_refs import LockNotes
from app.engine.actions.outside import Outside
from app.engine.actions.push import push
from app.engine.queue.lease import Lease
from app.engine.survey.survey import Survey
from app.errors import Conflict, OutsideError, Transient
from app.observe import Metrics
from app.ports import Forge, GitRepo, Store
from app.ports.store import Claim

FIRST_RETRY = timedelta(seconds=2)
LAST_RETRY = timedelta(minutes=5)
_LANDED = frozenset({"verifying", "verified"})


@dataclass(frozen=True, slots=True)
class Desk:
    """One tick of one repository: proof that we may act, what we saw, and whom we ask."""

    repo: Repo
    claim: Claim
    lease: Lease
    ledger: Ledger
    """What we saw."""
    survey: Survey
    git: GitRepo
    forge: Forge
    store: Store
    metrics: Metrics
    identity: Identity
    """It writes our commits."""
    url: str
    """GitHub's page of the repository."""
    locks: LockNotes | None
    """It publishes the locks; None: nobody reads them."""
    outside: Outside
    """It speaks with external lock services."""
    quota: Quota = field(default_factory=Quota)

    @property
    def now(self) -> datetime:
        """The instant of the snapshot that is acted on."""
        return self.ledger.snapshot.now

    def save(self, *promotions: Promotion) -> None:
        """Store promotions, if our claim is still good."""
        self.store.history.save_promotions(self.claim, self.repo.id, promotions)

    def may_push(self) -> None:
        """
        A push starts only while more than half of the lease is left (invariant 2): Conflict.
        """
        self.lease.check()
        if self.lease.remaining() <= self.lease.length / 2:
            message = "too little is left of the lease to begin a push"
            raise Conflict(message)

    def begin(self, promotions: Sequence[Promotion]) -> tuple[Promotion, ...]:
        """Store that an attempt to push what *promotions* wrote begins now; those rows."""
        self.may_push()
        at = self.survey.clock()
        rows = tuple(
            replace(promotion, intent=replace(promotion.intent, stored_at=at))
            if promotion.intent
            else promotion
            for promotion in promotions
        )
        self.save(*rows)
        return rows

    def push(self, promotions: Sequence[Promotion], update: RefUpdate) -> None:
        """Move a stage's branch to what *promotions* wrote, together with the locks they hold."""
        self.may_push()
        if self.locks is None:
            push(self.git, self.metrics, "promotion", (update,))
        else:
            self.locks.push(self.ledger.snapshot, promotions, update)

    def grant(self, promotion: Promotion) -> LockRequest | None:
        """The lock request that *promotion* writes under; None: it has none."""
        request = self.ledger.requests.get(promotion.stage)
        return request if request is not None and request.promotion == promotion.id else None

    def message(self, promotion: Promotion, branch: str) -> str:
        """What the commit says by which *promotion* writes to *branch*."""
        grant, news = self.grant(promotion), self.news(promotion)
        if grant is None:
            return commit_message(promotion, news, {}, branch)
        return commit_message(promotion, news, grant.tokens, branch, grant.permits)

    def news(self, promotion: Promotion) -> Sequence[Commit]:
        """What it brings: commits on watched paths since the stage's previous freight."""
        return self.survey.news(self.ledger, promotion)

    def outcome(self, promotion: Promotion, onto: Sha | None) -> Outcome:
        """What *promotion* makes of *onto*, as it was planned."""
        return self.survey.rendering.outcome(self.ledger, promotion, onto)

    def fates(self, promotion: Promotion, made: Rendered) -> tuple[HandEdit, ...]:
        """What becomes of people's edits in the stage when *made* is written."""
        return fates(standing(self.ledger, self.ledger.views[promotion.stage]), made)

    def put_off(self, promotions: Sequence[Promotion], error: OutsideError, *, tried: bool) -> None:
        """
        Something could not be found out: the promotions are tried again, later each time.

        Their `timeout-minutes` count from the first attempt to write: *tried*, or an intent that is
        stored. What was stored on the way (the intent of a push whose answer was lost) stays; what
        has landed meanwhile is left alone.
        """
        now, history = self.now, self.store.history
        stored = (history.promotion(self.repo.id, p.id) or p for p in promotions)
        self.save(*(put_off(p, error, now, tried=tried) for p in stored if p.state not in _LANDED))


def put_off(promotion: Promotion, error: OutsideError, now: datetime, *, tried: bool) -> Promotion:
    """
    *promotion* with its next try: twice as far away as the errors have lasted.

    Before its first attempt to write no time counts: then each pause is twice the one before.
    Under review it keeps its time: what is awaited on its head counts from when that was written.
    """
    begun = promotion.errors_since
    if begun is None and (tried or promotion.intent is not None or promotion.erred):
        begun = now - promotion.erred
    if begun is not None:
        pause = min(max(FIRST_RETRY, now - begun), LAST_RETRY)
    else:
        before = promotion.retry_at - promotion.updated_at if promotion.retry_at else timedelta()
        pause = min(max(FIRST, 2 * before), LAST)
    if isinstance(error, Transient) and error.retry_after is not None:
        pause = max(pause, timedelta(seconds=error.retry_after))
    return replace(
        promotion,
        errors_since=begun,
        retry_at=now + pause,
        detail=error.message,
        updated_at=promotion.updated_at if promotion.state == "in-review" else now,
    )

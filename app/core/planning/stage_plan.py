"""What one stage's plan is made of, and the rows that it writes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from app.core.gates.clearance import Cleared, with_skipped
from app.core.gates.entry import entry_gates
from app.core.gates.orders import started_before, starts
from app.core.model.names import FreightId, Sha
from app.core.model.promotion_ids import promotion_id
from app.core.model.questions import Unanswered
from app.core.model.records import Promotion, PromotionState
from app.core.model.subjects import Subject, names_of
from app.core.model.verdicts import GateAnswer, Reason, Verdict
from app.core.planning.actions import Action, Record
from app.core.planning.plan_result import HeadVerdict
from app.core.state.ledger import Ledger, StageView
from app.core.state.past import latest


class StagePlan(NamedTuple):
    """What should happen to one stage now (a tuple, as verdicts are: a plan makes thousands)."""

    actions: tuple[Action, ...] = ()
    write: Cleared | None = None
    """It wants to be pushed together with others that are due on its branch."""
    verdict: Verdict | None = None
    """Of the freight that is on its way; None: none is."""
    head: HeadVerdict | None = None
    wakes: tuple[datetime, ...] = ()
    """When the answer may change by itself."""
    unanswered: Unanswered | None = None
    """What kept the stage from deciding."""


NOTHING = StagePlan()
"""Nothing should happen."""


def new_promotion(
    ledger: Ledger, view: StageView, freight: FreightId, state: PromotionState
) -> Promotion:
    """The next attempt of *freight* in the stage, as of now, under the pipeline in force."""
    latest(ledger, view, freight)
    attempts = [p.attempt for p in view.promotions if p.freight == freight]
    attempt = max(attempts, default=0) + 1
    now = ledger.snapshot.now
    before = started_before(view, freight)
    asked = [o for o in view.orders if starts(o, freight)]
    config = ledger.snapshot.config.in_force
    if config is None:
        message = "a promotion needs a pipeline in force"
        raise ValueError(message)
    first = next((o for o in asked if o.skips), asked[0] if asked else None)
    by, skips = (first.actor, first.skips) if first else ("", "")
    if first is None and before:  # the same word still starts it, and skipped once only
        by = before.started_by
    made = Promotion(
        id=promotion_id(ledger.snapshot.repo.id, view.stage.name, freight, attempt),
        stage=view.stage.name,
        freight=freight,
        state=state,
        config=config,
        created_at=now,
        updated_at=now,
        attempt=attempt,
        started_by=by,
        over=next((o.over for o in reversed(asked) if o.over), before.over if before else ""),
        skips=skips,
    )
    return with_skipped(made, entry_gates(ledger, view, freight)) if skips else made


def spent(view: StageView, freight: FreightId) -> tuple[int, ...]:
    """The orders that take effect when *freight* starts."""
    return tuple(o.id for o in view.orders if starts(o, freight))


def unproven(promotion: Promotion) -> bool:
    """It found its content there already, and nothing was ever asked to run on that."""
    return promotion.state == "verifying" and promotion.in_sync and promotion.rerun_at is None


def ended(
    promotion: Promotion,
    now: datetime,
    state: PromotionState,
    reason: Reason,
    detail: str = "",
    about: tuple[Subject, ...] = (),
    successor: FreightId | None = None,
) -> Promotion:
    """The promotion with its end; *about* is what *reason* speaks of."""
    return replace(
        promotion,
        state=state,
        reason=reason,
        detail=detail or ", ".join(names_of(about)),
        about=about,
        successor=successor,
        updated_at=now,
        ended_at=now,
        errors_since=None,
        retry_at=None,
    )


def superseded(ledger: Ledger, promotion: Promotion, newer: FreightId) -> Promotion:
    """The promotion as overtaken by *newer* before it had begun to write."""
    now = ledger.snapshot.now
    return ended(promotion, now, "superseded", Reason.SUPERSEDED, successor=newer)


def landed(ledger: Ledger, promotion: Promotion, sha: Sha, *, in_sync: bool = False) -> Promotion:
    """The promotion as landed at *sha*: verified at once where nothing is to be verified."""
    arrived = arrived_at(ledger, promotion, sha, in_sync=in_sync)
    if ledger.stage_terms(promotion).verifies:
        return arrived
    now = ledger.snapshot.now
    reason = Reason.IN_SYNC if in_sync else Reason.VERIFIED
    return replace(ended(arrived, now, "verified", reason), verified_at=now)


def arrived_at(
    ledger: Ledger, promotion: Promotion, sha: Sha, *, in_sync: bool = False
) -> Promotion:
    """The promotion as landed at *sha*, which is still to be seen on the stage's branch."""
    now = ledger.snapshot.now
    return replace(
        promotion,
        state="verifying",
        landed=sha,
        landed_at=promotion.landed_at or now,
        in_sync=in_sync,
        intent=None,
        reason=Reason.VERIFYING,
        updated_at=now,
        errors_since=None,
        retry_at=None,
    )


def abandoned(ledger: Ledger, promotion: Promotion) -> Promotion:
    """The promotion without its intended push: the branch moved, so it is planned again."""
    state: PromotionState = "locking" if ledger.stage_terms(promotion).locks else "waiting"
    now = ledger.snapshot.now
    return replace(promotion, state=state, intent=None, reason=Reason.MOVED, updated_at=now)


def given_up(ledger: Ledger, promotion: Promotion) -> Promotion:
    """
    The promotion without another attempt at its push, which may still land: its intent is kept.
    """
    return replace(abandoned(ledger, promotion), intent=promotion.intent)


def record(*promotions: Promotion, spend: tuple[int, ...] = ()) -> Record:
    """Store rows together."""
    return Record(promotions, spend)


def supersede(ledger: Ledger, view: StageView, promotion: Promotion, newer: FreightId) -> StagePlan:
    """*newer* takes the place of *promotion*, which has not begun writing."""
    old, new = superseded(ledger, promotion, newer), new_promotion(ledger, view, newer, "waiting")
    return StagePlan((record(old, new, spend=spent(view, newer)),))


def under_way(
    promotion: Promotion,
    reason: Reason,
    *,
    gates: tuple[GateAnswer, ...] = (),
    names: tuple[str, ...] = (),
    about: tuple[Subject, ...] = (),
    detail: str = "",
    wake_at: datetime | None = None,
) -> Verdict:
    """The verdict of a promotion that is on its way: its state is the phase."""
    return Verdict(
        stage=promotion.stage,
        freight=promotion.freight,
        phase=promotion.state,
        reason=reason,
        gates=gates,
        names=names or names_of(about),
        about=about,
        detail=detail or promotion.detail,
        since=promotion.created_at,
        wake_at=wake_at,
        promotion=promotion,
    )

"""`/cancel`: the promotion that is under way ends; what has landed of it stays, unverified."""

from __future__ import annotations

from datetime import datetime

from app.core.evidence.promotion_evidence import of_promotion
from app.core.gates.entry import asked_for, entry_gates
from app.core.gates.orders import cancels, order_for, undone
from app.core.model.names import FreightId, Sha, StageName
from app.core.model.people import handle
from app.core.model.records import Order, Promotion, Records
from app.core.model.verdicts import Reason
from app.core.planning.actions import CancelChecks, SpendOrders
from app.core.planning.eligibility import enterable
from app.core.planning.pull_request_end import end
from app.core.planning.stage_plan import (
    StagePlan,
    arrived_at,
    ended,
    new_promotion,
    record,
    under_way,
)
from app.core.remarks import pulls
from app.core.state.ledger import Ledger, StageView


def cancelled(ledger: Ledger, view: StageView, promotion: Promotion) -> StagePlan | None:
    """
    The end of *promotion*, if a person cancelled it.

    None: nobody did, or it has to be followed first.

    A push whose outcome is not known is settled first (`advance`), and so is a pull request that is
    closed already: it may have been merged. The lock goes by what may still run, as at any end.
    """
    order, now = cancels(view, promotion), ledger.snapshot.now
    if order is None or promotion.state == "writing":
        return None
    by = handle(order.actor)
    over = ended(promotion, now, "cancelled", _why(order), by)
    if promotion.state == "in-review" and promotion.pull is not None:
        if promotion.retry_at is not None and now < promotion.retry_at:
            return None
        pull = ledger.pull(promotion.stage, promotion.pull)
        if pull is None:
            return StagePlan(verdict=under_way(promotion, Reason.REVIEW))
        if pull.state == "closed":
            return None
    words = pulls.cancelled(promotion.freight.short, by)
    if order.verb == "rollback":
        words = pulls.rolled_back(promotion.freight.short, by)
    ends = end(promotion, over, words, undone(view, order))
    return StagePlan((*_stopped(ledger, promotion, order), *ends))


def _why(order: Order) -> Reason:
    return Reason.ROLLED_BACK if order.verb == "rollback" else Reason.CANCELLED


def _stopped(ledger: Ledger, promotion: Promotion, order: Order) -> tuple[CancelChecks, ...]:
    """A rollback has what runs on content that goes cancelled, where we may."""
    if order.verb != "rollback" or promotion.landed is None or promotion.state != "verifying":
        return ()
    evidence = of_promotion(ledger, promotion)
    running = evidence.unfinished if evidence is not None else ()
    return (CancelChecks(promotion.id, running),) if running else ()


def cancelled_at(
    ledger: Ledger, view: StageView, promotion: Promotion, sha: Sha
) -> StagePlan | None:
    """
    The end of *promotion*, whose push has landed as *sha*, if a person cancelled it while that was
    not known: it is at the stage, and verified by nothing, also where nothing is to be verified.
    """
    order = cancels(view, promotion)
    if order is None:
        return None
    there = arrived_at(ledger, promotion, sha)
    over = ended(there, ledger.snapshot.now, "cancelled", _why(order), handle(order.actor))
    return StagePlan((record(over, spend=undone(view, order)),))


def waits(ledger: Ledger, view: StageView, freight: FreightId) -> bool:
    """Tell whether *freight* was started here, and only waits for a gate or for its turn."""
    current = view.current
    if ledger.age(freight) is None or not enterable(ledger, view, freight):
        return False
    if current is not None and not ledger.newer(freight, current.freight):
        return order_for(view, freight) is not None
    return asked_for(entry_gates(ledger, view, freight))


def only_asked(view: StageView | None, freight: FreightId) -> bool:
    """
    What a word ends of *freight* is no more than the order for it: it is what the stage is at, it
    is verified there, and no other attempt has begun.
    """
    latest = view.latest.get(freight) if view is not None else None
    current = view.current if view is not None else None
    verified = latest is not None and latest.state == "verified"
    return verified and current is not None and current.freight == freight


def goes_back(records: Records, stage: StageName, freight: FreightId, at: datetime) -> bool:
    """What a word said *at* ends of *freight* in *stage* is a rollback, begun or asked for."""
    going = _going(records, stage, freight, at)
    if going is not None:
        return going.leaves is not None
    about = (stage, freight)
    orders = (order for order in records.orders if (order.stage, order.freight) == about)
    return any(order.verb == "rollback" for order in orders)


def only_waited(records: Records, stage: StageName, freight: FreightId, at: datetime) -> bool:
    """What a word said *at* ends of *freight* in *stage* waited for a gate: nothing was begun."""
    going = _going(records, stage, freight, at)
    return going is None or going.reason == Reason.CANCELLED_EARLY


def _going(
    records: Records, stage: StageName, freight: FreightId, at: datetime
) -> Promotion | None:
    """The promotion of *freight* that was under way when a word was said *at*."""
    under_way = (
        promotion
        for promotion in reversed(records.promotions)
        if (promotion.stage, promotion.freight) == (stage, freight)
        and (not promotion.ended or promotion.updated_at >= at)
    )
    return next(under_way, None)


def not_begun(ledger: Ledger, view: StageView) -> StagePlan | None:
    """The end of what a person cancelled while it waited, before anything was done for it."""
    for word in view.orders:
        freight, promotion = word.freight, view.inflight
        if word.verb != "cancel" or freight is None or (promotion and promotion.freight == freight):
            continue
        if not waits(ledger, view, freight):
            continue  # it is over by itself: the word is spent as outdated
        if view.current is not None and view.current.freight == freight:
            return StagePlan((SpendOrders(undone(view, word)),))
        now, by = ledger.snapshot.now, handle(word.actor)
        new = new_promotion(ledger, view, freight, "waiting")
        over = ended(new, now, "cancelled", Reason.CANCELLED_EARLY, by)
        return StagePlan((record(over, spend=undone(view, word)),))
    return None

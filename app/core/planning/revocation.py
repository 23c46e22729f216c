"""After the end: a later failure revokes, a passing re-run verifies, `/retry` tries again."""

from __future__ import annotations

from dataclasses import replace
from math import inf

from app.core.evidence.promotion_evidence import WATCH, of_promotion
from app.core.gates.orders import cancels_of, undone
from app.core.model.names import FreightId
from app.core.model.questions import CannotAsk
from app.core.model.records import Order, Promotion
from app.core.model.verdicts import Reason
from app.core.planning.actions import SpendOrders
from app.core.planning.stage_plan import StagePlan, ended, new_promotion, record, spent, unproven
from app.core.state.drift import put_back
from app.core.state.ledger import Ledger, StageView
from app.core.state.past import ask, latest
from app.core.state.rejections import turned_away_by

BY_CHECKS = frozenset(
    {
        Reason.CHECK_FAILED,
        Reason.CHECK_MISSING,
        Reason.CHECK_UNFINISHED,
        Reason.NOT_RERUN,
        Reason.CHECK_NOT_STARTED,
        Reason.RUN_REFUSED,
        Reason.REVOKED,
    }
)


def watched(ledger: Ledger, view: StageView) -> tuple[Promotion, ...]:
    """
    The promotions whose checks may still change their end, the one that the stage is at first.

    Verified: every one, until every stage below has taken the freight or something newer. Failed:
    until newer freight lands. All at most 14 days.
    """
    if not view.stage.verifies:
        return ()
    here = view.current
    promotions = [] if here is None else [here]
    taken, known = _taken_below(ledger, view), ledger.known_back(view.stage.name)
    if known is not None and known < taken:  # what is watched may be older than what is known
        ask(ledger, view.stage.name, since=ledger.snapshot.now - WATCH)
    age_of = ledger.age
    younger = sorted(f for f in view.verified if (age := age_of(f)) is not None and age < taken)
    promotions += [
        promotion for freight in younger if (promotion := view.verified[freight]) is not here
    ]
    return tuple(promotion for promotion in promotions if _may_change(ledger, promotion, taken))


def _taken_below(ledger: Ledger, view: StageView) -> float:
    """The age from which on every stage below has taken all freight, or something newer."""
    below = [ledger.views[name].current for name in ledger.below[view.stage.name]]
    ages = [None if promotion is None else ledger.age(promotion.freight) for promotion in below]
    return max((inf if age is None else age for age in ages), default=-inf)


def _younger(ledger: Ledger, freight: FreightId, than: float) -> bool:
    age = ledger.age(freight)
    return age is not None and age < than


def _may_change(ledger: Ledger, promotion: Promotion, taken: float) -> bool:
    since = promotion.ended_at or promotion.updated_at
    if promotion.landed is None or ledger.snapshot.now >= since + WATCH:
        return False
    if promotion.state == "failed":
        return promotion.reason in BY_CHECKS
    return promotion.state == "verified" and _younger(ledger, promotion.freight, taken)


def watch(ledger: Ledger, view: StageView) -> StagePlan | None:
    """Change an end that its checks no longer bear out; None: nothing changes."""
    plans = (_alone(ledger, view, promotion) for promotion in watched(ledger, view))
    return next((stage_plan for stage_plan in plans if stage_plan is not None), None)


def _alone(ledger: Ledger, view: StageView, promotion: Promotion) -> StagePlan | None:
    """An end stays what it was last known to be while its evidence cannot be asked."""
    try:
        ledger.sees(view.stage.name)
        return _changed(ledger, promotion)
    except CannotAsk:
        return None


def _changed(ledger: Ledger, promotion: Promotion) -> StagePlan | None:
    evidence = of_promotion(ledger, promotion)
    if evidence is None:
        return None
    now = ledger.snapshot.now
    if promotion.state == "verified" and evidence.outcome == "failed":
        gone = ended(promotion, now, "failed", Reason.REVOKED, about=evidence.about)
        return StagePlan((record(replace(gone, revoked_at=evidence.at)),))
    if promotion.state == "failed" and evidence.outcome == "passed":
        again = ended(promotion, now, "verified", Reason.VERIFIED)
        return StagePlan((record(replace(again, verified_at=evidence.at, revoked_at=None)),))
    return None


def revokes(ledger: Ledger, view: StageView, promotion: Promotion) -> bool:
    """Tell whether this look finds out that *promotion*, verified so far, is so no more."""
    if promotion.state != "verified" or promotion not in watched(ledger, view):
        return False
    return _alone(ledger, view, promotion) is not None


def retry(ledger: Ledger, view: StageView) -> StagePlan | None:
    """`/retry` of what landed and failed here, or was cancelled: a new attempt on that commit."""
    for order in view.orders:
        if order.freight is not None:
            latest(ledger, view, order.freight)
        promotion = view.latest.get(order.freight) if order.freight is not None else None
        if promotion is None or order.freight is None or not _is_current(view, promotion):
            continue
        if not _tries_again(order, promotion):
            continue
        new = new_promotion(ledger, view, order.freight, "locking")
        again = replace(
            new,
            landed=promotion.landed,
            landed_at=promotion.landed_at,
            written=promotion.written,
            pure=promotion.pure,
            edits=promotion.edits,
            in_sync=promotion.in_sync,
        )
        return StagePlan((record(again, spend=spent(view, order.freight)),))
    return None


def _tries_again(order: Order, promotion: Promotion) -> bool:
    """`/promote` also restarts what was cancelled; only `/retry` restarts what failed."""
    if order.verb == "retry":
        return promotion.state in ("failed", "cancelled")
    return order.verb == "promote" and not order.over and promotion.reason == Reason.CANCELLED


def stale_orders(ledger: Ledger, view: StageView) -> SpendOrders | None:
    """Orders that can no longer take effect: the freight is gone, here already, or outdated."""
    if not view.orders:
        return None
    stale = [o for o in view.orders if _is_stale(ledger, view, o)]
    ids = {i for o in stale for i in (undone(view, o) if o.verb == "cancel" else (o.id,))}
    return SpendOrders(tuple(sorted(ids))) if ids else None


def _is_stale(ledger: Ledger, view: StageView, order: Order) -> bool:
    freight = order.freight
    if freight is None or order.verb == "rollback":
        return False  # it begins, or is spent, as soon as nothing else is under way
    if ledger.age(freight) is None and order.verb != "cancel":
        return True
    before, current = view.latest.get(freight), view.current
    if order.verb == "cancel":
        return before is None or before.ended
    if current is not None and ledger.newer(current.freight, freight):
        return True
    if turned_away_by(ledger, view, freight) is not None:
        return False  # a person names what a rollback turned away
    if before is not None and not before.ended and order.verb == "retry":
        word = cancels_of(view, freight)  # said before it, that one ends what is under way first
        return not unproven(before) and (word is None or word.id > order.id)
    if before is not None and before.state == "verified" and ledger.holds(before):
        return not put_back(ledger, view, freight)
    if before is not None and before.state == "failed" and order.verb == "promote":
        return True  # what failed enters again only by `/retry`
    return order.verb == "retry" and (before is None or before.state not in ("failed", "cancelled"))


def _is_current(view: StageView, promotion: Promotion) -> bool:
    return view.current is not None and view.current.id == promotion.id

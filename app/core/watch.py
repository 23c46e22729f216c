"""After the end: a later failure revokes, a passing re-run verifies again, `/retry` tries anew."""

from __future__ import annotations

from dataclasses import replace

from app.core.actions import SpendOrders
from app.core.evidence import WATCH, of_promotion
from app.core.ledger import Ledger, StageView
from app.core.records import Order, Promotion
from app.core.stageplan import StagePlan, ended, new_promotion, record, spent
from app.core.verdicts import Reason

BY_CHECKS = frozenset(
    {Reason.CHECK_FAILED, Reason.CHECK_MISSING, Reason.CHECK_UNFINISHED, Reason.REVOKED}
)


def watched(ledger: Ledger, view: StageView) -> Promotion | None:
    """
    The promotion whose checks may still change its end: what the stage is at.

    Verified: until every stage below has taken the freight. Failed: until newer freight lands.
    Both at most 14 days.
    """
    row = view.current
    if row is None or row.landed is None or not view.stage.verify or not row.ended:
        return None
    since = row.ended_at or row.updated_at
    if ledger.snapshot.now >= since + WATCH:
        return None
    if row.state == "failed":
        return row if row.reason in BY_CHECKS else None
    if row.state != "verified" or _taken_below(ledger, view, row):
        return None
    return row


def watch(ledger: Ledger, view: StageView) -> StagePlan | None:
    """Change an end that its checks no longer bear out; None: nothing changes."""
    row = watched(ledger, view)
    if row is None:
        return None
    evidence = of_promotion(ledger, row)
    if evidence is None:
        return None
    now = ledger.snapshot.now
    if row.state == "verified" and evidence.outcome == "failed":
        words = ", ".join(evidence.names)
        gone = ended(row, now, "failed", Reason.REVOKED, words)
        return StagePlan((record(replace(gone, revoked_at=evidence.at)),))
    if row.state == "failed" and evidence.outcome == "passed":
        again = ended(row, now, "verified", Reason.VERIFIED)
        return StagePlan((record(replace(again, verified_at=evidence.at, revoked_at=None)),))
    return None


def retry(ledger: Ledger, view: StageView) -> StagePlan | None:
    """`/retry` of what landed here and failed by its checks: a new attempt on the same commit."""
    for order in view.orders:
        if order.verb != "retry" or order.freight is None:
            continue
        row = view.latest.get(order.freight)
        if row is None or row.state != "failed" or not _is_current(view, row):
            continue
        new = new_promotion(ledger, view, order.freight, "locking")
        again = replace(
            new,
            landed=row.landed,
            landed_at=row.landed_at,
            written=row.written,
            pure=row.pure,
            in_sync=row.in_sync,
        )
        return StagePlan((record(again, spend=spent(view, order.freight)),))
    return None


def stale_orders(ledger: Ledger, view: StageView) -> SpendOrders | None:
    """Orders that can no longer take effect: the freight is gone, here already, or outdated."""
    ids = tuple(o.id for o in view.orders if _is_stale(ledger, view, o))
    return SpendOrders(ids) if ids else None


def _is_stale(ledger: Ledger, view: StageView, order: Order) -> bool:
    freight = order.freight
    if freight is None:
        return False
    if ledger.age(freight) is None:
        return True
    before, current = view.latest.get(freight), view.current
    if current is not None and ledger.newer(current.freight, freight):
        return True
    if before is not None and not before.ended and order.verb == "retry":
        return True
    if before is not None and before.state == "verified":
        return True
    return order.verb == "retry" and (before is None or before.state not in ("failed", "cancelled"))


def _is_current(view: StageView, row: Promotion) -> bool:
    return view.current is not None and view.current.id == row.id


def _taken_below(ledger: Ledger, view: StageView, row: Promotion) -> bool:
    for stage in ledger.pipeline.downstream(view.stage.name):
        there = ledger.views[stage.name].current
        if there is None or ledger.newer(row.freight, there.freight):
            return False
    return True

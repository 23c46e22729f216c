"""`/cancel`: the promotion that is under way ends; what has landed of it stays, unverified."""

from __future__ import annotations

from app.core.gates.orders import cancels
from app.core.model.records import Promotion
from app.core.model.verdicts import Reason
from app.core.planning.pull_request_end import end
from app.core.planning.stage_plan import StagePlan, ended, under_way
from app.core.remarks import pulls
from app.core.state.ledger import Ledger, StageView


def cancelled(ledger: Ledger, view: StageView, row: Promotion) -> StagePlan | None:
    """
    The end of *row*, if a person cancelled it; None: nobody did, or it has to be followed first.

    A push whose outcome is not known is settled first (`advance`), and so is a pull request that is
    closed already: it may have been merged. The lock goes by what may still run, as at any end.
    """
    order, now = cancels(view, row), ledger.snapshot.now
    if order is None or row.state == "writing":
        return None
    by = f"@{order.actor}"
    over = ended(row, now, "cancelled", Reason.CANCELLED, by)
    if row.state == "in-review" and row.pull is not None:
        if row.retry_at is not None and now < row.retry_at:
            return None
        pull = ledger.pull(row.stage, row.pull)
        if pull is None:
            return StagePlan(verdict=under_way(row, Reason.REVIEW))
        if pull.state == "closed":
            return None
    return StagePlan(end(row, over, pulls.cancelled(row.freight.short, by), (order.id,)))

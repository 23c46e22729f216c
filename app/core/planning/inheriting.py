"""A rollback takes over the grant of the promotion that it ended, without a gap."""

from __future__ import annotations

from app.core.gates.entry import entry_gates, passed
from app.core.gates.orders import rolls_back
from app.core.locks.inheritance import Inheritance, inheritance
from app.core.model.lock_requests import HOLDING, LockRequest
from app.core.model.questions import GroupQuestion
from app.core.model.records import Promotion
from app.core.planning.actions import Action, EndRequest, TakeOver
from app.core.planning.joining import crowded
from app.core.state.ledger import Ledger


def inherited(ledger: Ledger, request: LockRequest, action: Action | None) -> Action | None:
    """
    *action*, which would free the grant *request*; or what a rollback of its stage makes of that.

    The grant stays until it is known whether the rollback asks for it: it has to begin first. What
    a visitor took beside that grant, or beyond the permits, is nobody's to inherit: the job of who
    was let in may still run. Nor is a grant that has less than the rollback asks for by now: who
    kept it until more is free would wait for ever for another who does the same.
    """
    view = ledger.views.get(request.stage)
    if view is None or not isinstance(action, EndRequest) or request.state not in HOLDING:
        return action
    if request.out_of_turn and _beside_others(ledger, request):
        return action
    if rolls_back(view) is not None:
        return None
    heir = view.inflight
    passes = _passes(ledger, request, heir) if heir is not None else None
    if heir is None or passes is None:
        return action
    if heir.state == "locking":
        return TakeOver(request.id, heir, action.state, passes)
    asks = heir.state == "waiting" and passed(entry_gates(ledger, view, heir.freight))
    return None if asks else action


def _passes(ledger: Ledger, request: LockRequest, heir: Promotion) -> Inheritance | None:
    """What *heir* has of the grant *request* if that passes to it; None: it is no heir of it."""
    groups = ledger.groups(heir)
    if heir.leaves is None or not groups:
        return None
    for group in groups:
        ledger.knows(GroupQuestion(group))
    weights = ledger.weights(heir)
    asks = {group: weights.get(group, 1) for group in groups}
    there, names = ledger.permits(groups), ledger.permit_names(groups)
    return inheritance(request, asks, ledger.board, there, names)


def _beside_others(ledger: Ledger, request: LockRequest) -> bool:
    """Whoever else holds some of the same is of its stage, or fills the permits."""
    if any(crowded(ledger, request, group) for group in request.groups):
        return True
    return any(
        other.id != request.id
        and other.stage == request.stage
        and other.state in HOLDING
        and set(other.groups) & set(request.groups)
        for other in ledger.live
    )

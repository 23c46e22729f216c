"""Locks where the server's hook reads them, and what may be said of heads while it cannot."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from app.core.model.names import GroupName
from app.core.model.snapshot import Snapshot
from app.core.model.verdicts import Reason
from app.core.planning.plan_result import Plan
from app.core.remarks import promotions as remarks
from app.engine.actions.lock_refs import LockNotes
from app.engine.survey.unanswered import Attempts


def published(
    attempts: Attempts,
    now: datetime,
    notes: LockNotes | None,
    snapshot: Snapshot,
    plan: Plan,
    leave: frozenset[GroupName] = frozenset(),
) -> Plan:
    """
    *plan*, with the locks where the server's hook reads them. Where they cannot be put there now,
    everything else goes on, but no head says that it may be merged: the hook would not let it in.
    """
    told = notes is None
    with attempts.apart("locks", now):
        if notes is not None:
            notes.publish(snapshot, leave=leave)
        told = True
    if told:
        return plan
    detail = remarks.lock_not_shown()
    heads = (
        replace(h, ready=False, verdict=h.verdict._replace(reason=Reason.CANNOT_ASK, detail=detail))
        for h in plan.heads
    )
    return replace(plan, heads=tuple(heads))

"""Grants of repositories that nobody looks at: their time is seen to by whoever shares a group."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.core.model.lock_requests import ForeignRequest
from app.core.planning.actions import LapseElsewhere
from app.core.planning.stage_plan import NOTHING, StagePlan
from app.core.state.ledger import Ledger


def settle_left_alone(ledger: Ledger) -> StagePlan:
    """
    Each turns suspect once it is held for longer than its groups allow, as far as they are named
    here. While nobody knows what these allow, nothing of them is granted either.
    """
    there = ledger.snapshot.organization
    if there is None or there.unknown:
        return NOTHING
    now, actions, wakes = ledger.snapshot.now, list[LapseElsewhere](), list[datetime]()
    for holder in ledger.snapshot.records.others:
        longest = _longest(ledger, holder)
        over = holder.alone.over(longest) if holder.alone is not None and longest else None
        if over is None or longest is None or holder.state != "held":
            continue
        if over <= now:
            actions.append(LapseElsewhere(holder, longest))
        else:
            wakes.append(over)
    return StagePlan(tuple(actions), wakes=tuple(wakes))


def _longest(ledger: Ledger, holder: ForeignRequest) -> timedelta | None:
    groups = ledger.pipeline.locks
    return min((groups[name].max_hold for name in holder.groups if name in groups), default=None)

"""When a repository is looked at again by itself, and whether the sweep should look too."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from app.core.model.lock_requests import HOLDING
from app.core.model.snapshot import Snapshot
from app.core.planning.plan_result import Plan
from app.errors import Transient

UNDONE = timedelta(seconds=60)
"""A plan that was not carried out to its end is made again after this time."""
PAUSE = timedelta(seconds=30)
"""What could not be written on GitHub is tried again after this time, where GitHub names none."""


def pause_after(error: Transient) -> timedelta:
    """How long to leave alone what failed so: as GitHub asks, a second at the least."""
    return PAUSE if error.retry_after is None else timedelta(seconds=max(1.0, error.retry_after))


def soonest(*waits: timedelta | None) -> timedelta | None:
    """The shortest of *waits*; None where nothing waits."""
    return min((wait for wait in waits if wait is not None), default=None)


def delay(
    plan: Plan, pause: timedelta | None, now: datetime, looks: Iterable[datetime] = ()
) -> timedelta | None:
    """How long until the next look; *pause* is what check runs wait for. None: an event."""
    waits = [pause] if pause is not None else []
    at = (*looks, *((plan.wake_at,) if plan.wake_at is not None else ()))
    waits += [max(look - now, timedelta()) for look in at]
    if plan.actions:
        waits.append(UNDONE)
    return min(waits, default=None)


def awaiting(snapshot: Snapshot, plan: Plan) -> bool:
    """Something is unfinished that an event may decide: the sweep looks again."""
    return bool(
        plan.minting
        or any(not p.ended for p in snapshot.records.promotions)
        or snapshot.records.pending
        or any(r.kind == "job" for r in snapshot.records.direct)
        or any(r.state in HOLDING for r in snapshot.records.requests)
        or any(r.state in HOLDING for r in snapshot.records.direct)
    )

"""
A grant whose repository nobody looks at: its time passes all the same, seen to by whoever shares
its groups. Nothing is freed by that: what may run there is not known to have ended.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from app.core.locks.direct import lapsed, lost
from app.core.locks.pressing import doubted
from app.core.model.held_times import HeldTime
from app.core.model.lock_reasons import LockReason
from app.core.model.lock_requests import DirectRequest, OwnRequest


def held_time(request: OwnRequest) -> HeldTime:
    """How its time runs, as its own repository's looks would take it."""
    if not isinstance(request, DirectRequest):
        return HeldTime(request.held_since, None)
    since = request.held_since if request.kind != "person" else None
    return HeldTime(since, request.expires_at)


def timed(request: OwnRequest, longest: timedelta, now: datetime) -> OwnRequest:
    """
    *request* as time has left it, where its groups are held for no longer than *longest*; the same
    object where nothing is over.
    """
    over = held_time(request).over(longest)
    if request.state != "held" or over is None or over > now:
        return request
    if not isinstance(request, DirectRequest):
        return doubted(request, LockReason.HELD_TOO_LONG, now)
    after = lapsed(request, now)
    return lost(request, LockReason.HELD_TOO_LONG, now) if after is request else after

"""How long a grant may be held before it turns suspect: `max-hold`."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.core.model.lock_requests import OwnRequest
from app.core.state.ledger import Ledger


def max_hold(ledger: Ledger, request: OwnRequest) -> timedelta:
    """The shortest of its groups', as of now (an edit binds new grants only in what they take)."""
    groups = ledger.pipeline.locks
    return min(
        (groups[g].max_hold for g in request.groups if g in groups), default=timedelta(hours=2)
    )


def held_until(ledger: Ledger, request: OwnRequest) -> datetime | None:
    """When it has been held for too long, from its grant or from when a person kept it."""
    since = request.held_since
    return since + max_hold(ledger, request) if since is not None else None


def held_too_long(ledger: Ledger, request: OwnRequest) -> bool:
    """Tell whether that time is over."""
    until = held_until(ledger, request)
    return until is not None and until <= ledger.snapshot.now

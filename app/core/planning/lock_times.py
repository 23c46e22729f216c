"""The times of lock requests: `max-wait`, and polling of runs without deliveries."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.core.model.lock_requests import AnyRequest
from app.core.state.ledger import Ledger

LOOK = timedelta(seconds=60)
"""How soon a run without deliveries is polled again."""


def max_wait_over(ledger: Ledger, request: AnyRequest) -> datetime | None:
    """When a queued *request* has waited long enough, by the file in force; None: never."""
    defined = ledger.pipeline.locks
    limits = (defined[group].max_wait for group in request.groups if group in defined)
    shortest = min((limit for limit in limits if limit is not None), default=None)
    return None if shortest is None else request.requested_at + shortest


def waited_too_long(ledger: Ledger, request: AnyRequest) -> bool:
    """Tell whether it has."""
    until = max_wait_over(ledger, request)
    return request.state == "queued" and until is not None and until <= ledger.snapshot.now

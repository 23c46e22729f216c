"""The end of a lock request, as the protocol has it for what happened."""

from __future__ import annotations

from app.core.locks.protocol import Event, ending
from app.core.model.lock_reasons import LockReason
from app.core.model.lock_requests import OwnRequest
from app.core.planning.actions import EndRequest


def end(request: OwnRequest, event: Event, why: LockReason | str, by: str = "") -> EndRequest:
    """End *request* as *event* ends what stands as it does, for the reason *why*."""
    return EndRequest(request.id, *ending(request, event, why), by)

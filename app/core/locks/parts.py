"""
What becomes of a grant that clients have joined by its token: it lasts to the end of the last.

Its own client's release ends that client's part only. Then the grant lasts as long as one of the
others says that it goes on; when all have fallen silent it turns suspect in its time, as any other.
The *parts* here are those that were not given back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from app.core.locks import direct
from app.core.locks.protocol import Event, expect, moved
from app.core.model.lock_parts import LockPart
from app.core.model.lock_reasons import LockReason
from app.core.model.lock_requests import HOLDING, DirectRequest


def released(
    request: DirectRequest, token: int | None, at: datetime, parts: Sequence[LockPart]
) -> DirectRequest:
    """Its client gives the grant back, or leaves the queue. Repeated: no change."""
    shared = bool(parts) and request.state in HOLDING
    if token is None or not (shared or request.given_at is not None):
        return direct.released(request, token, at)
    direct.must_have(request, token)
    return _given(request, at, parts) if request.given_at is None else request


def left(request: DirectRequest, at: datetime, by: str, parts: Sequence[LockPart]) -> DirectRequest:
    """A person who may ends it: out of the queue, or the grant given back."""
    if parts and request.state in HOLDING:
        return _given(request, at, parts)
    return direct.left(request, at, by)


def _given(request: DirectRequest, at: datetime, parts: Sequence[LockPart]) -> DirectRequest:
    expect(request, Event.SHARED)
    return replace(request, given_at=request.given_at or at, expires_at=_until(parts))


def part_renewed(request: DirectRequest, at: datetime, parts: Sequence[LockPart]) -> DirectRequest:
    """One of the *parts* says that it goes on: it holds what its own client has given back."""
    if request.given_at is None or request.state not in HOLDING:
        return request
    if request.state == "suspect" and request.reason == LockReason.HELD_TOO_LONG:
        return request
    return replace(moved(request, Event.RENEWED, at), expires_at=_until(parts))


def part_given_back(
    request: DirectRequest, at: datetime, parts: Sequence[LockPart]
) -> DirectRequest:
    """One more was given back; *parts* are left."""
    if request.given_at is None or request.state not in HOLDING:
        return request
    if parts:
        return replace(request, expires_at=_until(parts))
    return moved(request, Event.RETURNED, at, LockReason.GIVEN_BACK)


def alive(parts: Iterable[LockPart], now: datetime) -> dict[int, datetime]:
    """Of each request that is shared now, until when somebody's word for it lasts."""
    until: dict[int, datetime] = {}
    for part in parts:
        if part.ended_at is None and part.expires_at > now:
            until[part.request] = max(part.expires_at, until.get(part.request, now))
    return until


def _until(parts: Sequence[LockPart]) -> datetime:
    return max(part.expires_at for part in parts)

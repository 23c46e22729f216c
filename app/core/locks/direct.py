"""
What happens to a request that no stage makes: one function an event, each pure.

The store applies them inside the transaction that locks the request's groups, so that what is
decided is decided on what is so then, whatever was read before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from app.core.model.group_names import spoken
from app.core.model.lock_reasons import LockReason
from app.core.model.lock_requests import (
    HOLDING,
    LIVE,
    DirectKind,
    DirectRequest,
    OwnRequest,
    RequestState,
)
from app.core.model.names import GroupName

PERSON_TTL = timedelta(hours=1)
"""How long a person's grant lasts where they say nothing."""
PERSON_MOST = timedelta(hours=24)


class Outdated(Exception):
    """The token is not that of the grant, or the grant has ended; the text says which."""


def asked_again(request: DirectRequest, wanted: DirectRequest, at: datetime) -> DirectRequest:
    """
    Its asker asks again: the same request, the same place, the same tokens.

    A person's grant lasts from now on as long as they say now, a suspect one is held again: they
    are there. A client's grant is only read (its heartbeat renews it).
    """
    now = replace(request, repo_name=wanted.repo_name, asker=wanted.asker, purpose=wanted.purpose)
    if request.state == "queued":
        return replace(now, ttl=wanted.ttl, expires_at=place_until(wanted, at))
    if request.kind != "person":
        return read(request, at)
    return _held_until(replace(now, ttl=wanted.ttl), at + wanted.ttl)


def read(request: DirectRequest, at: datetime) -> DirectRequest:
    """Its client reads it: keeps the request alive, and marks the grant as read."""
    if request.kind != "client":
        return request
    if request.state == "queued":
        return replace(request, expires_at=place_until(request, at))
    if request.state in HOLDING and request.read_at is None:
        return replace(request, read_at=at)
    return request


def granted(request: DirectRequest, at: datetime) -> DirectRequest:
    """It is its turn: it lasts from now."""
    expires = at + request.ttl
    return replace(request, state="held", granted_at=at, expires_at=expires, reason="")


def renewed(
    request: DirectRequest, token: int, at: datetime, ttl: timedelta | None = None
) -> DirectRequest:
    """A heartbeat with the newest *token*: it lasts from now; a suspect grant is held again."""
    _must_have(request, token)
    length = request.ttl if ttl is None else ttl
    read_at = request.read_at or at
    return _held_until(replace(request, ttl=length, read_at=read_at), at + length)


def released(request: DirectRequest, token: int | None, at: datetime) -> DirectRequest:
    """Its client gives the grant back, or (no *token*) leaves the queue. Repeated: no change."""
    if token is not None and request.state == "released" and token in request.tokens.values():
        return request
    if token is None and request.state == "cancelled":
        return request
    if token is None and request.state == "queued":
        return ended(request, "cancelled", LockReason.LEFT, at)
    if token is None:
        message = f"the request is {request.state}: leaving it needs its token"
        raise Outdated(message)
    _must_have(request, token)
    return ended(request, "released", LockReason.GIVEN_BACK, at)


def left(request: DirectRequest, at: datetime, by: str) -> DirectRequest:
    """A person who may ends it: out of the queue, or the grant given back."""
    if request.state == "queued":
        return replace(ended(request, "cancelled", LockReason.LEFT, at), ended_by=by)
    if request.state in HOLDING:
        return replace(ended(request, "released", LockReason.GIVEN_BACK, at), ended_by=by)
    return request


def lapsed(request: DirectRequest, now: datetime) -> DirectRequest:
    """
    What time has done to it.

    Whoever does not ask for a place again has left it. A grant that its client never read is given
    back: nothing can run under it. Any other that is over turns suspect: its job, or its person,
    may still be there, and only they or another person frees it.
    """
    match request.state:
        case "queued" if request.expires_at is not None and request.expires_at <= now:
            return ended(request, "cancelled", LockReason.NOT_ASKED_AGAIN, now)
        case "held" if request.expires_at is not None and request.expires_at <= now:
            if request.kind == "client" and request.read_at is None:
                return ended(request, "released", LockReason.UNREAD, now)
            return suspected(request, _OVER[request.kind], now)
        case _:
            return request


_OVER: Mapping[DirectKind, LockReason] = {
    "person": LockReason.OVERDUE,
    "client": LockReason.LAPSED,
    "job": LockReason.HELD_TOO_LONG,
}


def suspected(request: DirectRequest, reason: str, at: datetime) -> DirectRequest:
    """Turn a grant suspect: its job may still run, so it blocks on."""
    return replace(request, state="suspect", suspect_at=at, reason=reason)


def let_in(request: DirectRequest, at: datetime) -> DirectRequest:
    """GitHub took the answer that its jobs may go on."""
    return request if request.read_at is not None else replace(request, read_at=at)


def joined(request: DirectRequest, grant: OwnRequest, at: datetime) -> DirectRequest:
    """It has a part in somebody's *grant*, whose tokens and permits it shows; its place is over."""
    mine = request.groups
    tokens = {group: token for group, token in grant.tokens.items() if group in mine}
    permits = {group: names for group, names in grant.permits.items() if group in mine}
    part = replace(request, tokens=tokens, permits=permits, granted_at=at)
    return ended(part, "released", LockReason.JOINED, at)


def part_over(request: DirectRequest, grant: OwnRequest, at: datetime) -> DirectRequest:
    """Its part in *grant* is over: given back, or taken away with that by a person."""
    if grant.state in LIVE:
        return ended(request, "released", LockReason.GIVEN_BACK, at)
    return ended(request, grant.state, LockReason.GRANT_OVER, at)


def next_lapse(request: DirectRequest) -> datetime | None:
    """When its next time limit is; None if it has none."""
    return request.expires_at if request.state in ("queued", "held") else None


def ended(
    request: DirectRequest, state: RequestState, reason: LockReason, at: datetime
) -> DirectRequest:
    return replace(request, state=state, reason=reason, ended_at=at)


def place_until(request: DirectRequest, at: datetime) -> datetime | None:
    """Until when a place in the queue lasts that was asked for *at*; None: until it is left."""
    return at + request.ttl if request.kind == "client" else None


def _held_until(request: DirectRequest, until: datetime) -> DirectRequest:
    return replace(request, state="held", suspect_at=None, expires_at=until, reason="")


def _must_have(request: DirectRequest, token: int) -> None:
    if request.state not in HOLDING:
        message = f"the request is {request.state}: it holds nothing"
        raise Outdated(message)
    if token not in request.tokens.values():
        groups = ", ".join(_token(request, group) for group in request.groups)
        message = f"the token {token} is outdated: the grant has {groups}"
        raise Outdated(message)


def _token(request: DirectRequest, group: GroupName) -> str:
    return f"{spoken(group)}={request.tokens.get(group)}"

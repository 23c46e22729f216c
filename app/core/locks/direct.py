"""
What happens to a request that no stage makes beside its state (`protocol`): its times and tokens.

The store applies these inside the transaction that locks the request's groups, so that what is
decided is decided on what is so then, whatever was read before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from app.core.locks.pressing import unpressed
from app.core.locks.protocol import Event, Outdated, moved
from app.core.model.group_names import spoken
from app.core.model.lock_reasons import LockReason
from app.core.model.lock_requests import (
    HOLDING,
    LIVE,
    DirectKind,
    DirectRequest,
    OwnRequest,
)
from app.core.model.names import GroupName

PERSON_TTL = timedelta(hours=1)
"""How long a person's grant lasts where they say nothing."""
PERSON_MOST = timedelta(hours=24)


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
    return _renewed(now, at, wanted.ttl)


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
    return replace(moved(request, Event.GRANTED, at), expires_at=at + request.ttl)


def renewed(
    request: DirectRequest, token: int, at: datetime, ttl: timedelta | None = None
) -> DirectRequest:
    """
    A heartbeat with the newest *token*: it lasts from now; a suspect grant is held again, unless it
    is suspect because it was held for longer than `max-hold`: that only a person changes.
    """
    if request.given_at is not None:
        raise Outdated("it was given back; others have a part in it")
    if request.state == "suspect" and request.reason == LockReason.HELD_TOO_LONG:
        must_have(request, token)
        return request
    after = _renewed(request, at, request.ttl if ttl is None else ttl)
    must_have(request, token)
    return replace(after, read_at=request.read_at or at)


def released(request: DirectRequest, token: int | None, at: datetime) -> DirectRequest:
    """Its client gives the grant back, or (no *token*) leaves the queue. Repeated: no change."""
    if token is None:
        return moved(request, Event.LEFT, at, LockReason.LEFT)
    after = moved(request, Event.RETURNED, at, LockReason.GIVEN_BACK)
    must_have(request, token)
    return after


def left(request: DirectRequest, at: datetime, by: str) -> DirectRequest:
    """A person who may ends it: out of the queue, or the grant given back."""
    holds = request.state in HOLDING
    return moved(
        request, Event.UNLOCKED, at, LockReason.GIVEN_BACK if holds else LockReason.LEFT, by
    )


def lapsed(request: DirectRequest, now: datetime) -> DirectRequest:
    """
    What time has done to it.

    Whoever does not ask for a place again has left it. A grant that its client never read is given
    back: nothing can run under it. Any other that is over turns suspect: its job, or its person,
    may still be there, and only they or another person frees it.
    """
    over = next_lapse(request)
    if over is None or over > now:
        return request
    if request.state == "queued":
        return moved(request, Event.LAPSED, now, LockReason.NOT_ASKED_AGAIN)
    if request.kind == "client" and request.read_at is None:
        return moved(request, Event.UNREAD, now, LockReason.UNREAD)
    return moved(request, Event.LAPSED, now, _OVER[request.kind])


_OVER: Mapping[DirectKind, LockReason] = {
    "person": LockReason.OVERDUE,
    "client": LockReason.LAPSED,
    "job": LockReason.HELD_TOO_LONG,
}


def lost(request: DirectRequest, reason: str, at: datetime) -> DirectRequest:
    """Turn a grant suspect, or say why else it is: its job may still run, so it blocks on."""
    suspect = moved(request, Event.LOST, at, reason)
    return suspect if request.state == "suspect" else unpressed(suspect)


def kept(request: DirectRequest, until: datetime, at: datetime) -> DirectRequest:
    """A person says that the job of a suspect grant still runs: it is held again *until* then."""
    again = moved(request, Event.KEPT, at)
    return again if again is request else replace(again, expires_at=until, kept_at=at)


def let_in(request: DirectRequest, at: datetime) -> DirectRequest:
    """GitHub took the answer that its jobs may go on."""
    return request if request.read_at is not None else replace(request, read_at=at)


def joined(request: DirectRequest, grant: OwnRequest, at: datetime) -> DirectRequest:
    """It has a part in somebody's *grant*, whose tokens and permits it shows; its place is over."""
    mine = request.groups
    tokens = {group: token for group, token in grant.tokens.items() if group in mine}
    permits = {group: names for group, names in grant.permits.items() if group in mine}
    part = replace(request, tokens=tokens, permits=permits, granted_at=at)
    return moved(part, Event.JOINED, at, LockReason.JOINED)


def part_over(request: DirectRequest, grant: OwnRequest, at: datetime) -> DirectRequest:
    """Its part in *grant* is over: given back, or taken away with that by a person."""
    taken = grant.state == "forced"
    reason = LockReason.GIVEN_BACK if grant.state in LIVE else LockReason.GRANT_OVER
    return moved(request, Event.PART_TAKEN if taken else Event.PART_OVER, at, reason)


def next_lapse(request: DirectRequest) -> datetime | None:
    """When its next time limit is; None if it has none."""
    return request.expires_at if request.state in ("queued", "held") else None


def place_until(request: DirectRequest, at: datetime) -> datetime | None:
    """Until when a place in the queue lasts that was asked for *at*; None: until it is left."""
    return at + request.ttl if request.kind == "client" else None


def _renewed(request: DirectRequest, at: datetime, length: timedelta) -> DirectRequest:
    after = moved(request, Event.RENEWED, at)
    return replace(after, ttl=length, expires_at=at + length)


def must_have(request: DirectRequest, token: int) -> None:
    """Outdated, if *token* is none of its tokens."""
    if token not in request.tokens.values():
        groups = ", ".join(_token(request, group) for group in request.groups)
        message = f"the token {token} is outdated: the grant has {groups}"
        raise Outdated(message)


def _token(request: DirectRequest, group: GroupName) -> str:
    return f"{spoken(group)}={request.tokens.get(group)}"

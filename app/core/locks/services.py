"""
The external part of a grant: what is asked of which service next, and what an answer changes.

Locks are asked for one after the other, in one order for everybody, and given back in reverse.
Whatever is not known is assumed to be held: before anything is asked for again it is inspected, and
nothing is forgotten before the service has said that there is nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from app.core.model.lock_requests import HOLDING, AnyRequest
from app.core.model.lock_services import (
    Ambiguous,
    Busy,
    Gone,
    Granted,
    Refused,
    ServiceAnswer,
    ServiceUse,
)
from app.core.model.names import GroupName
from app.core.model.pipeline import LockGroup
from app.core.model.service_claims import ServiceClaim

FIRST_MISS, LAST_MISS = timedelta(seconds=10), timedelta(minutes=5)
FIRST_BUSY, LAST_BUSY = timedelta(seconds=2), timedelta(seconds=30)
LATE = timedelta(seconds=60)
"""For so long what was asked for without an answer may still take effect."""

Question = Literal["acquire", "inspect", "renew"]
Verb = Question | Literal["release"]


def uses_of(
    groups: Iterable[GroupName], defined: Mapping[GroupName, LockGroup]
) -> tuple[ServiceUse, ...]:
    """The external locks of *groups*, each once, in the order in which everybody takes them."""
    service_uses = (defined[group].service for group in groups if group in defined)
    uses = {use for use in service_uses if use is not None}
    return tuple(sorted(uses, key=lambda use: (use.name, use.resource)))


def of_request(claims: Iterable[ServiceClaim], request: AnyRequest) -> tuple[ServiceClaim, ...]:
    """The claims of *request* for its current groups that are not released."""
    mine = (request.id, request.requested_at)
    return tuple(c for c in claims if (c.request, c.since) == mine and c.state != "ending")


def vouched(claims: Sequence[ServiceClaim], now: datetime) -> bool:
    """
    Tell whether every lock that a grant took outside is still its own for sure. One that was never
    granted there (what landed out of turn asks late) is no part of the grant.
    """
    return not any(c.state == "lost" or lapsed(c, now) for c in claims)


def lapsed(claim: ServiceClaim, now: datetime) -> bool:
    """It was held; whether it still is, is unknown."""
    return claim.state == "held" and claim.until is not None and claim.until <= now


def due(claim: ServiceClaim, now: datetime) -> bool:
    """Tell whether it is time to ask about it."""
    return claim.next_at is not None and claim.next_at <= now


def serves(claim: ServiceClaim, request: AnyRequest, uses: Sequence[ServiceUse]) -> bool:
    """
    Tell whether *claim* is still for something: its *request* holds, or waits for one of *uses*.
    """
    if claim.since != request.requested_at or claim.state == "ending":
        return False
    return request.state in HOLDING or (request.state == "queued" and claim.use in uses)


def question(claim: ServiceClaim) -> Question:
    """What is asked about it next."""
    if claim.state == "held":
        return "renew"
    return "inspect" if claim.doubt else "acquire"


def trying(claim: ServiceClaim, at: datetime) -> ServiceClaim:
    """*claim* as it is stored before it is asked for: from now on something may be there."""
    return replace(claim, doubt=True, tried_at=at, next_at=at)


def acquired(before: ServiceClaim, answer: ServiceAnswer, at: datetime) -> ServiceClaim:
    """
    The claim *before* it was asked for at *at*, once *answer* came to that.

    An answer tells of its own attempt only: what an earlier one without an answer may still do
    stays noted.
    """
    after = answered(trying(before, at), "acquire", answer, at)
    match answer:
        case Granted() | Busy():
            return replace(after, tried_at=before.tried_at)
        case Refused():
            return replace(after, tried_at=before.tried_at, doubt=before.doubt)
        case _:
            return after


def answered(
    claim: ServiceClaim, asked: Question, answer: ServiceAnswer, at: datetime
) -> ServiceClaim:
    """*claim* once *answer* came to what was *asked* at *at*."""
    match answer:
        case Granted(token, lease) if asked == "inspect":
            # Ours, and nobody says since when: it is renewed before it counts.
            seen = _held(claim, token or claim.token, lease, at)
            return seen if lease is None else replace(seen, until=at, next_at=at)
        case Granted(token, lease):
            return _held(claim, token or claim.token, lease, at)
        case Busy(holder, token):
            return _busy(claim, holder, token, at)
        case Ambiguous(reason) | Refused(reason):
            return _unknown(claim, reason, at)
        case Gone() if asked == "acquire":
            return _unknown(claim, "", at)
        case Gone():
            free = replace(claim, doubt=False, until=None, misses=0, next_at=at, detail="")
            return free if claim.state == "asking" else replace(free, state="lost")


def _held(claim: ServiceClaim, token: str, lease: timedelta | None, at: datetime) -> ServiceClaim:
    return replace(
        claim,
        state="held",
        token=token,
        doubt=False,
        until=None if lease is None else at + lease,
        next_at=None if lease is None else at + lease / 3,
        misses=0,
        holder="",
        detail="",
    )


def _busy(claim: ServiceClaim, holder: str, token: str, at: datetime) -> ServiceClaim:
    """Somebody else has it. With a *token* there is a place in a queue in our name."""
    pause = min(FIRST_BUSY * 2 ** min(claim.misses, 10), LAST_BUSY)
    lost = claim.state != "asking"
    return replace(
        claim,
        state="lost" if lost else "asking",
        token=token or claim.token,
        doubt=bool(token),
        until=None,
        next_at=at + pause,
        misses=claim.misses + 1,
        holder=holder,
        detail="",
    )


def _unknown(claim: ServiceClaim, reason: str, at: datetime) -> ServiceClaim:
    pause = min(FIRST_MISS * 2 ** min(claim.misses, 10), LAST_MISS)
    if claim.state == "held" and not lapsed(claim, at):
        pause = FIRST_MISS  # its time runs
    return replace(claim, next_at=at + pause, misses=claim.misses + 1, detail=reason, holder="")


def given_back(claim: ServiceClaim, answer: ServiceAnswer, at: datetime) -> ServiceClaim | None:
    """
    *claim* once it was given back with *answer*; None: nothing of it is there, nor can come.

    What was asked for a moment ago without an answer may still take effect: it is looked at again.
    """
    over = replace(claim, state="ending")
    if isinstance(answer, Ambiguous | Refused | Granted):
        reason = "" if isinstance(answer, Granted) else answer.reason
        return _unknown(replace(over, doubt=True), reason, at)
    late = _late(claim, at)
    return None if late is None else replace(over, doubt=True, next_at=late, detail="", misses=0)


def nothing_there(claim: ServiceClaim) -> bool:
    """
    Return whether nothing is there, nor can come, so that nothing needs a release.

    An attempt without an answer may have taken effect after the service last said who has it: that
    time passes proves nothing.
    """
    return claim.state in ("asking", "lost") and not claim.doubt and claim.tried_at is None


def _late(claim: ServiceClaim, at: datetime) -> datetime | None:
    """Until when an attempt without an answer may still take effect; None: *at* it cannot."""
    late = claim.tried_at + LATE if claim.tried_at is not None else at
    return late if at < late else None

"""How long a request may wait: `max-wait` (rules F30, L8)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.core.model.lock_requests import AnyRequest, LockRequest
    from tests.oracle.moment import Moment

SLACK = timedelta(minutes=2)


def longest(moment: Moment, request: AnyRequest) -> timedelta | None:
    """The shortest `max-wait` of its groups, by the file in force; None: it may wait for ever."""
    limits = [moment.plan.patience[g] for g in request.groups if g in moment.plan.patience]
    return min(limits, default=None)


def over(moment: Moment, request: AnyRequest) -> bool:
    """It has waited for as long, by the clock of whoever looks."""
    most = longest(moment, request)
    return most is not None and moment.now >= request.requested_at + most


def timed_out(moment: Moment, request: LockRequest) -> list[str]:
    """*request*, of a stage, has ended as timed out just now: not before, and its promotion fails."""
    row = next((r for r in moment.records.promotions if r.id == request.promotion), None)
    if not over(moment, request):
        since = f"{request.requested_at:%H:%M:%S}"
        return [f"F30: {request.name} is told no at {moment.now:%H:%M:%S}, and waits since {since}"]
    if row is not None and row.state != "failed":
        return [f"F30: {request.name} has waited too long, and its promotion is {row.state}"]
    return []


def owing(moment: Moment) -> Iterator[tuple[str, str]]:
    """Who has waited for too long is told so."""
    live: list[AnyRequest] = [*moment.records.requests, *moment.records.direct]
    for request in live:
        most = longest(moment, request)
        if request.state != "queued" or most is None:
            continue
        if moment.now - moment.apart - SLACK > request.requested_at + most:
            yield f"waits {request.id}", f"F30: {request.name} waits for longer than max-wait"

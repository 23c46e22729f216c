"""
When a request's turn in a lock group is to be expected, by how long the last grants lasted.

Nothing here knows what time it is: an estimate is another one only when somebody was granted,
ended, or asked, so that no text changes because time passes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from heapq import heappop, heappush
from statistics import median_low

from app.core.locks.queue import Board, need
from app.core.model.lock_reasons import LockReason
from app.core.model.lock_requests import HOLDING, LIVE, AnyRequest, DirectRequest, OwnRequest
from app.core.model.names import GroupName

_DONE = frozenset(
    {LockReason.ENDED, LockReason.RUN_ENDED, LockReason.JOBS_ENDED, LockReason.GIVEN_BACK}
)
"""Why a grant ends whose holder had it for as long as it was needed."""


def lasted(before: OwnRequest, after: OwnRequest) -> timedelta | None:
    """
    How long a grant was held that *after* is the end of; None where it is none, or says nothing of
    others: it was a person's, whose length they chose, nobody used it, or it was taken away.
    """
    done = before.state in HOLDING and after.state not in LIVE and after.reason in _DONE
    person = after.holder_kind in {"person", "unknown"}
    if not done or person or after.granted_at is None or after.ended_at is None:
        return None
    return after.ended_at - after.granted_at


def usual(spans: Sequence[timedelta]) -> timedelta | None:
    """The length that half of *spans* do not exceed; None: there are none."""
    return median_low(spans) if spans else None


def expected(
    request: AnyRequest,
    group: GroupName,
    board: Board,
    permits: int,
    spans: Sequence[timedelta],
) -> datetime | None:
    """
    When the queued *request* is to get *group*, which has *permits*, if each grant lasts as long
    as is usual by *spans*.

    None where nobody can tell: no grant has ended yet; a holder is suspect or past their time;
    somebody before it is not known, or may begin at any time.
    """
    each, place, held = usual(spans), board.place(request, group), board.holders(group)
    stuck = any(holder.shown not in {"held", "releasing"} for holder in held)
    if each is None or place is None or stuck:
        return None
    before = board.queue(group, place[0] - 1)
    ends = [(_end(holder, each), need(holder, group, permits)) for holder in held]
    asked = [(_length(other, each), need(other, group, permits)) for other in before]
    if len(before) != place[0] - 1:
        return None
    free = permits - board.taken(group, permits)
    return _start(ends, free, [*asked, (each, need(request, group, permits))])


def _start(
    ends: Iterable[tuple[datetime | None, int]],
    free: int,
    asked: Sequence[tuple[timedelta | None, int]],
) -> datetime | None:
    """
    When the last of those who *asked*, for so long and so many permits, starts, one after the
    other: so many are *free*, and *ends* says when how many come back. None: nobody can tell.
    """
    coming: list[tuple[datetime, int]] = []
    for end, back in ends:
        if end is None:
            return None
        heappush(coming, (end, back))
    start: datetime | None = None
    for length, size in asked:
        while free < size and coming:
            end, back = heappop(coming)
            free += back
            start = end if start is None else max(start, end)
        if start is None or free < size or length is None:
            return None
        free -= size
        heappush(coming, (start + length, size))
    return start


def _end(holder: AnyRequest, each: timedelta) -> datetime | None:
    """When *holder* is to give it back; None: nobody can tell."""
    if isinstance(holder, DirectRequest) and holder.kind == "person":
        return holder.expires_at
    length = _length(holder, each)
    return None if length is None or holder.granted_at is None else holder.granted_at + length


def _length(request: AnyRequest, each: timedelta) -> timedelta | None:
    """How long it is to be held from its grant on; None: nobody can tell."""
    if request.holder_kind not in {"person", "unknown"}:
        return each
    return request.ttl if isinstance(request, DirectRequest) else None

"""When the turn of who waits for a lock is to be expected."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from app.core.locks.estimates import expected, usual
from app.core.locks.queue import Board
from app.core.model.group_names import spoken
from app.core.model.lock_requests import LockRequest
from app.core.model.names import GroupName
from app.core.text import markup


def told(
    request: LockRequest,
    group: GroupName,
    board: Board,
    permits: int,
    lasted: Sequence[timedelta],
) -> str:
    """The time, and by what; "" where *request* does not wait, or nobody can tell."""
    each = usual(lasted)
    at = expected(request, group, board, permits, lasted)
    if request.state != "queued" or at is None or each is None:
        return ""
    name, length = markup.code(spoken(group)), markup.span(each)
    by = (
        f"the last grant of {name} lasted {length}"
        if len(lasted) == 1
        else f"the last {len(lasted)} grants of {name} lasted about {length} each"
    )
    return f"Its turn is expected at {markup.moment(at)}: {by}."

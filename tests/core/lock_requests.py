"""Lock requests, and whose turn it is."""

from datetime import UTC, datetime

from app.core.locks.queue import Board
from app.core.model.lock_requests import LockRequest
from app.core.model.names import FreightId

AT = datetime(2026, 1, 1, tzinfo=UTC)
FREIGHT = FreightId("web", "1" * 40)


def request(number, *groups, state="queued", **more):
    return LockRequest(
        number,
        7,
        "acme/shop",
        f"s{number}",
        f"p{number}",
        FREIGHT,
        groups,
        number,
        state,
        AT,
        **more,
    )


def grantable(one, live, permits):
    """Ask the board whose turn it is; *one* is on it in any case."""
    return Board({other.id: other for other in (*live, one)}.values()).grantable(one, permits)

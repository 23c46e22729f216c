"""Lock requests, and whose turn it is."""

from datetime import UTC, datetime

from app.core.locks.queue import Board
from app.core.model.lock_requests import LockRequest
from app.core.model.names import FreightId, PromotionId, Sha, StageName, WarehouseName

AT = datetime(2026, 1, 1, tzinfo=UTC)
FREIGHT = FreightId(WarehouseName("web"), Sha("1" * 40))


def request(number, *groups, state="queued", **more):
    return LockRequest(
        number,
        7,
        "acme/shop",
        StageName(f"s{number}"),
        PromotionId(f"p{number}"),
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

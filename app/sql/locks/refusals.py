"""The words of the store for a grant that it refuses."""

from __future__ import annotations

from app.core.locks.queue import Obstacle
from app.core.model.group_names import spoken


def told(obstacle: Obstacle) -> str:
    """What is in the way of a grant, without a name: another repository's is nobody's business."""
    if obstacle.too_large:
        return f"the lock group {spoken(obstacle.group)} has no permits"
    if obstacle.holders:
        return f"{spoken(obstacle.group)} is held by {_requests(len(obstacle.holders))}"
    ahead = len(obstacle.ahead)
    be = "is" if ahead == 1 else "are"
    return f"{_requests(ahead)} {be} before us in the queue of {spoken(obstacle.group)}"


def _requests(count: int) -> str:
    return "1 request" if count == 1 else f"{count} requests"

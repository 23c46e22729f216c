"""
The algebra of lock groups: whose turn it is, and why not, decided from the live requests alone.

A request names a set of groups and gets one permit of each, all at once or nothing. In each group
the oldest queued request (lowest `seq`) goes first; a request passes another only where they share
no group. So the oldest queued request never waits for a younger one: no deadlock, no starvation.
Whatever is held, suspect, releasing, or landed out of turn takes a permit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.core.names import GroupName
from app.core.records import HOLDING, LockRequest


@dataclass(frozen=True, slots=True)
class Obstacle:
    """
    What keeps a request from one *group*: everybody holding it while no permit is free, and
    everybody queued *ahead*, both oldest first. At least one of the three is so.
    """

    group: GroupName
    permits: int
    holders: tuple[LockRequest, ...] = ()
    ahead: tuple[LockRequest, ...] = ()

    @property
    def too_large(self) -> bool:
        """No permit will ever be free: the group has none, or is not defined."""
        return self.permits < 1


def obstacles(
    request: LockRequest, live: Iterable[LockRequest], permits: Mapping[GroupName, int]
) -> tuple[Obstacle, ...]:
    """
    Say what keeps the queued *request* from each of its groups, in their order; empty: its turn.

    *live* are at least the live requests on the request's groups (it may be among them); *permits*
    are those of its groups: one that is absent is not defined any more and has none.
    """
    others = [other for other in live if other.id != request.id]
    found = (_obstacle(request, others, group, permits.get(group, 0)) for group in request.groups)
    return tuple(obstacle for obstacle in found if obstacle is not None)


def _obstacle(
    request: LockRequest, others: list[LockRequest], group: GroupName, permits: int
) -> Obstacle | None:
    held = holders(others, group)
    ahead = tuple(other for other in queue(others, group) if other.seq < request.seq)
    full = len(held) >= permits
    if not full and not ahead:
        return None
    return Obstacle(group, permits, held if full else (), ahead)


def grantable(
    request: LockRequest, live: Iterable[LockRequest], permits: Mapping[GroupName, int]
) -> bool:
    """Tell whether *request* is queued and may have all of its groups now."""
    return request.state == "queued" and not obstacles(request, live, permits)


def too_large(request: LockRequest, permits: Mapping[GroupName, int]) -> tuple[GroupName, ...]:
    """
    Name the groups that can never be granted to *request*.

    With any, end the request as rejected: left queued, it would block those behind it for ever.
    """
    return tuple(group for group in request.groups if permits.get(group, 0) < 1)


def holders(live: Iterable[LockRequest], group: GroupName) -> tuple[LockRequest, ...]:
    """List who takes a permit of *group*, in the order in which they asked."""
    held = (other for other in live if other.state in HOLDING and group in other.groups)
    return tuple(sorted(held, key=_place))


def queue(live: Iterable[LockRequest], group: GroupName) -> tuple[LockRequest, ...]:
    """List who is queued for *group*, next one first."""
    queued = (other for other in live if other.state == "queued" and group in other.groups)
    return tuple(sorted(queued, key=_place))


def positions(live: Iterable[LockRequest], group: GroupName) -> dict[int, int]:
    """Map the id of each request queued for *group* to its place: 1 is next."""
    return {request.id: place for place, request in enumerate(queue(live, group), start=1)}


def _place(request: LockRequest) -> int:
    return request.seq

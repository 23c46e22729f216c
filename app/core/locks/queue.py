"""
The algebra of lock groups: whose turn it is, and why not, decided from the live requests alone.

A request names a set of groups and gets one permit of each, all at once or nothing. In each group
the oldest queued request (lowest `seq`) goes first; a request passes another only where they share
no group. So the oldest queued request never waits for a younger one: no deadlock, no starvation.
Whatever is held, suspect, or landed out of turn takes a permit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.core.model.lock_requests import HOLDING, AnyRequest
from app.core.model.names import GroupName


@dataclass(frozen=True, slots=True)
class Obstacle:
    """
    What keeps a request from one *group*: everybody holding it while no permit is free, and
    everybody queued *ahead*, both oldest first. At least one of the three is so.
    """

    group: GroupName
    permits: int
    holders: tuple[AnyRequest, ...] = ()
    ahead: tuple[AnyRequest, ...] = ()

    @property
    def too_large(self) -> bool:
        """No permit will ever be free: the group has none, or is not defined."""
        return self.permits < 1


class Board:
    """
    The live requests, by group: read once, so that a question about one costs what that one names,
    however many wait.
    """

    def __init__(self, live: Iterable[AnyRequest]) -> None:
        self._held: dict[GroupName, list[AnyRequest]] = defaultdict(list)
        self._queued: dict[GroupName, list[AnyRequest]] = defaultdict(list)
        self._places: dict[GroupName, dict[int, int]] = defaultdict(dict)
        for request in sorted(live, key=_place):
            for group in request.groups:
                if request.state in HOLDING:
                    self._held[group].append(request)
                elif request.state == "queued":
                    self._queued[group].append(request)
                    self._places[group][request.id] = len(self._queued[group])

    def holders(self, group: GroupName) -> tuple[AnyRequest, ...]:
        """List who takes a permit of *group*, in the order in which they asked."""
        return tuple(self._held.get(group, ()))

    def queue(self, group: GroupName, first: int | None = None) -> tuple[AnyRequest, ...]:
        """List who is queued for *group*, next one first; only the *first* so many."""
        return tuple(self._queued.get(group, ())[:first])

    def place(self, request: AnyRequest, group: GroupName) -> tuple[int, int] | None:
        """Give the place of *request* in *group*'s queue, 1 is next, and how many are in it."""
        found = self._places.get(group, {}).get(request.id)
        return None if found is None else (found, len(self._queued[group]))

    def blocked(self, group: GroupName, permits: int) -> bool:
        """
        Tell whether *group* is full of suspect grants: none of them ends by itself for sure. A
        person past their time is asked themselves.
        """
        held = self._held.get(group, ())
        stuck = all(r.state == "suspect" and r.holder_kind != "person" for r in held)
        return len(held) >= permits and stuck

    def grantable(self, request: AnyRequest, permits: Mapping[GroupName, int]) -> bool:
        """Tell whether *request* is queued and may have all of its groups now."""
        return all(
            self._places.get(group, {}).get(request.id) == 1
            and len(self._held.get(group, ())) < permits.get(group, 0)
            for group in request.groups
        )


def obstacles(
    request: AnyRequest, live: Iterable[AnyRequest], permits: Mapping[GroupName, int]
) -> tuple[Obstacle, ...]:
    """
    Say what keeps the queued *request* from each of its groups, in their order; empty: its turn.

    *live* are at least the live requests on the request's groups (it may be among them); *permits*
    are those of its groups: one that is absent is not defined any more and has none.
    """
    board = Board(other for other in live if other.id != request.id)
    found = (_obstacle(request, board, group, permits.get(group, 0)) for group in request.groups)
    return tuple(obstacle for obstacle in found if obstacle is not None)


def _obstacle(request: AnyRequest, board: Board, group: GroupName, permits: int) -> Obstacle | None:
    held = board.holders(group)
    ahead = tuple(other for other in board.queue(group) if other.seq < request.seq)
    full = len(held) >= permits
    if not full and not ahead:
        return None
    return Obstacle(group, permits, held if full else (), ahead)


def too_large(request: AnyRequest, permits: Mapping[GroupName, int]) -> tuple[GroupName, ...]:
    """
    Name the groups that can never be granted to *request*.

    With any, end the request as rejected: left queued, it would block those behind it for ever.
    """
    return tuple(group for group in request.groups if permits.get(group, 0) < 1)


def _place(request: AnyRequest) -> int:
    return request.seq

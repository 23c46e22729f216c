"""
The algebra of lock groups: whose turn it is, and why not, decided from the live requests alone.

A request names a set of groups and gets its permits of each, one or more, all at once or nothing.
In each group the oldest queued request (lowest `seq`) goes first; a request passes another only
where they share no group. So the oldest queued request never waits for a younger one: no deadlock,
no starvation; who takes all waits until the group is empty, and nobody passes. Whatever is held,
suspect, or landed out of turn takes its permits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.core.model.lock_requests import ALL, HOLDING, AnyRequest
from app.core.model.names import GroupName
from app.core.model.shared_queues import SharedQueue


@dataclass(frozen=True, slots=True)
class Obstacle:
    """
    What keeps a request from one group: too few free permits, or others in the queue. At least one
    is so.
    """

    group: GroupName
    permits: int
    """How many the group has."""
    wanted: int = 1
    """How many of them it asks for."""
    holders: tuple[AnyRequest, ...] = ()
    """Everybody holding it, oldest first, while too few permits are free; (): enough are."""
    ahead: tuple[AnyRequest, ...] = ()
    """Everybody queued before it, oldest first."""

    @property
    def too_large(self) -> bool:
        """It will never fit: the group has less permits, or is not defined."""
        return self.permits < self.wanted


def need(request: AnyRequest, group: GroupName, permits: int) -> int:
    """How many permits *request* takes of *group*, which has so many; at least one."""
    weight = request.weights.get(group, 1)
    return max(permits, 1) if weight == ALL else weight


class Board:
    """
    The live requests, by group: read once, so that a question about one costs what that one names,
    however many wait.

    Of a *shared* queue *live* has only who comes next; places in it were counted where it is kept.
    """

    def __init__(
        self, live: Iterable[AnyRequest], shared: Mapping[GroupName, SharedQueue] | None = None
    ) -> None:
        self._shared = shared or {}
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

    def groups(self) -> frozenset[GroupName]:
        """Those that somebody holds or waits for."""
        return frozenset((*self._held, *self._queued))

    def holders(self, group: GroupName) -> tuple[AnyRequest, ...]:
        """List who takes a permit of *group*, in the order in which they asked."""
        return tuple(self._held.get(group, ()))

    def queue(self, group: GroupName, first: int | None = None) -> tuple[AnyRequest, ...]:
        """List who is queued for *group*, next one first; only the *first* so many."""
        return tuple(self._queued.get(group, ())[:first])

    def place(self, request: AnyRequest, group: GroupName) -> tuple[int, int] | None:
        """Give the place of *request* in *group*'s queue, 1 is next, and how many are in it."""
        position = self._place(request, group)
        return None if position is None else (position, self.waiting(group))

    def waiting(self, group: GroupName) -> int:
        """Count who is queued for *group*."""
        shared = self._shared.get(group)
        return len(self._queued.get(group, ())) if shared is None else shared.of

    def _place(self, request: AnyRequest, group: GroupName) -> int | None:
        shared = self._shared.get(group)
        here = self._places.get(group, {}).get(request.id)
        return here if shared is None else shared.places.get(request.id, here)

    def taken(self, group: GroupName, permits: int) -> int:
        """Count the taken permits of *group*, which has *permits*."""
        return sum(need(request, group, permits) for request in self._held.get(group, ()))

    def fits(self, request: AnyRequest, group: GroupName, permits: int) -> bool:
        """Tell whether so many permits of *group* are free as *request* takes."""
        wanted = need(request, group, permits)
        return wanted <= permits and self.taken(group, permits) + wanted <= permits

    def free_names(self, group: GroupName, names: Sequence[str]) -> tuple[str, ...]:
        """The free ones of a group's named permits, in their order."""
        had = {n for request in self._held.get(group, ()) for n in request.permits.get(group, ())}
        return tuple(name for name in names if name not in had)

    def blocked(self, group: GroupName, permits: int) -> bool:
        """
        Tell whether *group* is full of suspect grants: none of them ends by itself for sure. A
        person past their time is asked themselves.
        """
        held = self._held.get(group, ())
        stuck = all(r.shown == "suspect" for r in held)
        return self.taken(group, permits) >= permits and stuck

    def grantable(self, request: AnyRequest, permits: Mapping[GroupName, int]) -> bool:
        """Tell whether *request* is queued and may have all of its groups now."""
        return all(
            self._place(request, group) == 1 and self.fits(request, group, permits.get(group, 0))
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
    obstacles = (
        _obstacle(request, board, group, permits.get(group, 0)) for group in request.groups
    )
    return tuple(obstacle for obstacle in obstacles if obstacle is not None)


def _obstacle(request: AnyRequest, board: Board, group: GroupName, permits: int) -> Obstacle | None:
    held = board.holders(group)
    ahead = tuple(other for other in board.queue(group) if other.seq < request.seq)
    full = not board.fits(request, group, permits)
    if not full and not ahead:
        return None
    return Obstacle(group, permits, need(request, group, permits), held if full else (), ahead)


def too_large(request: AnyRequest, permits: Mapping[GroupName, int]) -> tuple[GroupName, ...]:
    """
    Name the groups that can never be granted to *request*.

    With any, end the request as rejected: left queued, it would block those behind it for ever.
    """
    return tuple(
        group
        for group in request.groups
        if permits.get(group, 0) < need(request, group, permits.get(group, 0))
    )


def granted_permits(
    request: AnyRequest,
    live: Iterable[AnyRequest],
    permits: Mapping[GroupName, int],
    names: Mapping[GroupName, Sequence[str]],
) -> tuple[dict[GroupName, int], dict[GroupName, tuple[str, ...]]]:
    """
    What a request that may be granted takes of each group: how many permits, counted now, and where
    they have *names*, which: the first that are free.
    """
    board = Board(other for other in live if other.id != request.id)
    counts = {group: need(request, group, permits.get(group, 1)) for group in request.groups}
    given = {
        group: board.free_names(group, names[group])[: counts[group]]
        for group in request.groups
        if group in names
    }
    return counts, given


def _place(request: AnyRequest) -> int:
    return request.seq

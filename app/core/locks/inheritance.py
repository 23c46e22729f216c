"""What passes of a grant that ends to a rollback of its stage: never more than was granted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.core.locks.queue import Board, need
from app.core.model.lock_requests import ALL, LockRequest
from app.core.model.names import GroupName


@dataclass(frozen=True, slots=True)
class Inheritance:
    """How many permits of each group pass on, and which, where they have names."""

    takes: Mapping[GroupName, int]
    names: Mapping[GroupName, tuple[str, ...]]

    def within(self, was: LockRequest) -> bool:
        """Tell whether the grant *was* has all of that."""
        return all(
            group in was.groups
            and need(was, group, count) >= count
            and set(self.names.get(group, ())) <= set(was.permits.get(group, ()))
            for group, count in self.takes.items()
        )


def inheritance(
    was: LockRequest,
    asks: Mapping[GroupName, int],
    board: Board,
    permits: Mapping[GroupName, int],
    names: Mapping[GroupName, Sequence[str]],
) -> Inheritance | None:
    """
    What passes on where a rollback *asks* for so many permits of each group, by the file in force.

    None: the grant *was* has less than that, or the permits are fewer now than it and the grants of
    others take. What a visitor took beside it stands in nobody's way who was there before.
    """
    takes, given = {}, {}
    for group, weight in asks.items():
        there = permits.get(group, 0)
        count = max(there, 1) if weight == ALL else weight
        has = need(was, group, there) if group in was.groups else 0
        if group in names:
            left = [name for name in names[group] if name in was.permits.get(group, ())]
            given[group], has = tuple(left[:count]), len(left)
        others = (o for o in board.holders(group) if o.id != was.id and o.holder_kind != "visitor")
        if count > has or sum(need(o, group, there) for o in others) + count > there:
            return None
        takes[group] = count
    return Inheritance(takes, given)

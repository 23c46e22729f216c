"""
What an edit of `stagelock.yaml` asks of a lock request that is live: the one place that says so.

A promotion runs under the pipeline as of its grant. So a *queued* request follows the stage's
groups in force; a grant keeps what it has, whatever the file says by now, and takes in addition
what the stage names anew. Permits, `max-hold` and the rest are read where they count.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from math import inf

from app.core.model.lock_requests import ALL, RequestState
from app.core.model.names import GroupName

AsksFor = tuple[GroupName, ...] | None
"""The groups that a stage names in the pipeline in force; None: there is no such stage."""


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The edit does not touch the request."""


@dataclass(frozen=True, slots=True)
class Follows:
    """Queued, it asks for these groups from now on, with one age in all of them."""

    groups: tuple[GroupName, ...]
    last: bool
    """
    That age is a new one, at the end of the queue, because a group is asked for that was not asked
    for before: those who wait for it asked earlier. Else it keeps the age it has.
    """


@dataclass(frozen=True, slots=True)
class Leaves:
    """Queued for a stage that names no group any more: there is nothing to wait for."""


@dataclass(frozen=True, slots=True)
class Spreads:
    """
    Granted, it takes *groups*, too, from now to its end, beyond their permits if need be: its job
    may run already, and whoever shares these groups with it must not.
    """

    groups: tuple[GroupName, ...]


Edit = Unchanged | Follows | Leaves | Spreads


def edit(state: RequestState, has: tuple[GroupName, ...], asks: AsksFor) -> Edit:
    """
    What becomes of a request in *state* on the groups *has*, when its stage *asks* for others.

    A stage that is gone (removed, renamed, its file gone) asks for nothing: what it began is ended
    or followed to its end by `planning.locking`, and frees nothing by the edit.
    """
    match state:
        case "queued":
            return _queued(has, asks)
        case "held" | "suspect":
            more = _once(group for group in asks or () if group not in has)
            return Spreads(more) if more else Unchanged()
        case _:
            return Unchanged()


def _queued(has: tuple[GroupName, ...], asks: AsksFor) -> Edit:
    if asks is None:
        return Unchanged()
    wanted = _once(asks)
    if not wanted:
        return Leaves()
    return Unchanged() if set(wanted) == set(has) else Follows(wanted, joins(has, wanted))


def joins(has: Collection[GroupName], wanted: Collection[GroupName]) -> bool:
    """Tell whether *wanted* holds a group that was not asked for before: then the age is new."""
    return not set(wanted) <= set(has)


def grows(has: Mapping[GroupName, int], wanted: Mapping[GroupName, int]) -> bool:
    """
    Tell whether a weight in *wanted* (1 where it is not listed) is greater than it was: then the
    age is new, too. `ALL` is more than any number.
    """
    return any(_size(wanted.get(group, 1)) > _size(has.get(group, 1)) for group in {*has, *wanted})


def _size(weight: int) -> float:
    return inf if weight == ALL else weight


def _once(groups: Iterable[GroupName]) -> tuple[GroupName, ...]:
    return tuple(dict.fromkeys(groups))

"""How many permits of a group somebody takes, and which of named ones (F15, F27, L12, L14, L15, E7)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from app.core.model.names import GroupName

if TYPE_CHECKING:
    from app.core.model.lock_requests import AnyRequest, LockRequest
    from tests.oracle.moment import Moment
    from tests.oracle.pipeline import Plan, Spot

HOLDING = ("held", "suspect")
ALL = 0
"""The weight of who takes all that there are at the grant."""


def count(weight: int, permits: int) -> int:
    """So many permits that is, of a group which has so many."""
    return max(permits, 1) if weight == ALL else weight


def takes(plan: Plan, request: AnyRequest, group: GroupName) -> int:
    """What *request* takes of *group*: once it is granted, what it was granted."""
    return count(request.weights.get(group, 1), plan.permits.get(group, 1))


def taken(plan: Plan, others: Collection[AnyRequest], group: GroupName) -> int:
    """How many permits *others*, who hold the group, have; of a name that is gone, too (rule E7)."""
    return sum(takes(plan, other, group) for other in others)


def of_stage(plan: Plan, spot: Spot, group: str) -> int:
    """What a grant of the stage takes."""
    return count(spot.weights.get(group, 1), plan.permits.get(group, 1))


def of_visitor(plan: Plan, spots: Collection[Spot], group: str) -> int:
    """rules L11, L12, L14: what its stage takes by any of these files, of named ones all."""
    if group in plan.names:
        return len(plan.names[group])
    return max((of_stage(plan, spot, group) for spot in spots), default=1)


def granted(
    moment: Moment, request: AnyRequest, asked: int | None, over: Collection[AnyRequest] = ()
) -> list[str]:
    """
    *request* was granted just now, in its turn: it has what its stage takes by the file in force, or
    what its client *asked* for (None: nobody said), and of named permits that many, which nobody
    else has, the first that were free. *over*: who may have held until just now, or for a moment.
    """
    wrong = []
    spot = moment.plan.spots.get(getattr(request, "stage", ""))
    for group in request.groups:
        has = request.weights.get(group, 1)
        due = of_stage(moment.plan, spot, group) if spot is not None else None
        if asked is not None:
            due = count(asked, moment.plan.permits.get(group, 1))
        if due is not None and has != due:
            wrong.append(f"F15: {request.name} has {has} permits of {group}, and takes {due}")
        wrong += _named(moment, request, group, over)
    return wrong


def inherited(moment: Moment, heir: LockRequest, was: LockRequest) -> list[str]:
    """
    rule E60: the rollback *heir* has what the grant *was* had, of it what its stage takes by the file
    in force, and no more.
    """
    wrong = []
    spot = moment.plan.spots.get(heir.stage)
    for group in heir.groups:
        has, had = heir.weights.get(group, 1), was.weights.get(group, 1)
        due = of_stage(moment.plan, spot, group) if spot is not None else has
        if group not in was.groups or has != due or has > had:
            wrong.append(f"E60: {heir.name} takes over {has} of {had} of {group}, and takes {due}")
        mine, names = heir.permits.get(group, ()), moment.plan.names.get(group, ())
        left = [name for name in names if name in was.permits.get(group, ())]
        if names and list(mine) != left[:has]:
            wrong.append(f"E60: {heir.name} takes over {list(mine)} of {group}, of {left}")
    return wrong


def _named(
    moment: Moment, request: AnyRequest, group: GroupName, over: Collection[AnyRequest]
) -> Iterator[str]:
    """rule F27."""
    names, mine = moment.plan.names.get(group, ()), request.permits.get(group, ())
    others = [o for o in moment.records.all_requests if o.id != request.id and o.state in HOLDING]
    before = [o for o in others if o.tokens.get(group, 0) < request.tokens.get(group, 0)]
    had, may = _names(before, group), _names(over, group)
    free = [name for name in names if name not in had and (name not in may or name in mine)]
    if list(mine) != free[: request.weights.get(group, 1)]:
        yield f"F27: {request.name} has {list(mine)} of {group}, and {free} were free"


def _names(requests: Collection[AnyRequest], group: GroupName) -> set[str]:
    return {name for request in requests for name in request.permits.get(group, ())}


def visits(moment: Moment, request: LockRequest) -> list[str]:
    """rules L11, L12, L14: *request* took its permits without having been granted them."""
    row = next((r for r in moment.records.promotions if r.id == request.promotion), None)
    spots = moment.spots(row) if row is not None else []
    return _beyond(moment, request, request.groups, spots)


def spread(moment: Moment, request: LockRequest, more: Collection[GroupName]) -> list[str]:
    """rule E6: the grant *request* takes *more* groups, which an edit has given its stage."""
    spot = moment.plan.spots.get(request.stage)
    return _beyond(moment, request, more, [spot] if spot is not None else [])


def _beyond(
    moment: Moment, request: LockRequest, groups: Collection[GroupName], spots: Collection[Spot]
) -> list[str]:
    return [
        f"L12: {request.name} takes {request.weights.get(group, 1)} of {group} unasked, not {due}"
        for group in groups
        if spots and request.weights.get(group, 1) != (due := of_visitor(moment.plan, spots, group))
    ]

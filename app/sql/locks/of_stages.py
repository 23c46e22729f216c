"""A stage's lock request: a new one, and the live one that stands for its stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from app.core.locks.protocol import Event, after
from app.core.model.lock_requests import LockRequest
from app.core.model.names import FreightId, GroupName, PromotionId, StageName
from app.sql.locks.transaction import Turn


def new_request(
    repo_id: int,
    repo_name: str,
    stage: StageName,
    promotion: PromotionId,
    freight: FreightId,
    groups: Sequence[GroupName],
    at: datetime,
    weights: Mapping[GroupName, int] | None,
) -> LockRequest:
    """A request that is not stored yet; what takes one permit is not listed in its weights."""
    if not groups:
        raise ValueError("a lock request names at least one group")
    state = after(None, Event.ASKED)
    once = tuple(dict.fromkeys(groups))
    heavy = {name: number for name, number in (weights or {}).items() if number != 1}
    return LockRequest(
        0, repo_id, repo_name, stage, promotion, freight, once, 0, state, at, weights=heavy
    )


def standing(turn: Turn, wanted: LockRequest) -> LockRequest | None:
    """
    Find the stage's live request: this promotion's own, else a queued one, else the newest grant.
    What earlier freight took without being granted it stands for nobody else.
    """
    mine = [
        request
        for request in turn.queues.of_stage(wanted.stage)
        if isinstance(request, LockRequest)
    ]
    own = [request for request in mine if request.promotion == wanted.promotion]
    queued = [request for request in mine if request.state == "queued"]
    granted = [request for request in mine if not request.out_of_turn]
    return next(iter([*own, *queued, *reversed(granted)]), None)

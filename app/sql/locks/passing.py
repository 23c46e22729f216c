"""A grant passes from one promotion of a stage to another, with nobody in between."""

from __future__ import annotations

from datetime import datetime

from app.core.locks.inheritance import Inheritance
from app.core.locks.protocol import ENDS, Event, after, late, moved
from app.core.model.lock_reasons import LockReason
from app.core.model.lock_requests import HOLDING, LockRequest
from app.core.model.names import FreightId, PromotionId
from app.errors import Conflict
from app.ports.store import Claim
from app.sql.database.engine import Database
from app.sql.locks.turns import turn_on_request
from app.sql.records.service_claims import pass_on


class Passing:
    """The part of `Locks` that passes grants on."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def take_over(
        self,
        claim: Claim,
        request_id: int,
        state: str,
        promotion: PromotionId,
        freight: FreightId,
        at: datetime,
        passes: Inheritance,
    ) -> LockRequest:
        with turn_on_request(self._db, claim, request_id, "take a lock over") as (turn, was):
            heirs = (request for request in turn.queues.own() if isinstance(request, LockRequest))
            heir = next((request for request in heirs if request.promotion == promotion), None)
            if heir is not None and late(heir.state, Event.GRANTED):
                return heir
            if not isinstance(was, LockRequest) or was.state not in HOLDING:
                raise Conflict(f"the lock request {was.id} is no grant of a stage: {was.state}")
            if not passes.within(was) or (heir and set(heir.groups) != set(passes.takes)):
                raise Conflict(f"the lock request {was.id}, or its heir's, was changed meanwhile")
            turn.end(was, ENDS[state], at, LockReason.TAKEN_OVER)
            held = heir or turn.add(_heir(was, promotion, freight, at, passes))
            held = turn.take_tokens(turn.take_permits(held, passes.takes, passes.names))
            pass_on(turn.connection, was, held)
            return turn.save(moved(held, Event.GRANTED, at))


def _heir(
    was: LockRequest, promotion: PromotionId, freight: FreightId, at: datetime, passes: Inheritance
) -> LockRequest:
    """A request for what passes on."""
    return LockRequest(
        0,
        was.repo_id,
        was.repo_name,
        was.stage,
        promotion,
        freight,
        tuple(passes.takes),
        0,
        after(None, Event.ASKED),
        at,
    )

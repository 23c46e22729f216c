"""Jobs at environments: who is let in, what ends a grant, and whose turn it is (L16 to L21, L47)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.oracle.moment import Moment

if TYPE_CHECKING:
    from app.core.model.lock_requests import DirectRequest, LockRequest

HOLDING = ("held", "suspect", "releasing")


@dataclass(frozen=True)
class Standing:
    """
    A workflow run at *environment* now. *check*: its job is one that a stage awaits, on *head*.
    *inside*: a job that was let in goes on; *waits*: one waits.
    """

    run: int
    attempt: int
    environment: str
    head: str
    check: str
    inside: bool
    waits: bool


def own(moment: Moment, at: Standing) -> DirectRequest | None:
    """rule L19: the live request of that run, attempt and environment."""
    wanted = ("job", at.environment, f"{at.run}/{at.attempt}")
    live = (row for row in moment.records.direct if row.state in ("queued", *HOLDING))
    return next((row for row in live if (row.kind, row.asker, row.owner) == wanted), None)


def joins(moment: Moment, at: Standing) -> LockRequest | None:
    """rule L17: the grant of a stage that awaits the job, on what that landed, or on later equals."""
    group = moment.plan.doors.get(at.environment)
    for request in moment.records.requests:
        row = next((r for r in moment.records.promotions if r.id == request.promotion), None)
        if request.state not in HOLDING or group not in request.groups or row is None:
            continue
        landed = row.landed or (row.intent.commit if row.intent else None)
        known = moment.plans(row.config)
        spot = known.spots.get(row.stage) if known else None
        awaited = spot is not None and any(_is(rule, at.check) for rule in spot.verify)
        if at.check and awaited and landed and moment.holds(landed, at.head):
            return request
    return None


def _is(rule: str, name: str) -> bool:
    return rule == name or (rule.endswith("*") and name.startswith(rule[:-1]))


def let_in(moment: Moment, at: Standing) -> list[str]:
    """rules L16, L19: the App gives leave to what waits there; *moment* is just before that."""
    mine = own(moment, at)
    if at.environment not in moment.plan.doors or (mine is not None and mine.state in HOLDING):
        return []
    if joins(moment, at) is not None:
        return []
    return [f"L19: the run {at.run} is let in to {at.environment}, and has no grant"]


def gives_back(at: Standing | None, row: DirectRequest) -> list[str]:
    """rules I18, L19: the grant of *row* is about to end by itself."""
    if at is None or not at.inside or row.state not in HOLDING:
        return []
    return [f"18: {row.name} gives back {row.groups[0]}, and a job of it goes on"]


def owing(moment: Moment, there: list[Standing]) -> Iterator[tuple[str, str]]:
    """rules L47, L17, L20: what must have been done: (key, sentence) while it has not."""
    for at in there:
        mine, name = own(moment, at), f"the run {at.run} waits at {at.environment}"
        key = f"door {at.run} {at.attempt}"
        if at.waits and at.environment not in moment.plan.doors:
            yield key, f"L21: {name}, which the file does not name"
        elif at.waits and mine is not None and mine.state in HOLDING:
            yield key, f"L47: {name}, and has its grant"
        elif at.waits and mine is None and joins(moment, at) is None:
            yield key, f"L47: {name}, and nobody has asked for it"
        elif not at.waits and not at.inside and mine is not None:
            yield key, f"L20: the run {at.run} is over, and {mine.groups[0]} is {mine.state} for it"

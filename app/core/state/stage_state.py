"""One stage's past and present, read from its promotions in one pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, Self

from app.core.model.lock_requests import LockRequest
from app.core.model.names import FreightId, StageName
from app.core.model.pipeline import Stage
from app.core.model.records import ENDED, Hold, Order, Promotion
from app.core.model.verdicts import Reason
from app.core.state.rejections import Age, Back, asked_for, begun

_ADOPTED = Reason.ADOPTED  # looking a member up takes longer than comparing with it


class StageView(NamedTuple):
    """One stage's past and present (a tuple, as verdicts are: a plan makes one of every stage)."""

    stage: Stage
    promotions: tuple[Promotion, ...]
    """By number, oldest first."""
    current: Promotion | None
    """
    What the stage is at: the newest landed one whose commit is reachable and whose freight is on
    its line.
    """
    inflight: Promotion | None
    """The unfinished one."""
    verified: Mapping[FreightId, Promotion]
    """
    The attempt by which each freight was verified here, and still counts: another attempt at it, to
    have it instead of hand edits, takes nothing of that back before it has said something.
    """
    orders: tuple[Order, ...]
    """What people asked of it, by id."""
    request: LockRequest | None
    """Its live lock request; None: it has none."""
    latest: Mapping[FreightId, Promotion]
    """The newest attempt for each freight."""
    hold: Hold | None = None
    """What keeps it from promoting by itself now."""
    back: Back | None = None
    """The rollback, begun or asked for, that says what is turned away here."""

    @classmethod
    def read(
        cls,
        stage: Stage,
        promotions: tuple[Promotion, ...],
        holds: Callable[[Promotion], bool],
        above: Mapping[StageName, StageView],
        age: Age,
        *,
        orders: tuple[Order, ...] = (),
        request: LockRequest | None = None,
        hold: Hold | None = None,
    ) -> Self:
        """Read *promotions*; *holds*: is its content there? *above*: upstreams; *age*: freight"""
        latest: dict[FreightId, Promotion] = {}
        verified: dict[FreightId, Promotion] = {}
        silent: set[FreightId] = set()
        current: Promotion | None = None
        inflight = current
        back = asked_for(promotions, orders, holds, age) if orders else None
        for after, promotion in enumerate(reversed(promotions)):  # by number: clocks differ
            freight, state, here = promotion.freight, promotion.state, promotion.landed is not None
            back = back or begun(promotion, holds, after)
            known = freight in latest
            if (not known or freight in silent) and promotion.reason != _ADOPTED:
                silent.discard(freight)
                latest.setdefault(freight, promotion)
                if back is not None and back.turns_away(age, freight, was_here=here):
                    pass  # it counts no more
                elif state == "verified" and promotion.verified_at and holds(promotion):
                    verified[freight] = promotion
                elif says_nothing(promotion):
                    silent.add(freight)
            if current is None and holds(promotion):
                current = promotion
            if inflight is None and state not in ENDED:
                inflight = promotion
        if not stage.writes:
            verified = {f: p for f, p in verified.items() if _through(stage, f, above)}
        return cls(
            stage, promotions, current, inflight, verified, orders, request, latest, hold, back
        )


def says_nothing(promotion: Promotion) -> bool:
    """It is unfinished, or went without having landed: what was known of its freight stays so."""
    match promotion.state:
        case "verified":
            return False
        case "failed" | "superseded" | "cancelled":
            return promotion.landed is None
        case _:
            return True


def _through(stage: Stage, freight: FreightId, above: Mapping[StageName, StageView]) -> bool:
    """What a control-flow stage lets through counts only while it is verified upstream."""
    verified = [freight in above[name].verified for name in stage.upstreams]
    return any(verified) if stage.needs_any else all(verified)


def landed_well(promotion: Promotion) -> bool:
    """It landed, and its content is what it meant to write."""
    return (
        promotion.landed is not None
        and not promotion.adopted
        and promotion.reason != Reason.LANDED_OTHERWISE
    )

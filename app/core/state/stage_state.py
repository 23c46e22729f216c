"""One stage's past and present, read from its promotions in one pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from app.core.model.names import FreightId, StageName
from app.core.model.pipeline import Stage
from app.core.model.records import ENDED, Hold, LockRequest, Order, Promotion
from app.core.model.verdicts import Reason

_ADOPTED = Reason.ADOPTED  # looking a member up takes longer than comparing with it


@dataclass(frozen=True, slots=True)
class StageView:
    """
    One stage's past and present.

    *promotions* by number, oldest first. *current* is what the stage is at: the newest landed one
    whose commit is reachable and whose freight is on its line. *inflight* is the unfinished one, if
    any. *verified* maps freight to when it was verified here (and still counts).
    """

    stage: Stage
    promotions: tuple[Promotion, ...]
    current: Promotion | None
    inflight: Promotion | None
    verified: Mapping[FreightId, datetime]
    orders: tuple[Order, ...]
    request: LockRequest | None
    latest: Mapping[FreightId, Promotion] = field(default_factory=dict)
    """The newest attempt for each freight."""
    hold: Hold | None = None
    """What keeps it from promoting by itself now."""

    @classmethod
    def read(
        cls,
        stage: Stage,
        rows: tuple[Promotion, ...],
        holds: Callable[[Promotion], bool],
        above: Mapping[StageName, StageView],
        *,
        orders: tuple[Order, ...] = (),
        request: LockRequest | None = None,
        hold: Hold | None = None,
    ) -> Self:
        """Read *rows*; *holds* tells whether content is there, *above* has the upstreams."""
        latest: dict[FreightId, Promotion] = {}
        verified: dict[FreightId, datetime] = {}
        current: Promotion | None = None
        inflight: Promotion | None = None
        for row in rows:
            freight, there = row.freight, holds(row)
            if row.reason != _ADOPTED:
                latest[freight] = row
                if there and row.verified_at and row.state == "verified":
                    verified[freight] = row.verified_at
                else:
                    verified.pop(freight, None)
            if there:  # the order of promotions is their number: clocks differ
                current = row
            if row.state not in ENDED:
                inflight = row
        if not stage.writes:
            verified = {f: at for f, at in verified.items() if _through(stage, f, above)}
        return cls(
            stage=stage,
            promotions=rows,
            current=current,
            inflight=inflight,
            verified=verified,
            orders=orders,
            request=request,
            latest=latest,
            hold=hold,
        )


def _through(stage: Stage, freight: FreightId, above: Mapping[StageName, StageView]) -> bool:
    """What a control-flow stage lets through counts only while it is verified upstream."""
    found = [freight in above[name].verified for name in stage.upstreams]
    return any(found) if stage.needs_any else all(found)

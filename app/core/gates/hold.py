"""A person's hold on the stage (`/hold`): "not now"."""

from __future__ import annotations

from app.core.gates.gate import Entry, Gate
from app.core.gates.orders import order_for, started_before
from app.core.model.people import handle
from app.core.model.verdicts import GateAnswer, Reason

NAME = "hold"


def hold(entry: Entry) -> GateAnswer | None:
    """What a person starts passes it; None where the stage is not held."""
    view, freight = entry.view, entry.freight
    held = view.hold
    if held is None:
        return None
    order = order_for(view, freight)
    before = started_before(view, freight)
    by = order.actor if order else before.started_by if before else ""
    if by:
        return GateAnswer(NAME, "pass", Reason.PASSED, (handle(by),), since=held.since)
    return GateAnswer(
        NAME,
        "wait",
        Reason.ON_HOLD,
        (handle(held.by),) if held.by else (),
        since=held.since,
        until=held.until,
        detail=held.reason,
    )


GATE = Gate(NAME, hold, (Reason.ON_HOLD,), promote_passes=True, alike=True)

"""`auto: false`: a person starts each promotion."""

from __future__ import annotations

from app.core.gates.arrival import arrived
from app.core.gates.gate import Entry, Gate
from app.core.gates.orders import order_for, started_before
from app.core.model.people import handle
from app.core.model.verdicts import GateAnswer, Reason

NAME = "auto"


def started(entry: Entry) -> GateAnswer | None:
    """`auto: false` waits for a person's `/promote`."""
    view, freight = entry.view, entry.freight
    if view.stage.auto:
        return None
    order = order_for(view, freight)
    if order is not None:
        return GateAnswer(NAME, "pass", Reason.PASSED, (handle(order.actor),), since=order.at)
    before = started_before(view, freight)
    if before is not None:
        by = (handle(before.started_by),)
        return GateAnswer(NAME, "pass", Reason.PASSED, by, since=before.created_at)
    return GateAnswer(NAME, "wait", Reason.NOT_STARTED, since=arrived(entry))


GATE = Gate(
    NAME, started, (Reason.NOT_STARTED,), promote_passes=True, alike=True, opens_review=True
)

"""A person's block of the freight (`/block`): it enters no stage where it is not yet."""

from __future__ import annotations

from app.core.gates.gate import Entry, Gate
from app.core.model.people import handle
from app.core.model.verdicts import GateAnswer, Reason

NAME = "block"


def block(entry: Entry) -> GateAnswer | None:
    """Nothing passes it but `/allow`; None where the freight is not blocked, or there already."""
    block_now = entry.ledger.blocked.get(entry.freight)
    current = entry.view.current
    if block_now is None or (current is not None and current.freight == entry.freight):
        return None
    by = (handle(block_now.by),)
    return GateAnswer(
        NAME, "wait", Reason.BLOCKED, by, since=block_now.since, detail=block_now.reason
    )


GATE = Gate(NAME, block, (Reason.BLOCKED,), opens_review=True, never_skipped=True)

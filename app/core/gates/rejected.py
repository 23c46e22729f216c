"""A rollback turned the freight away here: it enters again only when a person names it."""

from __future__ import annotations

from app.core.gates.gate import Entry, Gate
from app.core.gates.orders import order_for
from app.core.model.people import handle
from app.core.model.verdicts import GateAnswer, Reason
from app.core.state.rejections import turned_away_by

NAME = "rollback"


def rejected(entry: Entry) -> GateAnswer | None:
    """A person who names it brings it back; None where no rollback turned it away."""
    ledger, view, freight, _, _ = entry
    back = turned_away_by(ledger, view, freight)
    if back is None:
        return None
    order = order_for(view, freight)
    if order is not None:
        return GateAnswer(NAME, "pass", Reason.PASSED, (handle(order.actor),), since=order.at)
    names = (back.freight.short, handle(back.by))
    return GateAnswer(NAME, "wait", Reason.TURNED_AWAY, names, since=back.since)


GATE = Gate(NAME, rejected, (Reason.TURNED_AWAY,), opens_review=True)

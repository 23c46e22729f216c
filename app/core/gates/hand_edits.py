"""`on-drift: block`: hand edits are replaced only on a person's command."""

from __future__ import annotations

from app.core.gates.gate import Entry, Gate
from app.core.gates.orders import started_before, starts
from app.core.model.renders import Rendered
from app.core.model.verdicts import GateAnswer, Reason
from app.core.state import drift

NAME = "drift"


def hand_edits(entry: Entry) -> GateAnswer | None:
    """
    Wait for a person's consent to just these edits; None where nothing blocks.

    Where every other gate has passed, it is asked too whether people changed it to just what the
    freight gives.
    """
    ledger, view, freight, alone, _ = entry
    if not drift.blocked(ledger, view):
        return None
    latest = view.latest.get(freight)
    consents = [(order.over, order.at) for order in view.orders if starts(order, freight)]
    if latest is not None and (not latest.ended or started_before(view, freight) is latest):
        consents.append((latest.over, latest.created_at))
    agreed = [at for over, at in consents if drift.agreed(ledger, view, over)]
    if agreed:
        return GateAnswer(NAME, "pass", Reason.PASSED, since=min(agreed))
    if alone:
        rendered = ledger.render(view.stage.name, freight)
        if isinstance(rendered, Rendered) and rendered.in_sync:
            return GateAnswer(NAME, "pass", Reason.PASSED)
    edits = drift.standing(ledger, view)
    names, since = tuple(edit.place for edit in edits), drift.since(ledger, view, edits)
    return GateAnswer(NAME, "wait", Reason.DRIFT, names, since)


GATE = Gate(NAME, hand_edits, (Reason.DRIFT,), promote_passes=True, never_skipped=True)

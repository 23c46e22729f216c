"""`soak`: the shortest time between verification upstream and entry here."""

from __future__ import annotations

from app.core.gates.arrival import entered
from app.core.gates.gate import Entry, Gate
from app.core.model.verdicts import GateAnswer, Reason

NAME = "soak"


def soak(entry: Entry) -> GateAnswer | None:
    """It counts from the verification upstream, else from the minting."""
    stage = entry.terms
    if not stage.soak:
        return None
    since = entered(entry)
    if since is None:
        return GateAnswer(NAME, "wait", Reason.SOAKING)
    until = since + stage.soak
    if entry.ledger.snapshot.now >= until:
        return GateAnswer(NAME, "pass", Reason.PASSED, since=since)
    return GateAnswer(NAME, "wait", Reason.SOAKING, since=since, until=until)


GATE = Gate(NAME, soak, (Reason.SOAKING,), rollback_passes=True)

"""`at-most-every`: the shortest time between a landing and the next write here."""

from __future__ import annotations

from app.core.gates.gate import Entry, Gate
from app.core.model.verdicts import GateAnswer, Reason
from app.core.state.past import ask

NAME = "at-most-every"


def at_most_every(entry: Entry) -> GateAnswer | None:
    """It counts from the last landing that wrote something here; rollbacks do not count."""
    ledger, stage = entry.ledger, entry.terms
    if not stage.at_most_every:
        return None
    landings = (
        p.landed_at
        for p in reversed(entry.view.promotions)
        if p.landed_at and not p.in_sync and not p.adopted and p.leaves is None
        if p.reason != Reason.LANDED_OTHERWISE
    )
    last = next(landings, None)
    if last is None:
        ask(ledger, stage.name)
        return GateAnswer(NAME, "pass", Reason.PASSED)
    until = last + stage.at_most_every
    if ledger.snapshot.now >= until:
        return GateAnswer(NAME, "pass", Reason.PASSED, since=last)
    return GateAnswer(NAME, "wait", Reason.TOO_SOON, since=last, until=until)


GATE = Gate(NAME, at_most_every, (Reason.TOO_SOON,), alike=True, rollback_passes=True)

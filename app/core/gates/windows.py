"""`windows`: the calendar times in which the stage accepts promotions."""

from __future__ import annotations

from app.core.gates.gate import Entry, Gate
from app.core.model.verdicts import GateAnswer, Reason
from app.core.model.windows import closing, opening

NAME = "windows"


def windows(entry: Entry) -> GateAnswer | None:
    """It waits for exactly the moment at which the stage opens next, and passes until it closes."""
    asked = entry.view.stage.windows
    if not asked:
        return None
    now = entry.ledger.snapshot.now
    found = opening(asked, now)
    if found.at == now:
        return GateAnswer(NAME, "pass", Reason.PASSED, until=closing(asked, now))
    if found.by is None:
        return GateAnswer(NAME, "wait", Reason.WINDOWS_OVER)
    reason = Reason.WINDOW_DENIED if found.by in asked.deny else Reason.WINDOW_CLOSED
    return GateAnswer(NAME, "wait", reason, (found.by.written,), until=found.at)


_REASONS = (Reason.WINDOW_CLOSED, Reason.WINDOW_DENIED, Reason.WINDOWS_OVER)
GATE = Gate(NAME, windows, _REASONS, alike=True, rollback_passes=True)

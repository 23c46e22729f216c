"""`windows`: the calendar times in which the stage accepts promotions."""

from __future__ import annotations

from app.core.gates.gate import Entry, Gate
from app.core.model.verdicts import GateAnswer, Reason
from app.core.model.windows import closing, opening
from app.core.model.windows_before import unchanged_since

NAME = "windows"


def windows(entry: Entry) -> GateAnswer | None:
    """It waits for exactly the moment at which the stage opens next, and passes until it closes."""
    asked = entry.view.stage.windows
    if not asked:
        return None
    now = entry.ledger.snapshot.now
    opens, since = opening(asked, now), unchanged_since(asked, now)
    if opens.at == now:
        return GateAnswer(NAME, "pass", Reason.PASSED, since=since, until=closing(asked, now))
    if opens.by is None:
        return GateAnswer(NAME, "wait", Reason.WINDOWS_OVER, since=since)
    reason = Reason.WINDOW_DENIED if opens.by in asked.deny else Reason.WINDOW_CLOSED
    return GateAnswer(NAME, "wait", reason, (opens.by.written,), since, opens.at)


_REASONS = (Reason.WINDOW_CLOSED, Reason.WINDOW_DENIED, Reason.WINDOWS_OVER)
GATE = Gate(NAME, windows, _REASONS, alike=True, rollback_passes=True)

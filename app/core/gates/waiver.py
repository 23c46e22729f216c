"""Gates that a promotion passes whatever they answer: a rollback those that say so themselves."""

from __future__ import annotations

from collections.abc import Callable

from app.core.gates.gate import Entry, Gate
from app.core.model.names import FreightId
from app.core.model.questions import CannotAsk
from app.core.model.records import Promotion
from app.core.model.verdicts import GateAnswer, Reason
from app.core.state.ledger import StageView

Ask = Callable[[Gate, Entry], GateAnswer | None]


def rolling_back(view: StageView, freight: FreightId) -> Promotion | None:
    """The rollback to *freight* that is under way in the stage."""
    row = view.inflight
    return row if row is not None and row.leaves is not None and row.freight == freight else None


def waives(view: StageView, freight: FreightId) -> Ask | None:
    """How the gates are asked for *freight*; None: as they are."""
    row = rolling_back(view, freight)
    if row is None:
        return None
    by = f"@{row.started_by}"

    def ask(gate: Gate, entry: Entry) -> GateAnswer | None:
        return _passed_by(gate, entry, by) if gate.rollback_passes else gate.ask(entry)

    return ask


def _passed_by(gate: Gate, entry: Entry, by: str) -> GateAnswer | None:
    """Its answer where it passes, or the stage has none; else that *by* passed by it."""
    try:
        answer = gate.ask(entry)
    except CannotAsk:
        answer = GateAnswer(gate.name, "wait", Reason.BY_ROLLBACK)
    if answer is None or answer.state == "pass":
        return answer
    return GateAnswer(gate.name, "pass", Reason.BY_ROLLBACK, (by,))

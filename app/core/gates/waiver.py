"""Gates that a promotion passes whatever they answer: a rollback, and one that skips its gates."""

from __future__ import annotations

from collections.abc import Callable

from app.core.gates.gate import Entry, Gate
from app.core.gates.orders import starts
from app.core.model.names import FreightId
from app.core.model.questions import CannotAsk
from app.core.model.verdicts import GateAnswer, Reason
from app.core.state.ledger import StageView

Ask = Callable[[Gate, Entry], GateAnswer | None]


def waives(view: StageView, freight: FreightId) -> Ask | None:
    """How the gates are asked for *freight*; None: as they are."""
    row = view.inflight
    if row is not None and row.leaves is not None and row.freight == freight:
        return _asking(lambda gate: gate.rollback_passes, Reason.BY_ROLLBACK, row.started_by)
    by = skipped_by(view, freight)
    return _asking(lambda gate: not gate.never_skipped, Reason.SKIPPED, by) if by else None


def skipped_by(view: StageView, freight: FreightId) -> str:
    """Who lets *freight* skip the gates of the stage, under way or ordered; "" if nobody."""
    row = view.inflight
    if row is not None and row.skips and row.freight == freight:
        return row.started_by
    return next((o.actor for o in view.orders if o.skips and starts(o, freight)), "")


def _asking(passes: Callable[[Gate], bool], reason: Reason, by: str) -> Ask:
    def ask(gate: Gate, entry: Entry) -> GateAnswer | None:
        return _passed_by(gate, entry, reason, by) if passes(gate) else gate.ask(entry)

    return ask


def _passed_by(gate: Gate, entry: Entry, reason: Reason, by: str) -> GateAnswer | None:
    """Its answer where it passes, or the stage has none; else that *by* passed by it."""
    try:
        answer = gate.ask(entry)
    except CannotAsk:
        return GateAnswer(gate.name, "pass", reason, (f"@{by}",))
    if answer is None or answer.state == "pass":
        return answer
    return GateAnswer(gate.name, "pass", reason, (f"@{by}",))

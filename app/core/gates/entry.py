"""
The gates of a stage, in the order in which people read them: GATES is the registry.

The lock is not among them: it is asked for when they have all passed, and they are asked again with
the grant in hand.
"""

from __future__ import annotations

from app.core.gates import (
    approval,
    block,
    cooldown,
    foreign_content,
    hand_edits,
    hold,
    permissions,
    rejected,
    reverted,
    soak,
    start,
    upstream,
    windows,
)
from app.core.gates.gate import Entry, Gate
from app.core.gates.waiver import waives
from app.core.model.names import FreightId
from app.core.model.verdicts import GateAnswer, Reason, Verdict
from app.core.state.ledger import Ledger, StageView

GATES: tuple[Gate, ...] = (
    permissions.GATE,
    upstream.GATE,
    block.GATE,
    reverted.GATE,
    rejected.GATE,
    start.GATE,
    soak.GATE,
    approval.GATE,
    hold.GATE,
    windows.GATE,
    cooldown.GATE,
    foreign_content.GATE,
    hand_edits.GATE,
)
_OPENING = tuple(gate for gate in GATES if gate.opens_review)
PROMOTE_PASSES: frozenset[str] = frozenset(
    gate.name for gate in GATES if gate.promote_passes and not gate.only_named
)
"""The names of the gates that a person's `/promote` passes, whatever freight it means."""
ONLY_NAMED: frozenset[Reason] = frozenset(
    reason for gate in GATES if gate.only_named for reason in gate.reasons
)
"""Why freight waits until a `/promote` names it."""
ROLLBACK_PASSES: frozenset[str] = frozenset(gate.name for gate in GATES if gate.rollback_passes)
"""The names of the gates that a rollback passes."""
ALIKE: frozenset[str] = frozenset(gate.name for gate in GATES if gate.alike)
BEGINS: frozenset[str] = frozenset({upstream.NAME, start.NAME})
"""Behind these a promotion is asked for: what it waits for then, it waits for as itself."""
PERSONAL: frozenset[Reason] = frozenset(
    reason for gate in GATES if gate.promote_passes for reason in gate.reasons
)
"""The reasons of these gates: what waits for a person's word."""


def opening_gates(ledger: Ledger, view: StageView, freight: FreightId) -> tuple[GateAnswer, ...]:
    """What must pass before a pull request is opened: those that say `opens_review`."""
    return _asked(_OPENING, ledger, view, freight)


def entry_gates(ledger: Ledger, view: StageView, freight: FreightId) -> tuple[GateAnswer, ...]:
    """All gates of *freight* in the stage, in the order in which people read them."""
    return _asked(GATES, ledger, view, freight)


def _asked(
    gates: tuple[Gate, ...], ledger: Ledger, view: StageView, freight: FreightId
) -> tuple[GateAnswer, ...]:
    answers: list[GateAnswer] = []
    entry, waived = Entry(ledger, view, freight, alone=True), waives(view, freight)
    for gate in gates:
        answer = waived(gate, entry) if waived is not None else gate.ask(entry)
        if answer is None:
            continue
        answers.append(answer)
        if answer.state != "pass" and entry.alone:
            entry = Entry(ledger, view, freight, alone=False, unstarted=gate is start.GATE)
        elif answer.state != "pass" and entry.unstarted:
            entry = entry._replace(unstarted=False)
    return tuple(answers)


def passed(gates: tuple[GateAnswer, ...]) -> bool:
    """Tell whether every gate passed."""
    return all(g.state == "pass" for g in gates)


def asked_for(gates: tuple[GateAnswer, ...]) -> bool:
    """Tell whether it came here and was started, whatever it waits for now."""
    return all(g.state == "pass" for g in gates if g.gate in BEGINS)


def first_open(gates: tuple[GateAnswer, ...]) -> GateAnswer | None:
    """The gate that it waits for: the first that has not passed."""
    return next((g for g in gates if g.state != "pass"), None)


def waits_for_a_word(verdict: Verdict) -> bool:
    """One of its gates, the first or another, is passed by a person's `/promote`."""
    return not PERSONAL.isdisjoint((verdict.reason, *(gate.reason for gate in verdict.gates)))

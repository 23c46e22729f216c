"""
Leave to write: every gate, asked on one snapshot. Nothing is pushed or merged without it.

What pushes or merges takes a `Cleared`, and only `clear` makes one. So no attempt, first or
repeated, alone or in a batch, gets past a gate that has closed meanwhile.
"""

from __future__ import annotations

from dataclasses import InitVar, dataclass, replace
from datetime import datetime

from app.core.gates.entry import entry_gates, first_open
from app.core.model.lock_requests import LockRequest
from app.core.model.records import Promotion
from app.core.model.verdicts import GateAnswer, Reason
from app.core.state.ledger import Ledger, StageView

_SEAL = object()


@dataclass(frozen=True, slots=True)
class Cleared:
    """Leave to write, or to merge: made by `clear` alone; ``TypeError`` for anybody else."""

    promotion: Promotion
    at: datetime
    """Of the snapshot on which it was planned: good for that alone."""
    seal: InitVar[object]

    def __post_init__(self, seal: object) -> None:
        if seal is not _SEAL:
            message = "leave to write is given by the gates alone"
            raise TypeError(message)


@dataclass(frozen=True, slots=True)
class Stopped:
    """Why there is no leave now: the first gate that has not passed, and what all answered."""

    reason: Reason
    gates: tuple[GateAnswer, ...] = ()

    @property
    def missing(self) -> GateAnswer | None:
        """The gate that it waits for; None where it is no gate's doing."""
        return first_open(self.gates)

    @property
    def wakes(self) -> tuple[datetime, ...]:
        """When the answer may change without an event."""
        return tuple(g.until for g in self.gates if g.until is not None)


def clear(ledger: Ledger, view: StageView, promotion: Promotion) -> Cleared | Stopped:
    """
    Ask everything that must hold for *promotion* to be written now: its freight is on its line and
    no older than what the stage is at (but for a rollback), every gate passes, and the grant is in
    hand.
    """
    if ledger.age(promotion.freight) is None:
        return Stopped(Reason.WITHDRAWN)
    current = view.current
    older = current is not None and ledger.newer(current.freight, promotion.freight)
    if older and promotion.leaves is None:
        return Stopped(Reason.SUPERSEDED)
    gates = entry_gates(ledger, view, promotion.freight)
    missing = first_open(gates)
    if missing is not None:
        return Stopped(missing.reason, gates)
    if ledger.groups(promotion) and not _in_hand(ledger, promotion, view.request):
        return Stopped(Reason.LOCKING, gates)
    return Cleared(with_skipped(promotion, gates), ledger.snapshot.now, _SEAL)


def _in_hand(ledger: Ledger, promotion: Promotion, request: LockRequest | None) -> bool:
    """Its grant is held, and what it took of external lock services is still its own."""
    if request is None or request.promotion != promotion.id or request.state != "held":
        return False
    return ledger.vouched(request)


def with_skipped(promotion: Promotion, gates: tuple[GateAnswer, ...]) -> Promotion:
    """*promotion*, which names the *gates* that a person had it skip."""
    names = tuple(gate.gate for gate in gates if gate.reason is Reason.SKIPPED)
    return replace(promotion, skipped=names) if names and names != promotion.skipped else promotion

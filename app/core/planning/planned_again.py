"""Which ends say nothing about the freight: what ended so is planned again without being asked."""

from __future__ import annotations

from app.core.model.records import Promotion
from app.core.model.renders import Rendered, StepProblem
from app.core.model.verdicts import Reason
from app.core.state.ledger import Ledger

OVERTAKEN = frozenset({Reason.MOVED, Reason.LANDED_OTHERWISE})
"""What landed was not what was meant: it is recomputed."""
RETRYABLE = OVERTAKEN | {Reason.WITHDRAWN, Reason.UPSTREAM_REVOKED, Reason.STAGE_REMOVED}
"""Ends that say nothing about the freight: when its gates pass again it enters again."""
STEPS = frozenset({Reason.STEP_PROBLEM, Reason.SOURCE_PROBLEM})
"""A step could not run; what it found then is in the record."""


def cause_is_gone(ledger: Ledger, before: Promotion) -> bool:
    """Tell whether *before* failed by something outside its freight that has changed since."""
    if before.reason in STEPS:
        outcome = _made(ledger, before)
        if outcome is None:
            return False
        return not (isinstance(outcome, StepProblem) and outcome.fingerprint == before.problem)
    if before.reason == Reason.FOREIGN_TIP:  # somebody merged it, or did it by hand
        outcome = _made(ledger, before)
        return isinstance(outcome, Rendered) and outcome.in_sync
    if before.reason == Reason.BRANCH_MISSING and _branch_is_there(ledger, before):
        return True
    if before.reason in (Reason.RULE_REFUSED, Reason.BRANCH_MISSING):
        return before.config != ledger.snapshot.config.in_force
    return False


def _made(ledger: Ledger, before: Promotion) -> Rendered | StepProblem | None:
    """What another attempt would make of the branch: a rollback writes what was recorded."""
    if before.leaves is not None:
        return ledger.restored(before.stage, before.freight, before.restores)
    return ledger.render(before.stage, before.freight)


def _branch_is_there(ledger: Ledger, before: Promotion) -> bool:
    return ledger.base(before) in ledger.snapshot.tips

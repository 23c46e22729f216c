"""
Joining: the verifying job of a promotion that holds a lock is let in under that very grant.

Else the stage would wait for its job, and the job for its stage.
"""

from __future__ import annotations

from typing import NamedTuple

from app.core.evidence.matching import ACTIONS, named
from app.core.model.deployments import WorkflowRun
from app.core.model.lock_requests import HOLDING, LockRequest
from app.core.model.names import GroupName
from app.core.model.pipeline import Stage
from app.core.model.records import Promotion
from app.core.state.ledger import Ledger
from app.core.state.workflow_runs import jobs

NEAR = 8
"""So many later commits with equal outputs may speak for what a promotion landed."""


class Joined(NamedTuple):
    """The grant that a run's jobs join; None: they ask for one of their own."""

    request: LockRequest | None


def joined(ledger: Ledger, run: WorkflowRun, group: GroupName) -> Joined | None:
    """Whose grant of *group* the jobs of *run* join; None: not known yet. CannotAsk."""
    for request in ledger.live:
        row = ledger.promotion.get(request.promotion)
        if request.state not in HOLDING or group not in request.groups or row is None:
            continue
        stage = ledger.known(row)
        counts = _counts(ledger, row, run) if stage is not None and stage.verify else False
        verifies = _verifies(ledger, stage, run) if counts and stage is not None else counts
        if verifies is None:
            return None
        if verifies:
            return Joined(request)
    return Joined(None)


def _counts(ledger: Ledger, row: Promotion, run: WorkflowRun) -> bool | None:
    """Tell whether checks on the head of *run* may speak for *row*."""
    if row.landed is None:
        return row.intent is not None and row.intent.commit == run.head
    if row.landed == run.head:
        return True
    if row.landed not in ledger.snapshot.reachable or row.stage not in ledger.pipeline.stages:
        return False
    later = ledger.equal(row, NEAR)
    return None if later is None else run.head in later


def _verifies(ledger: Ledger, stage: Stage, run: WorkflowRun) -> bool | None:
    """Tell whether an unfinished job of *run* is among the checks that the stage awaits."""
    found = jobs(ledger, run.id, run.attempt)
    if found is None:
        return None
    rules = [rule for rule in stage.verify if rule.app in (None, ACTIONS)]
    going = [job for job in found if job.status != "completed"]
    return any(named(rule, job.name) for rule in rules for job in going)

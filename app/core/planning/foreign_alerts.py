"""
Who waits for another repository's suspect lock of no stage, which has no run that tells of it: one
comment in each repository that it concerns, where there is something to write it on.
"""

from __future__ import annotations

from app.core.model.deployments import WorkflowRun
from app.core.model.lock_requests import ForeignRequest, LockRequest
from app.core.model.questions import CannotAsk
from app.core.planning.actions import TellSuspect
from app.core.planning.stage_plan import StagePlan
from app.core.state.ledger import Ledger
from app.core.state.workflow_runs import workflow_run


def foreign_alerts(ledger: Ledger) -> StagePlan:
    """
    Told where a stage of this repository waits for it; else, while a stage of another one does, on
    the commit of its workflow run, if that is this repository's.
    """
    due = [holder for holder in ledger.snapshot.records.others if holder.alert]
    alerts = (_alert(ledger, holder) for holder in due)
    return StagePlan(tuple(alert for alert in alerts if alert is not None))


def _alert(ledger: Ledger, holder: ForeignRequest) -> TellSuspect | None:
    waits = next((request for request in ledger.live if _waits(request, holder)), None)
    run = _own_run(ledger, holder)
    actor = run.actor if run is not None else 0
    if waits is not None:
        return TellSuspect(holder, waits.freight.sha, actor, waits)
    queued = (other for group in holder.groups for other in ledger.board.queue(group))
    elsewhere = any(other.holder_kind == "stage" for other in queued)
    if run is None or not run.head or not elsewhere:
        return None
    return TellSuspect(holder, run.head, actor)


def _waits(request: LockRequest, holder: ForeignRequest) -> bool:
    return request.state == "queued" and not set(request.groups).isdisjoint(holder.groups)


def _own_run(ledger: Ledger, holder: ForeignRequest) -> WorkflowRun | None:
    """The workflow run of this repository that has it; None: none has, or it is not known now."""
    if holder.home != ledger.snapshot.repo.id or not holder.run:
        return None
    try:
        run = workflow_run(ledger, holder.run)
    except CannotAsk:
        return None
    return None if run is None or run.foreign else run

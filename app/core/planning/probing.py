"""
The probe: whether the job of a suspect grant has ended, asked of its workflow run.

Only the end of the attempt that took it is proof; what cannot be read leaves the grant suspect.
"""

from __future__ import annotations

from app.core.locks.protocol import Event
from app.core.model.ci_jobs import RunAttempt
from app.core.model.lock_reasons import LockReason
from app.core.model.lock_requests import DirectRequest
from app.core.model.questions import CannotAsk
from app.core.planning.actions import EndRequest, Suspect
from app.core.planning.lock_ends import end
from app.core.planning.lock_times import LOOK
from app.core.state.ledger import Ledger
from app.core.state.workflow_runs import probed


def probes(request: DirectRequest) -> RunAttempt | None:
    """The attempt that is asked about *request*; None: it is not suspect, or no job's."""
    suspect = request.kind == "client" and request.state == "suspect"
    return RunAttempt.of(request.asker) if suspect else None


def told_by_its_run(ledger: Ledger, request: DirectRequest) -> EndRequest | Suspect | None:
    """
    What its run makes of a suspect grant; None: it stays as it is.

    A run is deleted only after it has ended (https://docs.github.com/rest/actions/workflow-runs),
    but one answer that it is not there may be wrong: two looks have to say so.
    """
    job = probes(request)
    try:
        run = probed(ledger, job.repository, job.run) if job is not None else None
    except CannotAsk:
        return None
    if job is None or run is None:
        return None
    released = end(request, Event.OVER, LockReason.RUN_ENDED)
    if not run.gone:
        # What is said of an earlier attempt is older than the token that the job showed.
        over = run.attempt > job.attempt or (run.attempt == job.attempt and run.ended)
        if over:
            return released
        back = request.reason == LockReason.RUN_GONE
        return Suspect(request.id, LockReason.LAPSED) if back else None
    if request.reason != LockReason.RUN_GONE or request.suspect_at is None:
        return Suspect(request.id, LockReason.RUN_GONE)
    return released if ledger.snapshot.now - request.suspect_at >= LOOK else None

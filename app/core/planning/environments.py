"""
Jobs at a GitHub environment: they queue for its lock groups, are let in together, and hold the
grant until the last of them has ended.

Each waiting (run, environment) is answered for itself: one that cannot be asked about waits alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from app.core.locks.environments import all_ended
from app.core.locks.protocol import Event, ending
from app.core.locks.queue import too_large
from app.core.model.deployments import PendingDeployment, WorkflowRun
from app.core.model.group_names import organization
from app.core.model.lock_reasons import LockReason
from app.core.model.lock_requests import HOLDING, DirectRequest
from app.core.model.names import GroupName
from app.core.model.questions import CannotAsk, GroupQuestion
from app.core.planning.actions import (
    Action,
    EndRequest,
    Lapse,
    Suspect,
)
from app.core.planning.job_actions import AnswerJobs, ForgetJobs, PlaceJobs, QueueJobs
from app.core.planning.joining import joined
from app.core.planning.lock_ends import end
from app.core.planning.lock_times import LOOK, waited_too_long
from app.core.planning.outside import granted_or_asked
from app.core.planning.stage_plan import StagePlan
from app.core.state.ledger import Ledger
from app.core.state.workflow_runs import deployments, jobs, workflow_run


def settle_jobs(ledger: Ledger) -> StagePlan:
    """What becomes of the requests of jobs, and the answer to those that wait."""
    requests = [request for request in ledger.direct if request.kind == "job"]
    waiting = ledger.snapshot.records.pending
    actions: list[Action] = []
    for request in requests:
        actions += _alone(partial(_settled, ledger, request))
    ended = {action.request for action in actions if isinstance(action, EndRequest)}
    left = [request for request in requests if request.id not in ended]
    for pending in waiting:
        actions += _alone(partial(_answer, ledger, pending, left))
    looks = (ledger.snapshot.now + LOOK,) if requests or waiting else ()
    return StagePlan(tuple(actions), wakes=looks)


def _settled(ledger: Ledger, request: DirectRequest) -> Action | None:
    """What ends or grants a request without a command: run, jobs, turn or time limit."""
    run = workflow_run(ledger, request.run)
    if run is None:
        return None
    over = run.ended or run.attempt > request.attempt
    if request.state == "queued":
        return _queued(ledger, request, over=over or run.gone)
    if over:
        return end(request, Event.OVER, LockReason.RUN_ENDED)
    if run.gone:
        gone = Suspect(request.id, LockReason.RUN_GONE)
        return gone if request.state == "held" else None
    if _at_rest(ledger, request, run):
        return end(request, Event.OVER, LockReason.JOBS_ENDED)
    lapses = request.expires_at
    late = request.state == "held" and lapses is not None and lapses <= ledger.snapshot.now
    return Lapse(request.id) if late else None


def _queued(ledger: Ledger, request: DirectRequest, *, over: bool) -> Action | None:
    if over:
        return end(request, Event.OVER, LockReason.RUN_ENDED)
    group = _group(ledger, request.asker)
    if group is None or (group,) != request.groups:
        return end(request, Event.OVER, LockReason.ENVIRONMENT_EDITED)
    permits = ledger.permits(request.groups)
    if waited_too_long(ledger, request) or too_large(request, permits):
        return None  # GitHub is told first
    return granted_or_asked(ledger, request, permits)


def _at_rest(ledger: Ledger, request: DirectRequest, run: WorkflowRun) -> bool:
    """Its jobs were let in, none waits to be, and the last one has ended."""
    waits = any(_same(pending, request) for pending in ledger.snapshot.records.pending)
    if request.read_at is None or waits:
        return False
    there = deployments(ledger, run.head, request.asker)
    of_run = jobs(ledger, run.id, request.attempt)
    return there is not None and of_run is not None and all_ended(run.id, of_run, there)


def _answer(
    ledger: Ledger, pending: PendingDeployment, requests: Sequence[DirectRequest]
) -> Action | None:
    group = _group(ledger, pending.environment)
    if group is None:
        absent = ledger.snapshot.config.status == "absent"
        return AnswerJobs(pending, "no-file" if absent else "unnamed")
    run = workflow_run(ledger, pending.run)
    if run is None:
        return None
    if run.gone or run.ended:
        return ForgetJobs(pending)
    mine = next((r for r in requests if _same(pending, r) and r.attempt == run.attempt), None)
    if mine is not None and mine.state in HOLDING:
        if not ledger.vouched(mine):
            return None  # it is asked for outside again, and nobody is let in before
        back = ending(mine, Event.OVER, LockReason.NOT_TAKEN) if mine.read_at is None else None
        return AnswerJobs(pending, "granted", mine.id, back=back)
    join = joined(ledger, run, group)
    if join is None:
        return None
    if join.request is not None:
        if not ledger.vouched(join.request):
            return None
        return AnswerJobs(pending, "joined", join.request.id)
    if mine is None:
        return QueueJobs(pending, run, group, ledger.pipeline.locks[group].max_hold)
    return _waits(ledger, pending, mine)


def _group(ledger: Ledger, environment: str) -> GroupName | None:
    """
    The group that jobs there ask for. CannotAsk: none of the repository's own, and what the
    organisation's groups name is not known.
    """
    group = ledger.pipeline.group_of(environment)
    if group is None or organization(group) is not None:
        for name in ledger.pipeline.locks:
            ledger.knows(GroupQuestion(name))
    return group


def _waits(ledger: Ledger, pending: PendingDeployment, mine: DirectRequest) -> Action | None:
    permits = ledger.permits(mine.groups)
    if waited_too_long(ledger, mine):
        over = ending(mine, Event.TIMED_OUT, LockReason.WAITED_TOO_LONG)
        return AnswerJobs(pending, "timed-out", mine.id, over, over)
    if too_large(mine, permits):
        over = ending(mine, Event.REJECTED, LockReason.TOO_LARGE)
        return AnswerJobs(pending, "too-large", mine.id, over, over)
    if pending.placed == mine.attempt or ledger.board.grantable(mine, permits):
        return None
    return PlaceJobs(pending, mine.id, mine.attempt)


def _same(pending: PendingDeployment, request: DirectRequest) -> bool:
    """Tell whether the jobs that wait are those of *request*, or their siblings."""
    there = pending.environment.casefold() == request.asker.casefold()
    return there and pending.run == request.run


def _alone(decide: Callable[[], Action | None]) -> tuple[Action, ...]:
    """Who cannot be asked about keeps what it has, and waits on."""
    try:
        action = decide()
    except CannotAsk:
        return ()
    return (action,) if action is not None else ()

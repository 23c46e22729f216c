"""What is done for jobs that wait at a GitHub environment."""

from __future__ import annotations

import logging

from app.core.locks.protocol import Event, after
from app.core.locks.quota import OverQuota
from app.core.model.deployments import PendingDeployment, WorkflowRun
from app.core.model.lock_requests import DirectRequest
from app.core.planning.job_actions import AnswerJobs, ForgetJobs, PlaceJobs, QueueJobs
from app.core.text import environments as words
from app.engine.actions.context import Desk
from app.errors import Missing, Rejected

log = logging.getLogger("stagelock.environments")


def act(desk: Desk, action: QueueJobs | PlaceJobs | AnswerJobs | ForgetJobs) -> None:
    """Carry out one of them."""
    match action:
        case QueueJobs():
            _queue(desk, action)
        case PlaceJobs(pending, request, attempt):
            _say(desk, pending, words.place(_direct(desk, request), desk.ledger.board))
            where = pending.run, pending.environment
            desk.store.pending_deployments.place(desk.claim, desk.repo.id, *where, attempt)
        case AnswerJobs():
            _answer(desk, action)
        case ForgetJobs(pending):
            _forget(desk, pending)


def _queue(desk: Desk, action: QueueJobs) -> None:
    pending, run = action.pending, action.run
    wanted = DirectRequest(
        0,
        desk.repo.id,
        desk.repo.full_name,
        "job",
        pending.environment,
        (action.group,),
        0,
        after(None, Event.ASKED),
        desk.now,
        action.ttl,
        owner=f"{run.id}/{run.attempt}",
        purpose=run.name[:100],
        pull=_pull(desk, run) if run.of_pull else None,
    )
    answer = desk.store.direct_locks.ask(wanted, desk.quota, claim=desk.claim)
    if isinstance(answer, OverQuota) and pending.placed != -run.attempt:
        _say(desk, pending, words.over_quota(action.group, answer))
        where = pending.run, pending.environment
        desk.store.pending_deployments.place(desk.claim, desk.repo.id, *where, -run.attempt)


def _pull(desk: Desk, run: WorkflowRun) -> int | None:
    """The open pull request whose head the run is for; a fork's, too: the run does not name it."""
    pulls = desk.forge.pulls_of(desk.repo, run.head)
    here = (pull.number for pull in pulls if pull.state == "open" and pull.head_sha == run.head)
    return min(here, default=None)


def _say(desk: Desk, pending: PendingDeployment, comment: str) -> None:
    """Nothing hangs on it: where GitHub does not take it, the answer says enough."""
    desk.lease.check()
    try:
        desk.forge.answer_jobs(desk.repo, pending.run, pending.environment, comment)
    except (Missing, Rejected) as error:
        log.info("%s", error.message, extra={"action": "environments.not-said"})


def _answer(desk: Desk, action: AnswerJobs) -> None:
    """
    Tell GitHub, then what follows.

    That it does not take the answer means that nothing waits there for us; after an attempt whose
    answer was lost they may have been let in by that: then their end will tell.
    """
    pending, claim, locks = action.pending, desk.claim, desk.store.direct_locks
    where = desk.repo.id, pending.run, pending.environment
    request = locks.find(action.request) if action.request else None
    doubtful = action.request != 0 and pending.tried == action.request
    if isinstance(request, DirectRequest) and action.end is None and not doubtful:
        desk.store.pending_deployments.attempt(claim, *where, action.request)
    desk.lease.check()
    comment = words.answer(action.leave, pending.environment, request)
    taken = _told(desk, action, comment) or doubtful
    ending = action.end if taken else action.back
    if ending is not None:
        desk.store.locks.end(claim, action.request, *ending, desk.now)
    elif taken and isinstance(request, DirectRequest):
        locks.let_in(claim, action.request, desk.now)
    _forget(desk, pending)


def _told(desk: Desk, action: AnswerJobs, comment: str) -> bool:
    where = action.pending.run, action.pending.environment
    try:
        desk.forge.answer_jobs(desk.repo, *where, comment, leave=action.end is None)
    except (Missing, Rejected) as error:
        log.info("%s", error.message, extra={"action": "environments.not-taken"})
        return False
    return True


def _forget(desk: Desk, pending: PendingDeployment) -> None:
    where = pending.run, pending.environment
    desk.store.pending_deployments.answer(desk.claim, desk.repo.id, *where)
    desk.survey.memo.forget_runs()


def _direct(desk: Desk, request: int) -> DirectRequest:
    wanted = next((other for other in desk.ledger.direct if other.id == request), None)
    if wanted is None:
        raise Missing(f"there is no lock request {request} of jobs")
    return wanted

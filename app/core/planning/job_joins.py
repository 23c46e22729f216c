"""
Jobs that ask for a lock with GitHub's token: whose grant they join, and when their part is over.

Only what the token says counts, and what GitHub says of its run; nothing that the client sends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial

from app.core.gates.permissions import covers
from app.core.locks.parts import alive
from app.core.locks.protocol import Event, after
from app.core.model.ci_jobs import JobRequest
from app.core.model.lock_reasons import LockReason
from app.core.model.lock_requests import HOLDING, DirectRequest, LockRequest, OwnRequest
from app.core.model.questions import CannotAsk, Unanswered
from app.core.model.started_runs import LOST
from app.core.planning.actions import Action, EndRequest, Requeue, TakeOver
from app.core.planning.job_actions import DoubtJob, EndPart, JoinGrant, QueueAlone
from app.core.planning.joining import awaiting_on, joined
from app.core.planning.lock_times import LOOK
from app.core.planning.stage_plan import StagePlan
from app.core.state.ledger import Ledger
from app.core.state.workflow_runs import jobs, workflow_run

LONG = timedelta(minutes=5)
"""So long nobody has answered: a job that its stage's lock waits for waits no longer than that."""


def settle_job_requests(ledger: Ledger) -> StagePlan:
    """
    What becomes of each: a part in a grant, a place of its own, or the end of its part.

    One that cannot be asked about waits alone, and says so: it is let in nowhere, and its part is
    not over.
    """
    own = [ask for ask in ledger.snapshot.records.job_requests if _is_own(ledger, ask)]
    actions: list[Action] = []
    for ask in own:
        decide = partial(_part if ask.joined is not None else _place, ledger, ask)
        actions += _alone(decide)
    waits = any(ask.joined is not None or not ask.judged for ask in own)
    wakes = [ledger.snapshot.now + LOOK] if waits else []
    wakes += alive(ledger.snapshot.records.parts, ledger.snapshot.now).values()
    return StagePlan(tuple(actions), wakes=tuple(wakes))


def unjudged(ledger: Ledger, request: int) -> bool:
    """
    Tell whether it is not known yet if a queued job's request joins a grant: till then it gets none
    of its own, which could be another permit than its stage's. Another repository's word is waited
    for as long as a stage of it holds the group.
    """
    asks = ledger.snapshot.records.job_requests
    ask = next((ask for ask in asks if ask.request == request and not ask.judged), None)
    if ask is None:
        return False
    holders = ledger.board.holders(ask.group)
    home = ask.attempt.repository
    return any(
        request.repo_id == home and request.holder_kind in ("stage", "visitor")
        for request in holders
    )


def kept(ledger: Ledger, actions: Iterable[Action]) -> list[Action]:
    """
    *actions* without those that give back a grant in which somebody has a part: it lasts to the
    end of the last of them. What a person takes away ends all the same, that of jobs at an
    environment ends with these, and a client that has fallen silent keeps nothing that would end.
    """
    records = ledger.snapshot.records
    joined = {ask.joined for ask in records.job_requests if _is_own(ledger, ask)}
    of_jobs = joined - {request.id for request in ledger.direct}
    shared = of_jobs | alive(records.parts, ledger.snapshot.now).keys()

    def gives_back(action: Action) -> bool:
        match action:
            case EndRequest(request, _, _, by):
                return not by and request in shared
            case Requeue(request) | TakeOver(request):
                return request in shared
            case _:
                return False

    return [action for action in actions if not gives_back(action)]


def _is_own(ledger: Ledger, ask: JobRequest) -> bool:
    return ask.attempt.repository == ledger.snapshot.repo.id


def _place(ledger: Ledger, ask: JobRequest) -> Action | None:
    """Whether the job of a queued request verifies what a stage has landed under the group."""
    if ask.judged:
        return _late(ledger, ask)
    awaitings = list(awaiting_on(ledger, ask.group, ask.commit))
    if not awaitings:
        return QueueAlone(ask.request)  # what GitHub says of its run changes nothing
    if any(awaiting.counts is None for awaiting in awaitings):
        return None
    try:
        return _judged(ledger, ask)
    except CannotAsk as error:
        return _untold(
            ledger,
            ask,
            error.unanswered,
            over=all(awaiting.promotion.ended for awaiting in awaitings),
        )


def _late(ledger: Ledger, ask: JobRequest) -> Action | None:
    """
    What landed out of turn, or runs again, takes its permits when that is seen: its job may have
    asked before, and waits alone by then. It joins all the same, else each waits for the other.
    """
    if not any((direct.id, direct.state) == (ask.request, "queued") for direct in ledger.direct):
        return None
    awaitings = awaiting_on(ledger, ask.group, ask.commit)
    if not any(awaiting.counts and awaiting.request.out_of_turn for awaiting in awaitings):
        return None
    action = _judged(ledger, ask)
    return action if isinstance(action, JoinGrant) else None


def _judged(ledger: Ledger, ask: JobRequest) -> Action | None:
    """What GitHub says of its run decides. CannotAsk."""
    alone = QueueAlone(ask.request)
    run = workflow_run(ledger, ask.attempt.run)
    if run is None:
        return None
    if run.gone or run.attempt < ask.attempt.attempt:
        return None if _unlisted(ledger, ask) else alone
    # Of a later attempt the token says nothing, and so of a head that is another.
    if run.ended or run.attempt > ask.attempt.attempt or run.head != ask.commit:
        return alone
    join = joined(ledger, run, ask.group, ask.job)
    if join is None:
        return None
    if join.request is None:
        return alone
    return JoinGrant(ask.request, join.request.id) if ledger.vouched(join.request) else None


def _unlisted(ledger: Ledger, ask: JobRequest) -> bool:
    """
    Tell whether its run, or that attempt of it, may just not be listed yet: the token proves that
    it began, and GitHub lists one some seconds later.
    """
    now = ledger.snapshot.now
    requests = (request for request in ledger.direct if request.id == ask.request)
    return any(now < request.requested_at + LOST for request in requests)


def _untold(
    ledger: Ledger, ask: JobRequest, unanswered: Unanswered, *, over: bool
) -> Action | None:
    """
    It waits, and says why. Not for ever where the promotions that it may verify are *over*: their
    grants wait for its end, so that it would wait for itself.
    """
    if unanswered.kind == "later":
        return None
    if over and ledger.snapshot.now - unanswered.since >= LONG:
        never = LockReason.PART_NEVER_KNOWN
        return EndRequest(ask.request, after("queued", Event.TIMED_OUT, never), never)
    own = ledger.snapshot.installation
    closed = own is not None and not covers(own.permissions, "actions", "read")
    reason = LockReason.PART_CLOSED if closed else LockReason.PART_UNKNOWN
    return DoubtJob(ask.request, reason) if ask.doubt != reason else None


def _part(ledger: Ledger, ask: JobRequest) -> Action | None:
    """It ends with the grant; with its job, asked for only where nothing else keeps the grant."""
    known: tuple[OwnRequest, ...] = (*ledger.live, *ledger.direct)
    grant = next((request for request in known if request.id == ask.joined), None)
    if grant is None or grant.state not in HOLDING:
        return EndPart(ask.request)
    if isinstance(grant, DirectRequest):
        return None  # it does not last for the sake of its parts
    return EndPart(ask.request) if _idle(ledger, grant) and _has_ended(ledger, ask) else None


def _idle(ledger: Ledger, grant: LockRequest) -> bool:
    promotion = ledger.promotion.get(grant.promotion)
    return grant.state != "held" or promotion is None or promotion.state != "verifying"


def _has_ended(ledger: Ledger, ask: JobRequest) -> bool:
    """
    Tell whether its job has ended for sure: itself, where its number is known, or its run's
    attempt. A run that is gone says nothing: the grant turns suspect in its time.
    """
    run = workflow_run(ledger, ask.attempt.run)
    if run is None or run.gone or run.attempt < ask.attempt.attempt:
        return False
    if run.ended or run.attempt > ask.attempt.attempt:
        return True
    of_run = jobs(ledger, run.id, run.attempt) if ask.job else ()
    return any(job.id == ask.job and job.status == "completed" for job in of_run or ())


def _alone(decide: Callable[[], Action | None]) -> tuple[Action, ...]:
    try:
        action = decide()
    except CannotAsk:
        return ()
    return (action,) if action is not None else ()

"""Requesting a stage's lock groups, and the place in the queue for its verdict."""

from __future__ import annotations

from app.core.locks.configuration_edits import Follows, edit
from app.core.locks.protocol import Event
from app.core.locks.queue import too_large
from app.core.model.group_names import spoken
from app.core.model.lock_reasons import LockReason
from app.core.model.lock_requests import LockRequest
from app.core.model.names import GroupName
from app.core.model.questions import GroupQuestion
from app.core.model.records import Promotion
from app.core.model.service_claims import Outside
from app.core.model.verdicts import GateAnswer, Reason, Verdict
from app.core.planning.actions import AskService, Grant, RequestLock
from app.core.planning.lock_ends import end
from app.core.planning.lock_times import max_wait_over, waited_too_long
from app.core.planning.outside import awaited, before_grant
from app.core.planning.stage_plan import StagePlan, ended, record, under_way
from app.core.remarks import promotions as remarks
from app.core.state.ledger import Ledger, StageView


def ask(
    ledger: Ledger,
    view: StageView,
    promotion: Promotion,
    gates: tuple[GateAnswer, ...],
    *,
    reason: Reason = Reason.LOCK_QUEUED,
) -> StagePlan:
    """
    Queue for the stage's groups; take the grant when it is its turn. Not held yet.

    It has its place beside what a job of earlier freight took that ran again: that one ends in its
    own time, and nobody who asks meanwhile comes first.
    """
    groups = ledger.groups(promotion)
    request = view.request
    verdict = under_way(promotion, reason, gates=gates, names=tuple(map(spoken, groups)))
    if (
        request is None
        or ledger.ran_again(request)
        or _outdated(ledger, request, promotion, groups)
    ):
        asking = RequestLock(promotion, groups, ledger.weights(promotion))
        return StagePlan((asking,), verdict=verdict)
    verdict = queued(ledger, verdict, request)
    if request.state != "queued":  # an earlier promotion's grant: its job may still run
        return StagePlan(verdict=verdict)
    if waited_too_long(ledger, request):
        words = remarks.waited_too_long(tuple(map(spoken, groups)))
        over = ended(promotion, ledger.snapshot.now, "failed", Reason.LOCK_TIMED_OUT, words)
        timed_out = end(request, Event.TIMED_OUT, LockReason.WAITED_TOO_LONG)
        return StagePlan((record(over), timed_out))
    for group in groups:
        ledger.knows(GroupQuestion(group))
    if too_large(request, ledger.permits(groups)):
        words = remarks.never_free(tuple(map(spoken, groups)))
        over = ended(promotion, ledger.snapshot.now, "failed", Reason.TOO_LARGE, words)
        rejected = end(request, Event.REJECTED, LockReason.TOO_LARGE)
        return StagePlan((record(over), rejected))
    if ledger.board.grantable(request, ledger.permits(groups)):
        return _granting(ledger, request, verdict)
    until = max_wait_over(ledger, request)
    return StagePlan(verdict=verdict, wakes=(until,) if until is not None else ())


def _granting(ledger: Ledger, request: LockRequest, verdict: Verdict) -> StagePlan:
    """It is its turn inside: now those outside are asked, and only then it is granted."""
    missing = before_grant(ledger, request)
    if missing is None:
        return StagePlan((_grant(ledger, request),), verdict=verdict)
    until = max_wait_over(ledger, request)
    wakes = (until,) if until is not None else ()
    actions = (missing,) if isinstance(missing, AskService) else ()
    return StagePlan(actions, verdict=verdict, wakes=wakes)


def _outdated(
    ledger: Ledger, request: LockRequest, promotion: Promotion, groups: tuple[GroupName, ...]
) -> bool:
    """It waits for earlier freight of the stage, or for else than what the file names now."""
    if request.state == "queued" and request.weights != ledger.weights(promotion):
        return True
    follows = isinstance(edit(request.state, request.groups, groups), Follows)
    return follows or (request.state == "queued" and request.promotion != promotion.id)


def queued(ledger: Ledger, verdict: Verdict, request: LockRequest) -> Verdict:
    """The verdict with its place in the queue and who holds what it waits for."""
    if request.state != "queued":
        promotion = verdict.promotion
        earlier = promotion is not None and promotion.id != request.promotion
        stuck = request.groups if earlier and request.shown == "suspect" else ()
        return _blocked(verdict._replace(request=request), stuck)
    board = ledger.board
    places = [at for group in request.groups if (at := board.place(request, group))]
    held = (holder for group in request.groups for holder in board.holders(group))
    permits = ledger.permits(request.groups)
    told = verdict._replace(
        request=request,
        position=max(places, default=None),
        holders=tuple({holder.id: holder for holder in held}.values()),
    )
    if board.grantable(request, permits):
        return _outside(told, awaited(ledger, request))
    return _blocked(told, tuple(g for g in request.groups if board.blocked(g, permits[g])))


def _outside(verdict: Verdict, outside: Outside | None) -> Verdict:
    """It is its turn, and an external service has not let it in (yet)."""
    if outside is None or verdict.reason not in (Reason.LOCK_QUEUED, Reason.LOCKING):
        return verdict
    if outside.refusal is not None:
        reason = Reason.LOCK_REFUSED
    elif outside.claim is not None and outside.claim.refused:
        reason = Reason.LOCK_DENIED
    else:
        reason = Reason.LOCK_OUTSIDE
    return verdict._replace(reason=reason, names=(str(outside.use),), outside=outside)


def _blocked(verdict: Verdict, stuck: tuple[GroupName, ...]) -> Verdict:
    """The verdict where only a person, or the end of a lost job, frees the group."""
    if not stuck or verdict.reason not in (Reason.LOCK_QUEUED, Reason.LOCKING):
        return verdict
    return verdict._replace(reason=Reason.LOCK_SUSPECT, names=tuple(map(spoken, stuck)))


def _grant(ledger: Ledger, request: LockRequest) -> Grant:
    groups = request.groups
    return Grant(request.id, ledger.permits(groups), ledger.permit_names(groups))

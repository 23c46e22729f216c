"""Asking for a stage's lock groups, and what a verdict says of the place in the queue."""

from __future__ import annotations

from app.core.locks.configuration_edits import Follows, edit
from app.core.locks.queue import too_large
from app.core.model.lock_reasons import LockReason
from app.core.model.lock_requests import LockRequest
from app.core.model.names import GroupName
from app.core.model.records import Promotion
from app.core.model.verdicts import GateAnswer, Reason, Verdict
from app.core.planning.actions import EndRequest, Grant, RequestLock
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
    """Queue for the stage's groups; take the grant when it is its turn. Not held yet."""
    groups = ledger.groups(promotion)
    request = view.request
    verdict = under_way(promotion, reason, gates=gates, names=tuple(groups))
    if request is None or _outdated(request, promotion, groups):
        return StagePlan((RequestLock(promotion, groups),), verdict=verdict)
    verdict = queued(ledger, verdict, request)
    if request.state != "queued":  # an earlier promotion's grant: its job may still run
        return StagePlan(verdict=verdict)
    if too_large(request, _permits(ledger, groups)):
        words = remarks.never_free(groups)
        over = ended(promotion, ledger.snapshot.now, "failed", Reason.TOO_LARGE, words)
        return StagePlan((record(over), EndRequest(request.id, "rejected", LockReason.TOO_LARGE)))
    if ledger.board.grantable(request, _permits(ledger, groups)):
        return StagePlan((Grant(request.id, _permits(ledger, groups)),), verdict=verdict)
    return StagePlan(verdict=verdict)


def _outdated(request: LockRequest, promotion: Promotion, groups: tuple[GroupName, ...]) -> bool:
    """It waits for earlier freight of the stage, or for other groups than the file names now."""
    follows = isinstance(edit(request.state, request.groups, groups), Follows)
    return follows or (request.state == "queued" and request.promotion != promotion.id)


def queued(ledger: Ledger, verdict: Verdict, request: LockRequest) -> Verdict:
    """The verdict with its place in the queue and who holds what it waits for."""
    if request.state != "queued":
        row = verdict.promotion
        earlier = row is not None and row.id != request.promotion
        stuck = request.groups if earlier and request.state == "suspect" else ()
        return _blocked(verdict._replace(request=request), stuck)
    board = ledger.board
    places = [at for group in request.groups if (at := board.place(request, group))]
    held = (holder for group in request.groups for holder in board.holders(group))
    permits = _permits(ledger, request.groups)
    found = verdict._replace(
        request=request,
        position=max(places, default=None),
        holders=tuple({holder.id: holder for holder in held}.values()),
    )
    return _blocked(found, tuple(g for g in request.groups if board.blocked(g, permits[g])))


def _blocked(verdict: Verdict, stuck: tuple[GroupName, ...]) -> Verdict:
    """Where it waits for groups that only a person, or the end of a lost job, frees: it says so."""
    if not stuck or verdict.reason not in (Reason.LOCK_QUEUED, Reason.LOCKING):
        return verdict
    return verdict._replace(reason=Reason.LOCK_SUSPECT, names=stuck)


def _permits(ledger: Ledger, groups: tuple[GroupName, ...]) -> dict[GroupName, int]:
    return {
        g: ledger.pipeline.locks[g].permits if g in ledger.pipeline.locks else 1 for g in groups
    }

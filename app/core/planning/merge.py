"""The merge of our own pull request: what must hold, by whom it is done, and when it is not."""

from __future__ import annotations

from datetime import timedelta

from app.core.gates.clearance import Cleared, clear, with_skipped
from app.core.gates.entry import entry_gates, first_open
from app.core.model.facts import PullFact
from app.core.model.lock_reasons import LockReason
from app.core.model.names import Sha
from app.core.model.records import Promotion
from app.core.model.verdicts import GateAnswer, Reason, Verdict
from app.core.planning.actions import Action
from app.core.planning.lock_queue import ask
from app.core.planning.locking import give_back, held, may_wait, release_unused, unused
from app.core.planning.merge_readiness import BY_PEOPLE, REQUIRED, MergeObstacle, merge_obstacle
from app.core.planning.merge_refusals import (
    if_refused,
    no_lock_until,
    not_again_until,
    refused_again,
)
from app.core.planning.plan_result import HeadVerdict
from app.core.planning.pull_actions import MergePull, WriteHead
from app.core.planning.stage_plan import StagePlan, record, under_way
from app.core.remarks import promotions as remarks
from app.core.remarks import pulls
from app.core.state.grants_in_steps import named_by
from app.core.state.ledger import Ledger, StageView


def await_merge(ledger: Ledger, view: StageView, promotion: Promotion, pull: PullFact) -> StagePlan:
    """The head is right: the base, the other gates, the lock, then the merge."""
    base = ledger.base(promotion)
    if pull.base_ref != base:
        back = _back(view, promotion, LockReason.WRONG_BASE)
        verdict = under_way(
            promotion,
            Reason.WRONG_BASE,
            names=(base,),
            detail=remarks.wrong_base(pull.number, pull.base_ref, base),
        )
        return _headed(StagePlan(back, verdict=verdict), promotion, pull)
    gates = entry_gates(ledger, view, promotion.freight)
    missing = first_open(gates)
    if missing is not None:
        back = _back(view, promotion, LockReason.GATE_CLOSED)
        verdict = under_way(
            promotion, missing.reason, gates=gates, names=missing.names, wake_at=missing.until
        )
        wakes = tuple(g.until for g in gates if g.until is not None)
        return _headed(StagePlan(back, verdict=verdict, wakes=wakes), promotion, pull)
    named = with_skipped(promotion, gates)
    if named is not promotion:  # people merge it, too: its run names what it skips before they may
        return StagePlan((record(named),))
    obstacle = merge_obstacle(ledger, promotion, pull) if view.stage.merge == "auto" else None
    if obstacle is not None:
        about, words = obstacle.about, pulls.not_yet(obstacle.why, obstacle.names)
        reason = Reason.MERGE_OBSTACLE if obstacle.why in BY_PEOPLE else Reason.REVIEW
        verdict = under_way(promotion, reason, gates=gates, about=about, detail=words)
        wakes = (obstacle.wake_at,) if obstacle.wake_at else ()
        back = _unready(ledger, view, promotion, obstacle)
        return _headed(StagePlan(back, verdict=verdict, wakes=wakes), promotion, pull)
    behind = _catch_up(ledger, promotion, pull)
    if behind is not None:
        return behind
    if not ledger.groups(promotion) or held(view, promotion):
        return _merge(ledger, view, promotion, pull, gates)
    return _barred(ledger, view, promotion, pull, gates) or _headed(
        ask(ledger, view, promotion, gates), promotion, pull
    )


def _barred(
    ledger: Ledger,
    view: StageView,
    promotion: Promotion,
    pull: PullFact,
    gates: tuple[GateAnswer, ...],
) -> StagePlan | None:
    """GitHub refused what is there now to two grants: its lock is not requested for a while."""
    until = no_lock_until(ledger, promotion, pull) if view.stage.merge == "auto" else None
    if until is None:
        return None
    verdict = under_way(promotion, Reason.MERGE_BARRED, gates=gates, wake_at=until)
    back = _back(view, promotion, LockReason.NOT_MERGEABLE)
    return _headed(StagePlan(back, verdict=verdict, wakes=(until,)), promotion, pull)


def _back(view: StageView, promotion: Promotion, why: LockReason) -> tuple[Action, ...]:
    """
    Give the grant back, or leave the queue, while something is missing.

    Not while a merge of ours was answered by an error, and nobody looked since: it may be done.
    """
    return () if promotion.errors_since is not None else release_unused(view, promotion, why)


def _unready(
    ledger: Ledger, view: StageView, promotion: Promotion, why: MergeObstacle
) -> tuple[Action, ...]:
    """
    As `_back`; but where the head names the grant's permit it was rewritten at the grant, its
    checks run anew, and a rule may ask for another review: they are awaited with the grant in hand,
    until `merge-within` is over.
    """
    if (
        why.why in BY_PEOPLE - REQUIRED
        or not named_by(ledger.stage_terms(promotion))
        or not held(view, promotion)
    ):
        return _back(view, promotion, LockReason.NOT_MERGEABLE)
    if _unmerged(ledger, view, promotion, may_wait(ledger, view.stage, view.request)):
        return _back(view, promotion, LockReason.UNMERGED_IN_TIME)
    return ()


def _catch_up(ledger: Ledger, promotion: Promotion, pull: PullFact) -> StagePlan | None:
    """Where the base requires up-to-date heads: once, when all else is green."""
    base = ledger.base(promotion)
    tip = ledger.snapshot.tips.get(base)
    if not pull.behind or promotion.reason == Reason.MOVED or tip is None:
        return None
    verdict = under_way(promotion, Reason.REVIEW, detail=remarks.caught_up(base))
    write = WriteHead(promotion, base, tip, head_tip(ledger, promotion), catch_up=True)
    return _headed(StagePlan((write,), verdict=verdict), promotion, pull)


def _merge(
    ledger: Ledger,
    view: StageView,
    promotion: Promotion,
    pull: PullFact,
    gates: tuple[GateAnswer, ...],
) -> StagePlan:
    stage, request = view.stage, view.request
    limit = may_wait(ledger, stage, request)
    if request is not None and (
        _unmerged(ledger, view, promotion, limit) or refused_again(ledger, promotion, pull, request)
    ):
        return _without_grant(ledger, view, promotion, pull, gates)
    pause = not_again_until(ledger, promotion, pull)
    refused = pause is not None or promotion.reason == Reason.MERGE_REFUSED
    reason = Reason.MERGE_REFUSED if refused else Reason.MERGE_READY
    verdict = under_way(promotion, reason, gates=gates)
    wakes = [pause] if pause is not None else []
    if request is not None and held(view, promotion) and request.granted_at is not None:
        wakes.append(request.granted_at + limit)
    plan = StagePlan(verdict=verdict, wakes=tuple(wakes))
    if stage.merge == "auto" and promotion.head is not None and pause is None:
        leave = clear(ledger, view, promotion)
        if isinstance(leave, Cleared):
            plan = plan._replace(actions=(_merging(ledger, leave, pull, promotion.head),))
    return _headed(plan, promotion, pull, ready=True)


def _merging(ledger: Ledger, leave: Cleared, pull: PullFact, head: Sha) -> MergePull:
    return MergePull(leave, pull.number, head, if_refused(ledger, leave.promotion, pull))


def _without_grant(
    ledger: Ledger,
    view: StageView,
    promotion: Promotion,
    pull: PullFact,
    gates: tuple[GateAnswer, ...],
) -> StagePlan:
    """
    Not merged in time: the grant goes back. `success` is taken back before: heads are written
    first. The stage queues again; where GitHub has refused the same to two grants, after a pause.
    """
    request = view.request
    lost = request is not None and not ledger.vouched(request)
    why = LockReason.SERVICE_LOST if lost else LockReason.UNMERGED_IN_TIME
    if request is None or (not lost and refused_again(ledger, promotion, pull, request)):
        verdict = under_way(promotion, Reason.MERGE_BARRED, gates=gates)
        return _headed(
            StagePlan(release_unused(view, promotion, why), verdict=verdict), promotion, pull
        )
    verdict = under_way(promotion, Reason.GRANT_UNUSED, gates=gates)
    return _headed(give_back(request, why)._replace(verdict=verdict), promotion, pull)


def _unmerged(ledger: Ledger, view: StageView, promotion: Promotion, limit: timedelta) -> bool:
    """
    Tell whether the grant waited for `merge-within`: for a person, or while GitHub refuses.

    A merge of ours that was answered by an error may have been done: then the grant stays.
    """
    request = view.request
    if request is None or not held(view, promotion) or promotion.errors_since is not None:
        return False
    return unused(ledger, request, limit) or not ledger.vouched(request)


def _headed(
    plan: StagePlan, promotion: Promotion, pull: PullFact, *, ready: bool = False
) -> StagePlan:
    verdict: Verdict = plan.verdict or under_way(promotion, Reason.REVIEW)
    head = HeadVerdict(promotion.stage, pull.number, pull.head_sha, ready, verdict)
    return plan._replace(verdict=verdict, head=head)


def head_tip(ledger: Ledger, promotion: Promotion) -> Sha | None:
    """Where its pull request's branch is."""
    return ledger.snapshot.tips.get(f"stagelock/{promotion.stage}")

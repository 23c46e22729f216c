"""A promotion's way through the lock groups of its stage."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from app.core.evidence.matching import ACTIONS, given_up
from app.core.evidence.promotion_evidence import counting, deadline, of_promotion
from app.core.locks.configuration_edits import Follows, Leaves, Spreads, Unchanged, edit
from app.core.locks.protocol import Event
from app.core.model.lock_reasons import LockReason
from app.core.model.lock_requests import HOLDING, LockRequest
from app.core.model.pipeline import Stage
from app.core.model.questions import CannotAsk, PlaceQuestion
from app.core.model.records import Promotion
from app.core.model.verdicts import Reason
from app.core.planning.actions import (
    Action,
    Occupy,
    Requeue,
    Revive,
    Spread,
    Suspect,
)
from app.core.planning.doubtful_pushes import unsettled
from app.core.planning.inheriting import inherited
from app.core.planning.joining import environments, joined_go_on
from app.core.planning.lock_ends import end
from app.core.planning.lock_holding import held_too_long, held_until, max_hold
from app.core.planning.lock_times import LOOK
from app.core.planning.lock_weights import spread_takes, takes, wanted
from app.core.planning.stage_plan import StagePlan
from app.core.planning.taking_themselves import queues_itself
from app.core.state.ledger import Ledger, StageView

UNUSED = timedelta(minutes=5)
"""How long a grant may go without anything being written."""

CANCELLING = timedelta(minutes=5)
"""GitHub kills what a cancelled workflow still runs after five minutes:
https://docs.github.com/actions/reference/workflow-cancellation-reference"""


def held(view: StageView, promotion: Promotion) -> bool:
    """Tell whether *promotion* has its grant in hand."""
    request = view.request
    return request is not None and request.promotion == promotion.id and request.state == "held"


def unused(ledger: Ledger, request: LockRequest, limit: timedelta) -> bool:
    """Tell whether the grant has been in hand for *limit* without being used."""
    return request.granted_at is not None and ledger.snapshot.now >= request.granted_at + limit


def may_wait(ledger: Ledger, stage: Stage, request: LockRequest | None) -> timedelta:
    """
    How long a grant waits for the merge: `merge-within`, and never longer than `max-hold`. Where
    nothing was merged nothing runs, so the grant goes back then instead of turning suspect.
    """
    longest = stage.merge_within
    return longest if request is None else min(longest, max_hold(ledger, request))


def give_back(request: LockRequest, reason: LockReason) -> StagePlan:
    """The grant goes back, and the stage queues again at the end."""
    return StagePlan((Requeue(request.id, reason),))


def release_unused(view: StageView, promotion: Promotion, why: LockReason) -> tuple[Action, ...]:
    """
    Leave the queue, or give an unused grant back, while something else is missing.

    Whoever waits for a gate blocks nobody: the stage asks again, at the end, once it has passed.
    """
    request = view.request
    if request is None or (request.state != "queued" and not held(view, promotion)):
        return ()
    return (end(request, Event.OVER, why),)


def occupy(ledger: Ledger, promotion: Promotion) -> tuple[Action, ...]:
    """
    Take permits (all that are `wanted`) for a promotion that runs without having been granted in
    its turn.

    Not again where a person took away what it had once it had landed: that person answers for it.
    What was taken from it before says nothing of what runs because of it now.
    """
    groups = wanted(ledger, promotion)
    own = ledger.asked_by.get(promotion.id, ())
    answered_for = promotion.landed is not None and bool(own) and own[-1].ended_by
    if not groups or answered_for or any(r.state in HOLDING for r in own):
        return ()
    return (Occupy(promotion, groups, takes(ledger, promotion, groups)),)


def settle_requests(ledger: Ledger) -> StagePlan:
    """
    Give back what ended promotions hold, unless a job of theirs may still run.

    Also turns grants suspect that were held for longer than their group allows.
    """
    actions: list[Action] = []
    wakes = []
    for request in ledger.live:
        try:
            action = _forced(request) or _edited(ledger, request)
            action = action or inherited(ledger, request, _settle(ledger, request))
        except CannotAsk:
            continue  # who cannot be asked keeps what it has
        if action is not None:
            actions.append(action)
            continue
        if request.state == "held" and (until := held_until(ledger, request)) is not None:
            wakes.append(until)
        promotion = ledger.promotion.get(request.promotion)
        if promotion is not None and promotion.ended:
            ends = (
                deadline(ledger, _assumed(promotion)),
                _cancelled_by(promotion),
                unsettled(ledger, promotion),
            )
            wakes += [at for at in ends if at]
            if environments(ledger, request):
                wakes.append(ledger.snapshot.now + LOOK)
    return StagePlan(tuple(actions), wakes=tuple(wakes))


def _edited(ledger: Ledger, request: LockRequest) -> Action | None:
    """Apply the groups of the pipeline in force; `ask` requests a queued one's other groups."""
    stage = ledger.pipeline.stages.get(request.stage)
    match edit(request.state, request.groups, stage.locks if stage is not None else None):
        case Spreads(groups):
            return Spread(request.id, groups, spread_takes(ledger, stage, groups))
        case Leaves():
            return end(request, Event.OVER, LockReason.NO_LOCK)
        case Follows() | Unchanged():
            return None


def _forced(request: LockRequest) -> Action | None:
    """A person has taken it away: whatever runs there is theirs to answer for."""
    if request.state != "releasing":
        return None
    return end(request, Event.FORCED, request.reason, request.ended_by)


def _settle(ledger: Ledger, request: LockRequest) -> Action | None:
    promotion = ledger.promotion.get(request.promotion)
    if promotion is not None:
        ledger.knows(PlaceQuestion(promotion.stage, promotion.id))
    if promotion is not None and not promotion.ended:
        return _overdue(ledger, request, promotion)
    if request.state == "queued":
        view = ledger.views.get(request.stage)
        if view is not None and view.inflight is not None:
            return None  # the newer promotion takes over the place
        passed = promotion is not None and promotion.state == "superseded"
        landed = promotion is not None and promotion.landed is not None and not promotion.in_sync
        why = LockReason.OUT_OF_TURN if landed else LockReason.ENDED_BEFORE
        return end(request, Event.SUPERSEDED if passed else Event.OVER, why)
    if promotion is None:
        return None  # nobody knows what it wrote
    if unsettled(ledger, promotion) is not None:
        return None  # its push may still land
    if not _may_have_landed(ledger, promotion):
        return end(request, Event.OVER, LockReason.UNWRITTEN)
    running, why = _may_run(ledger, promotion), LockReason.ENDED
    if running and queues_itself(ledger, request, promotion):
        running, why = _may_run(ledger, promotion, queues=True), LockReason.QUEUES_ITSELF
    if running is False:
        running = joined_go_on(ledger, request, promotion)
    if running is None:
        return None
    if not running:
        return end(request, Event.OVER, why)
    if request.state != "held":
        return None
    if _being_cancelled(ledger, promotion):
        return None
    left_running = promotion.state == "cancelled" or promotion.reason in _LEFT_RUNNING
    if left_running and request.kept_at is None:  # who keeps it answers for that until max-hold
        return Suspect(request.id, LockReason.MAY_STILL_RUN)
    return _too_long(ledger, request)


def _may_run(ledger: Ledger, promotion: Promotion, *, queues: bool = False) -> bool | None:
    """
    Tell whether a check of the ended *promotion* may still run or start; None: not known yet. What
    has started does not run where it *queues* for the lock itself.

    One that never started may still do so until the promotion would have timed out; so may another
    that a glob speaks of, and one that was asked to run again. What was cancelled has ended. Where
    the promotion failed, the others may still start as long as a suite goes on that starts them;
    where it was cancelled, a check that fails afterwards says nothing of those that never started.
    """
    if ledger.known(promotion) is None:
        return True
    promotion = _assumed(promotion)
    evidence = of_promotion(ledger, promotion)
    if evidence is None:
        return None
    if (evidence.unfinished and not queues) or _given_up(ledger, promotion):
        return True
    if queues and promotion.state != "cancelled":
        return False  # nobody visits who has not begun
    if promotion.in_sync and promotion.rerun_at is None:
        return False  # nothing of ours started anything
    undecided = evidence.outcome == "failed" and promotion.state == "cancelled"
    if not undecided and (evidence.outcome != "pending" or promotion.reason in _NEVER_STARTED):
        return evidence.open_suites
    may_start = evidence.missing or promotion.reran
    if not may_start and not any(rule.is_glob for rule in ledger.stage_terms(promotion).verify):
        return evidence.open_suites
    until = deadline(ledger, promotion)
    return evidence.open_suites or (until is not None and ledger.snapshot.now < until)


def _given_up(ledger: Ledger, promotion: Promotion) -> bool:
    """`stale` is no proof that a job has ended: nobody waited for it any more."""
    rules, own_app = ledger.stage_terms(promotion).verify, ledger.snapshot.app_id
    said = counting(ledger, promotion) if rules else ()
    return any(counted is not None and given_up(rules, counted.place, own_app) for counted in said)


def _assumed(promotion: Promotion) -> Promotion:
    """An ended promotion whose push was never answered, as if it had landed when it ended."""
    if promotion.landed is not None or promotion.intent is None:
        return promotion
    at = promotion.ended_at or promotion.updated_at
    return replace(promotion, landed=promotion.intent.commit, landed_at=at)


def _cancelled_by(promotion: Promotion) -> datetime | None:
    """When the jobs that we asked to be cancelled must have ended; None: none were."""
    stopped = promotion.reason in (Reason.CHECK_UNFINISHED, Reason.ROLLED_BACK)
    if not stopped or promotion.ended_at is None:
        return None
    return promotion.ended_at + CANCELLING


def _being_cancelled(ledger: Ledger, promotion: Promotion) -> bool:
    """We asked GitHub Actions to end everything that still runs, and that takes a moment."""
    until = _cancelled_by(promotion)
    if until is None or ledger.snapshot.now >= until or ledger.known(promotion) is None:
        return False
    evidence = of_promotion(ledger, promotion)
    if evidence is None or not evidence.unfinished:
        return False
    return all(run.app == ACTIONS for run in evidence.unfinished)


_NEVER_STARTED = frozenset({Reason.CHECK_MISSING, Reason.RUN_REFUSED})
_LEFT_RUNNING = frozenset({Reason.CHECK_UNFINISHED, Reason.CHECK_NOT_STARTED, Reason.ERRORED})


def _overdue(ledger: Ledger, request: LockRequest, promotion: Promotion) -> Action | None:
    if request.state == "suspect" and _unwritten(ledger, promotion):
        return end(request, Event.OVER, LockReason.UNWRITTEN)
    if request.state == "suspect" and request.reason == LockReason.UNPROBED:
        return _probed(ledger, request, promotion)
    if request.state != "held" or promotion.state != "verifying":
        return None
    return _too_long(ledger, request)


def _unwritten(ledger: Ledger, promotion: Promotion) -> bool:
    """Nothing of it is on its branch: it waits, or its pull request is seen to be open."""
    if promotion.state == "in-review" and promotion.pull is not None:
        pull = ledger.pull(promotion.stage, promotion.pull)
        return pull is not None and pull.state == "open"
    return promotion.state in ("waiting", "locking")


def _probed(ledger: Ledger, request: LockRequest, promotion: Promotion) -> Action | None:
    """Held again once its job is seen running; a job that may still begin keeps it suspect."""
    if promotion.state != "verifying" or held_too_long(ledger, request):
        return None
    evidence = of_promotion(ledger, promotion)
    return Revive(request.id) if evidence is not None and evidence.unfinished else None


def _too_long(ledger: Ledger, request: LockRequest) -> Action | None:
    if held_too_long(ledger, request):
        return Suspect(request.id, LockReason.HELD_TOO_LONG)
    return None


def _may_have_landed(ledger: Ledger, promotion: Promotion) -> bool:
    if promotion.landed is not None:
        return True
    intent = promotion.intent
    if intent is None or intent.branch == f"stagelock/{promotion.stage}":
        return False
    if promotion.stage not in ledger.pipeline.stages:
        return True  # its branch is not looked at any more: assume the worse
    return intent.commit in ledger.snapshot.reachable

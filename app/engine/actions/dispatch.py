"""One function for each action of a plan. Done twice, or half, they leave the same world."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import TypedDict

from app.core.model.names import FreightId, GroupName, PromotionId, StageName
from app.core.model.records import Promotion
from app.core.planning import actions as asked
from app.core.planning.job_actions import (
    AnswerJobs,
    DoubtJob,
    EndPart,
    ForgetJobs,
    JoinGrant,
    PlaceJobs,
    QueueAlone,
    QueueJobs,
    StartRun,
)
from app.core.planning.pull_actions import ClosePull, DeleteBranch, MergePull, OpenPull, WriteHead
from app.engine.actions import (
    check_requests,
    commits,
    environments,
    lock_alerts,
    pull_requests,
    starting_runs,
)
from app.engine.actions.audit import audited, event_of_act, note
from app.engine.actions.concerns import is_stored, named_by, promotions_of, stages_of
from app.engine.actions.context import Desk
from app.engine.survey.config_in_force import FILE
from app.errors import Conflict, Denied, OutsideError, Transient
from app.observe import about

log = logging.getLogger("stagelock.act")

_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")


class LockWanted(TypedDict):
    """Who wants which groups: what `Locks.request` and `Locks.occupy` are told."""

    repo_id: int
    repo_name: str
    stage: StageName
    promotion: PromotionId
    freight: FreightId
    groups: Sequence[GroupName]
    at: datetime
    weights: Mapping[GroupName, int]


def carry_out(
    desk: Desk, actions: Iterable[asked.Action], resting: AbstractSet[StageName] = frozenset()
) -> bool:
    """
    Do *actions* in order; True if the world moved meanwhile: survey again.

    One that fails outside concerns its promotion: that is tried again, and nothing further is done
    in its stages by this plan, whose order may matter there; nor is it in those that are *resting*.
    All others are done. Raises what hits the store itself, and Conflict once our claim is gone.
    """
    stopped = set(resting)
    moved = False
    for action in actions:
        desk.lease.check()
        stages = stages_of(desk, action)
        if stopped.isdisjoint(stages):
            try:
                _carry_out(desk, action)
            except Conflict as error:
                if is_stored(action):
                    raise
                desk.lease.check()
                log.info("%s", error.message, extra={"action": "tick.surprised"})
                moved = True
            except OutsideError as error:
                if is_stored(action):
                    raise
                _fails(desk, action, error)
            else:
                continue
            stopped |= stages
    return moved


def _carry_out(desk: Desk, action: asked.Action) -> None:
    concerned, named, kind = promotions_of(action), named_by(desk, action), word_of(type(action))
    event = event_of_act(desk, kind, named) if audited(action) else None
    with about(promotion=",".join(named) or None):
        told = {"action": f"act.{kind}", "event_id": event}
        log.info("%s", _sentence(action, concerned), extra=told)
        _do(desk, action, event or "")
        if event is not None:
            note(desk, action, kind, named, event)


def _fails(desk: Desk, action: asked.Action, error: OutsideError) -> None:
    """Put off what *action* was for; what has no promotion is planned again by the next look."""
    if isinstance(error, Transient) and error.damaged:
        raise error
    if isinstance(error, Denied):
        desk.survey.attempts.doubt()
    log.warning("%s", error.message, extra={"action": "promotion.put-off"})
    desk.put_off(promotions_of(action), error, tried=not isinstance(action, _MADE_FIRST))


_MADE_FIRST = (asked.Write, WriteHead, asked.PushAgain)
"""Actions that read before they write: their intent, once stored, says that they have tried."""


def word_of(kind: type[object]) -> str:
    """Name a kind of action in the log and the audit: ``push-again`` for `PushAgain`."""
    return _CAPITAL.sub("-", kind.__name__).lower()


def _do(desk: Desk, action: asked.Action, event: str) -> None:
    match action:
        case asked.Write() | asked.PushAgain() | asked.CreateBranch():
            commits.write(desk, action)
        case WriteHead() | OpenPull() | MergePull() | ClosePull() | DeleteBranch():
            pull_requests.pull(desk, action, event)
        case asked.Rerun() | asked.CancelChecks():
            check_requests.act(desk, action)
        case StartRun():
            starting_runs.start(desk, action.promotion)
        case QueueJobs() | PlaceJobs() | AnswerJobs() | ForgetJobs():
            environments.act(desk, action)
        case JoinGrant() | QueueAlone() | DoubtJob() | EndPart():
            _judge(desk, action)
        case (
            asked.RequestLock()
            | asked.Grant()
            | asked.Requeue()
            | asked.Suspect()
            | asked.Revive()
            | asked.EndRequest()
            | asked.Lapse()
            | asked.LapseElsewhere()
            | asked.TakeOver()
            | asked.Occupy()
            | asked.Spread()
        ):
            _lock(desk, action)
        case asked.TellSuspect():
            lock_alerts.tell(desk, action)
        case asked.AskService():
            desk.outside.ask(action)
        case asked.GiveBack():
            desk.outside.give_back(action)
        case _:
            _remember(desk, action)


def _remember(
    desk: Desk, action: asked.Mint | asked.Record | asked.SpendOrders | asked.UseConfig
) -> None:
    history, claim, repo = desk.store.history, desk.claim, desk.repo.id
    match action:
        case asked.Mint(freight):
            history.mint(claim, repo, freight)
        case asked.Record(promotions, spend, holds):
            history.save_promotions(claim, repo, promotions, *holds)
            if spend:
                history.spend_orders(claim, repo, spend, desk.now)
        case asked.SpendOrders(ids):
            history.spend_orders(claim, repo, ids, desk.now)
        case asked.UseConfig(commit):
            text = desk.git.read(commit, FILE)
            history.set_in_force(claim, repo, commit, text or b"")


def _judge(desk: Desk, action: JoinGrant | QueueAlone | DoubtJob | EndPart) -> None:
    asks, claim = desk.store.job_requests, desk.claim
    match action:
        case JoinGrant(request, grant):
            asks.join(claim, request, grant, desk.now)
        case QueueAlone(request):
            asks.alone(claim, request)
        case DoubtJob(request, reason):
            asks.doubt(claim, request, reason)
        case EndPart(request):
            asks.end(claim, request, desk.now)


def _lock(
    desk: Desk,
    action: asked.RequestLock
    | asked.Grant
    | asked.Requeue
    | asked.Suspect
    | asked.Revive
    | asked.EndRequest
    | asked.Lapse
    | asked.LapseElsewhere
    | asked.TakeOver
    | asked.Occupy
    | asked.Spread,
) -> None:
    locks, claim, now = desk.store.locks, desk.claim, desk.now
    match action:
        case asked.RequestLock(promotion, groups, weights):
            locks.request(claim, **_wanted(desk, promotion, groups, weights))
        case asked.Occupy(promotion, groups, weights):
            locks.occupy(claim, **_wanted(desk, promotion, groups, weights))
        case asked.Spread(request, groups, weights):
            locks.spread(claim, request, groups, weights)
        case asked.Grant(request, permits, names):
            locks.grant(claim, request, permits, now, names)
        case asked.TakeOver(request, heir, state, passes):
            locks.take_over(claim, request, state, heir.id, heir.freight, now, passes)
        case asked.Requeue(request, reason):
            locks.requeue(claim, request, reason, now)
        case asked.Suspect(request, reason):
            lock_alerts.suspect(desk, request, reason)
        case asked.Revive(request):
            locks.revive(claim, request, now)
        case asked.EndRequest(request, state, reason, by):
            locks.end(claim, request, state, reason, now, by)
        case asked.Lapse(request):
            lock_alerts.lapse(desk, request)
        case asked.LapseElsewhere(holder, longest):
            locks.lapse_left_alone(claim, holder.id, longest, now)


def _wanted(
    desk: Desk,
    promotion: Promotion,
    groups: Sequence[GroupName],
    weights: Mapping[GroupName, int],
) -> LockWanted:
    return LockWanted(
        repo_id=desk.repo.id,
        repo_name=desk.repo.full_name,
        stage=promotion.stage,
        promotion=promotion.id,
        freight=promotion.freight,
        groups=groups,
        at=desk.now,
        weights=weights,
    )


def _sentence(action: asked.Action, concerned: tuple[Promotion, ...]) -> str:
    what = ", ".join(f"{p.freight.short} to {p.stage}" for p in concerned)
    return f"{type(action).__name__} {what}".rstrip()

"""One function for each action of a plan. Done twice, or half, they leave the same world."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict

from app.core import actions as asked
from app.core.names import FreightId, GroupName, PromotionId, StageName
from app.core.records import Promotion
from app.engine import pulling, writing
from app.engine.desk import Desk
from app.engine.record import audited, event_of_act, note
from app.errors import Conflict, Denied, Missing, Rejected, Transient
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


def carry_out(desk: Desk, action: asked.Action) -> None:
    """
    Do *action*. What fails for a promotion is written down with it, and the rest goes on.

    Raises Conflict when the world moved (survey again), and what hits the store itself.
    """
    concerned, named, kind = promotions_of(action), _named(desk, action), word_of(type(action))
    event = event_of_act(desk, kind, named) if audited(action) else None
    with about(promotion=",".join(named) or None):
        told = {"action": f"act.{kind}", "event_id": event}
        log.info("%s", _sentence(action, concerned), extra=told)
        try:
            _do(desk, action)
            if event is not None:
                note(desk, action, kind, named, event)
        except Conflict:
            raise
        except (Transient, Denied, Missing) as error:
            if not concerned:
                raise
            log.warning("%s", error.message, extra={"action": "promotion.put-off"})
            desk.put_off(concerned, error)


def word_of(kind: type[object]) -> str:
    """Name a kind of action in the log and the audit: ``push-again`` for `PushAgain`."""
    return _CAPITAL.sub("-", kind.__name__).lower()


def _named(desk: Desk, action: asked.Action) -> list[PromotionId]:
    """The promotions that an action speaks of, for the log and the audit."""
    match action:
        case asked.Record(promotions):
            return [p.id for p in promotions]
        case asked.RequestLock(promotion) | asked.Occupy(promotion):
            return [promotion.id]
        case asked.CancelChecks(promotion):
            return [promotion]
        case (
            asked.Grant()
            | asked.Requeue()
            | asked.Suspect()
            | asked.Revive()
            | asked.EndRequest()
            | asked.Spread()
        ):
            requests = desk.ledger.snapshot.records.requests
            return [r.promotion for r in requests if r.id == action.request]
        case _:
            return [p.id for p in promotions_of(action)]


def promotions_of(action: asked.Action) -> tuple[Promotion, ...]:
    """The unfinished promotions that an action on the outside is for."""
    match action:
        case asked.Write() | asked.PushAgain():
            return action.promotions
        case (
            asked.CreateBranch()
            | asked.WriteHead()
            | asked.OpenPull()
            | asked.MergePull()
            | asked.Rerun()
        ):
            return (action.promotion,)
        case _:
            return ()


def _do(desk: Desk, action: asked.Action) -> None:
    match action:
        case asked.Write() | asked.PushAgain() | asked.CreateBranch():
            writing.write(desk, action)
        case (
            asked.WriteHead()
            | asked.OpenPull()
            | asked.MergePull()
            | asked.ClosePull()
            | asked.DeleteBranch()
        ):
            pulling.pull(desk, action)
        case asked.Rerun() | asked.CancelChecks():
            _checks(desk, action)
        case (
            asked.RequestLock()
            | asked.Grant()
            | asked.Requeue()
            | asked.Suspect()
            | asked.Revive()
            | asked.EndRequest()
            | asked.Occupy()
            | asked.Spread()
        ):
            _lock(desk, action)
        case _:
            _remember(desk, action)


def _remember(
    desk: Desk, action: asked.Mint | asked.Record | asked.SpendOrders | asked.UseConfig
) -> None:
    history, claim, repo = desk.store.history, desk.claim, desk.repo.id
    match action:
        case asked.Mint(freight):
            history.mint(claim, repo, freight)
        case asked.Record(promotions, spend):
            history.save_promotions(claim, repo, promotions)
            if spend:
                history.spend_orders(claim, repo, spend, desk.now)
        case asked.SpendOrders(ids):
            history.spend_orders(claim, repo, ids, desk.now)
        case asked.UseConfig(commit):
            history.set_in_force(claim, repo, commit)


def _lock(
    desk: Desk,
    action: asked.RequestLock
    | asked.Grant
    | asked.Requeue
    | asked.Suspect
    | asked.Revive
    | asked.EndRequest
    | asked.Occupy
    | asked.Spread,
) -> None:
    locks, claim, now = desk.store.locks, desk.claim, desk.now
    match action:
        case asked.RequestLock(promotion, groups):
            locks.request(claim, **_wanted(desk, promotion, groups))
        case asked.Occupy(promotion, groups):
            locks.occupy(claim, **_wanted(desk, promotion, groups))
        case asked.Spread(request, groups):
            locks.spread(claim, request, groups)
        case asked.Grant(request, permits):
            locks.grant(claim, request, permits, now)
        case asked.Requeue(request, reason):
            locks.requeue(claim, request, reason, now)
        case asked.Suspect(request, reason):
            locks.suspect(claim, request, reason, now)
        case asked.Revive(request):
            locks.revive(claim, request, now)
        case asked.EndRequest(request, state, reason):
            locks.end(claim, request, state, reason, now)


def _wanted(desk: Desk, promotion: Promotion, groups: Sequence[GroupName]) -> LockWanted:
    return LockWanted(
        repo_id=desk.repo.id,
        repo_name=desk.repo.full_name,
        stage=promotion.stage,
        promotion=promotion.id,
        freight=promotion.freight,
        groups=groups,
        at=desk.now,
    )


def _checks(desk: Desk, action: asked.Rerun | asked.CancelChecks) -> None:
    match action:
        case asked.Rerun(promotion, checks):
            for check in checks:
                desk.lease.check()
                desk.forge.rerun(desk.repo, check)
            desk.save(promotion)
        case asked.CancelChecks(_, checks):
            for check in checks:
                desk.lease.check()
                try:
                    desk.forge.cancel_workflow(desk.repo, check)
                except (Denied, Missing, Rejected) as error:
                    # It may have ended by itself; if not, its lock turns suspect and says so.
                    log.info("%s", error.message, extra={"action": "checks.not-cancelled"})
    desk.survey.memo.checks.clear()


def _sentence(action: asked.Action, concerned: tuple[Promotion, ...]) -> str:
    what = ", ".join(f"{p.freight.short} to {p.stage}" for p in concerned)
    return f"{type(action).__name__} {what}".rstrip()

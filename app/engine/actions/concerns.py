"""Whom an action is about: its promotions, and the stages that wait for it."""

from __future__ import annotations

from app.core.model.names import PromotionId, StageName
from app.core.model.records import Promotion
from app.core.planning import actions as asked
from app.core.planning.job_actions import StartRun
from app.core.planning.pull_actions import ClosePull, DeleteBranch, MergePull, OpenPull, WriteHead
from app.engine.actions.context import Desk

STORED = (
    asked.Mint
    | asked.Record
    | asked.SpendOrders
    | asked.UseConfig
    | asked.RequestLock
    | asked.Grant
    | asked.Requeue
    | asked.Suspect
    | asked.Revive
    | asked.EndRequest
    | asked.Lapse
    | asked.LapseElsewhere
    | asked.TellSuspect
    | asked.TakeOver
    | asked.Occupy
    | asked.Spread
    | asked.AskService
    | asked.GiveBack
)
HEADS = "stagelock/"


def is_stored(action: asked.Action) -> bool:
    """
    It is for our database alone, or fails in no other way: what fails there fails for everybody.
    """
    return isinstance(action, STORED)


def stages_of(desk: Desk, action: asked.Action) -> frozenset[StageName]:
    """The stages in which nothing further may be done once *action* has failed."""
    match action:
        case DeleteBranch(branch):
            return frozenset({StageName(branch.removeprefix(HEADS))})
        case ClosePull(number):
            pulls = desk.ledger.snapshot.records.promotions
            return frozenset(promotion.stage for promotion in pulls if promotion.pull == number)
        case asked.Record(promotions):
            return frozenset(promotion.stage for promotion in promotions)
        case _:
            rows = desk.ledger.promotion
            known = promotions_of(action)
            records = (rows.get(name) for name in named_by(desk, action))
            return frozenset(
                promotion.stage for promotion in (*known, *records) if promotion is not None
            )


def named_by(desk: Desk, action: asked.Action) -> list[PromotionId]:
    """The promotions that an action speaks of, for the log and the audit."""
    match action:
        case asked.Record(promotions):
            return [p.id for p in promotions]
        case asked.RequestLock(promotion) | asked.Occupy(promotion):
            return [promotion.id]
        case asked.TakeOver(_, promotion):
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
            | WriteHead()
            | OpenPull()
            | MergePull()
            | asked.Rerun()
            | StartRun()
        ):
            return (action.promotion,)
        case _:
            return ()

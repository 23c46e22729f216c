"""The audit of effects: what was done for which promotion, under the id that the log has too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.core.model.group_names import spoken
from app.core.model.names import GroupName, PromotionId
from app.core.planning import actions as asked
from app.core.planning.job_actions import (
    AnswerJobs,
    EndPart,
    ForgetJobs,
    JoinGrant,
    PlaceJobs,
    QueueAlone,
    QueueJobs,
)
from app.core.planning.pull_actions import ClosePull, DeleteBranch
from app.core.text.markup import event_id
from app.engine.actions.context import Desk

UNAUDITED = (
    asked.Record,
    asked.SpendOrders,
    asked.RequestLock,
    asked.TellSuspect,
    asked.AskService,
    asked.GiveBack,
    QueueJobs,
    ForgetJobs,
)
"""Rows of ours alone are no effects: what they say is shown, and audited, as check runs."""


def audited(action: asked.Action) -> bool:
    """Tell whether carrying out *action* is an entry of its own."""
    return not isinstance(action, UNAUDITED)


def event_of_act(desk: Desk, kind: str, promotions: Sequence[PromotionId]) -> str:
    """Name one carrying out of an action."""
    return event_id("act", desk.repo.id, kind, *promotions, desk.now.isoformat())


def note(
    desk: Desk, action: asked.Action, kind: str, promotions: Sequence[PromotionId], event: str
) -> None:
    """Write the entry of an action that was carried out."""
    entry: dict[str, object] = {"kind": kind, **_about(action)}
    if groups := _groups(desk, action):
        entry["group"] = ",".join(map(spoken, groups))
    if promotions:
        entry["promotions"] = [_now(desk, promotion) for promotion in promotions]
    desk.store.history.audit(desk.claim, desk.repo.id, event, desk.now, entry)


def _now(desk: Desk, promotion: PromotionId) -> Mapping[str, object]:
    """The promotion as the action left it."""
    record = desk.store.history.promotion(desk.repo.id, promotion)
    if record is None:
        return {"id": promotion}
    facts = {
        "id": record.id,
        "stage": record.stage,
        "freight": str(record.freight),
        "state": record.state,
        "reason": record.reason,
        "commit": record.landed or record.head,
        "pull": record.pull,
        "skipped": list(record.skipped) or None,
        "skips": record.skips or None,
    }
    return {key: value for key, value in facts.items() if value is not None}


def _groups(desk: Desk, action: asked.Action) -> Sequence[GroupName]:
    """The lock groups that *action* was about: those of its request, unless it names them."""
    match action:
        case asked.Spread(_, groups) | asked.Occupy(_, groups):
            return groups
        case asked.LapseElsewhere(holder):
            return holder.groups
        case (
            asked.Grant(request)
            | asked.Revive(request)
            | asked.Lapse(request)
            | asked.Requeue(request)
            | asked.Suspect(request)
            | asked.EndRequest(request)
            | JoinGrant(request)
            | QueueAlone(request)
            | EndPart(request)
        ):
            request_now = desk.store.direct_locks.find(request)
            return request_now.groups if request_now else ()
        case _:
            return ()


def _of_jobs(action: AnswerJobs | PlaceJobs | JoinGrant) -> Mapping[str, object]:
    match action:
        case AnswerJobs(pending, leave, request):
            where = {"run": pending.run, "environment": pending.environment}
            return {**where, "answer": leave, **({"request": request} if request else {})}
        case PlaceJobs(pending, request):
            return {"run": pending.run, "environment": pending.environment, "request": request}
        case JoinGrant(request, grant):
            return {"request": request, "grant": grant}


def _about(action: asked.Action) -> Mapping[str, object]:
    match action:
        case asked.Mint(freight):
            return {"freight": str(freight.id)}
        case asked.UseConfig(commit):
            return {"commit": commit}
        case (
            asked.Grant(request)
            | asked.Revive(request)
            | asked.Lapse(request)
            | asked.TakeOver(request)
            | QueueAlone(request)
            | EndPart(request)
        ):
            return {"request": request}
        case asked.LapseElsewhere(holder):
            return {"request": holder.id}
        case asked.Requeue(request, reason) | asked.Suspect(request, reason):
            return {"request": request, "reason": reason}
        case asked.EndRequest(request, state, reason, by):
            ended = {"request": request, "state": state, "reason": reason}
            return {**ended, "user": by} if by else ended
        case AnswerJobs() | PlaceJobs() | JoinGrant():
            return _of_jobs(action)
        case asked.Spread(request, groups):
            return {"request": request, "groups": list(map(spoken, groups))}
        case asked.Occupy(_, groups):
            return {"groups": list(map(spoken, groups))}
        case asked.Write(branch) | asked.CreateBranch(branch):
            return {"branch": branch}
        case DeleteBranch(branch, expected):
            return {"branch": branch, "commit": expected}
        case ClosePull(number, comment):
            return {"pull": number, "comment": comment}
        case asked.Rerun(_, checks) | asked.CancelChecks(_, checks):
            return {"checks": [check.name for check in checks]}
        case _:
            return {}

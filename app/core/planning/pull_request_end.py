"""The end of a promotion's pull request: merged, closed by a person, or closed by us."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from app.core.gates import upstream
from app.core.gates.gate import Entry
from app.core.model.facts import PullFact
from app.core.model.lock_requests import HOLDING
from app.core.model.names import Sha, StageName
from app.core.model.records import Promotion, PromotionState
from app.core.model.renders import Rendered
from app.core.model.subjects import named
from app.core.model.verdicts import Reason
from app.core.planning.actions import Action, Record
from app.core.planning.locking import held
from app.core.planning.out_of_turn import out_of_turn
from app.core.planning.own_heads import heads_of, is_head
from app.core.planning.plan_result import ClosedHead
from app.core.planning.pull_actions import ClosePull, DeleteBranch
from app.core.planning.stage_plan import (
    NOTHING,
    StagePlan,
    arrived_at,
    ended,
    record,
    under_way,
)
from app.core.planning.start import in_sync
from app.core.remarks import promotions as remarks
from app.core.state.drift import outcome
from app.core.state.ledger import Ledger, StageView
from app.core.state.past import ask

PLAN_RUN = "stagelock / plan"


def revoked(ledger: Ledger, view: StageView, promotion: Promotion) -> Promotion | None:
    """The promotion as cancelled, if its freight is no longer verified upstream."""
    if promotion.leaves is not None or promotion.skips:
        return None  # it passes by its upstreams
    needs = upstream.needs(Entry(ledger, view, promotion.freight, alone=True))
    if needs is None or needs.state == "pass":
        return None
    now, about = ledger.snapshot.now, named(needs.names)
    return ended(promotion, now, "cancelled", Reason.UPSTREAM_REVOKED, about=about)


def closed(ledger: Ledger, view: StageView, promotion: Promotion, pull: PullFact) -> StagePlan:
    """Merged (by content, whatever the method), merged elsewhere, or closed by a person."""
    now, base = ledger.snapshot.now, ledger.base(promotion)
    if pull.merged and pull.base_ref != base:
        detail = remarks.merged_elsewhere(pull.number, pull.base_ref, base)
        return StagePlan(
            (record(ended(promotion, now, "cancelled", Reason.MERGED_ELSEWHERE, detail)),)
        )
    place = pull.merge_sha if pull.merged and pull.merge_sha else ledger.snapshot.tips.get(base)
    there = ledger.held_at(place, promotion) if place is not None else ()
    if there is None:
        return StagePlan(verdict=under_way(promotion, Reason.REVIEW))
    if there == promotion.written and place is not None:
        there_now = replace(
            arrived_at(ledger, promotion, place), detail=_turn(ledger, view, promotion)
        )
        return StagePlan((*out_of_turn(ledger, view, promotion), record(there_now)))
    if pull.merged:
        detail = remarks.merged_otherwise(pull.number, base)
        if not promotion.written:  # the head was another freight's still
            return StagePlan((record(ended(promotion, now, "superseded", Reason.MOVED, detail)),))
        there_now = replace(promotion, landed=place, landed_at=now)
        otherwise = ended(there_now, now, "superseded", Reason.LANDED_OTHERWISE, detail)
        return StagePlan((*out_of_turn(ledger, view, promotion), record(otherwise)))
    gone = revoked(ledger, view, promotion)
    if gone is not None:
        return StagePlan((record(gone),))
    result = outcome(ledger, view, promotion)
    if result is None:
        return StagePlan(verdict=under_way(promotion, Reason.REVIEW))
    if isinstance(result, Rendered) and result.in_sync:
        return in_sync(ledger, view, promotion, result)
    if promotion.reason in CLOSES:
        return StagePlan((record(_as_decided(ledger, promotion)),))
    detail = remarks.closed_by(pull.number, pull.actor)
    return StagePlan((record(ended(promotion, now, "cancelled", Reason.PULL_CLOSED, detail)),))


def _turn(ledger: Ledger, view: StageView, promotion: Promotion) -> str:
    """That it landed out of turn, where nothing verifies it: so no permit that it takes says so."""
    has_grant = not ledger.groups(promotion) or held(view, promotion)
    return "" if has_grant or ledger.stage_terms(promotion).verifies else remarks.OUT_OF_TURN


CLOSES = frozenset(
    {
        Reason.UPSTREAM_REVOKED,
        Reason.WITHDRAWN,
        Reason.STAGE_REMOVED,
        Reason.CANCELLED,
        Reason.ROLLED_BACK,
        Reason.ERRORED,
        Reason.SUPERSEDED,
    }
)
"""Reasons for which the App closes the pull request; under review they mean: close requested."""


_ENDS_AS: Mapping[Reason, PromotionState] = {
    Reason.ERRORED: "failed",
    Reason.SUPERSEDED: "superseded",
}


ARRIVES = timedelta(minutes=10)
"""How long after the branch's deletion a late push of the App may have recreated it."""


def end(
    promotion: Promotion,
    over: Promotion,
    words: str,
    spend: tuple[int, ...] = (),
    successors: tuple[Promotion, ...] = (),
) -> tuple[Action, ...]:
    """
    *promotion* comes to the end *over*, and its pull request, if it has one, is closed with
    *words*; *spend* are the orders that take effect so. *successors* begin in its place.

    Closed before the end is recorded: so a head whose plan is green never outlives the grant, and
    a crash leaves none behind. Why it is closed is recorded before that: so it is ours also where
    the answer is lost.
    """
    if promotion.state != "in-review" or promotion.pull is None:
        return (record(over, *successors, spend=spend),)
    asked = replace(
        promotion,
        reason=over.reason,
        about=over.about,
        detail=over.detail,
        successor=over.successor,
    )
    first = () if promotion.reason == over.reason else (record(asked),)
    return (*first, ClosePull(promotion.pull, words), record(over, *successors, spend=spend))


def goes_on(promotion: Promotion) -> StagePlan | None:
    """Its pull request was to be closed, is open still, and nothing ends it any more."""
    if promotion.reason not in CLOSES:
        return None
    on = replace(promotion, reason=Reason.REVIEW, about=(), detail="", successor=None)
    return StagePlan((record(on),))


def _as_decided(ledger: Ledger, promotion: Promotion) -> Promotion:
    """The end for which we asked that its pull request be closed."""
    state = _ENDS_AS.get(Reason(promotion.reason), "cancelled")
    return ended(
        promotion,
        ledger.snapshot.now,
        state,
        Reason(promotion.reason),
        promotion.detail,
        promotion.about,
        promotion.successor,
    )


def closed_heads(ledger: Ledger) -> tuple[ClosedHead, ...]:
    """
    The heads on which we may have said that they may be merged, and which must not be any more.

    So they are whoever closed the pull request, and where nobody of us may close it, too; and once
    another head has taken their place: who pushes an old one back could merge it at once.
    """
    records = ledger.snapshot.records
    told = {run.sha for run in records.runs if run.name == PLAN_RUN}
    granted = {request.promotion for request in ledger.live if request.state in HOLDING}
    closed_now: dict[Sha, ClosedHead] = {}
    for promotion in ledger.heads:
        over = promotion.ended and not _merged(promotion)
        for head in heads_of(promotion):
            replaced = head != promotion.head or (over and promotion.state == "superseded")
            if replaced or (over and head in told):
                closed_now[head] = ClosedHead(promotion, head, promotion.id in granted, replaced)
            else:
                closed_now.pop(head, None)
    return tuple(closed_now.values())


def _merged(promotion: Promotion) -> bool:
    """Its pull request was merged, be it with the head of the freight before."""
    overtaken = promotion.state == "superseded" and promotion.reason == Reason.MOVED
    return overtaken or (promotion.landed is not None and not promotion.in_sync)


def clear_heads(ledger: Ledger) -> tuple[DeleteBranch | Record, ...]:
    """
    Branches of pull requests that are over, if their tips are ours; each is deleted once.

    Whoever restores one may want to reopen the pull request, which needs its branch. What was
    merged nobody reopens, and what we closed does not go on if reopened: if such a head comes back
    soon, it is a push of ours that arrived late.
    """
    deletions: list[DeleteBranch | Record] = []
    for name in _with_heads(ledger):
        branch, promotions = f"stagelock/{name}", ledger.of_stage(name)
        if any(promotion.state == "in-review" for promotion in promotions):
            continue
        tip = ledger.snapshot.tips.get(branch)
        last = next(
            (promotion for promotion in reversed(promotions) if _stands(promotion, tip)), None
        )
        if last is None:
            if tip is not None:
                ask(ledger, name, head=tip)
        elif tip is not None and _arrived_late(last, ledger.snapshot.now):
            deletions.append(DeleteBranch(branch, tip))
        elif last.cleared_at is None and (last.ended or last.landed):
            gone = replace(last, cleared_at=ledger.snapshot.now)
            deletions.append(record(gone) if tip is None else DeleteBranch(branch, tip))
    return tuple(deletions)


def _arrived_late(promotion: Promotion, now: datetime) -> bool:
    merged = promotion.landed is not None and not promotion.in_sync
    over = merged or (promotion.ended and promotion.reason in CLOSES)
    return over and promotion.cleared_at is not None and now < promotion.cleared_at + ARRIVES


def _stands(promotion: Promotion, tip: Sha | None) -> bool:
    """
    Their branch's *tip* is a head of *promotion*; None, where it is gone: *promotion* had one.
    """
    return promotion.head is not None if tip is None else is_head(promotion, tip)


def _with_heads(ledger: Ledger) -> tuple[StageName, ...]:
    """The stages that have, or had, a pull request, in the pipeline or not."""
    there = (
        n.removeprefix("stagelock/") for n in ledger.snapshot.tips if n.startswith("stagelock/")
    )
    had = (promotion.stage for promotion in ledger.heads)
    known = ledger.pipeline.stages.keys() | ledger.snapshot.records.cut.keys()
    return tuple(dict.fromkeys([*(StageName(n) for n in there if n in known), *had]))


def reopened(ledger: Ledger, view: StageView) -> StagePlan | None:
    """
    Somebody reopened the pull request whose closing was a no: the promotion goes on as it was.

    Its head is there, restored or never deleted; and nothing newer has come since.
    """
    promotion = view.promotions[-1] if view.promotions else None
    if (
        promotion is None
        or promotion.pull is None
        or promotion.reason != Reason.PULL_CLOSED
        or not promotion.ended
    ):
        return None
    tip, current = ledger.snapshot.tips.get(f"stagelock/{promotion.stage}"), view.current
    passed = current is not None and ledger.newer(current.freight, promotion.freight)
    outdated = passed and promotion.leaves is None
    if tip is None or tip != promotion.head or outdated or ledger.age(promotion.freight) is None:
        return None
    pull, config = ledger.pull(promotion.stage, promotion.pull), ledger.snapshot.config.in_force
    if pull is None:
        return NOTHING
    if pull.state != "open" or config is None:
        return None
    again = replace(
        promotion,
        state="in-review",
        reason=Reason.REVIEW,
        detail="",
        config=config,
        ended_at=None,
        cleared_at=None,
        updated_at=ledger.snapshot.now,
    )
    return StagePlan((record(again),))

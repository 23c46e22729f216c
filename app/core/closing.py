"""The end of a promotion's pull request: merged, closed by a person, or closed by us."""

from __future__ import annotations

from dataclasses import replace

from app.core.actions import Action, ClosePull, DeleteBranch
from app.core.drift import outcome
from app.core.facts import PullFact, Rendered
from app.core.gates import opening_gates
from app.core.ledger import Ledger, StageView
from app.core.names import Sha
from app.core.outofturn import out_of_turn
from app.core.past import ask
from app.core.plans import ClosedHead
from app.core.proceed import in_sync
from app.core.records import HOLDING, Promotion, PromotionState
from app.core.stageplan import StagePlan, arrived_at, ended, record, under_way
from app.core.subjects import named
from app.core.verdicts import Reason

PLAN_RUN = "stagelock / plan"


def revoked(ledger: Ledger, view: StageView, row: Promotion) -> Promotion | None:
    """The promotion as cancelled, if its freight is no longer verified upstream."""
    needs = next((g for g in opening_gates(ledger, view, row.freight) if g.gate == "needs"), None)
    if needs is None or needs.state == "pass":
        return None
    now, about = ledger.snapshot.now, named(needs.names)
    return ended(row, now, "cancelled", Reason.UPSTREAM_REVOKED, about=about)


def closed(ledger: Ledger, view: StageView, row: Promotion, pull: PullFact) -> StagePlan:
    """Merged (by content, whatever the method), merged elsewhere, or closed by a person."""
    now, base = ledger.snapshot.now, ledger.branch(view.stage)
    if pull.merged and pull.base_ref != base:
        detail = f"pull request {pull.number} was merged into {pull.base_ref}, not into {base}"
        return StagePlan((record(ended(row, now, "cancelled", Reason.MERGED_ELSEWHERE, detail)),))
    place = pull.merge_sha if pull.merged and pull.merge_sha else ledger.snapshot.tips.get(base)
    if place is None:
        return StagePlan(verdict=under_way(row, Reason.REVIEW))
    there = ledger.content_at(place, row.stage)
    if there is None:
        return StagePlan(verdict=under_way(row, Reason.REVIEW))
    if there == row.written:
        return StagePlan((*out_of_turn(ledger, view, row), record(arrived_at(ledger, row, place))))
    if pull.merged:
        detail = (
            f"pull request {pull.number} was merged, but {base} holds other content than its head"
        )
        if not row.written:  # the head was another freight's still
            return StagePlan((record(ended(row, now, "superseded", Reason.MOVED, detail)),))
        there_now = replace(row, landed=place, landed_at=now)
        otherwise = ended(there_now, now, "superseded", Reason.LANDED_OTHERWISE, detail)
        return StagePlan((*out_of_turn(ledger, view, row), record(otherwise)))
    gone = revoked(ledger, view, row)
    if gone is not None:
        return StagePlan((record(gone),))
    found = outcome(ledger, view, row)
    if found is None:
        return StagePlan(verdict=under_way(row, Reason.REVIEW))
    if isinstance(found, Rendered) and found.in_sync:
        return in_sync(ledger, view, row, found)
    if row.reason in CLOSES:
        return StagePlan((record(_as_decided(ledger, row)),))
    by = f" by @{pull.actor}" if pull.actor else ""
    detail = f"pull request {pull.number} was closed{by}"
    return StagePlan((record(ended(row, now, "cancelled", Reason.PULL_CLOSED, detail)),))


CLOSES = frozenset(
    {
        Reason.UPSTREAM_REVOKED,
        Reason.WITHDRAWN,
        Reason.STAGE_REMOVED,
        Reason.ERRORED,
    }
)
"""Ends for which we close the pull request. Under review, one of them says that we asked for it."""


def end(row: Promotion, over: Promotion, words: str) -> tuple[Action, ...]:
    """
    *row* comes to the end *over*, and its pull request, if it has one, is closed with *words*.

    Closed before the end is recorded: so a head whose plan is green never outlives the grant, and
    a crash leaves none behind. Why it is closed is recorded before that: so it is ours also where
    the answer is lost.
    """
    if row.state != "in-review" or row.pull is None:
        return (record(over),)
    asked = replace(row, reason=over.reason, about=over.about, detail=over.detail)
    first = () if row.reason == over.reason else (record(asked),)
    return (*first, ClosePull(row.pull, words), record(over))


def goes_on(row: Promotion) -> StagePlan | None:
    """Its pull request was to be closed, is open still, and nothing ends it any more."""
    if row.reason not in CLOSES:
        return None
    return StagePlan((record(replace(row, reason=Reason.REVIEW, about=(), detail="")),))


def _as_decided(ledger: Ledger, row: Promotion) -> Promotion:
    """The end for which we asked that its pull request be closed."""
    state: PromotionState = "failed" if row.reason == Reason.ERRORED else "cancelled"
    return ended(row, ledger.snapshot.now, state, Reason(row.reason), row.detail, row.about)


def closed_heads(ledger: Ledger) -> tuple[ClosedHead, ...]:
    """
    The heads on which we have said whether they may be merged, and which are over unmerged.

    So they are whoever closed the pull request, and where nobody of us may close it, too.
    """
    records = ledger.snapshot.records
    told = {run.sha for run in records.runs if run.name == PLAN_RUN}
    granted = {request.promotion for request in ledger.live if request.state in HOLDING}
    found: dict[Sha, ClosedHead] = {}
    for row in records.promotions:
        if row.head is None or row.head not in told:
            continue
        merged = row.landed is not None and not row.in_sync
        if row.ended and row.state != "superseded" and not merged:
            found[row.head] = ClosedHead(row, row.head, row.id in granted)
        else:
            found.pop(row.head, None)
    return tuple(found.values())


def clear_heads(ledger: Ledger) -> tuple[DeleteBranch, ...]:
    """Branches of pull requests that are over, if their tips are ours."""
    found = [
        DeleteBranch(f"stagelock/{row.stage}", row.head)
        for row in ledger.snapshot.records.promotions
        if row.stage not in ledger.pipeline.stages and row.ended and row.head is not None
        if ledger.snapshot.tips.get(f"stagelock/{row.stage}") == row.head
    ]
    for name in ledger.snapshot.records.cut:
        tip = ledger.snapshot.tips.get(f"stagelock/{name}")
        if name not in ledger.pipeline.stages and tip is not None:
            ask(ledger, name, head=tip)
    for name, view in ledger.views.items():
        branch = f"stagelock/{name}"
        tip = ledger.snapshot.tips.get(branch)
        if tip is None or (view.inflight is not None and view.inflight.state == "in-review"):
            continue
        if any(tip == p.head for p in view.promotions if p.ended or p.landed):
            found.append(DeleteBranch(branch, tip))
        else:
            ask(ledger, name, head=tip)
    return tuple(found)

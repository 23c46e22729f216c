"""A promotion by pull request, from its opening to its merge."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from app.core.actions import ClosePull, MergePull, OpenPull, WriteHead
from app.core.clearance import Cleared, clear
from app.core.drift import fates, outcome, standing
from app.core.facts import PullFact, Rendered
from app.core.gates import entry_gates, first_open, opening_gates, starts
from app.core.ledger import Ledger, StageView
from app.core.lockqueue import ask
from app.core.lockstep import give_back, held, may_wait, step_back, unused
from app.core.mergeable import approved, merge_obstacle
from app.core.names import FreightId, Sha, short
from app.core.outofturn import out_of_turn
from app.core.plans import HeadVerdict
from app.core.proceed import in_sync, proceed
from app.core.records import Promotion
from app.core.stageplan import (
    StagePlan,
    ended,
    landed,
    new_promotion,
    record,
    spent,
    under_way,
)
from app.core.verdicts import GateAnswer, Reason, Verdict


def review(ledger: Ledger, view: StageView, row: Promotion, newer: FreightId | None) -> StagePlan:
    """The next step of a promotion whose pull request is being prepared, open, or done."""
    tip = _head_tip(ledger, row)
    if row.intent is not None and tip == row.intent.commit:  # pushed, and died before it was noted
        pushed = replace(row, head=tip, intent=None)
        return StagePlan((record(pushed),), verdict=under_way(row, Reason.REVIEW))
    if row.pull is None:
        return _prepare(ledger, view, row)
    pull = ledger.pull(row.stage, row.pull)
    if pull is None:
        return StagePlan(verdict=under_way(row, Reason.REVIEW))
    if pull.state == "closed":
        return _closed(ledger, view, row, pull)
    return _open(ledger, view, row, pull, newer)


def _prepare(ledger: Ledger, view: StageView, row: Promotion) -> StagePlan:
    """Before there is a pull request: its head, then the pull request itself."""
    gone = _revoked(ledger, view, row)
    if gone is not None:
        return StagePlan((record(gone),))
    in_force = ledger.snapshot.config.in_force
    if in_force is not None and row.config != in_force:
        return StagePlan((record(replace(row, config=in_force)),))
    tip = _head_tip(ledger, row)
    if row.head is None or tip != row.head:
        return _head(ledger, view, row, tip)
    return StagePlan(
        (OpenPull(row, ledger.branch(view.stage)),), verdict=under_way(row, Reason.REVIEW)
    )


def _revoked(ledger: Ledger, view: StageView, row: Promotion) -> Promotion | None:
    """The promotion as cancelled, if its freight is no longer verified upstream."""
    needs = next((g for g in opening_gates(ledger, view, row.freight) if g.gate == "needs"), None)
    if needs is None or needs.state == "pass":
        return None
    why = ", ".join(needs.names)
    return ended(row, ledger.snapshot.now, "cancelled", Reason.UPSTREAM_REVOKED, why)


def _head(ledger: Ledger, view: StageView, row: Promotion, tip: Sha | None) -> StagePlan:
    """Bring the head to what the steps make of the freight now, only from a commit of ours."""
    verdict = under_way(row, Reason.REVIEW)
    found = outcome(ledger, view, row)
    base = ledger.branch(view.stage)
    base_tip = ledger.snapshot.tips.get(base)
    if found is None:
        return StagePlan(verdict=verdict)
    if not isinstance(found, Rendered) or base_tip is None or found.in_sync:
        return proceed(ledger, view, row)
    merged = _merged(ledger, view, row, tip)
    if merged is None:
        return StagePlan(verdict=verdict)
    if tip is not None and not merged and not _ours(view, tip):
        there = ledger.content_at(tip, row.stage)
        if there is None:
            return StagePlan(verdict=verdict)
        if there == found.content and not ledger.snapshot.strays.get(row.stage):
            edits = fates(standing(ledger, view), found)
            mine = replace(row, head=tip, written=there, pure=found.pure, edits=edits)
            return StagePlan((record(mine),), verdict=verdict)
        who = ledger.snapshot.pushers.get(row.stage, "somebody else")
        return StagePlan((record(_foreign(ledger, row, tip, who)),))
    return StagePlan((WriteHead(row, base, base_tip, tip),), verdict=verdict)


def _closed(ledger: Ledger, view: StageView, row: Promotion, pull: PullFact) -> StagePlan:
    """Merged (by content, whatever the method), or closed by a person."""
    now, base = ledger.snapshot.now, ledger.branch(view.stage)
    place = pull.merge_sha if pull.merged and pull.merge_sha else ledger.snapshot.tips.get(base)
    if place is None:
        return StagePlan(verdict=under_way(row, Reason.REVIEW))
    there = ledger.content_at(place, row.stage)
    if there is None:
        return StagePlan(verdict=under_way(row, Reason.REVIEW))
    if there == row.written:
        return StagePlan((*out_of_turn(ledger, view, row), record(landed(ledger, row, place))))
    if pull.merged:
        detail = f"#{pull.number} was merged, but {base} holds other content than its head"
        if not row.written:  # the head was another freight's still
            return StagePlan((record(ended(row, now, "superseded", Reason.MOVED, detail)),))
        there_now = replace(row, landed=place, landed_at=now)
        otherwise = ended(there_now, now, "superseded", Reason.LANDED_OTHERWISE, detail)
        return StagePlan((*out_of_turn(ledger, view, row), record(otherwise)))
    gone = _revoked(ledger, view, row)
    if gone is not None:
        return StagePlan((record(gone),))
    found = outcome(ledger, view, row)
    if found is None:
        return StagePlan(verdict=under_way(row, Reason.REVIEW))
    if isinstance(found, Rendered) and found.in_sync:
        return in_sync(ledger, view, row, found)
    by = f" by @{pull.actor}" if pull.actor else ""
    detail = f"#{pull.number} was closed{by}"
    return StagePlan((record(ended(row, now, "cancelled", Reason.PULL_CLOSED, detail)),))


def close(row: Promotion, words: str) -> tuple[ClosePull, ...]:
    """
    The pull request of a promotion that ends, if it has one: closed before its end is recorded.

    So a head whose plan is green never outlives the grant, and a crash leaves none behind.
    """
    return () if row.state != "in-review" or row.pull is None else (ClosePull(row.pull, words),)


def _open(
    ledger: Ledger, view: StageView, row: Promotion, pull: PullFact, newer: FreightId | None
) -> StagePlan:
    gone = _revoked(ledger, view, row)
    if gone is not None:
        words = f"Closed: {row.freight.short} is no longer verified in {gone.detail}."
        return StagePlan((*close(row, words), record(gone)))
    found = outcome(ledger, view, row)
    if found is None:
        return StagePlan(verdict=under_way(row, Reason.REVIEW))
    if isinstance(found, Rendered) and found.in_sync:
        words = f"Closed: `{ledger.branch(view.stage)}` holds {row.freight.short} already."
        rest = in_sync(ledger, view, row, found)
        return replace(rest, actions=(ClosePull(pull.number, words), *rest.actions))
    if newer is not None and not held(view, row):
        moved = _move_on(ledger, view, row, newer)
        if moved is not None:
            return moved
    tip = _head_tip(ledger, row)
    stale = not isinstance(found, Rendered) or found.content != row.written
    if tip == row.head and not stale:
        outdated = ledger.outdated(row.stage)
        if outdated is None:
            return StagePlan(verdict=under_way(row, Reason.REVIEW))
        stale = outdated
    if tip != row.head or stale:
        return _head(ledger, view, row, tip)
    return _await_merge(ledger, view, row, pull)


def _move_on(ledger: Ledger, view: StageView, row: Promotion, newer: FreightId) -> StagePlan | None:
    """Newer freight takes over the pull request, unless it is approved and nobody ordered it."""
    if view.stage.queue != "latest":
        return None
    ordered = any(starts(o, newer) for o in view.orders)
    if not ordered and row.pull is not None:
        reviews = ledger.reviews(row.pull)
        if reviews is None:
            return StagePlan(verdict=under_way(row, Reason.REVIEW))
        if approved(reviews):
            return None
    old = ended(row, ledger.snapshot.now, "superseded", Reason.SUPERSEDED, str(newer))
    fresh = new_promotion(ledger, view, newer, "in-review")
    # What its head holds is the old freight's: it is rewritten, and a merge until then is not ours.
    new = replace(fresh, pull=row.pull, head=row.head)
    return StagePlan((record(old, new, spend=spent(view, newer)),))


def _await_merge(ledger: Ledger, view: StageView, row: Promotion, pull: PullFact) -> StagePlan:
    """The head is right: the other gates, the lock, then the merge."""
    gates = entry_gates(ledger, view, row.freight)
    missing = first_open(gates)
    if missing is not None:
        back = step_back(view, row, "a gate closed before the merge")
        verdict = under_way(
            row, missing.reason, gates=gates, names=missing.names, wake_at=missing.until
        )
        wakes = tuple(g.until for g in gates if g.until is not None)
        return _headed(StagePlan(back, verdict=verdict, wakes=wakes), row, pull)
    obstacle = merge_obstacle(ledger, row, pull) if view.stage.merge == "auto" else None
    if obstacle is not None:
        verdict = under_way(row, Reason.REVIEW, gates=gates, detail=obstacle.words)
        wakes = (obstacle.wake_at,) if obstacle.wake_at else ()
        back = step_back(view, row, obstacle.words)
        return _headed(StagePlan(back, verdict=verdict, wakes=wakes), row, pull)
    behind = _catch_up(ledger, view, row, pull)
    if behind is not None:
        return behind
    if ledger.groups(row) and not held(view, row):
        return _headed(ask(ledger, view, row, gates), row, pull)
    return _merge(ledger, view, row, pull, gates)


def _catch_up(ledger: Ledger, view: StageView, row: Promotion, pull: PullFact) -> StagePlan | None:
    """Where the base requires up-to-date heads: once, when all else is green."""
    base = ledger.branch(view.stage)
    tip = ledger.snapshot.tips.get(base)
    if not pull.behind or row.reason == Reason.MOVED or tip is None:
        return None
    verdict = under_way(row, Reason.REVIEW, detail=f"brought up to date with {base}")
    write = WriteHead(row, base, tip, _head_tip(ledger, row), catch_up=True)
    return _headed(StagePlan((write,), verdict=verdict), row, pull)


def _merge(
    ledger: Ledger,
    view: StageView,
    row: Promotion,
    pull: PullFact,
    gates: tuple[GateAnswer, ...],
) -> StagePlan:
    stage, request = view.stage, view.request
    limit = may_wait(ledger, stage, request)
    if request is not None and held(view, row) and unused(ledger, request, limit):
        minutes = int(limit / timedelta(minutes=1))
        words = f"not merged within {minutes} minutes"
        return _retract(row, pull, gates, give_back(request, words))
    reason = Reason.MERGE_REFUSED if row.reason == Reason.MERGE_REFUSED else Reason.MERGE_READY
    verdict = under_way(row, reason, gates=gates)
    wakes = [row.retry_at] if row.retry_at is not None else []
    if request is not None and held(view, row) and request.granted_at is not None:
        wakes.append(request.granted_at + limit)
    plan = StagePlan(verdict=verdict, wakes=tuple(wakes))
    refused_just_now = row.retry_at is not None and ledger.snapshot.now < row.retry_at
    if stage.merge == "auto" and row.head is not None and not refused_just_now:
        leave = clear(ledger, view, row)
        if isinstance(leave, Cleared):
            plan = replace(plan, actions=(MergePull(leave, pull.number, row.head),))
    return _headed(plan, row, pull, ready=True)


def _headed(plan: StagePlan, row: Promotion, pull: PullFact, *, ready: bool = False) -> StagePlan:
    verdict: Verdict = plan.verdict or under_way(row, Reason.REVIEW)
    head = HeadVerdict(row.stage, pull.number, pull.head_sha, ready, verdict)
    return replace(plan, verdict=verdict, head=head)


def _retract(
    row: Promotion, pull: PullFact, gates: tuple[GateAnswer, ...], plan: StagePlan
) -> StagePlan:
    """`success` is taken back before the grant: the reconciler writes heads first."""
    verdict = under_way(row, Reason.GRANT_UNUSED, gates=gates)
    return _headed(replace(plan, verdict=verdict), row, pull)


def _head_tip(ledger: Ledger, row: Promotion) -> Sha | None:
    return ledger.snapshot.tips.get(f"stagelock/{row.stage}")


def _ours(view: StageView, tip: Sha) -> bool:
    return any(tip in (p.head, p.intent.commit if p.intent else None) for p in view.promotions)


def _merged(ledger: Ledger, view: StageView, row: Promotion, tip: Sha | None) -> bool | None:
    """
    Tell whether *tip* is the foreign tip of an earlier promotion, and somebody has merged it.

    Then nothing of it can get lost, whatever the method. None: not known yet.
    """
    numbers = (p.pull for p in view.promotions if p.reason == Reason.FOREIGN_TIP and p.pull)
    number = max(numbers, default=None)
    if number is None or row.pull is not None or tip is None or _ours(view, tip):
        return False
    pull = ledger.pull(row.stage, number)
    return None if pull is None else pull.merged and pull.head_sha == tip


def _foreign(ledger: Ledger, row: Promotion, tip: Sha, who: str) -> Promotion:
    detail = (
        f"stagelock/{row.stage} is at {short(tip)} by {who}, not ours: "
        f"merge it, or delete the branch and /retry {row.stage}"
    )
    return ended(row, ledger.snapshot.now, "failed", Reason.FOREIGN_TIP, detail)

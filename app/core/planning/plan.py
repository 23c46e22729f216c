"""
Snapshot -> Plan: the one pure function that decides.

The same snapshot gives the same plan. A plan that still has questions is not carried out: the
survey answers them and asks again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import chain

from app.core.model.names import FreightId, StageName
from app.core.model.records import Promotion
from app.core.model.snapshot import Snapshot
from app.core.model.verdicts import Reason
from app.core.planning.actions import (
    Action,
    GiveBack,
    Mint,
    Occupy,
    Record,
    SpendOrders,
    Spread,
    UseConfig,
)
from app.core.planning.advance import follow
from app.core.planning.cancelling import not_begun
from app.core.planning.containment import alone
from app.core.planning.direct_locks import settle_direct
from app.core.planning.eligibility import pick
from app.core.planning.environments import settle_jobs
from app.core.planning.first_contact import adopt
from app.core.planning.foreign_alerts import foreign_alerts
from app.core.planning.freight_standing import standings
from app.core.planning.job_actions import StartRun
from app.core.planning.job_joins import kept as kept_for_parts
from app.core.planning.job_joins import settle_job_requests
from app.core.planning.late_runs import late_runs
from app.core.planning.left_alone import settle_left_alone
from app.core.planning.locking import settle_requests
from app.core.planning.merge_groups import in_groups
from app.core.planning.minting import mint
from app.core.planning.out_of_turn import late_landings
from app.core.planning.outside import settle_services
from app.core.planning.plan_result import Plan
from app.core.planning.pull_request_end import clear_heads, closed_heads, end, reopened
from app.core.planning.push_batching import batch, together
from app.core.planning.recalling import recalled
from app.core.planning.revocation import retry, stale_orders, watch
from app.core.planning.rolling_back import rolled_back
from app.core.planning.stage_plan import NOTHING, StagePlan, ended, new_promotion, spent
from app.core.planning.start import proceed
from app.core.planning.starting_runs import one_at_a_time
from app.core.planning.visitors import visitors
from app.core.remarks import pulls
from app.core.state.ledger import Ledger, StageView

_FIRST = (Occupy, Spread, GiveBack)
"""Carried out before grants: they take permits, or release them for the next request."""


_SETTLE = (
    settle_requests, settle_job_requests, settle_direct, settle_jobs, settle_services,
    settle_left_alone, foreign_alerts,
)  # fmt: skip
"""What becomes of lock requests, kind by kind."""


def plan(snapshot: Snapshot) -> Plan:
    """
    Decide what should happen now, and why.

    Without a pipeline in force nothing happens, except that what is under way ends.
    """
    pipeline = snapshot.config.pipeline
    if pipeline is None:
        return Plan()
    ledger = Ledger(snapshot, pipeline)
    actions: list[Action] = []
    if snapshot.config.in_force != snapshot.records.in_force and snapshot.config.in_force:
        actions.append(UseConfig(snapshot.config.in_force))
    mints, waits = mint(ledger)
    actions += mints
    plans = one_at_a_time(ledger, plan_stages(ledger))
    due = [p.write for p in plans.values() if p.write is not None]
    writes, left = batch(ledger, due)
    kept = [p for p in plans.values() if p.write is None or p.write.promotion.id not in left]
    actions += together(action for stage_plan in kept for action in stage_plan.actions)
    actions += writes
    actions += (*_removed(ledger), *late_landings(ledger), *visitors(ledger))
    settled = [late_runs(ledger), *(settle(ledger) for settle in _SETTLE)]
    actions += (action for stage_plan in settled for action in stage_plan.actions)
    actions += _of_others(actions, clear_heads(ledger))
    actions = kept_for_parts(ledger, actions)
    actions.sort(key=lambda action: not isinstance(action, _FIRST))
    wakes = [at for p in (*plans.values(), *settled) for at in p.wakes]
    views = ledger.views.items()
    verdicts = tuple(chain.from_iterable(standings(ledger, v, plans[name]) for name, v in views))
    wakes += [v.wake_at for v in verdicts if v.wake_at is not None]
    wakes += [gate.until for v in verdicts for gate in v.gates if gate.until is not None]
    wakes += [w.wake_at for w in waits if w.wake_at is not None]
    heads = tuple(p.head for p in plans.values() if p.head is not None)
    closed = closed_heads(ledger)
    groups = in_groups(ledger, heads, closed)
    return Plan(
        actions=_once(actions),
        verdicts=verdicts,
        heads=(*heads, *groups.heads),
        closed=(*closed, *groups.closed),
        minting=waits,
        wake_at=_next_look(ledger, wakes),
        questions=frozenset(ledger.questions),
    )


def _of_others(actions: Iterable[Action], more: Iterable[Action]) -> list[Action]:
    """*more* without records of promotions that *actions* change: they would undo that change."""
    changed = {promotion.id for action in actions for promotion in _recorded(action)}
    return [action for action in more if changed.isdisjoint(p.id for p in _recorded(action))]


def _recorded(action: Action) -> tuple[Promotion, ...]:
    match action:
        case Record():
            return tuple(action.promotions)
        case StartRun():
            return (action.promotion,)
        case _:
            return ()


def _next_look(ledger: Ledger, wakes: Iterable[datetime]) -> datetime | None:
    """At once where only this look's limit was in the way, else at the first of *wakes*."""
    now = ledger.snapshot.now
    if any(unanswered.kind == "later" for unanswered in ledger.missed):
        return now
    wakes = (*wakes, *(unanswered.next_look for unanswered in ledger.missed))
    return min((at for at in wakes if at > now), default=None)


def _once(actions: Iterable[Action]) -> tuple[Action, ...]:
    """Two stages may adopt the freight that is minted anyway: that is one `Mint`."""
    seen: set[FreightId] = set()
    kept = []
    for action in actions:
        if isinstance(action, Mint):
            if action.freight.id in seen:
                continue
            seen.add(action.freight.id)
        kept.append(action)
    return tuple(kept)


def plan_stages(ledger: Ledger) -> dict[StageName, StagePlan]:
    """
    Every stage's plan. Where evidence has changed an end, only that is stored now: the gates of the
    stages below are asked again when it counts.
    """
    changed = {name: watch(ledger, view) for name, view in ledger.views.items()}
    if any(changed.values()):
        return {name: stage_plan or NOTHING for name, stage_plan in changed.items()}
    return {name: alone(ledger, view, plan_stage) for name, view in ledger.views.items()}


def plan_stage(ledger: Ledger, view: StageView) -> StagePlan:
    """Plan one stage: advance what is under way, else start the freight that may enter."""
    adopted = adopt(ledger, view)
    if adopted is not None:
        return adopted
    known = recalled(ledger, view)
    if known is not None:
        return known
    back = rolled_back(ledger, view)
    if back is not None:
        return back
    gone = not_begun(ledger, view)
    if gone is not None:
        return gone
    newest = pick(ledger, view)
    promotion = view.inflight
    if promotion is None:
        open_again = reopened(ledger, view)
        if open_again is not None:
            return open_again
    else:
        overtakes = newest and promotion.leaves is None and ledger.newer(newest, promotion.freight)
        newer = newest if overtakes else None
        return _tidy(ledger, view, follow(ledger, view, promotion, newer))
    again = retry(ledger, view)
    if again is not None:
        return again
    if newest is not None:
        return begin(ledger, view, newest)
    return _tidy(ledger, view, NOTHING)


def begin(ledger: Ledger, view: StageView, freight: FreightId) -> StagePlan:
    """The first step of a new attempt."""
    promotion = new_promotion(ledger, view, freight, "waiting")
    return proceed(ledger, view, promotion, spent(view, freight))


def _tidy(ledger: Ledger, view: StageView, stage_plan: StagePlan) -> StagePlan:
    stale = stale_orders(ledger, view)
    return (
        stage_plan if stale is None else stage_plan._replace(actions=(*stage_plan.actions, stale))
    )


def _removed(ledger: Ledger) -> list[Action]:
    """
    Promotions of stages that are no longer in the pipeline end; they free nothing by that. What
    people asked of such a stage is over with it: one that is added again remembers no word.
    """
    gone = [promotion for promotion in ledger.removed if not promotion.ended]
    now = ledger.snapshot.now
    ends = (
        end(
            promotion,
            ended(promotion, now, "cancelled", Reason.STAGE_REMOVED),
            pulls.stage_removed(promotion.stage),
        )
        for promotion in gone
    )
    stages = ledger.pipeline.stages
    words = tuple(o.id for o in ledger.snapshot.records.orders if o.stage not in stages)
    spend = [SpendOrders(words)] if words else []
    return [*(action for actions in ends for action in actions), *spend]

"""The next step of a promotion that is on its way."""

from __future__ import annotations

from dataclasses import replace

from app.core.evidence.promotion_evidence import of_promotion
from app.core.gates.clearance import Cleared, Stopped, clear
from app.core.gates.entry import passed
from app.core.gates.orders import cancels
from app.core.model.lock_reasons import LockReason
from app.core.model.names import FreightId
from app.core.model.people import handle
from app.core.model.records import Promotion
from app.core.model.subjects import named
from app.core.model.verdicts import Reason
from app.core.planning.actions import PushAgain
from app.core.planning.awaiting import await_checks
from app.core.planning.cancelling import cancelled, cancelled_at
from app.core.planning.doubtful_pushes import arrived, unsettled
from app.core.planning.eligibility import asked
from app.core.planning.locking import UNUSED, give_back, held, release_unused, unused
from app.core.planning.out_of_turn import out_of_turn
from app.core.planning.pull_request import review
from app.core.planning.pull_request_end import end
from app.core.planning.retrying import grant_ends, paused, put_off, recovered
from app.core.planning.stage_plan import (
    StagePlan,
    abandoned,
    ended,
    given_up,
    landed,
    record,
    spent,
    supersede,
    under_way,
    unproven,
)
from app.core.planning.start import proceed, rerun
from app.core.remarks import promotions as remarks
from app.core.remarks import pulls
from app.core.state.ledger import Ledger, StageView


def follow(
    ledger: Ledger, view: StageView, promotion: Promotion, newer: FreightId | None
) -> StagePlan:
    """
    What to do with the unfinished *promotion*; *newer*: freight whose gates have passed, if any.
    """
    late = _late(ledger, view, promotion)
    if late is not None:
        return late
    back = _unused(ledger, view, promotion)
    if back is not None:
        return back
    gone = cancelled(ledger, view, promotion)
    if gone is not None:
        return gone
    now = ledger.snapshot.now
    if promotion.errors_since is None:
        return put_off(promotion, now) or _follow(ledger, view, promotion, newer)
    if (
        promotion.state == "writing"
        and promotion.intent
        and promotion.intent.commit in ledger.snapshot.reachable
    ):
        return _settle_write(ledger, view, promotion, newer)
    if now >= promotion.errors_since + ledger.stage_terms(promotion).timeout:
        return _out_of_time(ledger, view, promotion, newer)
    if promotion.retry_at is not None and now < promotion.retry_at:
        if promotion.state == "in-review" and promotion.pull is not None:
            return paused(promotion, promotion.retry_at, _follow(ledger, view, promotion, newer))
        wakes = (promotion.retry_at, *grant_ends(view, promotion))
        return StagePlan(
            verdict=under_way(promotion, Reason.RETRYING, wake_at=min(wakes)), wakes=wakes
        )
    return recovered(ledger, promotion, _follow(ledger, view, promotion, newer))


def _late(ledger: Ledger, view: StageView, promotion: Promotion) -> StagePlan | None:
    """A push that was given up has landed after all: out of turn, if the grant is gone."""
    commit = arrived(ledger, promotion)
    if commit is None or promotion.state == "writing":
        return None
    out = out_of_turn(ledger, view, promotion)
    gone = cancelled_at(ledger, view, promotion, commit)
    if gone is not None:
        return gone._replace(actions=(*out, *gone.actions))
    return StagePlan((*out, record(landed(ledger, promotion, commit))))


def _unused(ledger: Ledger, view: StageView, promotion: Promotion) -> StagePlan | None:
    """A grant with which nothing was written goes back in time, also where errors are the cause."""
    request, intent = view.request, promotion.intent
    if (
        promotion.state not in ("locking", "writing")
        or promotion.landed is not None
        or request is None
    ):
        return None
    lost = not ledger.vouched(request)
    if not held(view, promotion) or not (lost or unused(ledger, request, UNUSED)):
        return None
    if intent is not None and intent.commit in ledger.snapshot.reachable:
        return None
    given = give_back(request, LockReason.SERVICE_LOST if lost else LockReason.UNWRITTEN_IN_TIME)
    if promotion.state != "writing" or intent is None:
        return given
    until = unsettled(ledger, promotion)
    if until is not None:  # an attempt is still out: no further one begins
        return StagePlan(
            verdict=under_way(promotion, Reason.WRITING, wake_at=until), wakes=(until,)
        )
    return given._replace(actions=(record(_without(ledger, promotion)), *given.actions))


def _without(ledger: Ledger, promotion: Promotion) -> Promotion:
    """
    *promotion* without a further attempt at its push: one that a moved tip refuses is forgotten.
    """
    intent = promotion.intent
    if intent is None or ledger.snapshot.tips.get(intent.branch) != intent.expected:
        return abandoned(ledger, promotion)
    return given_up(ledger, promotion)


def _out_of_time(
    ledger: Ledger, view: StageView, promotion: Promotion, newer: FreightId | None
) -> StagePlan:
    """Errors for too long: failed, unless its pull request turns out to be merged or closed."""
    failed = ended(promotion, ledger.snapshot.now, "failed", Reason.ERRORED, promotion.detail)
    if promotion.state != "in-review" or promotion.pull is None:
        return StagePlan((record(failed),))
    pull = ledger.pull(promotion.stage, promotion.pull)
    if pull is None:
        return StagePlan(verdict=under_way(promotion, Reason.RETRYING))
    if pull.state == "closed":
        return _follow(ledger, view, promotion, newer)
    words = pulls.failed(promotion.freight.short, promotion.detail)
    return StagePlan(end(promotion, failed, words))


def _follow(
    ledger: Ledger, view: StageView, promotion: Promotion, newer: FreightId | None
) -> StagePlan:
    now = ledger.snapshot.now
    if promotion.state == "writing":
        return _settle_write(ledger, view, promotion, newer)
    if ledger.age(promotion.freight) is None:
        words = pulls.withdrawn(promotion.freight.short)
        gone = ended(promotion, now, "cancelled", Reason.WITHDRAWN)
        return StagePlan(end(promotion, gone, words))
    begun = _told(view, promotion)
    if begun is not None:
        return StagePlan((record(begun, spend=spent(view, promotion.freight)),))
    match promotion.state:
        case "verifying":
            return _verify(ledger, view, promotion, newer)
        case "in-review":
            return review(ledger, view, promotion, newer)
        case _:
            return _waiting(ledger, view, promotion, newer)


def _told(view: StageView, promotion: Promotion) -> Promotion | None:
    """It waits for a person's word, to start or to replace what is there, and here it is."""
    for order in reversed(view.orders):
        if order.freight != promotion.freight or order.verb != "promote":
            continue
        skips = order.skips if order.skips != promotion.skips else ""
        if not promotion.started_by or skips or (order.over and order.over != promotion.over):
            by = order.actor if skips else promotion.started_by or order.actor
            over = order.over or promotion.over
            return replace(promotion, started_by=by, over=over, skips=skips or promotion.skips)
    return None


def _waiting(
    ledger: Ledger, view: StageView, promotion: Promotion, newer: FreightId | None
) -> StagePlan:
    """Nothing of it is on a branch: gates are asked again, newer freight may take its place."""
    if promotion.landed is not None:
        return rerun(ledger, view, promotion)
    now, in_force = ledger.snapshot.now, ledger.snapshot.config.in_force
    if not held(view, promotion) and in_force is not None and promotion.config != in_force:
        return StagePlan((record(replace(promotion, config=in_force)),))
    gates = asked(ledger, view, promotion.freight)
    needs = next((g for g in gates if g.gate == "needs"), None)
    if needs is not None and needs.state != "pass":
        over = ended(promotion, now, "cancelled", Reason.UPSTREAM_REVOKED, about=named(needs.names))
        return StagePlan((record(over),))
    if newer is not None and not held(view, promotion) and view.stage.queue == "latest":
        return supersede(ledger, view, promotion, newer)
    if not passed(gates):
        wakes = tuple(g.until for g in gates if g.until is not None)
        missing = next(g for g in gates if g.state != "pass")
        return StagePlan(
            release_unused(view, promotion, LockReason.GATE_CLOSED),
            verdict=under_way(promotion, missing.reason, gates=gates, names=missing.names),
            wakes=wakes,
        )
    return proceed(ledger, view, promotion)


def _settle_write(
    ledger: Ledger, view: StageView, promotion: Promotion, newer: FreightId | None
) -> StagePlan:
    """
    A push whose outcome is not stored: reachable is landed, an unmoved tip is pushed to again with
    the very same commit if every gate passes now, anything else is given up and planned anew.
    """
    snapshot, intent = ledger.snapshot, promotion.intent
    if intent is None:
        return StagePlan((record(replace(promotion, state="waiting")),))
    if intent.commit in snapshot.reachable:
        gone = cancelled_at(ledger, view, promotion, intent.commit)
        return gone or StagePlan((record(landed(ledger, promotion, intent.commit)),))
    if snapshot.tips.get(intent.branch) != intent.expected:
        again = abandoned(ledger, promotion)
        if cancels(view, promotion) is not None:
            return StagePlan((record(again),))
        stage_plan = _follow(ledger, view, again, newer)
        # At once, before the branch moves once more: with each look in between it may.
        return stage_plan if stage_plan.write is not None else StagePlan((record(again),))
    word = cancels(view, promotion)
    if word is not None:
        return _give_up(ledger, promotion, Stopped(Reason.CANCELLING), by=handle(word.actor))
    match clear(ledger, view, promotion):
        case Cleared() as leave:
            return StagePlan((PushAgain((leave,)),), verdict=under_way(promotion, Reason.WRITING))
        case Stopped() as stopped:
            return _give_up(ledger, promotion, stopped)


def _give_up(ledger: Ledger, promotion: Promotion, stopped: Stopped, by: str = "") -> StagePlan:
    """
    No further attempt; its grant stays until it is known that the last one did not land. *by* is
    the person who cancelled it.
    """
    until = unsettled(ledger, promotion)
    if until is None:
        return StagePlan((record(given_up(ledger, promotion)),))
    missing = stopped.missing
    verdict = under_way(
        promotion,
        stopped.reason,
        gates=stopped.gates,
        names=missing.names if missing else (),
        detail=by,
        wake_at=until,
    )
    return StagePlan(verdict=verdict, wakes=(until, *stopped.wakes))


def _verify(
    ledger: Ledger, view: StageView, promotion: Promotion, newer: FreightId | None
) -> StagePlan:
    now = ledger.snapshot.now
    if promotion.landed not in ledger.snapshot.reachable:
        detail = remarks.off_branch(promotion.landed, ledger.base(promotion))
        return StagePlan((record(ended(promotion, now, "cancelled", Reason.WITHDRAWN, detail)),))
    if promotion.landed is not None and not ledger.stage_terms(promotion).verifies:
        done = landed(ledger, promotion, promotion.landed, in_sync=promotion.in_sync)
        return StagePlan((record(replace(done, detail=promotion.detail)),))
    evidence = of_promotion(ledger, promotion)
    if evidence is None:
        return StagePlan(verdict=under_way(promotion, Reason.VERIFYING))
    if evidence.outcome == "passed":
        done = ended(
            promotion, now, "verified", Reason.IN_SYNC if promotion.in_sync else Reason.VERIFIED
        )
        return StagePlan((record(replace(done, verified_at=evidence.at)),))
    if evidence.outcome == "failed":
        over = ended(promotion, now, "failed", Reason.CHECK_FAILED, about=evidence.about)
        return StagePlan((record(over),))
    if unproven(promotion) and not evidence.unfinished:
        if any(o.verb == "retry" and o.freight == promotion.freight for o in view.orders):
            wanted = replace(promotion, state="locking", started=None)
            return StagePlan((record(wanted, spend=spent(view, promotion.freight)),))
        if newer is not None and view.stage.queue == "latest":
            return supersede(ledger, view, promotion, newer)
        return StagePlan(
            release_unused(view, promotion, LockReason.NO_EVIDENCE),
            verdict=under_way(promotion, Reason.NO_EVIDENCE, about=evidence.about),
        )
    return await_checks(ledger, promotion, evidence)

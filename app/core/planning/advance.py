"""The next step of a promotion that is on its way."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from app.core.evidence.promotion_evidence import of_promotion
from app.core.gates.clearance import Cleared, Stopped, clear
from app.core.gates.entry import passed
from app.core.gates.orders import cancels
from app.core.model.lock_reasons import LockReason
from app.core.model.names import FreightId
from app.core.model.records import Promotion
from app.core.model.subjects import named
from app.core.model.verdicts import Reason
from app.core.planning.actions import MergePull, OpenPull, PushAgain, WriteHead
from app.core.planning.awaiting import await_checks
from app.core.planning.cancelling import cancelled, cancelled_at
from app.core.planning.doubtful_pushes import arrived, unsettled
from app.core.planning.eligibility import asked
from app.core.planning.locking import UNUSED, give_back, held, step_back, unused
from app.core.planning.out_of_turn import out_of_turn
from app.core.planning.pull_request import review
from app.core.planning.pull_request_end import end
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


def follow(ledger: Ledger, view: StageView, row: Promotion, newer: FreightId | None) -> StagePlan:
    """What to do with the unfinished *row*; *newer*: freight whose gates have passed, if any."""
    late = _late(ledger, view, row)
    if late is not None:
        return late
    back = _unused(ledger, view, row)
    if back is not None:
        return back
    gone = cancelled(ledger, view, row)
    if gone is not None:
        return gone
    now = ledger.snapshot.now
    if row.errors_since is None:
        return _put_off(row, now) or _follow(ledger, view, row, newer)
    if row.state == "writing" and row.intent and row.intent.commit in ledger.snapshot.reachable:
        return _settle_write(ledger, view, row, newer)
    if now >= row.errors_since + ledger.under(row).timeout:
        return _out_of_time(ledger, view, row, newer)
    if row.retry_at is not None and now < row.retry_at:
        if row.state == "in-review" and row.pull is not None:
            return _paused(row, row.retry_at, _follow(ledger, view, row, newer))
        wakes = (row.retry_at, *_grant_ends(view, row))
        return StagePlan(verdict=under_way(row, Reason.RETRYING, wake_at=min(wakes)), wakes=wakes)
    return _recovered(ledger, row, _follow(ledger, view, row, newer))


def _put_off(row: Promotion, now: datetime) -> StagePlan | None:
    """An error came before its first attempt to write: it only waits, and never fails by that."""
    if row.state not in ("waiting", "locking") or row.retry_at is None or now >= row.retry_at:
        return None
    verdict = under_way(row, Reason.CANNOT_ASK, wake_at=row.retry_at)
    return StagePlan(verdict=verdict, wakes=(row.retry_at,))


def _late(ledger: Ledger, view: StageView, row: Promotion) -> StagePlan | None:
    """A push that was given up has landed after all: out of turn, if the grant is gone."""
    commit = arrived(ledger, row)
    if commit is None or row.state == "writing":
        return None
    out = out_of_turn(ledger, view, row)
    gone = cancelled_at(ledger, view, row, commit)
    if gone is not None:
        return gone._replace(actions=(*out, *gone.actions))
    return StagePlan((*out, record(landed(ledger, row, commit))))


def _unused(ledger: Ledger, view: StageView, row: Promotion) -> StagePlan | None:
    """A grant with which nothing was written goes back in time, also where errors are the cause."""
    request, intent = view.request, row.intent
    if row.state not in ("locking", "writing") or row.landed is not None or request is None:
        return None
    lost = not ledger.vouched(request)
    if not held(view, row) or not (lost or unused(ledger, request, UNUSED)):
        return None
    if intent is not None and intent.commit in ledger.snapshot.reachable:
        return None
    given = give_back(request, LockReason.SERVICE_LOST if lost else LockReason.UNWRITTEN_IN_TIME)
    if row.state != "writing" or intent is None:
        return given
    until = unsettled(ledger, row)
    if until is not None:  # an attempt is still out: no further one begins
        return StagePlan(verdict=under_way(row, Reason.WRITING, wake_at=until), wakes=(until,))
    return given._replace(actions=(record(_without(ledger, row)), *given.actions))


def _without(ledger: Ledger, row: Promotion) -> Promotion:
    """*row* without a further attempt at its push: one that a moved tip refuses is forgotten."""
    intent = row.intent
    if intent is None or ledger.snapshot.tips.get(intent.branch) != intent.expected:
        return abandoned(ledger, row)
    return given_up(ledger, row)


_OUTSIDE = (MergePull, OpenPull, WriteHead)


def _paused(row: Promotion, until: datetime, found: StagePlan) -> StagePlan:
    """Until its next try nothing is done to its pull request; what people did there counts."""
    if found.actions and not any(isinstance(action, _OUTSIDE) for action in found.actions):
        return found
    verdict = under_way(row, Reason.RETRYING, wake_at=until)
    return found._replace(actions=(), verdict=verdict, wakes=(until, *found.wakes))


def _out_of_time(
    ledger: Ledger, view: StageView, row: Promotion, newer: FreightId | None
) -> StagePlan:
    """Errors for too long: failed, unless its pull request turns out to be merged or closed."""
    failed = ended(row, ledger.snapshot.now, "failed", Reason.ERRORED, row.detail)
    if row.state != "in-review" or row.pull is None:
        return StagePlan((record(failed),))
    pull = ledger.pull(row.stage, row.pull)
    if pull is None:
        return StagePlan(verdict=under_way(row, Reason.RETRYING))
    if pull.state == "closed":
        return _follow(ledger, view, row, newer)
    words = pulls.failed(row.freight.short, row.detail)
    return StagePlan(end(row, failed, words))


def _grant_ends(view: StageView, row: Promotion) -> tuple[datetime, ...]:
    request = view.request
    if not held(view, row) or request is None or request.granted_at is None:
        return ()
    return (request.granted_at + UNUSED,) if row.state in ("locking", "writing") else ()


def _recovered(ledger: Ledger, row: Promotion, found: StagePlan) -> StagePlan:
    """
    Nothing is left to be tried again: the errors are over.

    Their time counts no more, unless it only queues for another grant: there it is added up.
    """
    if found.actions or found.write is not None or row.errors_since is None:
        return found
    erred = ledger.snapshot.now - row.errors_since if row.state == "locking" else timedelta()
    fine = replace(row, errors_since=None, retry_at=None, erred=erred, detail="")
    return found._replace(actions=(record(fine),))


def _follow(ledger: Ledger, view: StageView, row: Promotion, newer: FreightId | None) -> StagePlan:
    now = ledger.snapshot.now
    if row.state == "writing":
        return _settle_write(ledger, view, row, newer)
    if ledger.age(row.freight) is None:
        words = pulls.withdrawn(row.freight.short)
        gone = ended(row, now, "cancelled", Reason.WITHDRAWN)
        return StagePlan(end(row, gone, words))
    begun = _told(view, row)
    if begun is not None:
        return StagePlan((record(begun, spend=spent(view, row.freight)),))
    match row.state:
        case "verifying":
            return _verify(ledger, view, row, newer)
        case "in-review":
            return review(ledger, view, row, newer)
        case _:
            return _waiting(ledger, view, row, newer)


def _told(view: StageView, row: Promotion) -> Promotion | None:
    """It waits for a person's word, to start or to replace what is there, and here it is."""
    for order in reversed(view.orders):
        if order.freight != row.freight or order.verb != "promote":
            continue
        skips = order.skips if order.skips != row.skips else ""
        if not row.started_by or skips or (order.over and order.over != row.over):
            by = order.actor if skips else row.started_by or order.actor
            over = order.over or row.over
            return replace(row, started_by=by, over=over, skips=skips or row.skips)
    return None


def _waiting(ledger: Ledger, view: StageView, row: Promotion, newer: FreightId | None) -> StagePlan:
    """Nothing of it is on a branch: gates are asked again, newer freight may take its place."""
    if row.landed is not None:
        return rerun(ledger, view, row)
    now, in_force = ledger.snapshot.now, ledger.snapshot.config.in_force
    if not held(view, row) and in_force is not None and row.config != in_force:
        return StagePlan((record(replace(row, config=in_force)),))
    gates = asked(ledger, view, row.freight)
    needs = next((g for g in gates if g.gate == "needs"), None)
    if needs is not None and needs.state != "pass":
        over = ended(row, now, "cancelled", Reason.UPSTREAM_REVOKED, about=named(needs.names))
        return StagePlan((record(over),))
    if newer is not None and not held(view, row) and view.stage.queue == "latest":
        return supersede(ledger, view, row, newer)
    if not passed(gates):
        wakes = tuple(g.until for g in gates if g.until is not None)
        missing = next(g for g in gates if g.state != "pass")
        return StagePlan(
            step_back(view, row, LockReason.GATE_CLOSED),
            verdict=under_way(row, missing.reason, gates=gates, names=missing.names),
            wakes=wakes,
        )
    return proceed(ledger, view, row)


def _settle_write(
    ledger: Ledger, view: StageView, row: Promotion, newer: FreightId | None
) -> StagePlan:
    """
    A push whose outcome is not stored: reachable is landed, an unmoved tip is pushed to again with
    the very same commit if every gate passes now, anything else is given up and planned anew.
    """
    snapshot, intent = ledger.snapshot, row.intent
    if intent is None:
        return StagePlan((record(replace(row, state="waiting")),))
    if intent.commit in snapshot.reachable:
        gone = cancelled_at(ledger, view, row, intent.commit)
        return gone or StagePlan((record(landed(ledger, row, intent.commit)),))
    if snapshot.tips.get(intent.branch) != intent.expected:
        again = abandoned(ledger, row)
        if cancels(view, row) is not None:
            return StagePlan((record(again),))
        found = _follow(ledger, view, again, newer)
        # At once, before the branch moves once more: with each look in between it may.
        return found if found.write is not None else StagePlan((record(again),))
    word = cancels(view, row)
    if word is not None:
        return _give_up(ledger, row, Stopped(Reason.CANCELLING), by=f"@{word.actor}")
    match clear(ledger, view, row):
        case Cleared() as leave:
            return StagePlan((PushAgain((leave,)),), verdict=under_way(row, Reason.WRITING))
        case Stopped() as stopped:
            return _give_up(ledger, row, stopped)


def _give_up(ledger: Ledger, row: Promotion, stopped: Stopped, by: str = "") -> StagePlan:
    """
    No further attempt; its grant stays until it is known that the last one did not land. *by* is
    the person who cancelled it.
    """
    until = unsettled(ledger, row)
    if until is None:
        return StagePlan((record(given_up(ledger, row)),))
    missing = stopped.missing
    verdict = under_way(
        row,
        stopped.reason,
        gates=stopped.gates,
        names=missing.names if missing else (),
        detail=by,
        wake_at=until,
    )
    return StagePlan(verdict=verdict, wakes=(until, *stopped.wakes))


def _verify(ledger: Ledger, view: StageView, row: Promotion, newer: FreightId | None) -> StagePlan:
    now = ledger.snapshot.now
    if row.landed not in ledger.snapshot.reachable:
        detail = remarks.off_branch(row.landed, ledger.branch(view.stage))
        return StagePlan((record(ended(row, now, "cancelled", Reason.WITHDRAWN, detail)),))
    if row.landed is not None and not ledger.under(row).verifies:
        return StagePlan((record(landed(ledger, row, row.landed, in_sync=row.in_sync)),))
    evidence = of_promotion(ledger, row)
    if evidence is None:
        return StagePlan(verdict=under_way(row, Reason.VERIFYING))
    if evidence.outcome == "passed":
        done = ended(row, now, "verified", Reason.IN_SYNC if row.in_sync else Reason.VERIFIED)
        return StagePlan((record(replace(done, verified_at=evidence.at)),))
    if evidence.outcome == "failed":
        over = ended(row, now, "failed", Reason.CHECK_FAILED, about=evidence.about)
        return StagePlan((record(over),))
    if unproven(row) and not evidence.unfinished:
        if any(o.verb == "retry" and o.freight == row.freight for o in view.orders):
            wanted = replace(row, state="locking", started=None)
            return StagePlan((record(wanted, spend=spent(view, row.freight)),))
        if newer is not None and view.stage.queue == "latest":
            return supersede(ledger, view, row, newer)
        return StagePlan(
            step_back(view, row, LockReason.NO_EVIDENCE),
            verdict=under_way(row, Reason.NO_EVIDENCE, about=evidence.about),
        )
    return await_checks(ledger, row, evidence)

"""A promotion by pull request: its head and its opening, and what becomes of them."""

from __future__ import annotations

from dataclasses import replace

from app.core.gates.orders import starts
from app.core.model.facts import PullFact
from app.core.model.names import FreightId, Sha
from app.core.model.pipeline import Stage
from app.core.model.records import Promotion
from app.core.model.renders import Rendered
from app.core.model.subjects import names_of
from app.core.model.verdicts import Reason
from app.core.planning.doubtful_pushes import head_unsettled
from app.core.planning.locking import held
from app.core.planning.merge import await_merge, head_tip
from app.core.planning.own_heads import heads_of, known, ours
from app.core.planning.pull_actions import ClosePull, OpenPull, WriteHead
from app.core.planning.pull_request_end import closed, end, goes_on, revoked
from app.core.planning.pull_request_opening import existing, torn
from app.core.planning.stage_plan import (
    StagePlan,
    ended,
    new_promotion,
    record,
    spent,
    superseded,
    under_way,
)
from app.core.planning.start import in_sync, proceed
from app.core.remarks import promotions as remarks
from app.core.remarks import pulls
from app.core.state.drift import fates, outcome, standing
from app.core.state.ledger import Ledger, StageView
from app.core.state.reviews import approved


def review(
    ledger: Ledger, view: StageView, promotion: Promotion, newer: FreightId | None
) -> StagePlan:
    """The next step of a promotion whose pull request is being prepared, open, or done."""
    tip = head_tip(ledger, promotion)
    if (
        promotion.intent is not None and tip == promotion.intent.commit
    ):  # pushed, and died before it was noted
        pushed, verdict = (
            replace(promotion, head=tip, intent=None),
            under_way(promotion, Reason.REVIEW),
        )
        if promotion.pull is None:
            return StagePlan((record(pushed),), verdict=verdict)
        return StagePlan(
            (OpenPull(pushed, ledger.base(promotion), promotion.pull),), verdict=verdict
        )
    if promotion.pull is None:
        return _prepare(ledger, view, promotion)
    pull = ledger.pull(promotion.stage, promotion.pull)
    if pull is None:
        return StagePlan(verdict=under_way(promotion, Reason.REVIEW))
    if pull.state == "closed":
        return closed(ledger, view, promotion, pull)
    return _open(ledger, view, promotion, pull, newer)


def _prepare(ledger: Ledger, view: StageView, promotion: Promotion) -> StagePlan:
    """Before we know of a pull request: what there is of it, its head, then its opening."""
    base, verdict = ledger.base(promotion), under_way(promotion, Reason.REVIEW)
    if promotion.head is not None:
        there = existing(ledger, view, promotion)
        if there is None:
            return StagePlan(verdict=verdict)
        if there:
            return StagePlan((OpenPull(promotion, base, there[0].number),), verdict=verdict)
    gone = revoked(ledger, view, promotion)
    if gone is not None:
        return StagePlan((record(gone),))
    in_force = ledger.snapshot.config.in_force
    if in_force is not None and promotion.config != in_force:
        return StagePlan((record(_taken_up(ledger, view, promotion, in_force)),))
    tip = head_tip(ledger, promotion)
    result = outcome(ledger, view, promotion)
    if result is None:
        return StagePlan(verdict=verdict)
    fits = (
        isinstance(result, Rendered) and not result.in_sync and result.content == promotion.written
    )
    if (
        promotion.head is None
        or tip != promotion.head
        or not fits
        or base not in ledger.snapshot.tips
    ):
        return _head(ledger, view, promotion, tip)
    return StagePlan((OpenPull(promotion, base),), verdict=verdict)


def _taken_up(ledger: Ledger, view: StageView, promotion: Promotion, in_force: Sha) -> Promotion:
    """
    *promotion*, not opened yet, under the pipeline in force: it may go another way by now, and on
    another branch its head is made anew.
    """
    now, then = _way(ledger, view.stage), _way(ledger, ledger.stage_terms(promotion))
    anew = replace(promotion, config=in_force)
    if now == then:
        return anew
    if view.stage.via != "pull-request":
        return replace(anew, state="waiting")
    return replace(anew, written=())


def _head(ledger: Ledger, view: StageView, promotion: Promotion, tip: Sha | None) -> StagePlan:
    """Update the head to the steps' result on the base now, only from a commit of the App."""
    verdict = under_way(promotion, Reason.REVIEW)
    result = outcome(ledger, view, promotion)
    base = ledger.base(promotion)
    base_tip = ledger.snapshot.tips.get(base)
    if result is None:
        return StagePlan(verdict=verdict)
    if not isinstance(result, Rendered) or base_tip is None or result.in_sync:
        return proceed(ledger, view, promotion)
    merged = _merged(ledger, view, promotion, tip)
    if merged is None:
        return StagePlan(verdict=verdict)
    own = merged or tip is None or ours(ledger, view, tip)
    if own is None:
        return StagePlan(verdict=verdict)
    if tip is not None and not own:
        there = ledger.held_at(tip, promotion)
        if there is None:
            return StagePlan(verdict=verdict)
        if there == result.content and not ledger.snapshot.strays.get(promotion.stage):
            edits = fates(standing(ledger, view), result)
            mine = replace(
                promotion,
                head=tip,
                pushed=heads_of(promotion),
                intent=None,
                written=there,
                pure=result.pure,
                edits=edits,
            )
            return StagePlan((record(mine),), verdict=verdict)
        who = ledger.snapshot.pushers.get(promotion.stage, "somebody else")
        return StagePlan((record(_foreign(ledger, promotion, tip, who)),))
    until = head_unsettled(ledger, promotion)
    if until is not None and (tip is None or result.content != promotion.written):
        # What was pushed before may still arrive: only the same commit is pushed beside it, and
        # none where there is no branch, which it would make anew if that were deleted meanwhile.
        return StagePlan(verdict=verdict._replace(wake_at=until), wakes=(until,))
    return StagePlan((WriteHead(promotion, base, base_tip, tip),), verdict=verdict)


def _open(
    ledger: Ledger, view: StageView, promotion: Promotion, pull: PullFact, newer: FreightId | None
) -> StagePlan:
    gone = revoked(ledger, view, promotion)
    if gone is not None:
        words = pulls.revoked(promotion.freight.short, names_of(gone.about))
        return StagePlan(end(promotion, gone, words))
    again = goes_on(promotion)
    if again is not None:
        return again
    result = outcome(ledger, view, promotion)
    if result is None:
        return StagePlan(verdict=under_way(promotion, Reason.REVIEW))
    if isinstance(result, Rendered) and result.in_sync:
        words = pulls.nothing_to_merge(ledger.base(promotion), promotion.freight.short)
        rest = in_sync(ledger, view, promotion, result)
        shut = (ClosePull(pull.number, words),) if rest.actions else ()
        return rest._replace(actions=(*rest.actions, *shut))
    if newer is not None and not held(view, promotion):
        moved = _move_on(ledger, view, promotion, newer)
        if moved is not None:
            return moved
    tip = head_tip(ledger, promotion)
    stale = not isinstance(result, Rendered) or result.content != promotion.written
    if tip == promotion.head and not stale:
        anew = torn(ledger, promotion, pull)
        if anew is None:
            return StagePlan(verdict=under_way(promotion, Reason.REVIEW))
        stale = anew
    if (
        tip != promotion.head or stale or promotion.intent is not None
    ):  # a push of its head did not arrive
        return _head(ledger, view, promotion, tip)
    return await_merge(ledger, view, promotion, pull)


def _move_on(
    ledger: Ledger, view: StageView, promotion: Promotion, newer: FreightId
) -> StagePlan | None:
    """Newer freight takes over the pull request, unless that is approved and has no order."""
    if view.stage.queue != "latest":
        return None
    ordered = any(starts(o, newer) for o in view.orders)
    if not ordered and (promotion.stage, promotion.freight) in ledger.approvals:
        return None
    if not ordered and promotion.pull is not None:
        reviews = ledger.reviews(promotion.pull)
        if reviews is None:
            return StagePlan(verdict=under_way(promotion, Reason.REVIEW))
        if approved(reviews):
            return None
    old = superseded(ledger, promotion, newer)
    now, then = _way(ledger, view.stage), _way(ledger, ledger.stage_terms(promotion))
    if now != then:  # under the file in force its freight is not for this pull request
        words = pulls.other_way(promotion.freight.short, newer.short, promotion.stage, *now)
        anew = new_promotion(ledger, view, newer, "waiting")
        return StagePlan(end(promotion, old, words, spent(view, newer), (anew,)))
    fresh = new_promotion(ledger, view, newer, "in-review")
    # What its head holds is the old freight's: it is rewritten, and a merge until then is not ours.
    new = replace(fresh, pull=promotion.pull, head=promotion.head, moved_at=ledger.snapshot.now)
    return StagePlan((record(old, new, spend=spent(view, newer)),))


def _way(ledger: Ledger, stage: Stage) -> tuple[str, str]:
    """How *stage* is promoted, and to which branch: a pull request serves one such way."""
    return stage.via, ledger.branch(stage)


def _merged(ledger: Ledger, view: StageView, promotion: Promotion, tip: Sha | None) -> bool | None:
    """
    Tell whether *tip* is the foreign tip of an earlier promotion, merged into the stage's branch.

    Then nothing of it can get lost, whatever the method. None: not known yet.
    """
    numbers = (p.pull for p in view.promotions if p.reason == Reason.FOREIGN_TIP and p.pull)
    number = max(numbers, default=None)
    if number is None or promotion.pull is not None or tip is None or known(view, tip):
        return False
    pull = ledger.pull(promotion.stage, number)
    if pull is None:
        return None
    return pull.merged and pull.head_sha == tip and pull.base_ref == ledger.base(promotion)


def _foreign(ledger: Ledger, promotion: Promotion, tip: Sha, who: str) -> Promotion:
    detail = remarks.not_ours(promotion.stage, tip, who)
    return ended(promotion, ledger.snapshot.now, "failed", Reason.FOREIGN_TIP, detail)

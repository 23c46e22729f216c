"""
`/rollback`: which earlier freight comes back, and how that begins.

What is under way ends first, as by `/cancel` (`cancelling`); then the rollback is a promotion of
its own: stored with what it writes and what it turns away, before anything is done for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from app.core.gates.orders import rolls_back
from app.core.model.facts import Content
from app.core.model.names import FreightId
from app.core.model.records import Order, Promotion
from app.core.planning.actions import SpendOrders
from app.core.planning.planned_again import OVERTAKEN, cause_is_gone
from app.core.planning.revocation import revokes
from app.core.planning.stage_plan import NOTHING, StagePlan, new_promotion, record
from app.core.state.drift import content_digest
from app.core.state.ledger import Ledger, StageView
from app.core.state.past import ask, latest
from app.core.state.rejections import newest_left, turned_away
from app.core.state.stage_state import says_nothing


class NoTarget(StrEnum):
    """Why freight cannot be rolled back to."""

    NOTHING_THERE = "nothing-there"
    NOTHING_EARLIER = "nothing-earlier"
    EARLIER_BLOCKED = "earlier-blocked"
    NOT_EARLIER = "not-earlier"
    NEVER_VERIFIED = "never-verified"
    WITHDRAWN = "withdrawn"
    IS_BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Target:
    """A freight that can come back."""

    freight: FreightId
    proof: Promotion
    """The promotion by which it was verified: it comes back as that had written it."""


def target(ledger: Ledger, view: StageView, named: FreightId | None = None) -> Target | NoTarget:
    """
    The newest earlier freight that was verified in the stage and that nothing speaks against, or
    the one that a person *named*; with questions: as far as is known.
    """
    if view.current is None:
        return NoTarget.NOTHING_THERE
    if named is not None:
        return _named(ledger, view, named)
    for freight in _earlier(ledger, view):
        proof = view.verified[freight]
        if freight not in ledger.blocked and not revokes(ledger, view, proof):
            return Target(freight, proof)
    blocked = earlier_blocked(ledger, view)
    return NoTarget.NOTHING_EARLIER if blocked is None else NoTarget.EARLIER_BLOCKED


def earlier_blocked(ledger: Ledger, view: StageView) -> FreightId | None:
    """The newest earlier freight that was verified in the stage and that a person blocked."""
    return next((f for f in _earlier(ledger, view) if f in ledger.blocked), None)


def goes_back(ledger: Ledger, view: StageView, freight: FreightId) -> bool:
    """Tell whether the stage is at *freight*, and something known is there to go back to."""
    if view.current is None or view.current.freight != freight:
        return False
    known = (f for f in view.verified if f not in ledger.blocked)
    return any(is_earlier(ledger, view, earlier) for earlier in known)


def _named(ledger: Ledger, view: StageView, freight: FreightId) -> Target | NoTarget:
    if ledger.age(freight) is None:
        return NoTarget.WITHDRAWN
    if not is_earlier(ledger, view, freight):
        return NoTarget.NOT_EARLIER
    if freight in ledger.blocked:
        return NoTarget.IS_BLOCKED
    proof = _proof(ledger, view, freight)
    return Target(freight, proof) if proof is not None else NoTarget.NEVER_VERIFIED


def is_earlier(ledger: Ledger, view: StageView, freight: FreightId) -> bool:
    """Tell whether *freight* is older than what the stage is at."""
    return view.current is not None and ledger.newer(view.current.freight, freight)


def _earlier(ledger: Ledger, view: StageView) -> Iterator[FreightId]:
    """Earlier verified freight of the stage, newest first; the last step requests more."""
    able = [f for f in view.verified if is_earlier(ledger, view, f)]
    yield from sorted(able, key=lambda f: ledger.age(f) or 0)
    ask(ledger, view.stage.name)


def _proof(ledger: Ledger, view: StageView, freight: FreightId) -> Promotion | None:
    """The attempt by which it is verified, also where a rollback turned it away since."""
    latest(ledger, view, freight)
    ask(ledger, view.stage.name, freight=freight)
    mine = (p for p in reversed(view.promotions) if p.freight == freight and not p.adopted)
    said = next((p for p in mine if not says_nothing(p)), None)
    if said is None or said.state != "verified" or not ledger.holds(said):
        return None
    return None if revokes(ledger, view, said) else said


def leaves(ledger: Ledger, view: StageView) -> FreightId | None:
    """The newest freight that a rollback turns away now."""
    return newest_left(ledger.age, view.promotions, view.current, view.inflight, view.back)


def turns_away(ledger: Ledger, view: StageView, to: FreightId) -> tuple[FreightId, ...]:
    """The freight that a rollback to *to* turns away, newest first, as far as it was minted."""
    top = leaves(ledger, view)
    if top is None or view.current is None:
        return ()
    fresh = ledger.fresh(to.warehouse, to)
    return tuple(f for f in fresh if turned_away(ledger.age, to, top, f, was_here=False))


def written(ledger: Ledger, view: StageView, proof: Promotion) -> Content | None:
    """
    What *proof* wrote, as it was recorded; None (and a question) where not known yet.

    Outputs that the stage has learned since are as they were where it landed.
    """
    known = dict(proof.written)
    if proof.landed is None or all(str(o) in known for o in view.stage.outputs):
        return proof.written
    there = ledger.content_at(proof.landed, view.stage.name)
    return None if there is None else tuple(sorted({**dict(there), **known}.items()))


def consent(ledger: Ledger, view: StageView) -> str:
    """The `content_digest` of what a rollback, asked for now, replaces, hand edits and all."""
    return (
        content_digest(ledger.snapshot.contents.get(view.stage.name, ()))
        if view.stage.writes
        else ""
    )


def rolled_back(ledger: Ledger, view: StageView) -> StagePlan | None:
    """The start of the ordered rollback; None where there is no order, or it must wait."""
    word = rolls_back(view)
    if word is None or word.freight is None:
        return _anew(ledger, view)
    promotion = view.inflight
    if promotion is None:
        return _begin(ledger, view, word, word.freight)
    if promotion.leaves is not None and promotion.freight == word.freight:
        # It is under way already: the new word is about what is there by now.
        again = replace(promotion, over=word.over)
        return StagePlan((record(again, spend=_before(view, word)),))
    return None  # what is under way ends first


def _begin(ledger: Ledger, view: StageView, word: Order, freight: FreightId) -> StagePlan:
    goal = target(ledger, view, freight)
    if not isinstance(goal, Target):
        return StagePlan((SpendOrders((word.id,)),))  # nothing can come back any more
    content, top = written(ledger, view, goal.proof), leaves(ledger, view)
    if content is None or top is None:
        return NOTHING
    new = replace(
        new_promotion(ledger, view, freight, "waiting"),
        started_by=word.actor,
        over=word.over,
        leaves=top,
        restores=content,
        pure=goal.proof.pure,
    )
    return StagePlan((record(new, spend=_before(view, word)),))


def last_word(view: StageView, promotion: Promotion) -> bool:
    """
    Tell whether the rollback *promotion* ended without landing, and nothing was begun here since.
    """
    return (
        promotion.leaves is not None
        and promotion.landed is None
        and view.promotions[-1:] == (promotion,)
    )


def _may_begin_anew(ledger: Ledger, view: StageView, promotion: Promotion) -> bool:
    """
    Tell whether the rollback *promotion* is still wanted: nothing was done or said in the stage
    since its end, and no `/resume` has ended the hold.
    """
    if promotion.leaves is None or not promotion.ended or view.hold is None or view.orders:
        return False
    here = view.current is not None and view.current.id == promotion.id
    return here or isinstance(target(ledger, view, promotion.freight), Target)


def _anew(ledger: Ledger, view: StageView) -> StagePlan | None:
    """Another attempt at a rollback whose obstacle is gone; None: there is none."""
    before = view.promotions[-1] if view.promotions else None
    if before is None or not _may_begin_anew(ledger, view, before):
        return None
    if before.reason not in OVERTAKEN and not cause_is_gone(ledger, before):
        return None
    new = replace(
        new_promotion(ledger, view, before.freight, "waiting"),
        started_by=before.started_by,
        over=before.over,
        leaves=before.leaves,
        restores=before.restores,
        pure=before.pure,
    )
    return StagePlan((record(new),))


def _before(view: StageView, word: Order) -> tuple[int, ...]:
    """Whatever was asked of the stage before is over, too."""
    return tuple(o.id for o in view.orders if o.id <= word.id)

"""
Drift: a stage's outputs differ from what its last promotion wrote, and what that means now.

What people changed is never lost silently: a promotion keeps it (`merge`), waits (`block`), or
replaces it and says so (`overwrite`, or a person's word).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from app.core.model.drift_questions import DriftQuestion, UnrecordedQuestion
from app.core.model.facts import Content
from app.core.model.hand_edits import Fate, HandEdit, gathered
from app.core.model.names import FreightId, Sha, StageName
from app.core.model.questions import MergeQuestion
from app.core.model.records import Promotion
from app.core.model.renders import Clash, Rendered, StepProblem
from app.core.model.verdicts import Drift, Reason
from app.core.state.grants_in_steps import as_granted
from app.core.state.ledger import Ledger, StageView
from app.core.state.past import ask

Outcome = Rendered | StepProblem | Clash


def content_digest(content: Content) -> str:
    """A short name of what outputs hold: equal contents, equal marks."""
    return hashlib.sha256(repr(content).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def pure_of(promotion: Promotion) -> Content:
    """What the freight of *promotion* alone gives."""
    return promotion.pure or promotion.written


def anchor(ledger: Ledger, view: StageView) -> Promotion | None:
    """
    The promotion that the outputs are held against: the last one that wrote, or found, them here.

    Where the outputs hold what another one wrote that is not known to have landed (a force push
    dropped its commit, or its pull request was merged when newer freight had taken it over), that
    one: the stage is at what its outputs show. None at first contact.
    """
    current = view.current
    if current is None or current.landed is None or not view.stage.writes:
        return None
    there = ledger.snapshot.contents.get(view.stage.name, ())
    if current.written == there:
        return current
    newest_first = tuple(reversed(view.promotions))
    landed = (
        promotion for promotion in newest_first if promotion.landed in ledger.snapshot.reachable
    )
    last = next(landed, current)
    if last.written == there:
        return last
    ask(ledger, view.stage.name, content=there)
    others = (
        promotion for promotion in newest_first if promotion.landed not in ledger.snapshot.reachable
    )
    return next((promotion for promotion in others if promotion.written == there), last)


def edited(ledger: Ledger, view: StageView) -> Promotion | None:
    """The `anchor`, if the outputs hold something that its freight alone does not give."""
    promotion = anchor(ledger, view)
    return (
        promotion
        if promotion is not None and _differs(ledger, view, promotion, pure_of(promotion))
        else None
    )


def seen(ledger: Ledger, view: StageView) -> tuple[HandEdit, ...]:
    """What people changed since our last write; empty also while that is not known yet."""
    promotion = changed_since(ledger, view)
    if promotion is None:
        return ()
    edits = ledger.snapshot.drifts.get(view.stage.name)
    if edits is None:
        ledger.want(DriftQuestion(view.stage.name, promotion.id))
    return edits or ()


def changed_since(ledger: Ledger, view: StageView) -> Promotion | None:
    """The promotion that the outputs are held against, if they are not what it wrote."""
    current = view.current
    if current is None or current.written == ledger.snapshot.contents.get(view.stage.name, ()):
        return None  # nearly always, so it is looked at first
    promotion = _held_against(ledger, view)
    return (
        promotion
        if promotion is not None and _differs(ledger, view, promotion, promotion.written)
        else None
    )


def _held_against(ledger: Ledger, view: StageView) -> Promotion | None:
    """
    The `anchor`; what the stage is at, where somebody merged the pull request of older freight over
    it: that meant nothing any more, so its merge is an edit by hand like any other.
    """
    current, promotion = view.current, anchor(ledger, view)
    if (
        current is None
        or promotion is None
        or promotion.state != "superseded"
        or promotion.landed is not None
    ):
        return promotion
    kept = current.landed in ledger.snapshot.reachable
    return current if kept and ledger.newer(current.freight, promotion.freight) else promotion


def unrecorded(ledger: Ledger, view: StageView) -> tuple[Promotion, ...] | None:
    """
    Promotions of ours that the records do not know, oldest first; None (and a question) where that
    is not known yet.

    They may be an older copy that came back: the process that looks at it is a new one, and once it
    has compared a stage, only outputs that are not what the last known one wrote make it ask again.
    """
    promotion = changed_since(ledger, view)
    if promotion is None and view.stage.name in ledger.snapshot.uncompared:
        promotion = anchor(ledger, view)
    if promotion is None:
        return ()
    question = UnrecordedQuestion(view.stage.name, promotion.id)
    promotions = ledger.snapshot.unrecorded.get(question)
    if promotions is None:
        ledger.want(question)
    return promotions


def standing(ledger: Ledger, view: StageView) -> tuple[HandEdit, ...]:
    """All hand edits that are there: those that were kept, and those made since."""
    promotion = anchor(ledger, view)
    if promotion is None:
        return ()
    kept = (replace(edit, fate="seen") for edit in promotion.edits if edit.fate == "kept")
    return gathered((*seen(ledger, view), *kept))


def since(ledger: Ledger, view: StageView, edits: Iterable[HandEdit]) -> datetime | None:
    """When the first of the *edits* that stand was seen: of those that were kept, when that was."""
    promotion = anchor(ledger, view)
    kept = {e.place for e in promotion.edits if e.fate == "kept"} if promotion is not None else ()
    landed = promotion.landed_at if promotion is not None else None
    times = [landed if edit.place in kept else edit.since for edit in edits]
    return min((at for at in times if at is not None), default=None)


def shown(ledger: Ledger, view: StageView) -> Drift | None:
    """What people are to be told of this stage; None: nothing."""
    edits = seen(ledger, view)
    return Drift(edits, view.stage.on_drift) if edits else None


def blocked(ledger: Ledger, view: StageView) -> bool:
    """Tell whether hand edits are there that only a person's word replaces."""
    return view.stage.on_drift == "block" and edited(ledger, view) is not None


def agreed(ledger: Ledger, view: StageView, over: str) -> bool:
    """Tell whether a person's word *over* is about just what the outputs hold now."""
    return bool(over) and over == content_digest(ledger.snapshot.contents.get(view.stage.name, ()))


def consent(ledger: Ledger, view: StageView, verb: str, freight: FreightId) -> str:
    """
    The `content_digest` of what `/promote` or `/retry`, said now, agrees to replace; "" nothing.

    At first contact that is whatever is there: nobody's work is ours until a person says so.
    """
    if view.current is None:
        return (
            content_digest(ledger.snapshot.contents.get(view.stage.name, ()))
            if view.stage.writes
            else ""
        )
    failed = view.latest.get(freight)
    conflict = failed is not None and failed.reason == Reason.DRIFT_CONFLICT
    replaces = view.stage.on_drift != "merge" or (verb == "retry" and conflict)
    if replaces and edited(ledger, view) is not None:
        return content_digest(ledger.snapshot.contents.get(view.stage.name, ()))
    return ""


def put_back(ledger: Ledger, view: StageView, freight: FreightId) -> bool:
    """Tell whether a person said `/promote` to have what the stage is at instead of hand edits."""
    if not view.orders or view.current is None or view.current.freight != freight:
        return False
    return any(
        order.freight == freight and order.verb == "promote" and agreed(ledger, view, order.over)
        for order in view.orders
    )


def mergeable(ledger: Ledger, view: StageView, promotion: Promotion) -> Promotion | None:
    """
    The promotion since which people's edits are to be kept by *promotion*; None: nothing to keep.
    """
    if ledger.stage_terms(promotion).on_drift != "merge" or promotion.leaves is not None:
        return None
    since = anchor(ledger, view)
    lost = since is not None and not since.pure  # so nobody knows what it kept: git tells
    return since if lost else edited(ledger, view)


def outcome(ledger: Ledger, view: StageView, promotion: Promotion) -> Outcome | None:
    """
    What *promotion* makes of the stage's branch; None (and a question) where not known yet.

    A Clash that a person agreed to is none: then the freight alone is written. A rollback writes
    what was recorded, over whatever people changed since.
    """
    if promotion.leaves is not None:
        restored = ledger.restored(promotion.stage, promotion.freight, promotion.restores)
        return as_recorded(ledger, promotion, restored) if restored is not None else None
    since = mergeable(ledger, view, promotion)
    if since is None:
        return ledger.render(promotion.stage, promotion.freight)
    merge = ledger.snapshot.merges.get((promotion.stage, promotion.freight))
    if merge is None:
        ledger.want(MergeQuestion(promotion.stage, promotion.freight, since.id))
    if isinstance(merge, Clash) and agreed(ledger, view, promotion.over):
        return ledger.render(promotion.stage, promotion.freight)
    return merge


def as_recorded(
    ledger: Ledger, promotion: Promotion, made: Rendered | StepProblem
) -> Rendered | StepProblem:
    """
    *made* for the rollback *promotion*: what the freight alone gives is what was recorded then.
    """
    if not isinstance(made, Rendered):
        return made
    pure = as_granted(ledger.stage_terms(promotion), promotion.pure or made.content, made)
    return replace(made, pure=pure)


def fates(edits: Iterable[HandEdit], made: Rendered) -> tuple[HandEdit, ...]:
    """What becomes of the hand *edits* when *made* is written: those kept, or those replaced."""
    if made.merged:
        return _named(edits, made.kept, "kept")
    before, after = dict(made.before), dict(made.content)
    keys = {place for place in before if before[place] != after.get(place)}
    gone = keys.union(made.changed)
    all_of_them = made.changed_files > len(made.changed)
    return gathered(
        replace(edit, fate="replaced") for edit in edits if all_of_them or edit.place in gone
    )


def clashing(edits: Iterable[HandEdit], clash: Clash) -> tuple[HandEdit, ...]:
    """The hand edits that the freight contradicts, with their authors."""
    return _named(edits, clash.places, "conflict")


def _named(edits: Iterable[HandEdit], places: Iterable[str], fate: Fate) -> tuple[HandEdit, ...]:
    known = {edit.place: edit.who for edit in edits}
    return gathered(HandEdit(place, known.get(place, ()), fate) for place in places)


def _differs(ledger: Ledger, view: StageView, promotion: Promotion, then: Content) -> bool:
    """
    Compare the outputs now with *then*, which *promotion* recorded.

    Outputs that the pipeline has learned since are compared with what was there when it landed.
    """
    name = view.stage.name
    there = ledger.snapshot.contents.get(name, ())
    if then == there:
        return False
    known = dict(then)
    if any(output not in known for output, _ in there):
        known = {**dict(_at(ledger, name, promotion.landed) or there), **known}
    return any(known[output] != held for output, held in there)


def _at(ledger: Ledger, name: StageName, sha: Sha | None) -> Content | None:
    return None if sha is None else ledger.content_at(sha, name)

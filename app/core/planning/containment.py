"""
Units that decide alone: what one of them cannot ask keeps only that one from acting.

An unanswered question opens nothing. The unit takes no action in this plan, what it holds stays
held, and its verdict says what could not be asked and when it is asked again.
"""

from __future__ import annotations

from collections.abc import Callable

from app.core.gates.permissions import permission
from app.core.model.names import FreightId
from app.core.model.questions import CannotAsk, Unanswered
from app.core.model.verdicts import Reason, Verdict
from app.core.planning.plan_result import HeadVerdict
from app.core.planning.stage_plan import StagePlan, under_way
from app.core.state.ledger import Ledger, StageView


def reason_of(unanswered: Unanswered) -> Reason:
    """An error, or only this tick's limit."""
    return Reason.CANNOT_ASK if unanswered.kind == "cannot" else Reason.ASKED_LATER


def alone(
    ledger: Ledger, view: StageView, decide: Callable[[Ledger, StageView], StagePlan]
) -> StagePlan:
    """The decision of *decide* for the stage; a wait where one of its questions has no answer."""
    try:
        ledger.sees(view.stage.name)
        stage_plan = decide(ledger, view)
    except CannotAsk as error:
        stage_plan = _waits(view, error.unanswered)
    if stage_plan.verdict is None:
        return stage_plan
    return _shut(ledger, view, stage_plan._replace(verdict=named(ledger, view, stage_plan.verdict)))


def _shut(ledger: Ledger, view: StageView, stage_plan: StagePlan) -> StagePlan:
    """Nothing may say that its open pull request may be merged, unless it was decided just now."""
    promotion = view.inflight
    if (
        stage_plan.head is not None
        or stage_plan.verdict is None
        or promotion is None
        or promotion.pull is None
    ):
        return stage_plan
    pull = ledger.snapshot.pulls.get(promotion.stage)
    known = pull is not None and pull.number == promotion.pull
    head = pull.head_sha if pull is not None and known else promotion.head
    if promotion.state != "in-review" or head is None or (pull and known and pull.state != "open"):
        return stage_plan
    verdict = stage_plan.verdict
    shut = HeadVerdict(promotion.stage, promotion.pull, head, ready=False, verdict=verdict)
    return stage_plan._replace(head=shut)


_UNTOLD = frozenset({Reason.RETRYING, Reason.CANNOT_ASK})


def named(ledger: Ledger, view: StageView, verdict: Verdict) -> Verdict:
    """A failure for lack of a permission is no error: the verdict names the permission."""
    lacking = permission(ledger, view) if verdict.reason in _UNTOLD else None
    if lacking is None:
        return verdict
    others = tuple(gate for gate in verdict.gates if gate.gate != lacking.gate)
    reason, names = lacking.reason, lacking.names
    return verdict._replace(reason=reason, names=names, gates=(lacking, *others))


def _waits(view: StageView, unanswered: Unanswered) -> StagePlan:
    promotion = view.inflight
    if promotion is None:
        return StagePlan(unanswered=unanswered)
    verdict = under_way(
        promotion, reason_of(unanswered), detail=unanswered.words, wake_at=unanswered.next_look
    )
    return StagePlan(verdict=verdict, unanswered=unanswered)


def verdict_alone(
    ledger: Ledger,
    view: StageView,
    freight: FreightId,
    judge: Callable[[Ledger, StageView, FreightId], Verdict],
) -> Verdict:
    """The verdict of *judge*; where it cannot ask something, that the freight waits for it."""
    try:
        ledger.sees(view.stage.name)
        return judge(ledger, view, freight)
    except CannotAsk as error:
        return named(ledger, view, unknown(view, freight, error.unanswered))


def unknown(view: StageView, freight: FreightId, unanswered: Unanswered) -> Verdict:
    """Where *freight* stands in the stage while something about it has no answer."""
    promotion = view.latest.get(freight)
    return Verdict(
        view.stage.name,
        freight,
        promotion.state if promotion is not None and not promotion.ended else "waiting",
        reason_of(unanswered),
        detail=unanswered.words,
        wake_at=unanswered.next_look,
        promotion=promotion if promotion is not None and not promotion.ended else None,
    )

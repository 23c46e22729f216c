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
        found = decide(ledger, view)
    except CannotAsk as error:
        found = _waits(view, error.unanswered)
    if found.verdict is None:
        return found
    return _shut(ledger, view, found._replace(verdict=named(ledger, view, found.verdict)))


def _shut(ledger: Ledger, view: StageView, found: StagePlan) -> StagePlan:
    """Nothing may say that its open pull request may be merged, unless it was decided just now."""
    row = view.inflight
    if found.head is not None or found.verdict is None or row is None or row.pull is None:
        return found
    pull = ledger.snapshot.pulls.get(row.stage)
    known = pull is not None and pull.number == row.pull
    head = pull.head_sha if pull is not None and known else row.head
    if row.state != "in-review" or head is None or (pull and known and pull.state != "open"):
        return found
    verdict = found.verdict
    shut = HeadVerdict(row.stage, row.pull, head, ready=False, verdict=verdict)
    return found._replace(head=shut)


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
    row = view.inflight
    if row is None:
        return StagePlan(unanswered=unanswered)
    verdict = under_way(
        row, reason_of(unanswered), detail=unanswered.words, wake_at=unanswered.next_look
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
    row = view.latest.get(freight)
    return Verdict(
        view.stage.name,
        freight,
        row.state if row is not None and not row.ended else "waiting",
        reason_of(unanswered),
        detail=unanswered.words,
        wake_at=unanswered.next_look,
        promotion=row if row is not None and not row.ended else None,
    )

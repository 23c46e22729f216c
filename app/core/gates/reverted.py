"""
The freight holds what was taken back since: newer freight without it comes instead.

That a commit says "This reverts commit ..." only names what to look at: it counts where the files
are again what they were before.
"""

from __future__ import annotations

from app.core.gates.gate import Entry, Gate
from app.core.gates.orders import started_before, starts
from app.core.model.names import FreightId, short
from app.core.model.people import handle
from app.core.model.questions import RevertQuestion
from app.core.model.reverts import Revert
from app.core.model.verdicts import GateAnswer, Reason
from app.core.state.ledger import Ledger, StageView

NAME = "reverted"


def reverted(entry: Entry) -> GateAnswer | None:
    """
    A person who started it since passes; None where nothing was taken back, or it is there already.

    History is read for it only where nothing else keeps the freight out.
    """
    ledger, view, freight = entry[:3]
    revert = taken_back(ledger, view, freight, ask=entry.alone)
    if revert is None:
        return None
    line = ledger.snapshot.lines.get(freight.warehouse)
    since = line.seen_at(revert.by) if line is not None else None
    words = (o for o in view.orders if starts(o, freight) and (since is None or o.at >= since))
    order, before = next(words, None), started_before(view, freight)
    by = order.actor if order else before.started_by if before else ""
    if by:
        at = order.at if order else before.created_at if before else None
        return GateAnswer(NAME, "pass", Reason.PASSED, (handle(by),), since=at)
    names = (short(revert.by),)
    return GateAnswer(NAME, "wait", Reason.REVERTED, names, since, detail=short(revert.commit))


def taken_back(
    ledger: Ledger, view: StageView, freight: FreightId, *, ask: bool = True
) -> Revert | None:
    """
    What of *freight* was taken back since, where it is not in the stage already.

    None also where that is not known; then it is asked for, if *ask*.
    """
    if view.current is not None and view.current.freight == freight:
        return None
    known = ledger.snapshot.reverted
    if freight not in known and ask:
        ledger.want(RevertQuestion(freight))
    return known.get(freight)


GATE = Gate(
    NAME,
    reverted,
    (Reason.REVERTED,),
    promote_passes=True,
    only_named=True,
    rollback_passes=True,
    opens_review=True,
)

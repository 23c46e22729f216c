"""
The freight holds what was taken back since: newer freight without it comes instead.

That a commit says "This reverts commit ..." only names what to look at: it counts where the files
are again what they were before.
"""

from __future__ import annotations

from app.core.gates.gate import Entry, Gate
from app.core.gates.orders import order_for, started_before
from app.core.model.names import short
from app.core.model.people import handle
from app.core.model.questions import RevertQuestion
from app.core.model.verdicts import GateAnswer, Reason

NAME = "reverted"


def reverted(entry: Entry) -> GateAnswer | None:
    """
    A person who starts it passes; None where nothing was taken back, or it is there already.

    History is read for it only where nothing else keeps the freight out.
    """
    ledger, view, freight = entry[:3]
    known = ledger.snapshot.reverted
    revert = known.get(freight)
    if revert is None and freight in known:
        return None
    if view.current is not None and view.current.freight == freight:
        return None
    if revert is None:
        if entry.alone:
            ledger.want(RevertQuestion(freight))
        return None
    order, before = order_for(view, freight), started_before(view, freight)
    by = order.actor if order else before.started_by if before else ""
    if by:
        at = order.at if order else before.created_at if before else None
        return GateAnswer(NAME, "pass", Reason.PASSED, (handle(by),), since=at)
    line, names = ledger.snapshot.lines.get(freight.warehouse), (short(revert.by),)
    since = line.seen_at(revert.by) if line is not None else None
    return GateAnswer(NAME, "wait", Reason.REVERTED, names, since, detail=short(revert.commit))


GATE = Gate(
    NAME,
    reverted,
    (Reason.REVERTED,),
    promote_passes=True,
    rollback_passes=True,
    opens_review=True,
)

"""What landed as ours and is in no record: the records are an older copy that was restored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from app.core.model.people import SOMEBODY
from app.core.model.records import Freight, Hold, Promotion
from app.core.model.verdicts import Reason
from app.core.planning.actions import Mint, Record
from app.core.planning.stage_plan import NOTHING, StagePlan, ended
from app.core.remarks import promotions as remarks
from app.core.state import drift
from app.core.state.ledger import Ledger, StageView
from app.core.state.past import ask


def recalled(ledger: Ledger, view: StageView) -> StagePlan | None:
    """
    Record the promotions that an older copy of the records does not know; None: there is none.

    Before that nothing is decided: what they wrote would be taken for edits by hand.
    """
    promotions = drift.unrecorded(ledger, view)
    if not promotions:
        return NOTHING if promotions is None else None
    earlier = {
        promotion.freight: ask(ledger, view.stage.name, freight=promotion.freight)
        for promotion in promotions
    }
    if any(earlier.values()):
        return NOTHING
    rows = [promotion for promotion in promotions if promotion.id not in ledger.promotion]
    if not rows:
        return None
    now = ledger.snapshot.now
    new = (
        f for f in dict.fromkeys(promotion.freight for promotion in rows) if not ledger.minted_at(f)
    )
    mints = tuple(Mint(Freight(freight, now)) for freight in new)
    told = tuple(_told(ledger, view, rows))
    record = Record((*_overtaken(ledger, view, rows), *told), holds=_held(ledger, view, told))
    return StagePlan((*mints, record))


def _told(ledger: Ledger, view: StageView, promotions: Iterable[Promotion]) -> Iterator[Promotion]:
    """A landing of older freight over newer was a rollback: the App does so in no other way."""
    top = view.current.freight if view.current is not None else None
    for promotion in promotions:
        if top is not None and ledger.newer(top, promotion.freight):
            yield replace(promotion, leaves=top, started_by=SOMEBODY)
        else:
            top = promotion.freight
            yield promotion


def _held(ledger: Ledger, view: StageView, promotions: Sequence[Promotion]) -> tuple[Hold, ...]:
    """Where a rollback came last, the hold that it brought; whether it was ended nobody knows."""
    last = promotions[-1]
    if last.leaves is None or view.hold is not None:
        return ()
    words = remarks.rolled_back(last.leaves, last.freight)
    return (Hold(view.stage.name, words, "", ledger.snapshot.now),)


def _overtaken(
    ledger: Ledger, view: StageView, promotions: Iterable[Promotion]
) -> Iterator[Promotion]:
    """What the records have under way, where something later is: a stage has one at a time."""
    newer = next((promotion for promotion in promotions if not promotion.ended), None)
    if newer is not None and view.inflight is not None:
        now = ledger.snapshot.now
        yield ended(view.inflight, now, "superseded", Reason.SUPERSEDED, successor=newer.freight)

"""What landed without its grant: it takes what its stage takes until it was verified."""

from __future__ import annotations

from dataclasses import replace

from app.core.model.records import Promotion
from app.core.planning.actions import Action
from app.core.planning.doubtful_pushes import arrived
from app.core.planning.locking import held, occupy
from app.core.planning.stage_plan import record
from app.core.remarks import promotions as remarks
from app.core.state.ledger import Ledger, StageView


def out_of_turn(ledger: Ledger, view: StageView, row: Promotion) -> tuple[Action, ...]:
    """What landed without a grant takes its permits while something may run because of it."""
    if held(view, row) or not ledger.under(row).verifies:
        return ()
    return occupy(ledger, row)


def late_landings(ledger: Ledger) -> list[Action]:
    """Promotions that ended while their push was in doubt, and landed: they take what they take."""
    found: list[Action] = []
    for row in ledger.snapshot.records.promotions:
        commit = arrived(ledger, row) if row.intent is not None and row.ended else None
        if commit is None:
            continue
        stage = ledger.known(row)
        if stage is not None and stage.verifies:
            found += occupy(ledger, row)
        detail = remarks.late(row.detail, commit)
        now = ledger.snapshot.now
        found.append(record(replace(row, landed=commit, landed_at=now, detail=detail)))
    return found

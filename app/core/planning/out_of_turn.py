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


def out_of_turn(ledger: Ledger, view: StageView, promotion: Promotion) -> tuple[Action, ...]:
    """What landed without a grant takes its permits while something may run because of it."""
    if held(view, promotion) or not ledger.stage_terms(promotion).verifies:
        return ()
    return occupy(ledger, promotion)


def late_landings(ledger: Ledger) -> list[Action]:
    """Promotions that ended while their push was in doubt, and landed: they take what they take."""
    actions: list[Action] = []
    for promotion in ledger.snapshot.records.promotions:
        commit = (
            arrived(ledger, promotion) if promotion.intent is not None and promotion.ended else None
        )
        if commit is None:
            continue
        stage = ledger.known(promotion)
        if stage is not None and stage.verifies:
            actions += occupy(ledger, promotion)
        detail = remarks.late(promotion.detail, commit)
        now = ledger.snapshot.now
        actions.append(record(replace(promotion, landed=commit, landed_at=now, detail=detail)))
    return actions

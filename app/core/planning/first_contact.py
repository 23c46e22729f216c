"""First contact: a stage that holds something before Stagelock brought anything there."""

from __future__ import annotations

from dataclasses import replace

from app.core.gates.foreign_content import is_empty
from app.core.model.records import Freight
from app.core.model.verdicts import Reason
from app.core.planning.actions import Mint
from app.core.planning.stage_plan import StagePlan, ended, new_promotion, record
from app.core.state.ledger import Ledger, StageView


def adopt(ledger: Ledger, view: StageView) -> StagePlan | None:
    """First contact: content that some freight explains makes the stage *at* that freight."""
    snapshot, name = ledger.snapshot, view.stage.name
    if view.current is not None or view.inflight is not None or not view.stage.writes:
        return None
    if is_empty(ledger, view):
        return None
    freight = ledger.adoptable(name)
    tip = snapshot.tips.get(ledger.branch(view.stage))
    if freight is None or tip is None:
        return None
    promotion = ended(
        new_promotion(ledger, view, freight, "waiting"), snapshot.now, "superseded", Reason.ADOPTED
    )
    there = replace(
        promotion,
        landed=tip,
        landed_at=snapshot.now,
        adopted=True,
        started_by="",
        written=snapshot.contents.get(name, ()),
        pure=snapshot.contents.get(name, ()),
    )
    minted = () if ledger.minted_at(freight) else (Mint(Freight(freight, snapshot.now)),)
    return StagePlan((*minted, record(there)))

"""Under which terms a freight goes through a stage: its pipeline, and where it comes from."""

from __future__ import annotations

from app.core.model.names import FreightId, Sha, StageName
from app.core.model.pipeline import Stage
from app.core.model.snapshot import Snapshot
from app.core.state.stage_state import landed_well


def stage_under(snapshot: Snapshot, name: StageName, freight: FreightId) -> Stage:
    """The stage as its unfinished promotion of *freight* knows it, else as it is in force."""
    promotions = (
        p for p in snapshot.records.promotions if p.stage == name and p.freight == freight
    )
    for promotion in promotions:
        then = snapshot.pipelines.get(promotion.config)
        if not promotion.ended and then is not None and name in then.stages:
            return then.stages[name]
    if snapshot.config.pipeline is None:
        message = f"no pipeline in force knows {name}"
        raise ValueError(message)
    return snapshot.config.pipeline.stages[name]


def upstream_commits(snapshot: Snapshot, stage: Stage, freight: FreightId) -> dict[StageName, Sha]:
    """For each upstream the commit at which *freight*'s newest promotion there landed."""
    commits: dict[StageName, Sha] = {}
    for promotion in snapshot.records.promotions:
        if (
            promotion.stage in stage.upstreams
            and promotion.freight == freight
            and landed_well(promotion)
        ):
            commits[promotion.stage] = promotion.landed or Sha("")
    return commits

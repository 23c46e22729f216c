"""
Under which terms a stage is asked about: those of what is under way there, or those in force.

A promotion runs under the pipeline as of its grant, its start, or the opening of its pull request.
So whatever is asked about it, or about the branch ``stagelock/<stage>`` of its pull request, is
asked of its own terms: by the ones in force its head might be outdated for ever.
"""

from __future__ import annotations

from app.core.model.names import Sha, StageName
from app.core.model.pipeline import Stage
from app.core.model.records import Promotion
from app.core.model.snapshot import Snapshot

IN_FORCE = Sha("")
"""Stands for the commit of the pipeline in force."""


def terms_of(snapshot: Snapshot, promotion: Promotion) -> Stage | None:
    """The stage as of *promotion*'s pipeline, else as of the one in force; None: neither has it."""
    name, then = promotion.stage, snapshot.pipelines.get(promotion.config)
    stage = then.stages.get(name) if then is not None else None
    return stage or stage_at(snapshot, name, IN_FORCE)


def terms_of_head(snapshot: Snapshot, name: StageName) -> Stage | None:
    """As `terms_of`, of what is under way in the stage; None: no pipeline in force defines it."""
    for promotion in reversed(snapshot.records.promotions):
        if promotion.stage == name and not promotion.ended:
            return terms_of(snapshot, promotion)
    return stage_at(snapshot, name, IN_FORCE)


def pinned(snapshot: Snapshot, promotion: Promotion) -> Sha:
    """The commit of the pipeline that *promotion* is held to; `IN_FORCE`: by now that one."""
    then = snapshot.pipelines.get(promotion.config)
    if promotion.config == snapshot.config.in_force or then is None:
        return IN_FORCE
    return promotion.config if promotion.stage in then.stages else IN_FORCE


def stage_at(snapshot: Snapshot, name: StageName, config: Sha) -> Stage | None:
    """The stage as of the pipeline of the commit *config*."""
    pipeline = snapshot.pipelines.get(config) if config else snapshot.config.pipeline
    return pipeline.stages.get(name) if pipeline is not None else None

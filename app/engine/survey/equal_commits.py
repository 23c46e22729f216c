"""What commits hold of stages' outputs, and which later ones hold what a promotion wrote."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice, takewhile

from app.core.model.names import PromotionId, Sha, StageName
from app.core.model.snapshot import Snapshot
from app.engine.survey.stage_terms import stage_under
from app.engine.survey.warehouses import Warehouses
from app.ports import GitRepo


def equal_commits(
    git: GitRepo,
    known: Warehouses,
    snapshot: Snapshot,
    promotion: PromotionId,
    bounds: tuple[int, Sha | None],
) -> tuple[Sha, ...]:
    """
    The nearest later commits of the line with the outputs that *promotion* landed.

    *bounds*: how many at most, and the commit before which they are.
    """
    count, until = bounds
    record = next((p for p in snapshot.records.promotions if p.id == promotion), None)
    if record is None or record.landed is None:
        return ()
    stage = stage_under(snapshot, record.stage, record.freight)
    held = git.content(record.landed, stage.outputs)
    after = known.after(stage.branch or snapshot.default_branch, record.landed)
    later = takewhile(lambda sha: sha != until, after)
    return tuple(islice((sha for sha in later if git.content(sha, stage.outputs) == held), count))


def outputs_at(git: GitRepo, snapshot: Snapshot, name: StageName, sha: Sha) -> Snapshot:
    """*snapshot* with what the stage's outputs hold at *sha*: nothing where it is not there."""
    pipeline = snapshot.config.pipeline
    outputs = pipeline.stages[name].outputs if pipeline else ()
    held = {name: git.content(sha if git.has(sha) else None, outputs)}
    there = {**snapshot.written, sha: {**snapshot.written.get(sha, {}), **held}}
    return replace(snapshot, written=there)

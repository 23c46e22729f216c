"""Which later commits of its branch hold what a promotion wrote."""

from __future__ import annotations

from itertools import islice

from app.core.model.names import PromotionId, Sha
from app.core.model.snapshot import Snapshot
from app.engine.survey.stage_terms import stage_under
from app.engine.survey.warehouses import Warehouses
from app.ports import GitRepo


def equal_commits(
    git: GitRepo, known: Warehouses, snapshot: Snapshot, promotion: PromotionId, count: int
) -> tuple[Sha, ...]:
    """The *count* nearest later commits of the line with the outputs that *promotion* landed."""
    row = next((p for p in snapshot.records.promotions if p.id == promotion), None)
    if row is None or row.landed is None:
        return ()
    stage = stage_under(snapshot, row.stage, row.freight)
    held = git.content(row.landed, stage.outputs)
    later = known.after(stage.branch or snapshot.default_branch, row.landed)
    return tuple(islice((s for s in later if git.content(s, stage.outputs) == held), count))

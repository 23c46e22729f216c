"""What commits hold of stages' outputs, and which later ones hold what a promotion wrote."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice, takewhile

from app.core.model.names import PromotionId, Sha
from app.core.model.questions import ContentQuestion
from app.core.model.snapshot import Snapshot
from app.core.state.terms import stage_at
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


def outputs_at(git: GitRepo, snapshot: Snapshot, question: ContentQuestion) -> Snapshot:
    """*snapshot* with the answer: nothing where the commit is not there."""
    stage = stage_at(snapshot, question.stage, question.config)
    outputs = stage.outputs if stage is not None else ()
    held = git.content(question.sha if git.has(question.sha) else None, outputs)
    return replace(snapshot, written={**snapshot.written, question: held})

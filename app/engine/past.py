"""Older promotions join the records when a decision asks for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from app.core.model import Pipeline
from app.core.questions import PastQuestion
from app.core.records import Promotion, Records
from app.core.snapshot import Snapshot
from app.engine.attempts import Attempts
from app.engine.ground import Ground
from app.ports import GitRepo
from app.ports.store import Past

Reading = Callable[[PastQuestion], Past]


def with_past(
    snapshot: Snapshot, question: PastQuestion, found: Past, git: GitRepo, attempts: Attempts
) -> Snapshot:
    """Return *snapshot* with what was *found* among its records, in the order of its numbers."""
    records = snapshot.records
    known = {row.id for row in records.promotions}
    older = tuple(row for row in found.promotions if row.id not in known)
    cut = dict(records.cut)
    if question.before is not None and question.stage in cut:
        del cut[question.stage]
        if found.more:
            cut[question.stage] = found.promotions[0].number
    pipeline = snapshot.config.pipeline or Pipeline({}, {})
    rows = Records(promotions=older)
    ground = Ground(git, attempts, pipeline, rows, snapshot.default_branch, snapshot.now)
    return replace(
        snapshot,
        reachable=snapshot.reachable | ground.reachable(),
        records=replace(records, promotions=_merged(records, older), cut=cut),
        past=snapshot.past | {question},
        unanswered=dict(attempts.unanswered),
    )


def _merged(records: Records, older: tuple[Promotion, ...]) -> tuple[Promotion, ...]:
    return tuple(sorted((*records.promotions, *older), key=lambda row: row.number))

"""Older promotions join the records when a decision asks for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from app.core.model import Pipeline
from app.core.names import FreightId, StageName
from app.core.past import missing
from app.core.questions import PastQuestion
from app.core.records import Promotion, Records
from app.core.snapshot import Snapshot
from app.engine.attempts import Attempts
from app.engine.ground import Ground
from app.ports import GitRepo
from app.ports.store import Past

Reading = Callable[[PastQuestion], Past]


@dataclass(frozen=True, slots=True)
class Recalling:
    """Lets older promotions join the records of a snapshot."""

    read: Reading
    git: GitRepo
    attempts: Attempts

    def __call__(
        self,
        snapshot: Snapshot,
        found: Sequence[Promotion] = (),
        stage: StageName | None = None,
        freight: FreightId | None = None,
    ) -> Snapshot:
        """*snapshot* with *found* among its records, and all promotions of *freight* to *stage*."""
        snapshot = self._joined(snapshot, found)
        for question in missing(snapshot, stage, freight) if stage and freight else ():
            snapshot = self.answer(snapshot, question)
        return snapshot

    def answer(self, snapshot: Snapshot, question: PastQuestion) -> Snapshot:
        """*snapshot* with the answer to *question* among its records."""
        found, records = self.read(question), snapshot.records
        cut = dict(records.cut)
        if question.before is not None and question.stage in cut:
            del cut[question.stage]
            if found.more:
                cut[question.stage] = found.promotions[0].number
        records, past = replace(records, cut=cut), snapshot.past | {question}
        return self._joined(replace(snapshot, records=records, past=past), found.promotions)

    def _joined(self, snapshot: Snapshot, found: Sequence[Promotion]) -> Snapshot:
        """*snapshot* with *found* among its records, in the order of their numbers."""
        records = snapshot.records
        known = {row.id for row in records.promotions}
        older = tuple(row for row in found if row.id not in known)
        if not older:
            return snapshot
        pipeline = snapshot.config.pipeline or Pipeline({}, {})
        rows = Records(promotions=older)
        branch, now = snapshot.default_branch, snapshot.now
        ground = Ground(self.git, self.attempts, pipeline, rows, branch, now)
        return replace(
            snapshot,
            reachable=snapshot.reachable | ground.reachable(),
            records=replace(records, promotions=_merged(records, older)),
            unanswered=dict(self.attempts.unanswered),
        )


def _merged(records: Records, older: tuple[Promotion, ...]) -> tuple[Promotion, ...]:
    return tuple(sorted((*records.promotions, *older), key=lambda row: row.number))

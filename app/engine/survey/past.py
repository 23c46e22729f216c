"""Older promotions and freights join the records when a decision asks for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import cast, get_args

from app.core.model.names import FreightId, StageName
from app.core.model.past_questions import FreightQuestion, MintedQuestion, OfPast, PastQuestion
from app.core.model.pipeline import Pipeline
from app.core.model.questions import Question
from app.core.model.records import Freight, Promotion, Records
from app.core.model.snapshot import Snapshot
from app.core.rebuild import read_trailers
from app.core.state.past import missing
from app.engine.survey.branch_lines import LineReader
from app.engine.survey.config_in_force import Pipelines
from app.engine.survey.ground import Ground
from app.engine.survey.reachability import Reached
from app.engine.survey.unanswered import Attempts
from app.engine.survey.warehouses import low
from app.ports import GitRepo, History


@dataclass(frozen=True, slots=True)
class Recalling:
    """Lets older promotions and freights join the records of a snapshot."""

    history: History
    git: GitRepo
    lines: LineReader
    earlier: Pipelines
    reached: Reached
    attempts: Attempts

    def __call__(
        self,
        snapshot: Snapshot,
        promotions: Sequence[Promotion] = (),
        stage: StageName | None = None,
        freight: FreightId | None = None,
    ) -> Snapshot:
        """
        *snapshot* with *promotions* among its records, and all promotions of *freight* to *stage*.
        """
        snapshot = self._joined(snapshot, promotions)
        for question in missing(snapshot, stage, freight) if stage and freight else ():
            snapshot = self.answer(snapshot, question)
        return snapshot

    def ground(self, snapshot: Snapshot, pipeline: Pipeline, records: Records) -> Ground:
        """What is read of *records* in git, unasked."""
        return Ground(
            self.earlier,
            self.lines,
            self.reached,
            self.attempts,
            snapshot.repo.id,
            pipeline,
            records,
            snapshot.now,
        )

    def all(self, snapshot: Snapshot, questions: Iterable[Question]) -> Snapshot:
        """*snapshot* with the answers to *questions*, all of them of the past."""
        for question in questions:
            if isinstance(question, get_args(OfPast)):
                snapshot = self.answer(snapshot, cast("OfPast", question))
        return snapshot

    def answer(self, snapshot: Snapshot, question: OfPast) -> Snapshot:
        """*snapshot* with the answer to *question* among its records."""
        match question:
            case PastQuestion():
                return self._promotions(snapshot, question)
            case FreightQuestion(warehouse, digits):
                freights = self.history.named(snapshot.repo.id, warehouse, digits)
                named = snapshot.named | {question}
                return with_freights(replace(snapshot, named=named), freights)
            case MintedQuestion():
                return self._minted(snapshot, question)

    def _promotions(self, snapshot: Snapshot, question: PastQuestion) -> Snapshot:
        page, records = self.history.past(snapshot.repo.id, question), snapshot.records
        promotions = (*page.promotions, *self._pushed(snapshot.repo.id, question))
        cut = dict(records.cut)
        if question.before is not None and question.stage in cut:
            del cut[question.stage]
            if page.more:
                cut[question.stage] = page.promotions[0].number
        records, past = replace(records, cut=cut), snapshot.past | {question}
        return self._joined(replace(snapshot, records=records, past=past), promotions)

    def _pushed(self, repo_id: int, question: PastQuestion) -> tuple[Promotion, ...]:
        """
        The promotion that its head was pushed for, as the commit says. Whether that is true is in
        the promotion, which is found so without an index of all heads that there ever were.
        """
        if question.head is None or not self.git.has(question.head):
            return ()
        said = read_trailers(repo_id, self.git.message(question.head))
        promotion = self.history.promotion(repo_id, said.promotion) if said is not None else None
        return (promotion,) if promotion is not None and promotion.stage == question.stage else ()

    def _minted(self, snapshot: Snapshot, question: MintedQuestion) -> Snapshot:
        name, floor, count = question.warehouse, question.floor, question.count
        pipeline, line = snapshot.config.pipeline, snapshot.lines[name]
        branch = pipeline.warehouses[name].branch if pipeline else None
        freights = self.lines.minted(branch or snapshot.default_branch, name, floor, count)
        known = replace(line, minted_low=min(line.minted_low, low(freights, count, floor)))
        snapshot = replace(snapshot, lines={**snapshot.lines, name: known})
        return with_freights(snapshot, [freight.freight for freight in freights])

    def _joined(self, snapshot: Snapshot, promotions: Sequence[Promotion]) -> Snapshot:
        """*snapshot* with *promotions* among its records, in the order of their numbers."""
        records = snapshot.records
        known = {promotion.id for promotion in records.promotions}
        older = tuple(promotion for promotion in promotions if promotion.id not in known)
        if not older:
            return snapshot
        pipeline = snapshot.config.pipeline or Pipeline({}, {})
        ground = self.ground(snapshot, pipeline, Records(promotions=older))
        return replace(
            snapshot,
            reachable=snapshot.reachable | ground.reachable(snapshot),
            records=replace(records, promotions=_merged(records, older)),
            unanswered=dict(self.attempts.unanswered),
        )


def with_freights(snapshot: Snapshot, freights_read: Iterable[Freight]) -> Snapshot:
    """*snapshot* with *found* among its records."""
    known = {freight.id for freight in snapshot.records.freights}
    new = tuple(freight for freight in freights_read if freight.id not in known)
    if not new:
        return snapshot
    freights = (*new, *snapshot.records.freights)
    return replace(snapshot, records=replace(snapshot.records, freights=freights))


def _merged(records: Records, older: tuple[Promotion, ...]) -> tuple[Promotion, ...]:
    return tuple(sorted((*records.promotions, *older), key=lambda promotion: promotion.number))

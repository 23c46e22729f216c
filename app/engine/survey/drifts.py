"""Answers what is asked about outputs that are not what we know that we wrote."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from app.core.model.drift_questions import DriftQuestion, OfDrift, UnrecordedQuestion
from app.core.model.hand_edits import HandEdit
from app.core.model.names import PromotionId, Sha, StageName
from app.core.model.pipeline import Stage
from app.core.model.records import Promotion
from app.core.model.snapshot import Snapshot
from app.engine.survey.hand_edits import hand_edits
from app.engine.survey.unrecorded import Unrecorded
from app.engine.survey.warehouses import Warehouses
from app.ports import GitRepo

Key = tuple[PromotionId, Sha | None, Sha | None]
Compared = set[tuple[int, StageName]]


class Drifts:
    """In one tick each thing is read once for each tip: history is walked, and GitHub asked."""

    def __init__(
        self, default_branch: str, git: GitRepo, unrecorded: Unrecorded, compared: Compared
    ) -> None:
        self._default_branch = default_branch
        self._git = git
        self._unrecorded = unrecorded
        self._compared = compared
        self._edits: dict[Key, tuple[HandEdit, ...]] = {}
        self._rows: dict[Key, tuple[Promotion, ...]] = {}

    def answer(self, snapshot: Snapshot, question: OfDrift, known: Warehouses) -> Snapshot:
        """*snapshot* with the answer."""
        promotion = next(
            (p for p in snapshot.records.promotions if p.id == question.promotion), None
        )
        pipeline = snapshot.config.pipeline
        stage = pipeline.stages[question.stage] if pipeline is not None else None
        match question:
            case DriftQuestion():
                edits = (
                    self._hand_edits(snapshot, stage, promotion, known)
                    if stage and promotion
                    else ()
                )
                return replace(snapshot, drifts={**snapshot.drifts, question.stage: edits})
            case UnrecordedQuestion():
                promotions = (
                    self._since(snapshot, stage, promotion, known) if stage and promotion else ()
                )
                return replace(snapshot, unrecorded={**snapshot.unrecorded, question: promotions})

    def _hand_edits(
        self, snapshot: Snapshot, stage: Stage, promotion: Promotion, known: Warehouses
    ) -> tuple[HandEdit, ...]:
        key = self._key(snapshot, stage, promotion)
        if key not in self._edits:
            branch = stage.branch or self._default_branch
            down, seen_at = known.down(branch), partial(known.seen_at, branch)
            self._edits[key] = hand_edits(self._git, down, snapshot, stage, promotion, seen_at)
        return self._edits[key]

    def _since(
        self, snapshot: Snapshot, stage: Stage, promotion: Promotion, known: Warehouses
    ) -> tuple[Promotion, ...]:
        key = self._key(snapshot, stage, promotion)
        if key not in self._rows:
            self._rows[key] = self._unrecorded.after(snapshot, stage, promotion, known)
        if not self._rows[key]:
            self._compared.add((snapshot.repo.id, stage.name))
        return self._rows[key]

    def _key(self, snapshot: Snapshot, stage: Stage, promotion: Promotion) -> Key:
        tip = snapshot.tips.get(stage.branch or self._default_branch)
        return promotion.id, snapshot.config.in_force, tip

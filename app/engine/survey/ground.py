"""
What every plan of a repository stands on, read from git unasked, a unit at a time.

What cannot be read of one stage, promotion or warehouse is an unanswered question of that one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.core.model.facts import Content
from app.core.model.lock_requests import LIVE
from app.core.model.names import Sha, StageName, WarehouseName
from app.core.model.pipeline import Pipeline, Stage
from app.core.model.questions import LineQuestion, PlaceQuestion, StageQuestion
from app.core.model.records import Freight, Promotion, Records
from app.core.model.snapshot import Line, Snapshot
from app.core.state.terms import terms_of, terms_of_head
from app.engine.survey.branch_lines import LineReader
from app.engine.survey.config_in_force import Pipelines
from app.engine.survey.pull_branches import pusher, strays
from app.engine.survey.reachability import Reached
from app.engine.survey.unanswered import Attempts
from app.engine.survey.warehouses import Warehouses
from app.ports import GitRepo


@dataclass(frozen=True, slots=True)
class Place:
    """What is there of one stage."""

    content: Content | None
    """What its outputs hold."""
    pusher: str | None
    """Who wrote its branch for pull requests."""
    strays: tuple[str, ...] | None
    """What that branch changes beyond its outputs."""


@dataclass(frozen=True, slots=True)
class Ground:
    """One reading of the repository, at *now* for *pipeline*."""

    earlier: Pipelines
    """It reads the pipelines of earlier commits."""
    known_lines: LineReader
    reached: Reached
    attempts: Attempts
    repo_id: int
    pipeline: Pipeline
    records: Records
    now: datetime

    @property
    def git(self) -> GitRepo:
        """The repository."""
        return self.earlier.git

    def lines(
        self, warehouses: Warehouses
    ) -> dict[WarehouseName, tuple[Line, tuple[Freight, ...]]]:
        """The line of every warehouse whose branch exists, and the newest freights on it."""
        names = self.pipeline.warehouses
        lines = self.attempts.each(self.now, names, LineQuestion, warehouses.line)
        return {name: line for name, line in lines.items() if line is not None}

    def places(self, snapshot: Snapshot) -> dict[StageName, Place]:
        """What is there of every stage; *snapshot* has the pipelines of what is under way."""

        def read(stage: Stage) -> Place:
            tip = self.git.heads().get(self._branch(stage))
            content = self.git.content(tip, stage.outputs) if stage.writes else None
            proposed = terms_of_head(snapshot, stage.name) or stage
            return Place(
                content,
                pusher(self.git, stage),
                strays(self.git, proposed, self._branch(proposed)),
            )

        known = self.pipeline.stages
        return self.attempts.each(self.now, known, StageQuestion, lambda name: read(known[name]))

    def reachable(self, snapshot: Snapshot) -> frozenset[Sha]:
        """
        Of the commits that promotions wrote or landed as, those that are on their branch: of what
        is under way the one that it began on.
        """
        rows = {p.id: p for p in self.records.promotions}
        reached = self.attempts.each(
            self.now,
            rows,
            lambda key: PlaceQuestion(rows[key].stage, key),
            lambda key: self._reached(snapshot, rows[key]),
        )
        return frozenset().union(*reached.values())

    def _reached(self, snapshot: Snapshot, promotion: Promotion) -> frozenset[Sha]:
        own = self.pipeline.stages.get(promotion.stage)
        if own is not None and not promotion.ended:
            own = terms_of(snapshot, promotion)
        # Of a stage that is gone nobody knows the branch: any that is written to may be it.
        stages = [own] if own is not None else list(self.pipeline.stages.values())
        branches = {self._branch(stage) for stage in stages}
        commits = (promotion.landed, promotion.intent.commit if promotion.intent else None)
        return frozenset(c for c in commits if c and any(self._holds(b, c) for b in branches))

    def _holds(self, branch: str, commit: Sha) -> bool:
        tip = self.git.heads().get(branch)
        if tip is None:
            return False
        if self.known_lines.holds(branch, tip, commit):
            return True
        return self.reached.holds(self.git, self.repo_id, branch, tip, commit)

    def pipelines(self, in_force: Sha) -> dict[Sha, Pipeline]:
        """The pipeline as of each commit that something unfinished runs under."""
        records = self.records
        live = {r.promotion for r in records.requests if r.state in LIVE}
        rows = {p.id: p for p in records.promotions if not p.ended or p.id in live}
        pipelines = self.attempts.each(
            self.now,
            rows,
            lambda key: PlaceQuestion(rows[key].stage, key),
            lambda key: (rows[key].config, self._at(in_force, rows[key].config)),
        )
        known = {commit: then for commit, then in pipelines.values() if then is not None}
        return {in_force: self.pipeline, **known}

    def _at(self, in_force: Sha, commit: Sha) -> Pipeline | None:
        if commit == in_force:
            return self.pipeline
        return self.earlier.at(commit)

    def _branch(self, stage: Stage) -> str:
        return stage.branch or self.earlier.default_branch

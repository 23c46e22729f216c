"""What one pull request or merge group would do: read from trees, however many files it has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from app.core.gates.foreign_content import foreign, values_of
from app.core.model.facts import Content
from app.core.model.names import FreightId, Sha, StageName, WarehouseName
from app.core.model.pipeline import Pipeline
from app.core.model.previews import NAMED, Held, Ignored, Replayed, StagePreview
from app.core.model.questions import CannotAsk, Question
from app.core.model.snapshot import Snapshot
from app.core.paths.watch_rules import OUTPUTS, PathRules
from app.core.state.drift import anchor, pure_of
from app.core.state.ledger import Ledger
from app.engine.survey.ignoring import ignored, watching
from app.engine.survey.previewing import Walk
from app.ports import GitRepo

COMMITS = 20
"""How many commits of the branch are judged by the rules of another pipeline file."""
LOOKED_AT = 200
"""Among so many of the newest: promotions are no changes of people."""
ROUNDS = 20

Know = Callable[[Snapshot, Iterable[Question]], Snapshot]
"""A snapshot with the answers to questions, or with the fact that there are none now."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads what is proposed to be merged, for the pipeline in force."""

    git: GitRepo
    snapshot: Snapshot
    pipeline: Pipeline
    rules: PathRules
    know: Know

    def warehouses(self, base: str) -> tuple[WarehouseName, ...]:
        """Those that watch *base*."""
        return watching(self.pipeline, self.snapshot.default_branch, base)

    def stages(
        self, base: str, head: Sha, fed: Sequence[WarehouseName]
    ) -> tuple[StagePreview, ...]:
        """What merging *head* brings to each stage that receives it; () where it cannot be said."""
        tip = self.snapshot.tips.get(base)
        merged = self.git.merged(tip, head) if tip is not None and fed else None
        if merged is None:
            return ()
        freight = {name: FreightId(name, merged) for name in fed}
        tips = {**self.snapshot.tips, base: merged}
        on = self.snapshot.default_branch
        pure = self._pure(fed)
        walk = Walk(self.git, self.pipeline, on, self.rules, tips, freight, pure=pure)
        held, drifts = self._foreign(fed), self.snapshot.drifts
        return tuple(
            replace(preview, foreign=held.get(preview.stage), edited=drifts.get(preview.stage, ()))
            for preview in walk.stages()
            if preview.freight is not None
        )

    def _pure(self, fed: Sequence[WarehouseName]) -> Mapping[StageName, Content]:
        """What the stages of *fed* would hold had nobody touched what was last written there."""
        ledger = Ledger(self.snapshot, self.pipeline)
        views = [view for view in ledger.views.values() if view.stage.freight in fed]
        anchors = {view.stage.name: anchor(ledger, view) for view in views}
        return {name: pure_of(since) for name, since in anchors.items() if since is not None}

    def _foreign(self, fed: Sequence[WarehouseName]) -> Mapping[StageName, Held]:
        """The stages of *fed* that hold what no freight explains, as far as that can be told."""
        snapshot, stages = self.snapshot, set[StageName]()
        for _ in range(ROUNDS):
            ledger = Ledger(snapshot, self.pipeline)
            views = [v for v in ledger.views.values() if v.stage.freight in fed]
            stages = {v.stage.name for v in views if _foreign(ledger, v.stage.name)}
            if not ledger.questions:
                break
            snapshot = self.know(snapshot, ledger.questions)
        return {
            name: Held(
                values_of(self.pipeline.stages[name], snapshot.contents.get(name, ())),
                snapshot.unexplained.get(name, 0),
            )
            for name in stages
        }

    def ignored(self, base: str, paths: Sequence[bytes]) -> tuple[tuple[Ignored, ...], int]:
        """The first changed paths that feed nothing, by which rule; and how many there are."""
        paths_ignored = ignored(self.pipeline, self.rules, self.warehouses(base), paths)
        first = tuple(islice(paths_ignored, NAMED))
        return first, len(first) + sum(1 for _ in paths_ignored)

    def replayed(self, base: str, other: Pipeline, rules: PathRules) -> tuple[Replayed, ...]:
        """Which stages the newest commits of *base* feed now, and would by *other*'s *rules*."""
        tip = self.snapshot.tips.get(base)
        return tuple(islice(self._replayed(tip, base, other, rules), COMMITS)) if tip else ()

    def _replayed(
        self, tip: Sha, base: str, other: Pipeline, rules: PathRules
    ) -> Iterator[Replayed]:
        on = self.snapshot.default_branch
        for commit in self.git.first_parents(tip, limit=LOOKED_AT):
            paths = self.git.changed_paths(commit.sha)
            before = _fed(self.pipeline, self.rules, base, on, paths)
            after = _fed(other, rules, base, on, paths)
            if before or after or not all(self._written(base, path) for path in paths):
                yield Replayed(commit.sha, commit.subject, before, after)

    def _written(self, base: str, path: bytes) -> bool:
        """It is of a stage's outputs, by the rules in force: what promotions change."""
        entries = ignored(self.pipeline, self.rules, self.warehouses(base), (path,))
        return any(entry.rule.startswith(OUTPUTS) for entry in entries)


def _foreign(ledger: Ledger, name: StageName) -> bool:
    try:
        return foreign(ledger, ledger.views[name])
    except CannotAsk:
        return False


def _fed(
    pipeline: Pipeline, rules: PathRules, base: str, on: str, paths: Sequence[bytes]
) -> tuple[StageName, ...]:
    """The stages that a change of *paths* on *base* goes to, in needs-order."""
    fired = {name for path in paths for name in rules.watched(path)}
    here = {n for n in fired if (pipeline.warehouses[n].branch or on) == base}
    return tuple(stage.name for stage in pipeline.stages.values() if stage.freight in here)

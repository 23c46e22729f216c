"""Freight walked through the pipeline without writing anything: what each stage would receive."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from app.core.model.facts import Content
from app.core.model.names import FreightId, Sha, StageName, WarehouseName
from app.core.model.pipeline import Pipeline, Stage
from app.core.model.previews import NAMED, FileChanges, StagePreview
from app.core.model.renders import Clash, Rendered, RenderRequest, StepProblem
from app.core.model.step_problems import said
from app.core.paths.watch_rules import PathRules
from app.core.text.hand_edits import in_conflict
from app.core.text.terminal import conditions, not_known
from app.engine.survey.adoption import supposed
from app.errors import Missing
from app.ports import GitRepo


@dataclass(frozen=True, slots=True)
class Walk:
    """A look ahead: freight on its way through a pipeline. Objects are written, and no ref."""

    git: GitRepo
    pipeline: Pipeline
    default_branch: str
    rules: PathRules
    tips: Mapping[str, Sha]
    """The branches as they would be."""
    freight: Mapping[WarehouseName, FreightId | None]
    """Of each warehouse; None: there is none."""
    written: dict[StageName, Sha] = field(default_factory=dict)
    named: int | None = NAMED
    """So many files of a stage are named; None: all."""
    pure: Mapping[StageName, Content] = field(default_factory=dict)
    """What the outputs of each stage would hold had nobody touched them, where that is known."""

    def stages(self) -> tuple[StagePreview, ...]:
        """All of them, in needs-order: what the stages above would write is known."""
        return tuple(self._stage(stage) for stage in self.pipeline.stages.values())

    def _stage(self, stage: Stage) -> StagePreview:
        freight = self.freight.get(stage.freight)
        branch = self.branch(stage)
        target = f"{branch}:{stage.path}" if stage.path else branch if stage.writes else ""
        known = StagePreview(
            stage.name, freight, target, None, conditions(stage), on_drift=stage.on_drift
        )
        if freight is None or not stage.writes:
            return known
        missing = [n for n in stage.upstreams if n not in self.written and self._writes(n)]
        if missing and not stage.needs_any:
            return replace(known, problem=not_known(missing[0]))
        tip = self.tips.get(branch)
        pure = self.pure.get(stage.name)
        by_hand = pure is not None and self.git.content(tip, stage.outputs) != pure
        known = replace(known, by_hand=by_hand)
        if pure is not None and by_hand and stage.on_drift == "merge":
            outcome = self._merged(stage, freight, pure)
        else:
            outcome = self.rendered(stage, freight, self.written)
        match outcome:
            case Rendered():
                made = self.written[stage.name] = supposed(self.git, outcome.tree)
                changes = self.git.file_changes(made, tip)
                return replace(known, changes=FileChanges.of(changes, self.named))
            case StepProblem():
                return replace(known, problem=said(outcome))
            case Clash(places):
                return replace(known, problem=in_conflict(places))

    def _merged(
        self, stage: Stage, freight: FreightId, pure: Content
    ) -> Rendered | StepProblem | Clash:
        """Its steps, and what people changed since; without that where *pure* is not here."""
        try:
            return self.git.merge(
                self._request(stage, freight, self.written), stage, self._watched(stage), pure
            )
        except Missing:
            return self.rendered(stage, freight, self.written)

    def _writes(self, name: StageName) -> bool:
        return self.pipeline.stages[name].writes

    def branch(self, stage: Stage) -> str:
        """The branch that *stage* is written to."""
        return stage.branch or self.default_branch

    def rendered(
        self, stage: Stage, freight: FreightId, above: Mapping[StageName, Sha]
    ) -> Rendered | StepProblem:
        """What its steps give on its branch's tip, with *above* as what its upstreams hold."""
        request = self._request(stage, freight, above)
        return self.git.render(request, stage, self._watched(stage))

    def _request(
        self, stage: Stage, freight: FreightId, above: Mapping[StageName, Sha]
    ) -> RenderRequest:
        tip = self.tips.get(self.branch(stage))
        return RenderRequest(stage.name, freight, tip, dict(above))

    def _watched(self, stage: Stage) -> Callable[[bytes], bool]:
        return lambda path: self.rules.is_watched(stage.freight, path)

"""What pushing a ref would promote where: the pipeline walked through without writing anything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from app.core.model.facts import Rendered, RenderRequest, StepProblem
from app.core.model.names import FreightId, Sha, StageName, WarehouseName
from app.core.model.pipeline import Pipeline, Stage
from app.core.model.snapshot import ConfigState
from app.core.model.step_problems import said
from app.core.paths.watch_rules import compile_rules
from app.core.protection.commit_notes import written
from app.core.state.lines import BranchLine
from app.core.text.terminal import conditions, not_known
from app.engine.survey.adoption import supposed
from app.engine.survey.commit_graph import Parents, Step, fires, step
from app.engine.survey.config_in_force import config_state
from app.engine.survey.unremembered import Landed, unremembered
from app.ports import GitRepo

NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class StagePreview:
    """
    What a stage would receive. *changed_files* is None where nothing is written or it cannot be
    said; *problem* is a step that cannot run; *waits_for* are its gates, in words.
    """

    stage: StageName
    freight: FreightId | None
    target: str
    changed_files: int | None
    waits_for: tuple[str, ...]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """*freight* maps each warehouse to its newest commit, None where it watches nothing there."""

    config: ConfigState
    freight: dict[WarehouseName, FreightId | None]
    stages: tuple[StagePreview, ...]


def preview(
    git: GitRepo, default_branch: str, tip: Sha, pipeline: Pipeline | None, before: Sha | None
) -> Preview:
    """
    Walk *tip*, as if it were pushed to *default_branch*, through the pipeline.

    *pipeline* None: the one of the `stagelock.yaml` at *tip*. *before*: what the branch is on the
    server now (None: it is not there).
    """
    config = config_state(git, tip, None, default_branch)
    pipeline = pipeline or (config.pipeline if config.status == "valid" else None)
    if pipeline is None:
        return Preview(config, {}, ())
    walk = _Walk(git, default_branch, tip, pipeline, before)
    stages = tuple(walk.stage(stage) for stage in pipeline.stages.values())
    return Preview(config, walk.freight, stages)


class _Walk:
    def __init__(
        self,
        git: GitRepo,
        default_branch: str,
        tip: Sha,
        pipeline: Pipeline,
        before: Sha | None,
    ) -> None:
        self._git = git
        self._before = before
        self._pipeline = pipeline
        self._default = default_branch
        self._tips = {**git.heads(), default_branch: tip}
        self._rules = compile_rules(pipeline, default_branch)
        self._written: dict[StageName, Sha] = {}
        self.freight = {name: self._newest(name) for name in pipeline.warehouses}

    def _newest(self, name: WarehouseName) -> FreightId | None:
        def watches(path: bytes) -> bool:
            return name in self._rules.watched(path)

        branch = self._pipeline.warehouses[name].branch or self._default
        fired = (s.sha for s in self._line(branch) if fires(self._git, watches, s))
        found = next(fired, None)
        return FreightId(name, found) if found is not None else None

    def _line(self, branch: str) -> Iterator[Step]:
        """The branch's line after the push, newest first."""
        graph, line = Parents(self._git), BranchLine({}, ())
        for tip in (self._before if branch == self._default else None, self._tips.get(branch)):
            if tip is not None:
                line.advance(graph, tip, NEVER)
        for place in range(line.top, line.bottom, -1):
            yield step(graph, line, line.at[place])
        if line.at:
            yield from unremembered(self._git, line.at[line.bottom], self._landed(branch))

    def _landed(self, branch: str) -> Landed:
        """Here nothing is stored, so what a commit says of itself has to do."""

        def landed(sha: Sha) -> bool:
            claim = written(sha, self._git.message(sha).encode("utf-8", "surrogatepass"))
            stage = self._pipeline.stages.get(StageName(claim[0])) if claim is not None else None
            return stage is not None and _pushed_to(stage, branch, self._default)

        return landed

    def stage(self, stage: Stage) -> StagePreview:
        """In needs-order: what the stages above would write is known."""
        freight = self.freight[stage.freight]
        branch = stage.branch or self._default
        target = f"{branch}:{stage.path}" if stage.path else branch if stage.writes else ""
        waits = conditions(stage)
        if freight is None or not stage.writes:
            return StagePreview(stage.name, freight, target, None, waits)
        missing = [n for n in stage.upstreams if n not in self._written and self._writes(n)]
        if missing and not stage.needs_any:
            words = not_known(missing[0])
            return StagePreview(stage.name, freight, target, None, waits, words)
        request = RenderRequest(stage.name, freight, self._tips.get(branch), dict(self._written))
        watched = stage.freight
        found = self._git.render(request, stage, lambda path: self._rules.is_watched(watched, path))
        match found:
            case Rendered():
                self._written[stage.name] = supposed(self._git, found.tree)
                return StagePreview(stage.name, freight, target, found.changed_files, waits)
            case StepProblem():
                return StagePreview(stage.name, freight, target, None, waits, said(found))

    def _writes(self, name: StageName) -> bool:
        return self._pipeline.stages[name].writes


def _pushed_to(stage: Stage, branch: str, default_branch: str) -> bool:
    """We push to *branch* for the stage; what claims to be of a pull request may be its head."""
    return stage.writes and stage.via == "commit" and (stage.branch or default_branch) == branch

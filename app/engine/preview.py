"""What pushing a ref would promote where: the pipeline walked through without writing anything."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.facts import Rendered, RenderRequest, StepProblem
from app.core.impossible import said
from app.core.model import Pipeline, Stage
from app.core.names import FreightId, Sha, StageName, WarehouseName
from app.core.paths import compile_rules
from app.core.snapshot import ConfigState
from app.engine.adoption import supposed
from app.engine.configfile import config_state
from app.ports import GitRepo

REACH = 500


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


def preview(git: GitRepo, default_branch: str, tip: Sha, pipeline: Pipeline | None) -> Preview:
    """
    Walk *tip*, as if it were pushed to *default_branch*, through the pipeline.

    *pipeline* None: the one of the `stagelock.yaml` at *tip*.
    """
    config = config_state(git, tip, None, default_branch)
    pipeline = pipeline or (config.pipeline if config.status == "valid" else None)
    if pipeline is None:
        return Preview(config, {}, ())
    walk = _Walk(git, default_branch, tip, pipeline)
    stages = tuple(walk.stage(stage) for stage in pipeline.stages.values())
    return Preview(config, walk.freight, stages)


class _Walk:
    def __init__(self, git: GitRepo, default_branch: str, tip: Sha, pipeline: Pipeline) -> None:
        self._git = git
        self._pipeline = pipeline
        self._default = default_branch
        self._tips = {**git.heads(), default_branch: tip}
        self._rules = compile_rules(pipeline, default_branch)
        self._written: dict[StageName, Sha] = {}
        self.freight = {name: self._newest(name) for name in pipeline.warehouses}

    def _newest(self, name: WarehouseName) -> FreightId | None:
        branch = self._pipeline.warehouses[name].branch or self._default
        tip = self._tips.get(branch)
        for commit in self._git.first_parents(tip, limit=REACH) if tip else ():
            if any(name in self._rules.watched(p) for p in self._git.changed_paths(commit.sha)):
                return FreightId(name, commit.sha)
        return None

    def stage(self, stage: Stage) -> StagePreview:
        """In needs-order: what the stages above would write is known."""
        freight = self.freight[stage.freight]
        branch = stage.branch or self._default
        target = f"{branch}:{stage.path}" if stage.path else branch if stage.writes else ""
        waits = _waits(stage)
        if freight is None or not stage.writes:
            return StagePreview(stage.name, freight, target, None, waits)
        missing = [n for n in stage.upstreams if n not in self._written and self._writes(n)]
        if missing and not stage.needs_any:
            words = f"what {missing[0]} would hold is not known"
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


def _waits(stage: Stage) -> tuple[str, ...]:
    """The gates that freight meets on its way in, in the order in which they are asked."""
    found = []
    if stage.needs:
        found.append(f"verified in {' and '.join(stage.needs)}")
    if stage.needs_any:
        found.append(f"verified in {' or '.join(stage.needs_any)}")
    if not stage.auto:
        found.append(f"/promote {stage.name}")
    if stage.soak:
        found.append(f"soak of {_duration(stage.soak.total_seconds())}")
    if stage.at_most_every:
        found.append(f"at most every {_duration(stage.at_most_every.total_seconds())}")
    if stage.locks:
        found.append(f"lock {' + '.join(stage.locks)}")
    if stage.via == "pull-request":
        found.append("merge by us" if stage.merge == "auto" else "merge by a person")
    return tuple(found)


def _duration(seconds: float) -> str:
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= size and seconds % size == 0:
            return f"{int(seconds // size)}{unit}"
    return f"{int(seconds)}s"

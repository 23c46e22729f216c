"""Are the workflows that stages start where GitHub looks for them, and what may they be told?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from app.core.config.workflow_inputs import FOLDER, dispatch_inputs, lacking
from app.core.model.names import Sha
from app.core.model.pipeline import Pipeline, Problem, Stage
from app.core.model.snapshot import ConfigState
from app.core.text import workflow_files as words
from app.ports import GitRepo


def workflow_notes(
    git: GitRepo, pipeline: Pipeline, tips: Mapping[str, Sha], default_branch: str
) -> tuple[Problem, ...]:
    """What to know of each stage's workflow, by the file's order; *tips* are the branches' tips."""
    stages = [stage for stage in pipeline.stages.values() if stage.workflow is not None]
    return tuple(
        Problem(message, code, stage.mark)
        for stage in stages
        for code, message in _of(git, pipeline, stage, tips, default_branch)
    )


def with_workflows(
    git: GitRepo, config: ConfigState, tips: Mapping[str, Sha], default_branch: str
) -> ConfigState:
    """*config*, valid at the tip, with these notes."""
    if config.status != "valid" or config.pipeline is None:
        return config
    notes = workflow_notes(git, config.pipeline, tips, default_branch)
    return replace(config, notes=(*config.notes, *notes)) if notes else config


def _of(
    git: GitRepo, pipeline: Pipeline, stage: Stage, tips: Mapping[str, Sha], default_branch: str
) -> Iterator[tuple[str, str]]:
    file, own = stage.workflow or "", stage.branch or default_branch
    texts: dict[str, bytes] = {}
    for branch in dict.fromkeys((default_branch, own)):
        tip = tips.get(branch)
        text = git.read(tip, FOLDER + file) if tip is not None else None
        if text is not None:
            texts[branch] = text
        elif tip is not None:
            yield "workflow-missing", words.missing(file, branch, stage.name)
    if own not in texts:
        return
    declared = dispatch_inputs(texts[own])
    if declared is None:
        yield "workflow-not-startable", words.not_startable(file, own)
        return
    groups = [pipeline.locks[name] for name in stage.locks if name in pipeline.locks]
    named = any(group.names for group in groups)
    left = lacking(declared, locked=bool(stage.locks), named=named)
    if left:
        yield "workflow-inputs", words.untold(file, own, left)

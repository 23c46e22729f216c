"""What rulesets on github.com cannot enforce."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.core.model.check_names import PLAN
from app.core.model.pipeline import Pipeline, Stage
from app.core.protection.rulesets import LONGEST_PATH, named, people_merge


def gaps(pipeline: Pipeline, default_branch: str) -> tuple[str, ...]:
    """A sentence for each thing that rulesets cannot enforce for *pipeline*."""
    stages = [stage for stage in pipeline.stages.values() if stage.writes]
    return tuple(_gaps(stages, default_branch))


def _gaps(stages: Sequence[Stage], default_branch: str) -> Iterator[str]:
    if keys := [s for s in stages if any(o.key is not None for o in s.outputs)]:
        yield f"Single keys of a file ({named(keys)}) cannot be restricted."
    folders = [s for s in stages if not s.whole_tree]
    if excepts := [s for s in folders if any(o.excepts for o in s.outputs)]:
        yield (
            f"Folders with `except` ({named(excepts)}) are not restricted: people own files there."
        )
    if long := [s for s in folders if any(len(o.path) > LONGEST_PATH for o in s.outputs)]:
        yield f"Paths of more than {LONGEST_PATH} characters ({named(long)}) are not restricted."
    if people := [s for s in folders if people_merge(s)]:
        yield (
            f"The folders of {named(people)} are not restricted: the rule could also refuse the "
            "people who merge the App's pull requests."
        )
    if any(
        s.via == "pull-request" and (s.branch or default_branch) == default_branch for s in stages
    ):
        yield (
            f"`{PLAN}` is required on all of {default_branch}, so people can change "
            f"{default_branch} only by pull request."
        )
    yield (
        "Edits that rulesets let through, also by others on their bypass list, show as drift on "
        "the stage's check run."
    )

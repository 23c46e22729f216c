"""The branches of our pull requests, `stagelock/<stage>`: who was there, and what they carry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.core.model import Output, Pipeline
from app.core.names import StageName
from app.core.outputs import covers
from app.ports import GitRepo

SHOWN = 3


def pushers(git: GitRepo, pipeline: Pipeline) -> dict[StageName, str]:
    """Who wrote each head, as far as its commit says (it proves nothing)."""
    tips = git.heads()
    return {
        name: git.first_parents(tip, limit=1)[0].authors[0][0]
        for name in pipeline.stages
        if (tip := tips.get(f"stagelock/{name}")) is not None
    }


def strays(
    git: GitRepo, pipeline: Pipeline, default_branch: str
) -> dict[StageName, tuple[str, ...]]:
    """
    Of each head the first paths beyond its stage's outputs that merging it would change.

    Seen from where it left its base: what "Update branch" merged into it is no change of its own.
    """
    tips, found = git.heads(), {}
    for stage in pipeline.stages.values():
        head = tips.get(f"stagelock/{stage.name}")
        base = tips.get(stage.branch or default_branch)
        fork = git.merge_base(base, head) if head and base else None
        if head is not None and fork is not None:
            found[stage.name] = beyond(git.changed_paths(head, fork), stage.outputs)
    return found


def beyond(paths: Iterable[bytes], outputs: Sequence[Output]) -> tuple[str, ...]:
    """The first few of *paths* that no output covers; a file with an output key is covered."""
    found = []
    for raw in paths:
        path = raw.decode("utf-8", "surrogateescape")
        if not any(covers(output, path) for output in outputs):
            found.append(path.encode("utf-8", "backslashreplace").decode())
        if len(found) == SHOWN:
            break
    return tuple(found)

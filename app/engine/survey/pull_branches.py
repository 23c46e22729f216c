"""The branches of our pull requests, `stagelock/<stage>`: who was there, and what they carry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.core.model.pipeline import Stage
from app.core.model.steps import Output
from app.core.paths.output_coverage import covers
from app.ports import GitRepo

SHOWN = 3


def pusher(git: GitRepo, stage: Stage) -> str | None:
    """Who wrote the stage's head, as far as its commit says (it proves nothing); None: no head."""
    tip = git.heads().get(f"stagelock/{stage.name}")
    return None if tip is None else git.first_parents(tip, limit=1)[0].authors[0][0]


def strays(git: GitRepo, stage: Stage, branch: str) -> tuple[str, ...] | None:
    """
    The first paths beyond the stage's outputs that merging its head into *branch* would change.

    Seen from where it left its base: what "Update branch" merged into it is no change of its own.
    None where there is no head.
    """
    tips = git.heads()
    head, base = tips.get(f"stagelock/{stage.name}"), tips.get(branch)
    fork = git.merge_base(base, head) if head and base else None
    if head is None or fork is None:
        return None
    return beyond(git.changed_paths(head, fork), stage.outputs)


def beyond(paths: Iterable[bytes], outputs: Sequence[Output]) -> tuple[str, ...]:
    """The first few of *paths* that no output covers; a file with an output key is covered."""
    stray = []
    for raw in paths:
        path = raw.decode("utf-8", "surrogateescape")
        if not any(covers(output, path) for output in outputs):
            stray.append(path.encode("utf-8", "backslashreplace").decode())
        if len(stray) == SHOWN:
            break
    return tuple(stray)

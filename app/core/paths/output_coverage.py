"""Which of a tree's paths belong to stages' outputs."""

from __future__ import annotations

from collections.abc import Iterable

from app.core.model.names import StageName
from app.core.model.pipeline import Pipeline
from app.core.model.previews import NAMED
from app.core.model.steps import Output
from app.core.paths.canonical import within


def covers(output: Output, path: str) -> bool:
    """Tell whether *path* is of *output*; a file with an output key is."""
    if output.key is not None:
        return path == output.path
    return within(path, output.path) and not any(within(path, e) for e in output.excepts)


def touched(
    pipeline: Pipeline, default_branch: str, branch: str, paths: Iterable[bytes]
) -> tuple[tuple[StageName, tuple[str, ...], int], ...]:
    """
    The stages on *branch* whose outputs hold one of the changed *paths*: (stage, first paths, how
    many), in needs-order. A file with output keys is left out: its path does not tell which keys.
    """
    here = [s for s in pipeline.stages.values() if (s.branch or default_branch) == branch]
    names = [path.decode("utf-8", "surrogateescape") for path in paths]
    stages = []
    for stage in here:
        wide = [output for output in stage.outputs if output.key is None]
        held = [name for name in names if any(covers(output, name) for output in wide)]
        if held:
            shown = [n.encode("utf-8", "backslashreplace").decode() for n in held[:NAMED]]
            stages.append((stage.name, tuple(shown), len(held)))
    return tuple(stages)

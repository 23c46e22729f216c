"""What stages write: the outputs that follow from steps, and where two stages' outputs overlap."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator

from app.core.config.context import Context
from app.core.model.pipeline import Stage
from app.core.model.steps import Output, Step
from app.core.paths.canonical import within
from app.core.yamledit.key_paths import overlap, parse_key

CONFIG_FILE = "stagelock.yaml"


def outputs_of(steps: Iterable[Step]) -> tuple[Output, ...]:
    """Collect what *steps* may write, in their order, without what another of them covers."""
    outputs = dict.fromkeys(output for step in steps for output in step.outputs)
    paths: dict[str, list[Output]] = {}
    for output in outputs:
        if output.key is None:
            paths.setdefault(output.path, []).append(output)
    return tuple(output for output in outputs if not _is_covered(output, paths))


def _is_covered(output: Output, paths: dict[str, list[Output]]) -> bool:
    return any(
        other != output and _covers(other, output)
        for folder in _folders(output.path)
        for other in paths.get(folder, ())
    )


def _covers(wide: Output, narrow: Output) -> bool:
    """Tell whether everything of *narrow*, which lies within *wide*'s path, is *wide*'s too."""
    for left_alone in wide.excepts:
        if within(narrow.path, left_alone):
            return False
        if within(left_alone, narrow.path) and not any(
            within(left_alone, other) for other in narrow.excepts
        ):
            return False
    return True


def _folders(path: str) -> Iterator[str]:
    """Name *path* and every folder above it, the root "" last."""
    while path:
        yield path
        path = path.rpartition("/")[0]
    yield ""


# A file may have hundreds of keys, and each is compared with the others of its file.
_segments = functools.lru_cache(maxsize=10_000)(parse_key)


def may_overlap(a: Output, b: Output) -> bool:
    """Tell whether some file, or key of a file, is in both."""
    if a.key is not None and b.key is not None:
        return a.path == b.path and overlap(_segments(a.key), _segments(b.key))
    if within(a.path, b.path) and b.key is None:
        wide, narrow = b, a
    elif within(b.path, a.path):
        wide, narrow = a, b
    else:
        return False
    return wide.key is None and not any(within(narrow.path, e) for e in wide.excepts)


class Taken:
    """The outputs on one branch, found by what they overlap without looking at all of them."""

    def __init__(self) -> None:
        self._at: dict[str, list[tuple[Output, Stage]]] = {}
        self._below: dict[str, list[tuple[Output, Stage]]] = {}

    def add(self, output: Output, stage: Stage) -> None:
        """Take *output* for *stage*."""
        self._at.setdefault(output.path, []).append((output, stage))
        for folder in list(_folders(output.path))[1:]:
            self._below.setdefault(folder, []).append((output, stage))

    def find(self, output: Output, but: Stage | None = None) -> tuple[Output, Stage] | None:
        """Find an output, not of *but*, that overlaps *output*: the first that was taken."""
        above = [taken for folder in _folders(output.path) for taken in self._at.get(folder, ())]
        for taken, stage in [*above, *self._below.get(output.path, ())]:
            if stage is not but and may_overlap(taken, output):
                return taken, stage
        return None


def take_all(context: Context, stages: Iterable[Stage]) -> dict[str | None, Taken]:
    """Take all outputs, in the file's order; tell each stage that overlaps an earlier one."""
    branches: dict[str | None, Taken] = {}
    for stage in stages:
        taken = branches.setdefault(context.branch(stage.branch), Taken())
        clash = next(((o, c) for o in stage.outputs if (c := taken.find(o))), None)
        if clash:
            ours, (theirs, other) = clash
            message = (
                f"stage `{stage.name}` writes `{ours}`, which overlaps `{theirs}` of "
                f"stage `{other.name}` on the same branch"
            )
            context.report.add(stage.mark, "overlap", message)
        for output in stage.outputs:
            taken.add(output, stage)
    return branches

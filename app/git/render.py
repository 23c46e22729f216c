"""Run a stage's steps onto a tip: objects are written, no ref moves."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

from app.core.model.names import Sha
from app.core.model.pipeline import Stage
from app.core.model.renders import Rendered, RenderRequest, StepProblem
from app.core.model.steps import Copy, CopyKey
from app.core.paths.canonical import join, relative, within
from app.git.contents import content, shown
from app.git.objects import Objects
from app.git.steps.carry_out import carry_out
from app.git.steps.run import Impossible, Run

LOOK_BACK = 500
"""How many commits are asked for a file's last change; beyond them it is said since when at least.
"""
LISTED = 2000
"""How many changed files are named; the others are counted."""


def render(
    objects: Objects, request: RenderRequest, stage: Stage, watched: Callable[[bytes], bool]
) -> Rendered | StepProblem:
    """Make the tree that *stage* should have for *request*, or say which step cannot run."""
    root = objects.tree_of(request.onto) or objects.trees.write({})
    run = Run(objects, request, stage, watched)
    objects.supply(_files_of_steps(run))
    try:
        for step in stage.steps:
            root = carry_out(run, root, step)
    except Impossible as problem:
        return problem_of(objects, problem)
    return measured(objects, request.onto, root, stage)


def measured(objects: Objects, onto: Sha | None, root: Sha, stage: Stage) -> Rendered:
    """Describe the tree *root*, made on the tip *onto*, as what the freight alone gives."""
    before, after = objects.tree_of(onto), content(objects, root, stage.outputs)
    changes = objects.trees.changes(before, root)
    first = tuple(shown(path) for path in islice(changes, LISTED))
    return Rendered(
        tree=root,
        content=after,
        before=content(objects, before, stage.outputs),
        changed_files=len(first) + sum(1 for _ in changes),
        changed=first,
        pure=after,
    )


def _files_of_steps(run: Run) -> list[Sha]:
    """Name the files whose text the steps will read, wherever an earlier step takes them from."""
    places: list[tuple[Sha, str]] = []
    copies: list[Copy] = []
    for step in run.stage.steps:
        match step:
            case Copy():
                copies.append(step)
            case CopyKey(from_stage, source_file):
                places.append((run.origin(from_stage), source_file))
            case _:
                pass
        if (file := step.edits) is not None:
            if run.request.onto:
                places.append((run.request.onto, file))
            if step.of_grants and run.kept:
                places.append((run.kept, file))
            for copy in copies:
                if within(file, copy.to):
                    source = join(copy.source, relative(file, copy.to))
                    places.append((run.origin(copy.from_stage), source))
    entries = [run.objects.find(commit, path) for commit, path in places]
    return [entry.id for entry in entries if entry is not None and entry.is_file]


def problem_of(objects: Objects, problem: Impossible) -> StepProblem:
    """Why a step cannot run, with the commit that last changed its file."""
    changed, unchanged = last_change(objects, problem.commit, problem.file)
    return StepProblem(
        file=problem.file,
        key=problem.key,
        message=problem.message,
        commit=changed,
        fingerprint=problem.fingerprint,
        unchanged_since=unchanged,
        is_source=problem.is_source,
    )


def last_change(objects: Objects, tip: Sha | None, path: str) -> tuple[Sha | None, Sha | None]:
    """
    The newest commit on *tip*'s first-parent line that changed *path*, and None; where none of
    LOOK_BACK commits did, None and the oldest of them. None and None: no commit ever had it.
    """
    oldest = None
    for _ in range(LOOK_BACK):
        if tip is None:
            return None, None
        parent = next(iter(objects.fact(tip).parents), None)
        old = objects.find(parent, path) if parent else None
        if old != objects.find(tip, path):
            return tip, None
        oldest, tip = tip, parent
    return (None, oldest) if tip is not None else (None, None)

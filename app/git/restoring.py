"""What outputs held before, put back on a tip: nothing is computed anew."""

from __future__ import annotations

from collections import defaultdict

from app.core.model.facts import Content
from app.core.model.names import Sha
from app.core.model.pipeline import Stage
from app.core.model.renders import Rendered, RenderRequest, StepProblem
from app.core.model.steps import Value
from app.core.yamledit.scalars import read_back
from app.git.contents import blobs_of_keys
from app.git.merging import put, recorded
from app.git.objects import Objects
from app.git.render import measured, problem_of
from app.git.steps.carry_out import fill_in
from app.git.steps.run import Impossible, Run


def restore(
    objects: Objects, request: RenderRequest, stage: Stage, content: Content
) -> Rendered | StepProblem:
    """
    Make the tree in which *stage*'s outputs hold *content* on ``request.onto``, or say which key
    has no place there. Outputs that *content* does not know stay. Raises Missing where the store
    lacks an object of it.
    """
    root = objects.tree_of(request.onto) or objects.trees.write({})
    objects.supply(blobs_of_keys(objects, root, stage.outputs))
    run = Run(objects, request, stage, lambda _path: False)
    try:
        root = _granted(run, _restored(run, root, stage, dict(content)), stage)
    except Impossible as problem:
        return problem_of(objects, problem)
    return measured(objects, request.onto, root, stage)


def _restored(run: Run, root: Sha, stage: Stage, held: dict[str, str]) -> Sha:
    keys: dict[str, dict[str, Value]] = defaultdict(dict)
    for output in stage.outputs:
        mark = held.get(str(output))
        if mark is None:
            continue
        if output.key is None:
            root = put(run.objects, root, output, recorded(run.objects, mark))
        elif mark:
            keys[output.path][output.key] = read_back(mark)
    for file, values in keys.items():
        root = run.set_values(root, file, values)
    return root


def _granted(run: Run, root: Sha, stage: Stage) -> Sha:
    """What names the permits of a grant names those of this one, whatever was written then."""
    for step in stage.steps:
        if step.of_grants:
            root = fill_in(run, root, step)
    return root
